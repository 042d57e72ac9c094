// The rows that are searched, and the search for the nearest of them.
#pragma once

#include <vector>

#include "fastnn/neighbors/distance.h"
#include "fastnn/neighbors/frame.h"

namespace fastnn::neighbors {

class SearchIndex {
 public:
  // Keeps views of the rows, not the rows.
  SearchIndex(Samples samples, Metric metric, int n_threads);

  Index n_samples() const { return rows(samples_); }
  Index n_features() const { return cols(samples_); }

  // The k rows of smallest (distance, index) for each query: distances and indices are (n_queries ×
  // k), in ascending order. Throws std::invalid_argument where k or the queries do not fit.
  void search(const Samples& queries, Index k, MatrixView<double> distances,
              MatrixView<std::int64_t> indices, int n_threads) const;

 private:
  friend class BlockSearch;

  Samples samples_;
  Metric metric_;
  Frame frame_;
  std::vector<float> squared_norms_;  // of each row, in the frame
  double largest_norm_ = 0;
};

}  // namespace fastnn::neighbors
