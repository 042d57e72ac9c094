// Activation functions made of exponentials and roots: value(x), and slope(x, y) where
// y = value(x). They neither overflow nor cancel; HyperbolicTangent of activation_math.h is one
// too.
#pragma once

#include "fastnn/nn/activation_math.h"

namespace fastnn::nn {

template <class T>
struct Sigmoid {
  static Packet<T> value(const Packet<T>& x) { return sigmoid<T>(x); }
  static Packet<T> slope(const Packet<T>& /*x*/, const Packet<T>& y) {
    return simd::pmul(y, simd::psub(broadcast(T(1)), y));
  }
};

// exp(x / 2)², which overflows to infinity: Eigen's exp clamps its argument and stays finite.
template <class T>
struct Exponential {
  static Packet<T> value(const Packet<T>& x) {
    const Packet<T> root = simd::exponential<T>(simd::pmul(x, broadcast(T(0.5))));
    return simd::pmul(root, root);
  }
  static Packet<T> slope(const Packet<T>& /*x*/, const Packet<T>& y) { return y; }
};

// scale x for x > 0, scale alpha (exp(x / width) - 1) below: elu, celu and selu.
template <class T>
class ExponentialLinear {
 public:
  ExponentialLinear(double alpha, double scale, double width)
      : alpha_(broadcast(T(alpha))),
        scale_(broadcast(T(scale))),
        width_(broadcast(T(width))),
        slope_below_zero_(broadcast(T(scale * alpha / width))) {}

  Packet<T> value(const Packet<T>& x) const {
    const Packet<T> below = simd::pmul(alpha_, exponential_minus_one<T>(simd::pdiv(x, width_)));
    return simd::pmul(scale_, simd::pselect(positive(x), x, below));
  }
  Packet<T> slope(const Packet<T>& x, const Packet<T>& /*y*/) const {
    const Packet<T> below =
        simd::pmul(slope_below_zero_, simd::exponential<T>(simd::pdiv(x, width_)));
    return simd::pselect(positive(x), scale_, below);
  }

 private:
  static Packet<T> positive(const Packet<T>& x) { return simd::pcmp_lt(broadcast(T(0)), x); }

  Packet<T> alpha_;
  Packet<T> scale_;
  Packet<T> width_;
  Packet<T> slope_below_zero_;
};

// x Φ(x)
template <class T>
struct Gelu {
  static Packet<T> value(const Packet<T>& x) { return simd::pmul(x, Normal<T>(x).distribution); }
  static Packet<T> slope(const Packet<T>& x, const Packet<T>& /*y*/) {
    const Normal<T> normal(x);
    return simd::pmadd(x, normal.density, normal.distribution);
  }
};

// x σ(u), u = √(8/π) (x + 0.044715 x³); Keras writes σ(u) as (1 + tanh(u / 2)) / 2.
template <class T>
struct ApproximateGelu {
  static constexpr double factor = 1.59576912160573071176;  // √(8/π)
  static constexpr double cubic = 0.044715 * factor;

  static Packet<T> gate(const Packet<T>& x) {
    const Packet<T> z = simd::pmul(x, x);
    const Packet<T> u_by_x = simd::pmadd(z, broadcast(T(cubic)), broadcast(T(factor)));
    return sigmoid<T>(simd::pmul(x, u_by_x));
  }
  static Packet<T> value(const Packet<T>& x) { return simd::pmul(x, gate(x)); }
  static Packet<T> slope(const Packet<T>& x, const Packet<T>& y) {
    const Packet<T> s = gate(x);
    const Packet<T> z = simd::pmul(x, x);
    const Packet<T> du = simd::pmadd(z, broadcast(T(3 * cubic)), broadcast(T(factor)));
    return simd::pmadd(simd::pmul(y, simd::psub(broadcast(T(1)), s)), du, s);
  }
};

template <class T>
struct Silu {
  static Packet<T> value(const Packet<T>& x) { return simd::pmul(x, sigmoid<T>(x)); }
  static Packet<T> slope(const Packet<T>& x, const Packet<T>& y) {
    const Packet<T> s = sigmoid<T>(x);
    return simd::pmadd(y, simd::psub(broadcast(T(1)), s), s);
  }
};

// x tanh(softplus(x)) = x n / d. With e = exp(-|x|): n = 1 + 2 e, d = n + 2 e² for x >= 0, and
// n = e² + 2 e, d = n + 2 for x < 0.
template <class T>
struct Mish {
  struct Terms {
    Packet<T> e;
    Packet<T> gap;  // (d - n) / 2
    Packet<T> n;
    Packet<T> d;
  };
  static Terms terms(const Packet<T>& x) {
    const Packet<T> one = broadcast(T(1));
    const Packet<T> e = simd::exponential<T>(negate<T>(simd::pabs(x)));
    const Packet<T> square = simd::pmul(e, e);
    const Packet<T> negative = simd::pcmp_lt(x, broadcast(T(0)));
    const Packet<T> gap = simd::pselect(negative, one, square);
    const Packet<T> n = simd::padd(simd::pselect(negative, square, one), simd::padd(e, e));
    return {e, gap, n, simd::padd(n, simd::padd(gap, gap))};
  }
  static Packet<T> value(const Packet<T>& x) {
    const Terms t = terms(x);
    return simd::pmul(x, simd::pdiv(t.n, t.d));
  }
  // n / d + x (1 - n²/d²) σ(x), where d - n = 2 gap and d + n = 2 (1 + e)².
  static Packet<T> slope(const Packet<T>& x, const Packet<T>& /*y*/) {
    const Terms t = terms(x);
    const Packet<T> one_plus_e = simd::padd(broadcast(T(1)), t.e);
    const Packet<T> weight = simd::pselect(simd::pcmp_lt(x, broadcast(T(0))), t.e, t.gap);
    const Packet<T> steepness = simd::pdiv(
        simd::pmul(simd::pmul(broadcast(T(4)), weight), one_plus_e), simd::pmul(t.d, t.d));
    return simd::pmadd(x, steepness, simd::pdiv(t.n, t.d));
  }
};

// log(1 + exp(x))
template <class T>
struct Softplus {
  static Packet<T> value(const Packet<T>& x) {
    return simd::padd(simd::pmax(x, broadcast(T(0))), log_of_one_plus_exponential<T>(x));
  }
  static Packet<T> slope(const Packet<T>& x, const Packet<T>& /*y*/) { return sigmoid<T>(x); }
};

// -log(1 + exp(-x))
template <class T>
struct LogSigmoid {
  static Packet<T> value(const Packet<T>& x) {
    return simd::psub(simd::pmin(x, broadcast(T(0))), log_of_one_plus_exponential<T>(x));
  }
  static Packet<T> slope(const Packet<T>& x, const Packet<T>& /*y*/) {
    return sigmoid<T>(negate<T>(x));
  }
};

// x / (1 + |x|)
template <class T>
struct Softsign {
  static Packet<T> value(const Packet<T>& x) { return simd::pdiv(x, one_plus(x)); }
  static Packet<T> slope(const Packet<T>& x, const Packet<T>& /*y*/) {
    const Packet<T> d = one_plus(x);
    return simd::pdiv(broadcast(T(1)), simd::pmul(d, d));
  }
  static Packet<T> one_plus(const Packet<T>& x) {
    return simd::padd(broadcast(T(1)), simd::pabs(x));
  }
};

// (x + r) / 2, r = √(x² + b); for x < 0, where that cancels, b / (2 (r - x)).
template <class T>
class Squareplus {
 public:
  explicit Squareplus(double b) : b_(broadcast(T(b))) {}

  Packet<T> value(const Packet<T>& x) const {
    const Packet<T> half = broadcast(T(0.5));
    const Packet<T> r = root(x);
    const Packet<T> below = simd::pdiv(simd::pmul(half, b_), simd::psub(r, x));
    const Packet<T> above = simd::pmul(half, simd::padd(x, r));
    return simd::pselect(simd::pcmp_lt(x, broadcast(T(0))), below, above);
  }
  Packet<T> slope(const Packet<T>& x, const Packet<T>& y) const { return simd::pdiv(y, root(x)); }

 private:
  Packet<T> root(const Packet<T>& x) const { return simd::psqrt(simd::pmadd(x, x, b_)); }

  Packet<T> b_;
};

// x - tanh(x)
template <class T>
struct TanhShrink {
  static Packet<T> value(const Packet<T>& x) {
    using Tanh = HyperbolicTangent<T>;
    const Packet<T> z = simd::pmul(x, x);
    const Packet<T> inner = simd::pmul(negate<T>(simd::pmul(x, z)), Tanh::rational(z));
    return simd::pselect(Tanh::near_zero(z), inner, simd::psub(x, Tanh::value(x)));
  }
  static Packet<T> slope(const Packet<T>& x, const Packet<T>& /*y*/) {
    const Packet<T> t = HyperbolicTangent<T>::value(x);
    return simd::pmul(t, t);
  }
};

}  // namespace fastnn::nn
