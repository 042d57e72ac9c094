// The distances that can be asked for.
#pragma once

#include <string_view>

#include "fastnn/common/types.h"

namespace fastnn::neighbors {

enum class MetricKind {
  euclidean,
  sqeuclidean,
  manhattan,
  chebyshev,
  minkowski,
  cosine,
  inner_product,
  hamming,
  canberra,
  braycurtis,
  nan_euclidean,
  haversine,
};

// A search orders rows by the *reduced* distance, which has the same order as the distance and
// costs less: the square of the Euclidean, the sum of powers of Minkowski's.
struct Metric {
  MetricKind kind = MetricKind::euclidean;
  double p = 2;  // the power of minkowski

  // Throws std::invalid_argument for a name that is none of them or a power that is not positive.
  static Metric named(std::string_view name, double p = 2);

  double distance(double reduced) const;
  // At least the reduced distance of every row that is at most `distance` away.
  double reduced_at_most(double distance) const;

  // Whether the reduced distance is the squared Euclidean one.
  bool squares() const { return kind == MetricKind::euclidean || kind == MetricKind::sqeuclidean; }
  // Whether the reduced distance follows from the product of two rows.
  bool multiplies() const {
    return squares() || kind == MetricKind::cosine || kind == MetricKind::inner_product;
  }
  // Whether float32 can nominate neighbours: by products, or by differences.
  bool nominates() const {
    return multiplies() || kind == MetricKind::manhattan || kind == MetricKind::chebyshev;
  }
  // Whether the distance is a norm of the difference, made of one term for each feature.
  bool is_norm() const {
    return squares() || kind == MetricKind::manhattan || kind == MetricKind::chebyshev ||
           (kind == MetricKind::minkowski && p >= 1);
  }
};

}  // namespace fastnn::neighbors
