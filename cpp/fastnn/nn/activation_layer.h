// y = f(x), element by element or, for softmax, row by row.
#pragma once

#include "fastnn/nn/activations.h"
#include "fastnn/nn/layer.h"

namespace fastnn::nn {

template <class T>
class ActivationLayer final : public Layer<T> {
 public:
  ActivationLayer(Index size, Activation activation) : size_(size), activation_(activation) {}

  Activation activation() const { return activation_; }

  Index output_size() const override { return size_; }
  void forward(ConstMatrixView<T> x, MatrixView<T> y, const Member& member) const override {
    const Range part = member.share(x.rows);
    activate<T>(activation_, x.row_range(part.begin, part.size()),
                y.row_range(part.begin, part.size()));
  }
  void backward_input(ConstMatrixView<T> y, ConstMatrixView<T> dy, MatrixView<T> dx,
                      const Member& member) const override {
    const Range part = member.share(y.rows);
    activation_gradient<T>(activation_, y.row_range(part.begin, part.size()),
                           dy.row_range(part.begin, part.size()),
                           dx.row_range(part.begin, part.size()));
  }
  void backward_parameters(ConstMatrixView<T> /*x*/, ConstMatrixView<T> /*dy*/,
                           const GradientConsumer<T>& /*consumer*/,
                           const Member& /*member*/) override {}
  std::vector<Parameter<T>*> parameters() override { return {}; }
  double flops() const override { return static_cast<double>(size_); }

 private:
  Index size_;
  Activation activation_;
};

}  // namespace fastnn::nn
