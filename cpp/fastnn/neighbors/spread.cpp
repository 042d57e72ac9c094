#include "fastnn/neighbors/spread.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "fastnn/neighbors/distance.h"

namespace fastnn::neighbors {
namespace {

constexpr Index probes = 32;
constexpr Index sampled_rows = 512;
static_assert(probes * sampled_rows == static_cast<Index>(pairs_for_spread));

// So few neighbours that they are near also where rows lie in many small groups; and so many that
// they show whether those groups lie in more dimensions.
constexpr std::ptrdiff_t near_neighbors = 4;
constexpr std::ptrdiff_t far_neighbors = 16;

// The distances of a row to others of the sample, the nearest in order.
std::vector<double> distances_from(const Rows& rows, const Metric& metric, Index probe) {
  std::vector<double> query(static_cast<std::size_t>(n_cols(rows)));
  read_row(rows, probe, query.data());
  DirectDistance direct(rows, metric);
  direct.from(query.data());
  const Index count = std::min(n_rows(rows), sampled_rows);
  std::vector<double> distances;
  for (Index i = 0; i < count; ++i) {
    const Index row = n_rows(rows) * i / count;
    const double distance = row == probe ? 0 : metric.distance(direct(row));
    if (distance > 0 && std::isfinite(distance)) distances.push_back(distance);
  }
  std::partial_sort(distances.begin(),
                    distances.begin() + std::min(far_neighbors, std::ssize(distances)),
                    distances.end());
  return distances;
}

// The number of dimensions of a space in which distances grow from neighbour to neighbour as those
// that were added.
class Dimension {
 public:
  // Of the neighbours up to `last`, the first being `first`; in order.
  void add(const std::vector<double>& distances, std::ptrdiff_t first, std::ptrdiff_t last) {
    for (std::ptrdiff_t i = first; i < last; ++i) {
      // Where n are nearer than d, m log(d' / d) is 1 / n on average up to the next, at d'.
      expected_ += 1 / static_cast<double>(i);
    }
    logarithms_ += std::log(distances[last - 1] / distances[first - 1]);
  }
  double limited_to(double most) const {
    return logarithms_ > 0 ? std::clamp(expected_ / logarithms_, 1.0, most) : most;
  }

 private:
  double expected_ = 0;
  double logarithms_ = 0;
};

}  // namespace

Spread spread_of(const Rows& rows, const Metric& metric) {
  const Index n = n_rows(rows);
  Dimension near;
  Dimension far;
  double n_near = 0;
  double n_pairs = 0;
  for (Index p = 0; p < std::min(probes, n); ++p) {
    const std::vector<double> distances = distances_from(rows, metric, n * p / probes);
    if (std::ssize(distances) < far_neighbors) continue;
    near.add(distances, 1, near_neighbors);
    far.add(distances, near_neighbors, far_neighbors);
    const double limit = 2 * distances[near_neighbors - 1];
    n_near += static_cast<double>(
        std::count_if(distances.begin(), distances.end(), [&](double d) { return d <= limit; }));
    n_pairs += static_cast<double>(distances.size());
  }
  const auto features = static_cast<double>(n_cols(rows));
  if (n_pairs == 0) return {features, 1};
  const double near_share = n_near / n_pairs;
  const double doubled = std::log2(near_share * sampled_rows / near_neighbors);
  return {std::max({near.limited_to(features), far.limited_to(features), doubled}), near_share};
}

}  // namespace fastnn::neighbors
