// What the products in float32 need to know of the rows of a segment.
#pragma once

#include <vector>

#include "fastnn/common/watch.h"
#include "fastnn/neighbors/frame.h"

namespace fastnn::neighbors {

class ProductIndex {
 public:
  ProductIndex(const Rows& rows, Frame frame, int n_threads, Watch& watch);

  const Frame& frame() const { return frame_; }
  // |a|² of each row in the frame, or zeros for the inner product.
  const float* squared_norms() const { return squared_norms_.data(); }
  double largest_norm() const { return largest_norm_; }

 private:
  Frame frame_;
  std::vector<float> squared_norms_;
  double largest_norm_ = 0;
};

}  // namespace fastnn::neighbors
