// Activation functions of a row of n inputs: row(x, y, n) computes y, which may be x, and
// row_gradient(x, y, dy, dx, n) computes dx = dL/dx from x, y and dy = dL/dy.
#pragma once

#include <cmath>
#include <limits>

#include "fastnn/nn/activation_math.h"

namespace fastnn::nn {

template <class T>
constexpr T nothing = -std::numeric_limits<T>::infinity();  // exp(nothing) = 0

template <class T>
T sum(const T* x, Index n) {
  return simd::sum(n, T(0), [](const Packet<T>& v) { return v; }, x);
}

template <class T>
struct Softmax {
  static void row(const T* x, T* y, Index n) {
    const Packet<T> shift = broadcast(simd::maximum(x, n));
    const auto shifted = [&](const Packet<T>& v) {
      return simd::exponential<T>(simd::psub(v, shift));
    };
    simd::transform(y, n, shifted, x);
    const Packet<T> total = broadcast(sum(y, n));
    simd::transform(y, n, [&](const Packet<T>& v) { return simd::pdiv(v, total); }, y);
  }
  // dx = y (dy - sum(y dy))
  static void row_gradient(const T* /*x*/, const T* y, const T* dy, T* dx, Index n) {
    const auto product = [](const Packet<T>& a, const Packet<T>& b) { return simd::pmul(a, b); };
    const Packet<T> total = broadcast(simd::sum(n, T(0), product, y, dy));
    const auto gradient = [&](const Packet<T>& a, const Packet<T>& b) {
      return simd::pmul(a, simd::psub(b, total));
    };
    simd::transform(dx, n, gradient, y, dy);
  }
};

template <class T>
struct LogSoftmax {
  static void row(const T* x, T* y, Index n) {
    const Packet<T> shift = broadcast(simd::maximum(x, n));
    const auto shifted = [&](const Packet<T>& v) {
      return simd::exponential<T>(simd::psub(v, shift));
    };
    const Packet<T> log_total = broadcast(std::log(simd::sum(n, nothing<T>, shifted, x)));
    const auto normalized = [&](const Packet<T>& v) {
      return simd::psub(simd::psub(v, shift), log_total);
    };
    simd::transform(y, n, normalized, x);
  }
  // dx = dy - exp(y) sum(dy)
  static void row_gradient(const T* /*x*/, const T* y, const T* dy, T* dx, Index n) {
    const Packet<T> total = broadcast(sum(dy, n));
    const auto gradient = [&](const Packet<T>& a, const Packet<T>& b) {
      return simd::psub(b, simd::pmul(simd::exponential<T>(a), total));
    };
    simd::transform(dx, n, gradient, y, dy);
  }
};

// max(x - τ, 0) with the τ for which it sums to 1 (A. Martins, R. Astudillo, ICML 2016). τ is found
// without sorting (C. Michelot, 1986): from below, by leaving out what lies under the last τ.
template <class T>
struct Sparsemax {
  // How many x[i] exceed the threshold, and the sum of their values[i].
  struct Support {
    Support(const T* x, T threshold, const T* values, Index n) {
      const Packet<T> limit = broadcast(threshold);
      const auto one = [&](const Packet<T>& v) { return one_where<T>(simd::pcmp_lt(limit, v)); };
      const auto value = [&](const Packet<T>& v, const Packet<T>& w) {
        return simd::pselect(simd::pcmp_lt(limit, v), w, broadcast(T(0)));
      };
      count = simd::sum(n, nothing<T>, one, x);
      total = simd::sum(n, nothing<T>, value, x, values);
    }
    T count;
    T total;
  };

  static void row(const T* x, T* y, Index n) {
    const Packet<T> largest = broadcast(simd::maximum(x, n));
    simd::transform(y, n, [&](const Packet<T>& v) { return simd::psub(v, largest); }, x);
    T threshold = -1;  // the largest is 0 now, and exceeds τ by 1 at most
    for (;;) {
      const Support support(y, threshold, y, n);
      const T next = (support.total - 1) / support.count;
      if (!(next > threshold)) break;
      threshold = next;
    }
    const Packet<T> tau = broadcast(threshold);
    const auto rest = [&](const Packet<T>& v) {
      return simd::pselect(simd::pcmp_le(v, tau), broadcast(T(0)), simd::psub(v, tau));
    };
    simd::transform(y, n, rest, y);
  }
  // dx = dy - mean(dy), both over the positive y; elsewhere 0
  static void row_gradient(const T* /*x*/, const T* y, const T* dy, T* dx, Index n) {
    const Support support(y, T(0), dy, n);
    const Packet<T> mean = broadcast(support.total / support.count);
    const auto gradient = [&](const Packet<T>& a, const Packet<T>& b) {
      const Packet<T> zero = broadcast(T(0));
      return simd::pselect(simd::pcmp_lt(zero, a), simd::psub(b, mean), zero);
    };
    simd::transform(dx, n, gradient, y, dy);
  }
};

// a σ(b), where a and b are the halves of x: y and dy are half as long.
template <class T>
struct Glu {
  static void row(const T* x, T* y, Index n) {
    const auto gated = [](const Packet<T>& a, const Packet<T>& b) {
      return simd::pmul(a, sigmoid<T>(b));
    };
    simd::transform(y, n / 2, gated, x, x + n / 2);
  }
  static void row_gradient(const T* x, const T* /*y*/, const T* dy, T* dx, Index n) {
    const auto by_a = [](const Packet<T>& b, const Packet<T>& d) {
      return simd::pmul(d, sigmoid<T>(b));
    };
    const auto by_b = [](const Packet<T>& a, const Packet<T>& b, const Packet<T>& d) {
      const Packet<T> s = sigmoid<T>(b);
      const Packet<T> slope = simd::pmul(s, simd::psub(broadcast(T(1)), s));
      return simd::pmul(d, simd::pmul(a, slope));
    };
    const Index half = n / 2;
    simd::transform(dx, half, by_a, x + half, dy);
    simd::transform(dx + half, half, by_b, x, x + half, dy);
  }
};

}  // namespace fastnn::nn
