// Each feature is brought to mean 0 and variance 1, those of the batch in training and running
// means of them otherwise, then y = γ x̂ + β. S. Ioffe, C. Szegedy, "Batch normalization:
// accelerating deep network training by reducing internal covariate shift", ICML 2015.
#pragma once

#include "fastnn/nn/layer.h"

namespace fastnn::nn {

template <class T>
class BatchNormalization final : public Layer<T> {
 public:
  // The running means keep the share `momentum` of themselves at each step.
  BatchNormalization(Index size, double momentum, double epsilon, bool center, bool scale);

  Index output_size() const override { return moving_mean_.layout.cols; }
  // Rows of means, of variances and of 1 / √(variance + ε).
  typename Layer<T>::Shape kept_shape(Index /*n_rows*/) const override {
    return {3, output_size()};
  }
  // All rows of some features.
  Block output_share(Index n_rows, const Member& member) const override;
  Block input_share(Index n_rows, std::size_t /*input*/, const Member& member) const override {
    return output_share(n_rows, member);
  }
  void forward(const Flow<T>& flow, const Pass& pass, const Block& block) const override;
  void backward_input(const Flow<T>& flow, const Pass& pass, std::size_t input,
                      const Block& block) const override;
  void backward_parameters(const Flow<T>& flow, const GradientConsumer<T>& consumer,
                           std::size_t first, const Member& member) override;
  // γ and β where there are, then the moving mean and variance.
  std::vector<Parameter<T>*> parameters() override;
  double flops() const override { return 8 * static_cast<double>(output_size()); }

 private:
  bool uses_batch(const Flow<T>& flow, const Pass& pass) const {
    return pass.training && flow.learns;
  }
  void measure(const Flow<T>& flow, Range features) const;

  Parameter<T> gamma_;
  Parameter<T> beta_;
  Parameter<T> moving_mean_;
  Parameter<T> moving_variance_;
  bool scale_;
  bool center_;
  T momentum_;
  T epsilon_;
};

}  // namespace fastnn::nn
