// y = (x - shift) · scale + offset with numbers for each feature that training leaves alone.
#pragma once

#include "fastnn/common/simd.h"
#include "fastnn/nn/elementwise_layer.h"

namespace fastnn::nn {

template <class T>
class Rescaling final : public ElementwiseLayer<T> {
 public:
  // y = x at first.
  explicit Rescaling(Index size)
      : ElementwiseLayer<T>(size),
        shift_(feature_parameter<T>("shift", size, T(0), false)),
        scale_(feature_parameter<T>("scale", size, T(1), false)),
        offset_(feature_parameter<T>("offset", size, T(0), false)) {}

  void forward(const Flow<T>& flow, const Pass& /*pass*/, const Block& block) const override {
    using P = simd::Packet<T>;
    const auto rescale = [](const P& x, const P& shift, const P& scale, const P& offset) {
      return simd::padd(simd::pmul(simd::psub(x, shift), scale), offset);
    };
    const Index j = block.cols.begin;
    for (Index i = block.rows.begin; i < block.rows.end; ++i) {
      simd::transform(flow.output.row(i) + j, block.cols.size(), rescale, flow.input().row(i) + j,
                      shift_.values.data() + j, scale_.values.data() + j,
                      offset_.values.data() + j);
    }
  }
  void backward_input(const Flow<T>& flow, const Pass& /*pass*/, std::size_t input,
                      const Block& block) const override {
    using P = simd::Packet<T>;
    const auto times = [](const P& a, const P& b) { return simd::pmul(a, b); };
    const Index j = block.cols.begin;
    for (Index i = block.rows.begin; i < block.rows.end; ++i) {
      simd::transform(flow.input_gradients[input].row(i) + j, block.cols.size(), times,
                      flow.output_gradient.row(i) + j, scale_.values.data() + j);
    }
  }
  std::vector<Parameter<T>*> parameters() override { return {&shift_, &scale_, &offset_}; }

 private:
  Parameter<T> shift_;
  Parameter<T> scale_;
  Parameter<T> offset_;
};

}  // namespace fastnn::nn
