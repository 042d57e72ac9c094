// What a sample of the rows says about a search by quantised rows: how many rows would have to be
// measured for each query, if the integers were those of so many dimensions.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "fastnn/neighbors/frame.h"
#include "fastnn/neighbors/row_coder.h"

namespace fastnn::neighbors {

class Survey {
 public:
  struct Option {
    Index dims;        // of the projection; 0 is none
    double survivors;  // the share of the rows that a query cannot exclude
  };

  // For searches of about k neighbours, of rows that are not projected.
  Survey(const Rows& rows, const Metric& metric, Index k, int n_threads);

  // Whether a projection may exclude rows at all: it takes a while to find one.
  bool may_gain_by_projection(int n_threads);
  // Adds the options of rows that are projected, for which it looks for directions.
  void project(int n_threads);
  bool has_projected() const { return projected_; }

  const std::vector<Option>& options() const { return options_; }
  // See RowCoder for the dimensions.
  RowCoder coder(Index fine_dims, Index coarse_dims, int n_threads) const;

  static Index sample_size(Index n_rows) { return std::min(n_rows, most_sampled_rows); }
  static Index largest_projection(Index n_features);
  // The pairs of rows that are compared for each option.
  static double pairs(Index n_rows);

 private:
  static constexpr Index most_sampled_rows = 2048;

  double survivors_unprojected(int n_threads) const;
  static double rounding_slack(const Matrix<float>& places);
  double share_within(const Matrix<float>& squares, double slack) const;

  Frame frame_;
  Index n_rows_;
  Matrix<float> sample_;          // in the frame
  double mean_square_ = 0;        // of the distances of rows
  double mean_reach_square_ = 0;  // of those to the k-th neighbour
  std::optional<bool> may_gain_;
  bool projected_ = false;
  Matrix<double> directions_;    // (n_features, largest_projection)
  std::vector<double> reaches_;  // the expected distance of the k-th neighbour of each probe
  std::vector<Option> options_;
};

}  // namespace fastnn::neighbors
