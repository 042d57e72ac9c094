#include "fastnn/nn/cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fastnn/common/simd.h"

namespace fastnn::nn {
namespace {

using simd::broadcast;
using simd::Packet;

constexpr double epsilon = 1e-7;

bool is_clipped(double p) { return p < epsilon || p > 1 - epsilon; }

// Label smoothing s of n classes: a target t counts as t (1 - s) + s / n.
struct Smoothing {
  Smoothing(double s, Index n) : keep(1 - s), add(s / static_cast<double>(n)) {}
  double operator()(double t) const { return keep * t + add; }
  double keep;
  double add;
};

template <class T>
struct Softmax {
  T maximum;  // of the logits z
  T sum;      // of exp(z - maximum)
};

// exp(z - maximum) goes to `exponentials`, unless null.
template <class T>
Softmax<T> softmax(const T* z, Index n, T* exponentials) {
  constexpr Index w = simd::width<T>;
  const T maximum = simd::maximum(z, n);
  const auto shifted = [&](const Packet<T>& v) {
    return simd::exponential<T>(simd::psub(v, broadcast(maximum)));
  };
  Packet<T> sum = broadcast(T(0));
  Index j = 0;
  for (; j + w <= n; j += w) {
    const Packet<T> e = shifted(simd::load(z + j));
    if (exponentials != nullptr) simd::store(exponentials + j, e);
    sum = simd::padd(sum, e);
  }
  if (j < n) {
    constexpr T nothing = -std::numeric_limits<T>::infinity();
    const Packet<T> e = shifted(simd::load_partial(z + j, n - j, nothing));
    if (exponentials != nullptr) simd::store_partial(exponentials + j, e, n - j);
    sum = simd::padd(sum, e);
  }
  return {maximum, simd::predux(sum)};
}

// L = log Σ exp z - z_label;  dL/dz = softmax(z), less 1 at the label
template <class T>
double label_loss_of_logits(const T* z, std::int64_t label, Index n, T scale, T* gradient) {
  const auto [maximum, sum] = softmax(z, n, gradient);
  if (gradient != nullptr) {
    const T factor = scale / sum;
    const T own = gradient[label] * factor - scale;  // now: later, the read would wait for stores
    simd::transform(
        gradient, n, [&](const Packet<T>& e) { return simd::pmul(e, broadcast(factor)); },
        gradient);
    gradient[label] = own;
  }
  return std::log(static_cast<double>(sum)) - (static_cast<double>(z[label]) - maximum);
}

// L = -log p, p = o_label / Σ o;  dL/do = 1 / Σ o, less 1 / o_label at the label; 0 where p is
// clipped
template <class T>
double label_loss_of_probabilities(const T* o, std::int64_t label, Index n, T scale, T* gradient) {
  double sum = 0;
  for (Index j = 0; j < n; ++j) sum += o[j];
  const double p = o[label] / sum;
  if (gradient != nullptr) {
    std::fill_n(gradient, n, is_clipped(p) ? T(0) : scale * static_cast<T>(1 / sum));
    if (!is_clipped(p)) gradient[label] -= scale / o[label];
  }
  return -std::log(std::clamp(p, epsilon, 1 - epsilon));
}

// L = Σ t (log Σ exp z - z);  dL/dz = softmax(z) Σ t - t
template <class T>
double row_loss_of_logits(const T* z, const T* t, Index n, const Smoothing& smooth, T scale,
                          T* gradient) {
  const auto [maximum, sum] = softmax(z, n, gradient);
  const Packet<T> largest = broadcast(maximum);
  const auto depth = [&](const Packet<T>& v) { return simd::psub(largest, v); };
  const double t_sum = simd::sum(n, T(0), [](const Packet<T>& v) { return v; }, t);
  const double t_depth = simd::sum(
      n, T(0), [&](const Packet<T>& a, const Packet<T>& v) { return simd::pmul(a, depth(v)); }, t,
      z);
  const double total = smooth.keep * t_sum + smooth.add * static_cast<double>(n);
  double value = total * std::log(static_cast<double>(sum)) + smooth.keep * t_depth;
  if (smooth.add != 0) value += smooth.add * simd::sum(n, maximum, depth, z);
  if (gradient != nullptr) {
    const Packet<T> factor = broadcast(static_cast<T>(scale * total / sum));
    const Packet<T> keep = broadcast(static_cast<T>(scale * smooth.keep));
    const Packet<T> add = broadcast(static_cast<T>(scale * smooth.add));
    const auto slope = [&](const Packet<T>& e, const Packet<T>& a) {
      return simd::psub(simd::pmul(e, factor), simd::pmadd(a, keep, add));
    };
    simd::transform(gradient, n, slope, gradient, t);
  }
  return value;
}

// One class's part of a loss, and its derivative with respect to the probability p.
struct ClassTerm {
  double value;
  double slope;
};

// L = Σ f(p, t) with p = o / Σ o or softmax(o) and g = df/dp:
// dL/do = (g - Σ g p) / Σ o, or (g - Σ g p) p
template <class T, class F>
double row_loss_of_probabilities(bool from_logits, const T* o, const T* t, Index n,
                                 const Smoothing& smooth, const F& f, T scale, T* gradient) {
  const double shift = from_logits ? simd::maximum(o, n) : T(0);
  const auto share = [&](Index j) { return from_logits ? std::exp(o[j] - shift) : o[j]; };
  double sum = 0;
  for (Index j = 0; j < n; ++j) sum += share(j);
  double value = 0;
  double mean_slope = 0;
  for (Index j = 0; j < n; ++j) {
    const double p = share(j) / sum;
    const ClassTerm term = f(p, smooth(t[j]));
    value += term.value;
    mean_slope += term.slope * p;
  }
  for (Index j = 0; gradient != nullptr && j < n; ++j) {
    const double p = share(j) / sum;
    const double slope = f(p, smooth(t[j])).slope - mean_slope;
    gradient[j] = scale * static_cast<T>(from_logits ? slope * p : slope / sum);
  }
  return value;
}

}  // namespace

template <class T>
double label_loss(const CrossEntropy& loss, const T* outputs, std::int64_t label, Index n, T scale,
                  T* gradient) {
  if (label == loss.ignore_class || label < 0 || label >= n) {
    if (gradient != nullptr) std::fill_n(gradient, n, T(0));
    return 0;
  }
  return loss.from_logits ? label_loss_of_logits(outputs, label, n, scale, gradient)
                          : label_loss_of_probabilities(outputs, label, n, scale, gradient);
}

template <class T>
double row_loss(const CrossEntropy& loss, const T* outputs, const T* targets, Index n, T scale,
                T* gradient) {
  const Smoothing smooth(loss.label_smoothing, n);
  if (loss.from_logits) {
    return row_loss_of_logits(outputs, targets, n, smooth, scale, gradient);
  }
  const auto term = [](double p, double t) -> ClassTerm {
    if (t == 0) return {0, 0};  // most targets are 0, and a logarithm takes long
    const double log_p = std::log(std::clamp(p, epsilon, 1 - epsilon));
    return {-t * log_p, is_clipped(p) ? 0 : -t / p};
  };
  return row_loss_of_probabilities(false, outputs, targets, n, smooth, term, scale, gradient);
}

template <class T>
double row_loss(const FocalCrossEntropy& loss, const T* outputs, const T* targets, Index n, T scale,
                T* gradient) {
  const Smoothing smooth(loss.label_smoothing, n);
  const auto term = [&](double p, double t) -> ClassTerm {
    const double clipped = std::clamp(p, epsilon, 1 - epsilon);
    const double log_p = std::log(clipped);
    const double factor = loss.alpha * std::pow(1 - clipped, loss.gamma);
    const double steepness = loss.gamma * log_p / (1 - clipped) - 1 / clipped;
    return {-t * factor * log_p, is_clipped(p) ? 0 : t * factor * steepness};
  };
  return row_loss_of_probabilities(loss.from_logits, outputs, targets, n, smooth, term, scale,
                                   gradient);
}

template double label_loss(const CrossEntropy&, const float*, std::int64_t, Index, float, float*);
template double label_loss(const CrossEntropy&, const double*, std::int64_t, Index, double,
                           double*);
template double row_loss(const CrossEntropy&, const float*, const float*, Index, float, float*);
template double row_loss(const CrossEntropy&, const double*, const double*, Index, double, double*);
template double row_loss(const FocalCrossEntropy&, const float*, const float*, Index, float,
                         float*);
template double row_loss(const FocalCrossEntropy&, const double*, const double*, Index, double,
                         double*);

}  // namespace fastnn::nn
