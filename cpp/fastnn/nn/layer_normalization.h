// Each row is brought to mean 0 and variance 1, then y = γ x̂ + β. J. L. Ba, J. R. Kiros, G. E.
// Hinton, "Layer normalization", 2016.
#pragma once

#include "fastnn/nn/layer.h"

namespace fastnn::nn {

template <class T>
class LayerNormalization final : public Layer<T> {
 public:
  LayerNormalization(Index size, double epsilon, bool center, bool scale);

  Index output_size() const override { return gamma_.layout.cols; }
  // Of each row: its mean and 1 / √(variance + ε).
  typename Layer<T>::Shape kept_shape(Index n_rows) const override { return {n_rows, 2}; }
  Block output_share(Index n_rows, const Member& member) const override {
    return {member.share(n_rows), {0, output_size()}};
  }
  Block input_share(Index n_rows, std::size_t /*input*/, const Member& member) const override {
    return output_share(n_rows, member);
  }
  void forward(const Flow<T>& flow, const Pass& pass, const Block& block) const override;
  void backward_input(const Flow<T>& flow, const Pass& pass, std::size_t input,
                      const Block& block) const override;
  void backward_parameters(const Flow<T>& flow, const GradientConsumer<T>& consumer,
                           std::size_t first, const Member& member) override;
  std::vector<Parameter<T>*> parameters() override;
  double flops() const override { return 8 * static_cast<double>(output_size()); }

 private:
  Parameter<T> gamma_;
  Parameter<T> beta_;
  bool scale_;
  bool center_;
  T epsilon_;
};

}  // namespace fastnn::nn
