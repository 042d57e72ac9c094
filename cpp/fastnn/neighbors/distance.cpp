#include "fastnn/neighbors/distance.h"

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "fastnn/common/parallel.h"

namespace fastnn::neighbors {
namespace {

constexpr double differences_worth_a_thread = 1e5;

}  // namespace

Metric metric_from_name(std::string_view name) {
  if (name == "euclidean") return Metric::euclidean;
  if (name == "sqeuclidean") return Metric::sqeuclidean;
  throw std::invalid_argument("expected metric to be euclidean or sqeuclidean. Received: " +
                              std::string(name));
}

template <class T>
void pairwise_distances(ConstMatrixView<T> x, ConstMatrixView<T> y, Metric metric, MatrixView<T> d,
                        int n_threads) {
  if (x.cols != y.cols) {
    throw std::invalid_argument("expected Y of shape (n_samples, " + std::to_string(x.cols) +
                                "). Received: (" + std::to_string(y.rows) + ", " +
                                std::to_string(y.cols) + ")");
  }
  const double work =
      static_cast<double>(x.rows) * static_cast<double>(y.rows) * static_cast<double>(x.cols);
  const int threads = limit_threads(n_threads, work, differences_worth_a_thread);
  parallel_for(x.rows, threads, [&](Index i) {
    const std::vector<double> row(x.row(i), x.row(i) + x.cols);
    for (Index j = 0; j < y.rows; ++j) {
      const double square = squared_distance(row.data(), y.row(j), x.cols);
      d.row(i)[j] = static_cast<T>(metric == Metric::sqeuclidean ? square : std::sqrt(square));
    }
  });
}

template void pairwise_distances(ConstMatrixView<float>, ConstMatrixView<float>, Metric,
                                 MatrixView<float>, int);
template void pairwise_distances(ConstMatrixView<double>, ConstMatrixView<double>, Metric,
                                 MatrixView<double>, int);

}  // namespace fastnn::neighbors
