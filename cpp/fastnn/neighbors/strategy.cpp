#include "fastnn/neighbors/strategy.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "fastnn/linalg/byte_products.h"

namespace fastnn::neighbors {
namespace {

// Nanoseconds on one core of a Zen 5 (bench/neighbors.cpp measures them); only their ratios count.
#if defined(__AVX512F__)
constexpr double multiply_add = 0.0040;
#elif defined(__AVX2__)
constexpr double multiply_add = 0.0080;
#else
constexpr double multiply_add = 0.0300;
#endif
constexpr double byte_multiply_add = 0.0020;
constexpr double byte_compare = 0.04;  // a score with its limit
constexpr double convert = 0.5;        // an element into the frame
constexpr double quantize = 0.6;       // a coordinate to 8 bits
constexpr double difference = 0.09;    // of an element, directly
constexpr double compare = 4;          // a distance with the nearest so far
constexpr double offered_row = 12;     // that waits
constexpr double second_look = 0.1;    // at a fine coordinate
constexpr double fetched_row = 80;     // that is measured, from somewhere in memory

}  // namespace

Strategy strategy_named(std::string_view name, const Metric& metric) {
  if (name == "auto") return Strategy::automatic;
  if (name == "brute") return Strategy::brute;
  const bool pruned = name == "pruned";
  if (!pruned && name != "kd_tree") {
    throw std::invalid_argument(
        "expected algorithm to be one of auto, brute, pruned, kd_tree. Received: " +
        std::string(name));
  }
  const bool possible =
      pruned ? metric.squares() || metric.kind == MetricKind::cosine : metric.is_norm();
  if (!possible) {
    throw std::invalid_argument("expected algorithm auto or brute for this metric. Received: " +
                                std::string(name));
  }
  return pruned ? Strategy::pruned : Strategy::kd_tree;
}

double direct_cost(const Workload& work, const Metric& metric) {
  const double passes = metric.kind == MetricKind::cosine ? 2 : 1;
  return work.q * work.n * (compare + passes * difference * work.d);
}

double products_cost(const Workload& work, bool ready) {
  const double blocks = std::ceil(work.q / 1024);
  const double prepare = (ready ? 0 : work.n * work.d * convert) + 5000;
  return prepare + work.n * work.d * convert * blocks +
         work.q * work.n * (work.d * multiply_add * 1.1 + 0.15);
}

double survey_cost(const Workload& work, bool project) {
  const auto features = static_cast<Index>(work.d);
  const auto rows = static_cast<double>(Survey::sample_size(static_cast<Index>(work.n), features));
  const auto dims = static_cast<double>(project ? Survey::largest_projection(features) : 0);
  return rows * work.d * (2 * convert + 8 * dims * multiply_add) + 48 * rows * 5 +
         dims * dims * work.d * multiply_add * 12;
}

double quantized_cost(const Workload& work, const Levels& levels, bool ready) {
  const bool projects = levels.coarse.dims > 0;
  const bool looks_twice = levels.fine.dims > 0;
  const auto coarse = projects ? static_cast<double>(levels.coarse.dims + 1) : work.d;
  const auto fine = static_cast<double>(levels.fine.dims);
  double place = work.d * convert + coarse * quantize;
  if (looks_twice) {
    place += fine * (work.d + coarse) * multiply_add + fine * quantize;
  } else if (projects) {
    place += coarse * work.d * multiply_add;
  }
  const double byte = linalg::ByteProducts::has_vnni() ? byte_multiply_add : multiply_add * 1.2;
  // Before the limit is near its end rows wait that would not later.
  const double waiting = 300 + 2.5 * levels.coarse.survivors * work.n;
  const double left = (looks_twice ? levels.fine : levels.coarse).survivors * work.n;
  const double measured = 1.3 * left + 15 + 2 * work.k;
  return (work.q + (ready ? 0 : work.n)) * place +
         work.q * work.n * (coarse * byte + byte_compare) +
         work.q * waiting * (offered_row + (looks_twice ? 10 + fine * second_look : 0)) +
         work.q * measured * (fetched_row + difference * work.d);
}

// Fitted to uniform and normal data of 10^3 to 10^6 rows with 2 to 16 features.
double tree_cost(const Workload& work, bool ready) {
  const double build = ready ? 0 : work.n * (50 + 5 * work.d);
  const double growth = std::pow(1.55, work.d) * std::pow(work.n / 1e5, work.d / (work.d + 14));
  const double neighbors = std::sqrt(work.k / 5);
  const double everything = work.n * (2 + 0.4 * work.d);
  return build + work.q * (400 + 80 * work.k + std::min(everything, 150 * growth * neighbors));
}

}  // namespace fastnn::neighbors
