// y = f(x), element by element or, for softmax and its like, row by row.
#pragma once

#include "fastnn/nn/activations.h"
#include "fastnn/nn/layer.h"

namespace fastnn::nn {

template <class T>
class ActivationLayer final : public Layer<T> {
 public:
  ActivationLayer(Index size, const Activation& activation)
      : size_(size), output_size_(activation.output_size(size)), activation_(activation) {}

  const Activation& activation() const { return activation_; }

  Index output_size() const override { return output_size_; }
  bool elementwise() const override { return !activation_.row_wise(); }
  Block output_share(Index n_rows, const Member& member) const override {
    return {member.share(n_rows), {0, output_size_}};
  }
  Block input_share(Index n_rows, const Member& member) const override {
    return {member.share(n_rows), {0, size_}};
  }
  void forward(ConstMatrixView<T> x, MatrixView<T> y, const Block& block) const override {
    activate<T>(activation_, part(x, block), part(y, block));
  }
  void backward_input(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy,
                      MatrixView<T> dx, const Block& block) const override {
    activation_gradient<T>(activation_, part(x, block), part(y, block), part(dy, block),
                           part(dx, block));
  }
  void backward_parameters(ConstMatrixView<T> /*x*/, ConstMatrixView<T> /*dy*/,
                           const GradientConsumer<T>& /*consumer*/,
                           const Member& /*member*/) override {}
  std::vector<Parameter<T>*> parameters() override { return {}; }
  double flops() const override { return static_cast<double>(size_); }

 private:
  // Whole rows where the function looks at them, of which glu's outputs have half the columns.
  template <class View>
  View part(const View& m, const Block& block) const {
    return elementwise() ? m.block(block) : m.block({block.rows, {0, m.cols}});
  }

  Index size_;
  Index output_size_;
  Activation activation_;
};

}  // namespace fastnn::nn
