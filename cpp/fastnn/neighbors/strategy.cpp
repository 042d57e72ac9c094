#include "fastnn/neighbors/strategy.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "fastnn/linalg/byte_products.h"
#include "fastnn/neighbors/frame.h"

namespace fastnn::neighbors {
namespace {

// Nanoseconds on one core of a Zen 4 (bench/neighbors.cpp measures them); only their ratios count.
#if defined(__AVX2__) || defined(__AVX512F__)
constexpr double multiply_add = 0.020;
#else
constexpr double multiply_add = 0.070;
#endif
constexpr double absolute_difference = 2 * multiply_add;
constexpr double byte_multiply_add = 0.005;
constexpr double byte_compare = 0.1;  // a product with its limit
constexpr double convert = 0.6;       // an element into the frame
constexpr double quantize = 2.0;      // a coordinate to 8 bits, to its place in a panel
constexpr double difference = 0.25;   // of an element, directly
constexpr double compare = 4;         // a distance with the nearest so far
constexpr double surveyed_pair = 5;   // of a probe and a row of the sample
constexpr double bounded_pair = 0.1;  // for each dimension of a projection
constexpr double offered_row = 20;    // that waits
constexpr double converted_row = 25;  // beside its elements
constexpr double coded_row = 75;      // likewise, until it has its place among the integers
constexpr double partial_lanes = 15;  // a row shorter than a vector
constexpr double fetched_row = 80;    // that is measured, from somewhere in memory
constexpr double fetched_byte = 0.1;  // of it

// What it costs to keep a query's nearest of n rows by their scores, of which a share is within the
// limit at the end. While the limit falls about 4 k rows wait again and again (top_k.h).
double selection_cost(const Workload& work, double survivors) {
  const double waiting = 4 * work.k + 20;
  const double rounds = 1 + std::log(1 + work.n / waiting) / std::log(1 + waiting / work.k);
  const double left = 1.3 * survivors * work.n;
  return (waiting * rounds + 2 * left) * offered_row +
         (work.k * rounds + left) * (fetched_row + fetched_byte * work.bytes);
}

double conversion_cost(const Workload& work, double rows) {
  return rows * (work.d * convert + converted_row);
}

}  // namespace

Strategy strategy_named(std::string_view name, const Metric& metric) {
  const bool quantizes = metric.squares() || metric.kind == MetricKind::cosine;
  const struct {
    std::string_view name;
    Strategy strategy;
    bool possible;
  } strategies[] = {
      {"auto", Strategy::automatic, true},     {"brute", Strategy::brute, true},
      {"direct", Strategy::direct, true},      {"float32", Strategy::float32, metric.nominates()},
      {"pruned", Strategy::pruned, quantizes}, {"kd_tree", Strategy::kd_tree, metric.is_norm()}};
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
  const double partial = work.d < 8 ? partial_lanes : 0;
  return {0, work.q * work.n * (compare + passes * (difference * work.d + partial))};
}

Cost float32_cost(const Workload& work, const Metric& metric) {
  const double step = metric.multiplies() ? multiply_add : absolute_difference;
  // Scores that bound the distance from both sides leave little to measure.
  const double selection =
      (4 * work.k + 20) * offered_row + work.k * (fetched_row + fetched_byte * work.bytes);
  const double sampled = std::min(work.n * work.d, static_cast<double>(Frame::sampled_values));
  return {sampled * convert + 5000, conversion_cost(work, work.n) * std::ceil(work.q / 1024) +
                                        work.q * work.n * (work.d * step * 1.1 + 0.3) +
                                        work.q * selection};
}

double spread_cost(const Workload& work, const Metric& metric) {
  return pairs_for_spread * surveyed_pair +
         direct_cost({pairs_for_spread, 1, work.d, 1, work.bytes}, metric).scan;
}

double survey_cost(const Workload& work) {
  const auto n = static_cast<Index>(work.n);
  const auto rows = static_cast<double>(Survey::sample_size(n));
  return rows * work.d * (4 * convert + quantize) +
         Survey::pairs(n) * (2 * work.d * multiply_add + surveyed_pair);
}

double projection_cost(const Workload& work) {
  const auto n = static_cast<Index>(work.n);
  const auto rows = static_cast<double>(Survey::sample_size(n));
  const auto dims = static_cast<double>(Survey::largest_projection(static_cast<Index>(work.d)));
  return rows * work.d * 5 * dims * multiply_add + dims * dims * work.d * multiply_add * 8 +
         Survey::pairs(n) * dims * bounded_pair;
}

Cost quantized_cost(const Workload& work, const Levels& levels) {
  const auto integers = [](const Survey::Option& level) {
    return static_cast<double>(level.dims + 1);
  };
  const bool projects = levels.fine.dims > 0;
  const bool sieves = levels.coarse.dims > 0;
  const double fine = projects ? integers(levels.fine) : work.d;
  const double coarse = sieves ? integers(levels.coarse) : 0;
  const double place = conversion_cost(work, 1) + coded_row +
                       (projects ? fine * work.d * multiply_add : 0) +
                       coarse * fine * multiply_add + (fine + coarse) * quantize;

  const double byte = linalg::ByteProducts::has_vnni() ? byte_multiply_add : multiply_add * 1.2;
  // Rows that pass the sieve lie together: so many panels have one (seen in images and text).
  const double looked = sieves ? std::sqrt(levels.coarse.survivors) : 1;
  const double sieve = sieves ? coarse * byte + byte_compare : 0;
  return {work.n * place, work.q * place +
                              work.q * work.n * (sieve + looked * (fine * byte + byte_compare)) +
                              work.q * selection_cost(work, levels.fine.survivors)};
}

// Fitted to uniform and normal data of 10^3 to 10^6 rows with 2 to 16 features, to planes of few
// dimensions in up to 64 features, and to clusters.
Cost tree_cost(const Workload& work, const Spread& spread) {
  const double m = spread.dimension;
  const double growth = std::pow(1.66, m) * std::pow(work.n / 1e5, m / (m + 14));
  const double neighbors = std::sqrt(work.k / 5);
  const double wider = 1 + (work.d - m) / 16;
  const double all_near = spread.near_share * work.n * (2 + 0.4 * work.d);
  return {work.n * (100 + 4 * work.d),
          work.q * (300 + 30 * work.d + 80 * work.k +
                    std::min(all_near, 370 * growth * wider) * neighbors)};
}

}  // namespace fastnn::neighbors
