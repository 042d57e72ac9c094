#include "fastnn/nn/losses.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "fastnn/common/simd.h"

namespace fastnn::nn {
namespace {

// The target of one row, read alike from class indices and from rows of outputs.
template <class T>
class TargetRow {
 public:
  TargetRow(const Targets<T>& targets, std::int64_t row) {
    if (const auto* labels = std::get_if<Labels>(&targets)) {
      label_ = labels->data[row];
    } else {
      values_ = std::get<ConstMatrixView<T>>(targets).row(row);
    }
  }
  T operator[](Index j) const {
    if (values_ != nullptr) return values_[j];
    return j == label_ ? T(1) : T(0);
  }

 private:
  const T* values_ = nullptr;
  Index label_ = 0;
};

// L = -Σ t log softmax(z) = Σ t (log Σ exp z - z);  dL/dz = softmax(z) Σ t - t
template <class T>
double cross_entropy_of_logits(const T* z, const TargetRow<T>& t, Index n, T scale, T* gradient) {
  const T maximum = simd::maximum(z, n);
  const auto shifted = [&](const simd::Packet<T>& v) {
    return simd::exponential<T>(simd::psub(v, simd::broadcast(maximum)));
  };
  const double sum = simd::sum(n, -std::numeric_limits<T>::infinity(), shifted, z);
  const double log_sum = maximum + std::log(sum);
  double value = 0;
  double total = 0;
  for (Index j = 0; j < n; ++j) {
    total += t[j];
    if (t[j] != 0) value += t[j] * (log_sum - z[j]);
  }
  if (gradient != nullptr) {
    const auto factor = simd::broadcast(static_cast<T>(scale * total / sum));
    simd::transform(
        gradient, n, [&](const simd::Packet<T>& v) { return simd::pmul(shifted(v), factor); }, z);
    for (Index j = 0; j < n; ++j) gradient[j] -= scale * t[j];
  }
  return value;
}

// L = -Σ t log p with p = clip(o / Σ o);  with g = dL/dp:  dL/do = (g - Σ g p) / Σ o
template <class T>
double cross_entropy_of_probabilities(const T* o, const TargetRow<T>& t, Index n, T scale,
                                      T* gradient) {
  constexpr double epsilon = 1e-7;
  double sum = 0;
  for (Index j = 0; j < n; ++j) sum += o[j];
  double value = 0;
  double mean_slope = 0;
  const auto slope = [&](Index j) {  // dL/dp, zero where p is clipped
    const double p = o[j] / sum;
    return p < epsilon || p > 1 - epsilon ? 0.0 : -t[j] / p;
  };
  for (Index j = 0; j < n; ++j) {
    const double p = o[j] / sum;
    value -= t[j] * std::log(std::clamp(p, epsilon, 1 - epsilon));
    mean_slope += slope(j) * p;
  }
  if (gradient != nullptr) {
    for (Index j = 0; j < n; ++j) {
      gradient[j] = scale * static_cast<T>((slope(j) - mean_slope) / sum);
    }
  }
  return value;
}

// L = Σ (o - t)² / n;  dL/do = 2 (o - t) / n
template <class T>
double mean_squared_error(const T* o, const TargetRow<T>& t, Index n, T scale, T* gradient) {
  double value = 0;
  for (Index j = 0; j < n; ++j) {
    const double difference = static_cast<double>(o[j]) - t[j];
    value += difference * difference;
    if (gradient != nullptr) {
      gradient[j] = scale * static_cast<T>(2 * difference / static_cast<double>(n));
    }
  }
  return value / static_cast<double>(n);
}

}  // namespace

Loss loss_from_name(std::string_view name, bool from_logits) {
  if (name == "categorical_crossentropy" || name == "sparse_categorical_crossentropy") {
    return {LossKind::cross_entropy, from_logits};
  }
  if (name == "mean_squared_error") return {LossKind::mean_squared_error, false};
  throw std::invalid_argument(
      "expected loss to be categorical_crossentropy, sparse_categorical_crossentropy or "
      "mean_squared_error. Received: " +
      std::string(name));
}

template <class T>
void evaluate_loss(const Loss& loss, ConstMatrixView<T> outputs, const Targets<T>& targets,
                   const std::int64_t* target_rows, T scale, double* values,
                   MatrixView<T> gradient) {
  for (Index i = 0; i < outputs.rows; ++i) {
    const TargetRow<T> target(targets, target_rows[i]);
    T* const slope = gradient.data == nullptr ? nullptr : gradient.row(i);
    const T* const output = outputs.row(i);
    if (loss.kind == LossKind::mean_squared_error) {
      values[i] = mean_squared_error(output, target, outputs.cols, scale, slope);
    } else if (loss.from_logits) {
      values[i] = cross_entropy_of_logits(output, target, outputs.cols, scale, slope);
    } else {
      values[i] = cross_entropy_of_probabilities(output, target, outputs.cols, scale, slope);
    }
  }
}

template void evaluate_loss(const Loss&, ConstMatrixView<float>, const Targets<float>&,
                            const std::int64_t*, float, double*, MatrixView<float>);
template void evaluate_loss(const Loss&, ConstMatrixView<double>, const Targets<double>&,
                            const std::int64_t*, double, double*, MatrixView<double>);

}  // namespace fastnn::nn
