// A layer of the network. The members of a team call each method together; each computes its share,
// and the caller waits for the team behind it.
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

  virtual void forward(ConstMatrixView<T> x, MatrixView<T> y, const Member& member) const = 0;

  // dx = dL/dx from y = forward(x) and dy = dL/dy.
  virtual void backward_input(ConstMatrixView<T> y, ConstMatrixView<T> dy, MatrixView<T> dx,
                              const Member& member) const = 0;

  // Hands dL/dw of this layer's parameters to `consumer`.
  virtual void backward_parameters(ConstMatrixView<T> x, ConstMatrixView<T> dy,
                                   const GradientConsumer<T>& consumer, const Member& member) = 0;

  // In the order of their gradients; pointers stay valid as long as the layer.
  virtual std::vector<Parameter<T>*> parameters() = 0;

  // Floating-point operations of `forward` for one row.
  virtual double flops() const = 0;
};

}  // namespace fastnn::nn
