#include "fastnn/neighbors/metric.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace fastnn::neighbors {
namespace {

constexpr std::array<std::pair<std::string_view, MetricKind>, 12> names = {{
    {"euclidean", MetricKind::euclidean},
    {"sqeuclidean", MetricKind::sqeuclidean},
    {"manhattan", MetricKind::manhattan},
    {"chebyshev", MetricKind::chebyshev},
    {"minkowski", MetricKind::minkowski},
    {"cosine", MetricKind::cosine},
    {"inner_product", MetricKind::inner_product},
    {"hamming", MetricKind::hamming},
    {"canberra", MetricKind::canberra},
    {"braycurtis", MetricKind::braycurtis},
    {"nan_euclidean", MetricKind::nan_euclidean},
    {"haversine", MetricKind::haversine},
}};

}  // namespace

Metric Metric::named(std::string_view name, double p) {
  if (!(p > 0)) throw std::invalid_argument("expected p > 0. Received: " + std::to_string(p));
  std::string known;
  for (const auto& [candidate, kind] : names) {
    if (candidate == name) return {kind, p};
    known += (known.empty() ? "" : ", ") + std::string(candidate);
  }
  throw std::invalid_argument("expected metric to be one of " + known +
                              ". Received: " + std::string(name));
}

double Metric::distance(double reduced) const {
  switch (kind) {
    case MetricKind::euclidean:
      return std::sqrt(reduced);
    case MetricKind::nan_euclidean:  // infinite where no feature is present in both rows
      return std::isinf(reduced) ? std::numeric_limits<double>::quiet_NaN() : std::sqrt(reduced);
    case MetricKind::minkowski:
      return std::pow(reduced, 1 / p);
    case MetricKind::haversine:
      return 2 * std::asin(std::sqrt(std::min(reduced, 1.0)));
    default:
      return reduced;
  }
}

double Metric::reduced_at_most(double distance) const {
  constexpr double rounding = 1e-12;  // of the functions here and above, generously
  const auto above = [](double x) {
    return x + std::abs(x) * rounding + std::numeric_limits<double>::min();
  };
  switch (kind) {
    case MetricKind::euclidean:
    case MetricKind::nan_euclidean:
      return above(distance * distance);
    case MetricKind::minkowski:
      return above(std::pow(above(distance), p) * (1 + p * rounding));
    case MetricKind::haversine: {
      const double half = std::min(distance, 3.15) / 2;
      return half >= 1.57 ? 2.0 : above(std::sin(half) * std::sin(half)) + rounding;
    }
    default:
      return distance;
  }
}

}  // namespace fastnn::neighbors
