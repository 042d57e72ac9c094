// Centers of groups of near rows, so that a search can begin where a query's neighbours may be.
#pragma once

#include <vector>

#include "fastnn/common/types.h"

namespace fastnn::neighbors {

class Centers {
 public:
  Centers() = default;
  // About as many as the rows (of which these are a sample) have use for; any would be correct.
  // S. P. Lloyd, "Least squares quantization in PCM", 1982.
  Centers(const Matrix<float>& sample, Index n_rows);

  Index count() const { return centers_.rows(); }

  // The nearest center of each row.
  std::vector<Index> nearest(const Matrix<float>& rows) const;

 private:
  void set_squares();

  Matrix<float> centers_;
  Eigen::RowVectorXf half_squares_;
};

}  // namespace fastnn::neighbors
