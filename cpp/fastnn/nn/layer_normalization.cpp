#include "fastnn/nn/layer_normalization.h"

#include <cmath>

#include "fastnn/common/simd.h"

namespace fastnn::nn {
namespace {

using simd::broadcast;
using simd::Packet;

}  // namespace

template <class T>
LayerNormalization<T>::LayerNormalization(Index size, double epsilon, bool center, bool scale)
    : gamma_(feature_parameter<T>("gamma", size, T(1))),
      beta_(feature_parameter<T>("beta", size, T(0))),
      scale_(scale),
      center_(center),
      epsilon_(static_cast<T>(epsilon)) {}

template <class T>
void LayerNormalization<T>::forward(const Flow<T>& flow, const Pass& /*pass*/,
                                    const Block& block) const {
  const Index n = output_size();
  for (Index i = block.rows.begin; i < block.rows.end; ++i) {
    const T* const x = flow.input().row(i);
    const auto value = [](const Packet<T>& v) { return v; };
    const T mean = simd::sum(n, T(0), value, x) / static_cast<T>(n);
    const Packet<T> means = broadcast(mean);
    const auto square = [&](const Packet<T>& v) {
      const Packet<T> difference = simd::psub(v, means);
      return simd::pmul(difference, difference);
    };
    const T variance = simd::sum(n, mean, square, x) / static_cast<T>(n);
    const T inverse = 1 / std::sqrt(variance + epsilon_);
    flow.kept.row(i)[0] = mean;
    flow.kept.row(i)[1] = inverse;
    const Packet<T> inverses = broadcast(inverse);
    const auto normalize = [&](const Packet<T>& v, const Packet<T>& gamma, const Packet<T>& beta) {
      return simd::pmadd(simd::pmul(simd::psub(v, means), inverses), gamma, beta);
    };
    simd::transform(flow.output.row(i), n, normalize, x, gamma_.values.data(), beta_.values.data());
  }
}

// With g = γ dy:  dx = (g - mean(g) - x̂ mean(g x̂)) / σ
template <class T>
void LayerNormalization<T>::backward_input(const Flow<T>& flow, const Pass& /*pass*/,
                                           std::size_t input, const Block& block) const {
  const Index n = output_size();
  const T* const gamma = gamma_.values.data();
  for (Index i = block.rows.begin; i < block.rows.end; ++i) {
    const T* const x = flow.input().row(i);
    const T* const dy = flow.output_gradient.row(i);
    const Packet<T> mean = broadcast(flow.kept.row(i)[0]);
    const Packet<T> inverse = broadcast(flow.kept.row(i)[1]);
    const auto normalized = [&](const Packet<T>& v) {
      return simd::pmul(simd::psub(v, mean), inverse);
    };
    const auto slope = [](const Packet<T>& d, const Packet<T>& c) { return simd::pmul(d, c); };
    const auto product = [&](const Packet<T>& d, const Packet<T>& c, const Packet<T>& v) {
      return simd::pmul(slope(d, c), normalized(v));
    };
    const Packet<T> mean_slope =
        broadcast(simd::sum(n, T(0), slope, dy, gamma) / static_cast<T>(n));
    const Packet<T> mean_product =
        broadcast(simd::sum(n, T(0), product, dy, gamma, x) / static_cast<T>(n));
    const auto gradient = [&](const Packet<T>& d, const Packet<T>& c, const Packet<T>& v) {
      const Packet<T> centered = simd::psub(slope(d, c), mean_slope);
      return simd::pmul(inverse, simd::psub(centered, simd::pmul(normalized(v), mean_product)));
    };
    simd::transform(flow.input_gradients[input].row(i), n, gradient, dy, gamma, x);
  }
}

template <class T>
void LayerNormalization<T>::backward_parameters(const Flow<T>& flow,
                                                const GradientConsumer<T>& consumer,
                                                std::size_t first, const Member& member) {
  const Range features = member.share(output_size(), PanelLayout<T>::panel_cols);
  const MatrixView<T>& dy = flow.output_gradient;
  alignas(64) T lanes[simd::width<T>];
  for (Index j = features.begin; j < features.end; j += simd::width<T>) {
    const Index count = std::min(simd::width<T>, features.end - j);
    Packet<T> sum = broadcast(T(0));
    Packet<T> sum_of_products = broadcast(T(0));
    for (Index i = 0; i < dy.rows; ++i) {
      const T* const kept = flow.kept.row(i);
      const Packet<T> gradient = simd::load_up_to(dy.row(i) + j, count, T(0));
      const Packet<T> x = simd::load_up_to(flow.input().row(i) + j, count, T(0));
      const Packet<T> normalized =
          simd::pmul(simd::psub(x, broadcast(kept[0])), broadcast(kept[1]));
      sum = simd::padd(sum, gradient);
      sum_of_products = simd::padd(sum_of_products, simd::pmul(gradient, normalized));
    }
    if (scale_) {
      simd::store(lanes, sum_of_products);
      consumer.consume(first, gamma_, j, lanes, count);
    }
    if (center_) {
      simd::store(lanes, sum);
      consumer.consume(first + (scale_ ? 1 : 0), beta_, j, lanes, count);
    }
  }
}

template <class T>
std::vector<Parameter<T>*> LayerNormalization<T>::parameters() {
  std::vector<Parameter<T>*> all;
  if (scale_) all.push_back(&gamma_);
  if (center_) all.push_back(&beta_);
  return all;
}

template class LayerNormalization<float>;
template class LayerNormalization<double>;

}  // namespace fastnn::nn
