// Losses of a row as a whole, in double. The gradient, unless null, is times `scale`.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "fastnn/nn/losses.h"

namespace fastnn::nn {

template <class T>
double row_loss(const CategoricalHinge& /*loss*/, const T* o, const T* t, Index n, T scale,
                T* gradient) {
  const auto wrong = [&](Index j) { return (1.0 - t[j]) * o[j]; };
  double hit = 0;
  double miss = -std::numeric_limits<double>::infinity();
  Index n_largest = 0;  // the derivative of a maximum is shared among equals
  for (Index j = 0; j < n; ++j) {
    hit += static_cast<double>(t[j]) * o[j];
    if (wrong(j) > miss) n_largest = 0;
    miss = std::max(miss, wrong(j));
    if (wrong(j) == miss) ++n_largest;
  }
  const double margin = miss - hit + 1;
  const bool is_met = margin <= 0;
  for (Index j = 0; gradient != nullptr && j < n; ++j) {
    const double share = wrong(j) == miss ? (1.0 - t[j]) / static_cast<double>(n_largest) : 0.0;
    gradient[j] = is_met ? T(0) : scale * static_cast<T>(share - t[j]);
  }
  return is_met ? 0.0 : margin;
}

template <class T>
double row_loss(const KlDivergence& /*loss*/, const T* o, const T* t, Index n, T scale,
                T* gradient) {
  constexpr double epsilon = 1e-7;
  double value = 0;
  for (Index j = 0; j < n; ++j) {
    const double output = o[j];
    const double p = std::clamp(output, epsilon, 1.0);
    const double target = std::clamp(static_cast<double>(t[j]), epsilon, 1.0);
    value += target * std::log(target / p);
    if (gradient != nullptr) {
      const bool is_clipped = output < epsilon || output > 1;
      gradient[j] = is_clipped ? T(0) : scale * static_cast<T>(-target / p);
    }
  }
  return value;
}

// L = -t' o' with x' = r(x) x, r(x) = min(1 / ‖x‖, 1 / ε); dL/do = -r(o) (t' + L o'), without the
// second part where the norm counts as ε.
template <class T>
double row_loss(const CosineSimilarity& /*loss*/, const T* o, const T* t, Index n, T scale,
                T* gradient) {
  constexpr double epsilon = 1e-7;
  double outputs = 0;
  double targets = 0;
  double product = 0;
  for (Index j = 0; j < n; ++j) {
    outputs += static_cast<double>(o[j]) * o[j];
    targets += static_cast<double>(t[j]) * t[j];
    product += static_cast<double>(o[j]) * t[j];
  }
  const double norm = std::sqrt(outputs);
  const double rate = 1 / std::max(norm, epsilon);
  const double target_rate = 1 / std::max(std::sqrt(targets), epsilon);
  const double value = -product * rate * target_rate;
  const double along = norm < epsilon ? 0.0 : value * rate;
  for (Index j = 0; gradient != nullptr && j < n; ++j) {
    gradient[j] = scale * static_cast<T>(-rate * (t[j] * target_rate + along * o[j]));
  }
  return value;
}

}  // namespace fastnn::nn
