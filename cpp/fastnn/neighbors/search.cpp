#include "fastnn/neighbors/search.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "fastnn/common/parallel.h"
#include "fastnn/neighbors/block_search.h"

namespace fastnn::neighbors {
namespace {

// Queries that share one pass over the rows; their rows in the frame should stay in level 3.
constexpr Index largest_block = 1024;
constexpr Index block_memory = Index{1} << 25;

constexpr Index rows_a_task = 1024;
constexpr double products_worth_a_thread = 1e7;
constexpr double values_worth_a_thread = 1e6;

// Blocks of equal size, so many that every thread gets the same number.
Index block_size(Index n_queries, Index k, int n_threads) {
  const Index largest = std::clamp<Index>(block_memory / TopK::memory(k), 1, largest_block);
  const Index rounds = (n_queries + n_threads * largest - 1) / (n_threads * largest);
  return (n_queries + n_threads * rounds - 1) / (n_threads * rounds);
}

}  // namespace

SearchIndex::SearchIndex(Samples samples, Metric metric, int n_threads)
    : samples_(samples), metric_(metric), frame_(samples) {
  const Index n = n_samples();
  squared_norms_.resize(static_cast<std::size_t>(n));
  std::vector<double> largest(static_cast<std::size_t>((n + rows_a_task - 1) / rows_a_task));
  const double values = static_cast<double>(n) * static_cast<double>(n_features());
  const int threads = limit_threads(n_threads, values, values_worth_a_thread);
  parallel_for(static_cast<Index>(largest.size()), threads, [&](Index task) {
    Matrix<float> row(1, n_features());
    for (Index i = task * rows_a_task; i < std::min(n, (task + 1) * rows_a_task); ++i) {
      frame_.convert(samples_, i, view(row));
      const double square = squared_norm(row.data(), row.cols());
      squared_norms_[i] = static_cast<float>(square);
      largest[task] = std::max(largest[task], std::sqrt(square));
    }
  });
  for (const double norm : largest) largest_norm_ = std::max(largest_norm_, norm);
}

void SearchIndex::search(const Samples& queries, Index k, MatrixView<double> distances,
                         MatrixView<std::int64_t> indices, int n_threads) const {
  if (k <= 0 || k > n_samples()) {
    throw std::invalid_argument("expected k from 1 to n_samples = " + std::to_string(n_samples()) +
                                ". Received: " + std::to_string(k));
  }
  if (cols(queries) != n_features()) {
    throw std::invalid_argument(
        "expected queries of shape (n_queries, " + std::to_string(n_features()) + "). Received: (" +
        std::to_string(rows(queries)) + ", " + std::to_string(cols(queries)) + ")");
  }
  const Index n_queries = rows(queries);
  if (n_queries == 0) return;
  const double products = static_cast<double>(n_queries) * static_cast<double>(n_samples()) *
                          static_cast<double>(n_features());
  const int threads = limit_threads(n_threads, products, products_worth_a_thread);
  const Index size = block_size(n_queries, k, threads);
  parallel_for((n_queries + size - 1) / size, threads, [&](Index task) {
    const Index begin = task * size;
    const Index count = std::min(size, n_queries - begin);
    BlockSearch search(*this, queries, {begin, begin + count}, k);
    search.run(distances.row_range(begin, count), indices.row_range(begin, count));
  });
}

}  // namespace fastnn::neighbors
