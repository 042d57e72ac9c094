// Distances as direct sums over differences, accumulated in double: the definition that "exact"
// refers to.
#pragma once

#include <string_view>

#include "fastnn/common/types.h"

namespace fastnn::neighbors {

enum class Metric { euclidean, sqeuclidean };

// Throws std::invalid_argument for a name that is none of them.
Metric metric_from_name(std::string_view name);

// Σ (x - y)² in a fixed order of additions, the same at every x86-64 level.
template <class T>
double squared_distance(const double* x, const T* y, Index n) {
  constexpr Index lanes = 8;
  double sums[lanes] = {};
  Index i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (Index l = 0; l < lanes; ++l) {
      const double difference = x[i + l] - static_cast<double>(y[i + l]);
      sums[l] += difference * difference;
    }
  }
  for (Index l = 0; i + l < n; ++l) {
    const double difference = x[i + l] - static_cast<double>(y[i + l]);
    sums[l] += difference * difference;
  }
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

// d(i, j) = the distance of x.row(i) and y.row(j). Throws std::invalid_argument where widths
// differ.
template <class T>
void pairwise_distances(ConstMatrixView<T> x, ConstMatrixView<T> y, Metric metric, MatrixView<T> d,
                        int n_threads);

}  // namespace fastnn::neighbors
