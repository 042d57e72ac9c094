#include "fastnn/nn/activations.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "fastnn/common/simd.h"

namespace fastnn::nn {
namespace {

using simd::broadcast;
using simd::Packet;

template <class T>
Packet<T> relu(const Packet<T>& x) {
  const Packet<T> zero = broadcast(T(0));
  return simd::pselect(simd::pcmp_le(x, zero), zero, x);  // NaN stays
}

template <class T>
Packet<T> sigmoid(const Packet<T>& x) {
  const Packet<T> one = broadcast(T(1));
  const Packet<T> e = simd::exponential<T>(simd::psub(broadcast(T(0)), x));
  return simd::pdiv(one, simd::padd(one, e));
}

// tanh after Cephes (S. Moshier): a rational function near 0, where the exponential form cancels.
template <class T>
Packet<T> hyperbolic_tangent(const Packet<T>& x) {
  const Packet<T> one = broadcast(T(1));
  const Packet<T> z = simd::pmul(x, x);
  Packet<T> p = broadcast(T(-9.64399179425052238628e-1));
  p = simd::pmadd(p, z, broadcast(T(-9.92877231001918586564e1)));
  p = simd::pmadd(p, z, broadcast(T(-1.61468768441708447952e3)));
  Packet<T> q = simd::padd(z, broadcast(T(1.12811678491632931402e2)));
  q = simd::pmadd(q, z, broadcast(T(2.23548839060100448583e3)));
  q = simd::pmadd(q, z, broadcast(T(4.84406305325125486048e3)));
  const Packet<T> near_zero = simd::pmadd(simd::pmul(x, z), simd::pdiv(p, q), x);

  const Packet<T> e = simd::exponential<T>(simd::padd(x, x));
  const Packet<T> far = simd::psub(one, simd::pdiv(broadcast(T(2)), simd::padd(e, one)));
  return simd::pselect(simd::pcmp_lt(z, broadcast(T(0.390625))), near_zero, far);
}

template <class T>
void softmax(const T* x, T* y, Index n) {
  const Packet<T> shift = broadcast(simd::maximum(x, n));
  const auto shifted = [&](const Packet<T>& v) {
    return simd::exponential<T>(simd::psub(v, shift));
  };
  simd::transform(y, n, shifted, x);
  const Packet<T> total = broadcast(simd::sum(n, T(0), [](const Packet<T>& v) { return v; }, y));
  simd::transform(y, n, [&](const Packet<T>& v) { return simd::pdiv(v, total); }, y);
}

template <class T>
void log_softmax(const T* x, T* y, Index n) {
  const Packet<T> shift = broadcast(simd::maximum(x, n));
  const auto shifted = [&](const Packet<T>& v) {
    return simd::exponential<T>(simd::psub(v, shift));
  };
  constexpr T nothing = -std::numeric_limits<T>::infinity();
  const Packet<T> log_total = broadcast(std::log(simd::sum(n, nothing, shifted, x)));
  const auto normalized = [&](const Packet<T>& v) {
    return simd::psub(simd::psub(v, shift), log_total);
  };
  simd::transform(y, n, normalized, x);
}

// dx = y (dy - sum(y dy))
template <class T>
void softmax_gradient(const T* y, const T* dy, T* dx, Index n) {
  const auto product = [](const Packet<T>& a, const Packet<T>& b) { return simd::pmul(a, b); };
  const Packet<T> total = broadcast(simd::sum(n, T(0), product, y, dy));
  const auto gradient = [&](const Packet<T>& a, const Packet<T>& b) {
    return simd::pmul(a, simd::psub(b, total));
  };
  simd::transform(dx, n, gradient, y, dy);
}

}  // namespace

Activation activation_from_name(std::string_view name) {
  if (name == "linear") return Activation::linear;
  if (name == "relu") return Activation::relu;
  if (name == "sigmoid") return Activation::sigmoid;
  if (name == "tanh") return Activation::tanh;
  if (name == "softmax") return Activation::softmax;
  if (name == "log_softmax") return Activation::log_softmax;
  throw std::invalid_argument(
      "expected activation to be linear, relu, sigmoid, tanh, softmax or log_softmax. Received: " +
      std::string(name));
}

template <class T>
void activate(Activation activation, ConstMatrixView<T> x, MatrixView<T> y) {
  for (Index i = 0; i < x.rows && x.cols > 0; ++i) {
    const T* const in = x.row(i);
    T* const out = y.row(i);
    switch (activation) {
      case Activation::linear:
        if (out != in) std::copy_n(in, x.cols, out);
        break;
      case Activation::relu:
        simd::transform(out, x.cols, relu<T>, in);
        break;
      case Activation::sigmoid:
        simd::transform(out, x.cols, sigmoid<T>, in);
        break;
      case Activation::tanh:
        simd::transform(out, x.cols, hyperbolic_tangent<T>, in);
        break;
      case Activation::softmax:
        softmax(in, out, x.cols);
        break;
      case Activation::log_softmax:
        log_softmax(in, out, x.cols);
        break;
    }
  }
}

template <class T>
void activation_gradient(Activation activation, ConstMatrixView<T> y, ConstMatrixView<T> dy,
                         MatrixView<T> dx) {
  const Packet<T> zero = broadcast(T(0));
  const Packet<T> one = broadcast(T(1));
  const auto relu_gradient = [&](const Packet<T>& a, const Packet<T>& b) {
    return simd::pselect(simd::pcmp_lt(zero, a), b, zero);
  };
  const auto sigmoid_gradient = [&](const Packet<T>& a, const Packet<T>& b) {
    return simd::pmul(b, simd::pmul(a, simd::psub(one, a)));
  };
  const auto tanh_gradient = [&](const Packet<T>& a, const Packet<T>& b) {
    return simd::pmul(b, simd::psub(one, simd::pmul(a, a)));
  };
  for (Index i = 0; i < y.rows; ++i) {
    switch (activation) {
      case Activation::linear:
        std::copy_n(dy.row(i), y.cols, dx.row(i));
        break;
      case Activation::relu:
        simd::transform(dx.row(i), y.cols, relu_gradient, y.row(i), dy.row(i));
        break;
      case Activation::sigmoid:
        simd::transform(dx.row(i), y.cols, sigmoid_gradient, y.row(i), dy.row(i));
        break;
      case Activation::tanh:
        simd::transform(dx.row(i), y.cols, tanh_gradient, y.row(i), dy.row(i));
        break;
      case Activation::softmax:
        softmax_gradient(y.row(i), dy.row(i), dx.row(i), y.cols);
        break;
      case Activation::log_softmax:
        throw std::invalid_argument("log_softmax is no layer's activation");
    }
  }
}

template void activate(Activation, ConstMatrixView<float>, MatrixView<float>);
template void activate(Activation, ConstMatrixView<double>, MatrixView<double>);
template void activation_gradient(Activation, ConstMatrixView<float>, ConstMatrixView<float>,
                                  MatrixView<float>);
template void activation_gradient(Activation, ConstMatrixView<double>, ConstMatrixView<double>,
                                  MatrixView<double>);

}  // namespace fastnn::nn
