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

// So few neighbours that they are near also where rows lie in many small groups.
constexpr std::ptrdiff_t neighbors_of_probe = 4;

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
                    distances.begin() + std::min(neighbors_of_probe, std::ssize(distances)),
                    distances.end());
  return distances;
}

}  // namespace

Spread spread_of(const Rows& rows, const Metric& metric) {
  const Index n = n_rows(rows);
  double logarithms = 0;
  double terms = 0;
  double near = 0;
  double pairs = 0;
  for (Index p = 0; p < std::min(probes, n); ++p) {
    const std::vector<double> distances = distances_from(rows, metric, n * p / probes);
    if (std::ssize(distances) < neighbors_of_probe) continue;
    const double last = distances[neighbors_of_probe - 1];
    for (std::ptrdiff_t i = 0; i < neighbors_of_probe - 1; ++i) {
      logarithms += std::log(last / distances[i]);
      ++terms;
    }
    near += static_cast<double>(
        std::count_if(distances.begin(), distances.end(), [&](double d) { return d <= 2 * last; }));
    pairs += static_cast<double>(distances.size());
  }
  const auto features = static_cast<double>(n_cols(rows));
  if (!(logarithms > 0)) return {features, 1};
  return {std::clamp(terms / logarithms, 1.0, features), near / pairs};
}

}  // namespace fastnn::neighbors
