#include "fastnn/neighbors/strategy.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "fastnn/linalg/byte_products.h"

namespace fastnn::neighbors {
namespace {

// Nanoseconds on one core of a Zen 4 (bench/neighbors.cpp measures them); only their ratios count.
#if defined(__AVX2__) || defined(__AVX512F__)
constexpr double multiply_add = 0.020;
#else
constexpr double multiply_add = 0.070;
#endif
constexpr double byte_multiply_add = 0.005;
constexpr double byte_compare = 0.1;  // a product with its limit
constexpr double convert = 0.6;       // an element into the frame
constexpr double quantize = 1.2;      // a coordinate to 8 bits, to its place in a panel
constexpr double difference = 0.25;   // of an element, directly
constexpr double compare = 4;         // a distance with the nearest so far
constexpr double offered_row = 20;    // that waits
constexpr double product_query = 800; // what a query costs beside its products
constexpr double fetched_row = 80;    // that is measured, from somewhere in memory
constexpr double fetched_byte = 0.1;  // of it

}  // namespace

Strategy strategy_named(std::string_view name, const Metric& metric) {
  const bool quantizes = metric.squares() || metric.kind == MetricKind::cosine;
  const struct {
    std::string_view name;
    Strategy strategy;
    bool possible;
  } strategies[] = {{"auto", Strategy::automatic, true},
                    {"brute", Strategy::brute, true},
                    {"direct", Strategy::direct, true},
                    {"products", Strategy::products, metric.multiplies()},
                    {"pruned", Strategy::pruned, quantizes},
                    {"kd_tree", Strategy::kd_tree, metric.is_norm()}};
  for (const auto& s : strategies) {
    if (s.name != name) continue;
    if (s.possible) return s.strategy;
    throw std::invalid_argument("expected algorithm auto or brute for this metric. Received: " +
                                std::string(name));
  }
  throw std::invalid_argument(
      "expected algorithm to be one of auto, brute, pruned, kd_tree. Received: " +
      std::string(name));
}

Cost direct_cost(const Workload& work, const Metric& metric) {
  const double passes = metric.kind == MetricKind::cosine ? 2 : 1;
  return {0, work.q * work.n * (compare + passes * difference * work.d)};
}

Cost products_cost(const Workload& work) {
  const double convert_all = work.n * work.d * convert;
  return {convert_all + 5000,
          convert_all * std::ceil(work.q / 1024) +
              work.q * (product_query + work.n * (work.d * multiply_add * 1.1 + 0.3))};
}

double survey_cost(const Workload& work, bool project) {
  const auto features = static_cast<Index>(work.d);
  const auto rows = static_cast<double>(Survey::sample_size(static_cast<Index>(work.n), features));
  const auto dims = static_cast<double>(project ? Survey::largest_projection(features) : 0);
  constexpr double probes = 128;
  return rows * work.d * (2 * convert + (4 * dims + 3 * probes) * multiply_add) +
         dims * dims * work.d * multiply_add * 8;
}

Cost quantized_cost(const Workload& work, const Levels& levels) {
  const auto integers = [](const Survey::Option& level) {
    return static_cast<double>(level.dims + 1);
  };
  const bool projects = levels.fine.dims > 0;
  const bool sieves = levels.coarse.dims > 0;
  const double fine = projects ? integers(levels.fine) : work.d;
  const double coarse = sieves ? integers(levels.coarse) : 0;
  const double place = work.d * convert + (projects ? fine * work.d * multiply_add : 0) +
                       coarse * fine * multiply_add + (fine + coarse) * quantize;

  const double byte = linalg::ByteProducts::has_vnni() ? byte_multiply_add : multiply_add * 1.2;
  // Rows that pass the sieve lie together: so many panels have one (seen in images and text).
  const double looked = sieves ? std::sqrt(levels.coarse.survivors) : 1;
  const double sieve = sieves ? coarse * byte + byte_compare : 0;
  // Before the limit is near its end rows wait that would not later.
  const double waiting = 300 + 2.5 * levels.fine.survivors * work.n;
  const double measured = 1.3 * levels.fine.survivors * work.n + 15 + 2 * work.k;
  return {work.n * place,
          work.q * place + work.q * work.n * (sieve + looked * (fine * byte + byte_compare)) +
              work.q * (waiting * offered_row + measured * (fetched_row + fetched_byte * work.bytes))};
}

// Fitted to uniform and normal data of 10^3 to 10^6 rows with 2 to 16 features.
Cost tree_cost(const Workload& work) {
  const double growth = std::pow(1.55, work.d) * std::pow(work.n / 1e5, work.d / (work.d + 14));
  const double neighbors = std::sqrt(work.k / 5);
  const double everything = work.n * (2 + 0.4 * work.d);
  return {work.n * (50 + 5 * work.d),
          work.q * (400 + 80 * work.k + std::min(everything, 150 * growth * neighbors))};
}

}  // namespace fastnn::neighbors
