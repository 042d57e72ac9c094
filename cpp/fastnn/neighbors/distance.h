// Distances as direct sums over the features, accumulated in double: the definition that "exact"
// refers to.
#pragma once

#include <cstdint>
#include <vector>

#include "fastnn/neighbors/metric.h"
#include "fastnn/neighbors/rows.h"

namespace fastnn::neighbors {

// The reduced distances from one query to rows.
class DirectDistance {
 public:
  DirectDistance(const Rows& rows, const Metric& metric);

  // The distances are those from this query, n_features values that stay the caller's.
  void from(const double* query);
  // reduced[i] = the distance to row range.begin + i.
  void to(Range range, double* reduced);
  double operator()(Index row) {
    double reduced = 0;
    to({row, row + 1}, &reduced);
    return reduced;
  }
  // A row that will be measured soon: asks for it, as the processor would not do by itself.
  void prefetch(Index row) const;

 private:
  template <class View>
  void measure(const View& view, Range range, double* reduced);

  Rows rows_;
  Metric metric_;
  const double* query_ = nullptr;
  double squared_norm_ = 0;           // of the query, where the metric needs it
  std::vector<std::int16_t> pixels_;  // the query, if rows and query are whole numbers of 8 bits
};

// d(i, j) = the distance of x.row(i) and y.row(j). Throws std::invalid_argument where widths
// differ.
template <class T>
void pairwise_distances(ConstMatrixView<T> x, ConstMatrixView<T> y, const Metric& metric,
                        MatrixView<T> d, int n_threads);

}  // namespace fastnn::neighbors
