// y = x W + b, W of shape (n_inputs, units).
#pragma once

#include <cstdint>

#include "fastnn/nn/layer.h"

namespace fastnn::nn {

template <class T>
class Dense final : public Layer<T> {
 public:
  // Weights are uniform after Glorot and Bengio (2010), biases zero.
  Dense(Index n_inputs, Index units, bool use_bias, std::uint64_t seed);

  Index output_size() const override { return weights_.layout.cols; }
  // Whole panels and all rows or, where there are too few panels, some rows.
  Block output_share(Index n_rows, const Member& member) const override;
  Block input_share(Index n_rows, const Member& member) const override;
  void forward(ConstMatrixView<T> x, MatrixView<T> y, const Block& block) const override;
  void backward_input(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy,
                      MatrixView<T> dx, const Block& block) const override;
  void backward_parameters(ConstMatrixView<T> x, ConstMatrixView<T> dy,
                           const GradientConsumer<T>& consumer, const Member& member) override;
  std::vector<Parameter<T>*> parameters() override;
  double flops() const override { return 2.0 * static_cast<double>(weights_.layout.size()); }

 private:
  bool has_bias() const { return bias_.layout.rows == 1; }

  Parameter<T> weights_;
  Parameter<T> bias_;  // one row; none where the layer has no bias
};

}  // namespace fastnn::nn
