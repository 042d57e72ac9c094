// Inverted dropout: in training each element becomes zero with the probability `rate`, and the
// others grow by 1 / (1 - rate). N. Srivastava et al., "Dropout: a simple way to prevent neural
// networks from overfitting", JMLR 15 (2014).
#pragma once

#include "fastnn/nn/elementwise_layer.h"

namespace fastnn::nn {

template <class T>
class Dropout final : public ElementwiseLayer<T> {
 public:
  Dropout(Index size, double rate, std::uint64_t seed);

  bool needs_inputs_back() const override { return false; }
  bool passes_on(bool training) const override { return !training || rate_ == 0; }
  // What each element is multiplied with.
  typename Layer<T>::Shape kept_shape(Index n_rows) const override {
    return {n_rows, this->output_size()};
  }
  void forward(const Flow<T>& flow, const Pass& pass, const Block& block) const override;
  void backward_input(const Flow<T>& flow, const Pass& pass, std::size_t input,
                      const Block& block) const override;

 private:
  double rate_;
  std::uint64_t seed_;
};

}  // namespace fastnn::nn
