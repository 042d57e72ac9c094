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
  bool needs_inputs_back() const override { return !activation_.slope_follows_from_output(); }
  bool needs_outputs_back() const override { return true; }
  bool passes_on(bool /*training*/) const override {
    return activation_.kind == ActivationKind::linear;
  }
  Block output_share(Index n_rows, const Member& member) const override {
    return {member.share(n_rows), {0, output_size_}};
  }
  Block input_share(Index n_rows, std::size_t /*input*/, const Member& member) const override {
    return {member.share(n_rows), {0, size_}};
  }
  void forward(const Flow<T>& flow, const Pass& /*pass*/, const Block& block) const override {
    activate<T>(activation_, part(flow.input(), block), part(flow.output, block));
  }
  void backward_input(const Flow<T>& flow, const Pass& /*pass*/, std::size_t input,
                      const Block& block) const override {
    activation_gradient<T>(activation_, part(flow.input(), block), part(flow.output, block),
                           part(flow.output_gradient, block),
                           part(flow.input_gradients[input], block));
  }
  std::vector<Parameter<T>*> parameters() override { return {}; }
  double flops() const override { return static_cast<double>(size_); }

 private:
  // Whole rows where the function looks at them, of which glu's outputs have half the columns.
  MatrixView<T> part(const MatrixView<T>& m, const Block& block) const {
    return elementwise() ? m.block(block) : m.block({block.rows, {0, m.cols}});
  }

  Index size_;
  Index output_size_;
  Activation activation_;
};

}  // namespace fastnn::nn
