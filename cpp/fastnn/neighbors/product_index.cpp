#include "fastnn/neighbors/product_index.h"

#include <algorithm>
#include <cmath>

#include "fastnn/common/parallel.h"

namespace fastnn::neighbors {
namespace {

constexpr Index rows_a_task = 1024;
constexpr double values_worth_a_thread = 1e6;

}  // namespace

ProductIndex::ProductIndex(const Rows& rows, Frame frame, int n_threads, Watch& watch)
    : frame_(std::move(frame)) {
  const Index n = n_rows(rows);
  squared_norms_.resize(static_cast<std::size_t>(n));
  std::vector<double> largest(static_cast<std::size_t>((n + rows_a_task - 1) / rows_a_task));
  const double values = static_cast<double>(n) * static_cast<double>(n_cols(rows));
  const int threads = limit_threads(n_threads, values, values_worth_a_thread);
  parallel_for(std::ssize(largest), threads, [&](Index task) {
    watch.advance(0);
    Matrix<float> row(1, n_cols(rows));
    for (Index i = task * rows_a_task; i < std::min(n, (task + 1) * rows_a_task); ++i) {
      frame_.convert(rows, i, view(row));
      const double square = squared_norm(row.data(), row.cols());
      squared_norms_[i] = frame_.compares_norms() ? static_cast<float>(square) : 0;
      largest[task] = std::max(largest[task], std::sqrt(square));
    }
  });
  for (const double norm : largest) largest_norm_ = std::max(largest_norm_, norm);
}

}  // namespace fastnn::neighbors
