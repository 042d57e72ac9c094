// A layer's weights and what is done with their gradient.
#pragma once

#include <vector>

#include "fastnn/common/types.h"

namespace fastnn::nn {

template <class T>
struct Parameter {
  Matrix<T> value;
  bool is_vector = false;        // one row that the user sees as one-dimensional
  std::vector<Matrix<T>> slots;  // the optimizer's memory: momentum, velocity
};

// Takes the gradient of a parameter, block by block while it is in the cache. Blocks of one
// parameter come from several threads and do not overlap.
template <class T>
class GradientConsumer {
 public:
  virtual ~GradientConsumer() = default;
  // `gradient` belongs to the block of `parameter` that begins at (row, col).
  virtual void consume(Parameter<T>& parameter, Index row, Index col,
                       ConstMatrixView<T> gradient) const = 0;
};

}  // namespace fastnn::nn
