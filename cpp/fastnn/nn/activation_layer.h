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
  bool elementwise() const override { return activation_ != Activation::softmax; }
  Block output_share(Index n_rows, const Member& member) const override {
    return {member.share(n_rows), {0, size_}};
  }
  Block input_share(Index n_rows, const Member& member) const override {
    return output_share(n_rows, member);
  }
  void forward(ConstMatrixView<T> x, MatrixView<T> y, const Block& block) const override {
    activate<T>(activation_, x.block(block), y.block(block));
  }
  void backward_input(ConstMatrixView<T> y, ConstMatrixView<T> dy, MatrixView<T> dx,
                      const Block& block) const override {
    activation_gradient<T>(activation_, y.block(block), dy.block(block), dx.block(block));
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
