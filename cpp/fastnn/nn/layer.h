// A layer of the network, computed in blocks: each member of a team takes the block of the outputs,
// or of the inputs' gradient, that the layer gives it. The caller waits for the team where blocks
// meet.
#pragma once

#include <vector>

#include "fastnn/common/parallel.h"
#include "fastnn/nn/parameter.h"

namespace fastnn::nn {

template <class T>
class Layer {
 public:
  virtual ~Layer() = default;

  virtual Index output_size() const = 0;

  // Whether a block of the outputs needs the same block of the inputs alone.
  virtual bool elementwise() const { return false; }

  virtual Block output_share(Index n_rows, const Member& member) const = 0;
  virtual Block input_share(Index n_rows, const Member& member) const = 0;

  // The block of y.
  virtual void forward(ConstMatrixView<T> x, MatrixView<T> y, const Block& block) const = 0;

  // The block of dx = dL/dx from x, y = forward(x) and dy = dL/dy.
  virtual void backward_input(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy,
                              MatrixView<T> dx, const Block& block) const = 0;

  // Hands this member's share of dL/dw to `consumer`.
  virtual void backward_parameters(ConstMatrixView<T> x, ConstMatrixView<T> dy,
                                   const GradientConsumer<T>& consumer, const Member& member) = 0;

  // In the order of their gradients; pointers stay valid as long as the layer.
  virtual std::vector<Parameter<T>*> parameters() = 0;

  // Floating-point operations of `forward` for one row.
  virtual double flops() const = 0;
};

}  // namespace fastnn::nn
