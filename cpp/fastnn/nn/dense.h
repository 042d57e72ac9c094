// y = x W + b, W of shape (n_inputs, units).
#pragma once

#include <numeric>

#include "fastnn/common/random.h"
#include "fastnn/nn/layer.h"

namespace fastnn::nn {

template <class T>
class Dense final : public Layer<T> {
 public:
  // All weights are zero.
  Dense(Index n_inputs, Index units, bool use_bias);

  Index output_size() const override { return weights_.layout.cols; }
  // Whole panels and all rows or, where there are too few panels, some rows.
  Block output_share(Index n_rows, const Member& member) const override;
  Block input_share(Index n_rows, std::size_t input, const Member& member) const override;
  Index rounded_size(Index n_rows) const override { return rounded_places(n_rows).size; }
  void round_input(const Flow<T>& flow, const Member& member) const override;
  void round_output_gradient(const Flow<T>& flow, const Member& member) const override;
  // Whole panels forward, whole tiles on the way back, and whole groups of random words for dropout
  // behind it.
  Index separable_cols() const override {
    return std::lcm<Index>(6 * simd::width<T>, Philox::group_words);
  }
  void forward(const Flow<T>& flow, const Pass& pass, const Block& block) const override;
  void backward_input(const Flow<T>& flow, const Pass& pass, std::size_t input,
                      const Block& block) const override;
  void backward_parameters(const Flow<T>& flow, const GradientConsumer<T>& consumer,
                           std::size_t first, const Member& member) override;
  std::vector<Parameter<T>*> parameters() override;
  double flops() const override { return 2.0 * static_cast<double>(weights_.layout.size()); }

 private:
  using Pair = linalg::Bfloat16Pair;

  // What lies where in Flow::rounded.
  struct RoundedPlaces {
    Index input = 0;            // pairs along the features
    Index input_by_rows = 0;    // pairs of rows, as a panel
    Index output_gradient = 0;  // pairs along the units
    Index size = 0;
  };
  RoundedPlaces rounded_places(Index n_rows) const;

  bool has_bias() const { return bias_.layout.rows == 1; }

  // y = bias + some rows of x · w.
  void multiply_panel(const Flow<T>& flow, Index first_row, const linalg::Strided<T>& w,
                      const linalg::Start<T>& bias, const MatrixView<T>& y) const;
  // The ways back from an operand of these elements, T or pairs.
  template <class Element>
  void to_input(const linalg::Strided<Element>& dy, const MatrixView<T>& dx,
                const Block& block) const;
  template <class Element>
  void to_parameters(const linalg::Strided<Element>& x_transposed, const MatrixView<T>& dy,
                     const GradientConsumer<T>& consumer, std::size_t first, const Member& member);
  template <class Element>
  void to_weights(const linalg::Strided<Element>& x_transposed, const MatrixView<T>& dy,
                  const Block& block, const GradientConsumer<T>& consumer, std::size_t number);
  void to_bias(const MatrixView<T>& dy, const Range& cols, const GradientConsumer<T>& consumer,
               std::size_t number);

  Parameter<T> weights_;
  Parameter<T> bias_;  // one row; none where the layer has no bias
};

}  // namespace fastnn::nn
