#include "fastnn/nn/batch_normalization.h"

#include "fastnn/common/simd.h"

namespace fastnn::nn {
namespace {

using simd::broadcast;
using simd::Packet;

// A packet of features of all rows, as one of the rows in `values`.
template <class T>
Packet<T> load(const MatrixView<T>& values, Index row, Index j, Index end) {
  return simd::load_up_to(values.row(row) + j, end - j, T(0));
}

// Sums over the rows what f makes of a row's packet of features.
template <class T, class F>
Packet<T> sum_of_rows(Index n_rows, const F& f) {
  Packet<T> sum = broadcast(T(0));
  for (Index i = 0; i < n_rows; ++i) sum = simd::padd(sum, f(i));
  return sum;
}

enum Kept : Index { mean_row, variance_row, inverse_row };

}  // namespace

template <class T>
BatchNormalization<T>::BatchNormalization(Index size, double momentum, double epsilon, bool center,
                                          bool scale)
    : gamma_(feature_parameter<T>("gamma", size, T(1))),
      beta_(feature_parameter<T>("beta", size, T(0))),
      moving_mean_(feature_parameter<T>("moving_mean", size, T(0), false)),
      moving_variance_(feature_parameter<T>("moving_variance", size, T(1), false)),
      scale_(scale),
      center_(center),
      momentum_(static_cast<T>(momentum)),
      epsilon_(static_cast<T>(epsilon)) {}

template <class T>
Block BatchNormalization<T>::output_share(Index n_rows, const Member& member) const {
  return {{0, n_rows}, member.share(output_size(), PanelLayout<T>::panel_cols)};
}

// Notes the means and variances of the batch.
template <class T>
void BatchNormalization<T>::measure(const Flow<T>& flow, Range features) const {
  const MatrixView<T>& x = flow.input();
  const Packet<T> share = broadcast(T(1) / static_cast<T>(x.rows));
  for (Index j = features.begin; j < features.end; j += simd::width<T>) {
    const auto value = [&](Index i) { return load(x, i, j, features.end); };
    const Packet<T> mean = simd::pmul(share, sum_of_rows<T>(x.rows, value));
    const auto square = [&](Index i) {
      const Packet<T> difference = simd::psub(value(i), mean);
      return simd::pmul(difference, difference);
    };
    const Packet<T> variance = simd::pmul(share, sum_of_rows<T>(x.rows, square));
    simd::store_up_to(flow.kept.row(mean_row) + j, mean, features.end - j);
    simd::store_up_to(flow.kept.row(variance_row) + j, variance, features.end - j);
  }
}

template <class T>
void BatchNormalization<T>::forward(const Flow<T>& flow, const Pass& pass,
                                    const Block& block) const {
  const Range features = block.cols;
  T* const means = flow.kept.row(mean_row);
  T* const variances = flow.kept.row(variance_row);
  if (uses_batch(flow, pass)) {
    measure(flow, features);
  } else {
    std::copy_n(moving_mean_.values.data() + features.begin, features.size(),
                means + features.begin);
    std::copy_n(moving_variance_.values.data() + features.begin, features.size(),
                variances + features.begin);
  }
  const Index j = features.begin;
  T* const inverses = flow.kept.row(inverse_row) + j;
  const auto invert = [&](const Packet<T>& variance) {
    return simd::pdiv(broadcast(T(1)), simd::psqrt(simd::padd(variance, broadcast(epsilon_))));
  };
  simd::transform(inverses, features.size(), invert, variances + j);
  const auto normalize = [](const Packet<T>& x, const Packet<T>& mean, const Packet<T>& inverse,
                            const Packet<T>& gamma, const Packet<T>& beta) {
    return simd::pmadd(simd::pmul(simd::psub(x, mean), inverse), gamma, beta);
  };
  for (Index i = block.rows.begin; i < block.rows.end; ++i) {
    simd::transform(flow.output.row(i) + j, features.size(), normalize, flow.input().row(i) + j,
                    means + j, inverses, gamma_.values.data() + j, beta_.values.data() + j);
  }
}

// dx = γ / σ (dy - mean(dy) - x̂ mean(dy x̂)); with fixed statistics dx = γ / σ dy.
template <class T>
void BatchNormalization<T>::backward_input(const Flow<T>& flow, const Pass& pass, std::size_t input,
                                           const Block& block) const {
  const MatrixView<T>& x = flow.input();
  const MatrixView<T>& dy = flow.output_gradient;
  const Index end = block.cols.end;
  const Packet<T> share = broadcast(T(1) / static_cast<T>(x.rows));
  for (Index j = block.cols.begin; j < end; j += simd::width<T>) {
    const Packet<T> mean = load(flow.kept, mean_row, j, end);
    const Packet<T> inverse = load(flow.kept, inverse_row, j, end);
    const Packet<T> gamma = simd::load_up_to(gamma_.values.data() + j, end - j, T(0));
    const Packet<T> slope = simd::pmul(gamma, inverse);
    const auto gradient = [&](Index i) { return load(dy, i, j, end); };
    const auto normalized = [&](Index i) {
      return simd::pmul(simd::psub(load(x, i, j, end), mean), inverse);
    };
    Packet<T> mean_gradient = broadcast(T(0));
    Packet<T> mean_product = broadcast(T(0));
    if (uses_batch(flow, pass)) {
      const auto product = [&](Index i) { return simd::pmul(gradient(i), normalized(i)); };
      mean_gradient = simd::pmul(share, sum_of_rows<T>(x.rows, gradient));
      mean_product = simd::pmul(share, sum_of_rows<T>(x.rows, product));
    }
    for (Index i = block.rows.begin; i < block.rows.end; ++i) {
      const Packet<T> centered = simd::psub(gradient(i), mean_gradient);
      const Packet<T> dx = simd::psub(centered, simd::pmul(normalized(i), mean_product));
      simd::store_up_to(flow.input_gradients[input].row(i) + j, simd::pmul(slope, dx), end - j);
    }
  }
}

template <class T>
void BatchNormalization<T>::backward_parameters(const Flow<T>& flow,
                                                const GradientConsumer<T>& consumer,
                                                std::size_t first, const Member& member) {
  const Range features = output_share(0, member).cols;
  const MatrixView<T>& dy = flow.output_gradient;
  const T kept_share = momentum_;
  alignas(64) T lanes[simd::width<T>];
  for (Index j = features.begin; j < features.end; j += simd::width<T>) {
    const Index count = std::min(simd::width<T>, features.end - j);
    const auto hand_over = [&](std::size_t number, Parameter<T>& parameter,
                               const Packet<T>& gradient) {
      simd::store(lanes, gradient);
      consumer.consume(number, parameter, j, lanes, count);
    };
    const Packet<T> mean = load(flow.kept, mean_row, j, features.end);
    const Packet<T> inverse = load(flow.kept, inverse_row, j, features.end);
    const auto gradient = [&](Index i) { return load(dy, i, j, features.end); };
    const auto product = [&](Index i) {
      const Packet<T> centered = simd::psub(load(flow.input(), i, j, features.end), mean);
      return simd::pmul(gradient(i), simd::pmul(centered, inverse));
    };
    if (scale_) hand_over(first, gamma_, sum_of_rows<T>(dy.rows, product));
    if (center_) hand_over(first + (scale_ ? 1 : 0), beta_, sum_of_rows<T>(dy.rows, gradient));
    for (Index f = j; f < j + count; ++f) {
      T& moving_mean = moving_mean_.values[f];
      T& moving_variance = moving_variance_.values[f];
      moving_mean += (1 - kept_share) * (flow.kept.row(mean_row)[f] - moving_mean);
      moving_variance += (1 - kept_share) * (flow.kept.row(variance_row)[f] - moving_variance);
    }
  }
}

template <class T>
std::vector<Parameter<T>*> BatchNormalization<T>::parameters() {
  std::vector<Parameter<T>*> all;
  if (scale_) all.push_back(&gamma_);
  if (center_) all.push_back(&beta_);
  all.push_back(&moving_mean_);
  all.push_back(&moving_variance_);
  return all;
}

template class BatchNormalization<float>;
template class BatchNormalization<double>;

}  // namespace fastnn::nn
