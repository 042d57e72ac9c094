// Activation functions made of straight and parabolic pieces: value(x), and slope(x, y) where
// y = value(x). At a corner the slope is the one that JAX's automatic differentiation gives to
// Keras's function.
#pragma once

#include "fastnn/nn/activation_math.h"

namespace fastnn::nn {

template <class T>
struct Identity {
  static Packet<T> value(const Packet<T>& x) { return x; }
  static Packet<T> slope(const Packet<T>& /*x*/, const Packet<T>& /*y*/) { return broadcast(T(1)); }
};

template <class T>
struct Relu {
  static Packet<T> value(const Packet<T>& x) {
    const Packet<T> zero = broadcast(T(0));
    return simd::pselect(simd::pcmp_le(x, zero), zero, x);
  }
  static Packet<T> slope(const Packet<T>& /*x*/, const Packet<T>& y) {
    return one_where<T>(simd::pcmp_lt(broadcast(T(0)), y));
  }
};

template <class T>
class LeakyRelu {
 public:
  explicit LeakyRelu(double negative_slope) : negative_slope_(broadcast(T(negative_slope))) {}

  Packet<T> value(const Packet<T>& x) const {
    return simd::pselect(simd::pcmp_lt(x, broadcast(T(0))), simd::pmul(negative_slope_, x), x);
  }
  // Of x only the sign counts, which y shares where negative_slope is positive.
  Packet<T> slope(const Packet<T>& x, const Packet<T>& /*y*/) const {
    return simd::pselect(simd::pcmp_lt(x, broadcast(T(0))), negative_slope_, broadcast(T(1)));
  }

 private:
  Packet<T> negative_slope_;
};

// min(x, max_value) above the threshold, negative_slope (x - threshold) below.
template <class T>
class ClippedRelu {
 public:
  ClippedRelu(double negative_slope, double max_value, double threshold)
      : negative_slope_(broadcast(T(negative_slope))),
        max_value_(broadcast(T(max_value))),
        threshold_(broadcast(T(threshold))),
        // JAX has a rule of its own for relu6, else the mean of both sides.
        slope_at_max_(broadcast(T(max_value == 6 && threshold == 0 ? 0 : 0.5))),
        leaks_(negative_slope != 0) {}

  Packet<T> value(const Packet<T>& x) const {
    const Packet<T> zero = broadcast(T(0));
    const Packet<T> above = simd::pselect(simd::pcmp_lt(max_value_, x), max_value_, x);
    // Zero times minus infinity would be NaN.
    const Packet<T> below = leaks_ ? simd::pmul(negative_slope_, simd::psub(x, threshold_)) : zero;
    return simd::pselect(simd::pcmp_le(x, threshold_), below, above);
  }
  Packet<T> slope(const Packet<T>& x, const Packet<T>& /*y*/) const {
    const Packet<T> zero = broadcast(T(0));
    const Packet<T> at_max = simd::pand(simd::pcmp_eq(x, max_value_), slope_at_max_);
    const Packet<T> above = simd::pselect(simd::pcmp_lt(x, max_value_), broadcast(T(1)), at_max);
    const Packet<T> below = simd::pselect(simd::pcmp_lt(x, threshold_), negative_slope_, zero);
    return simd::pselect(simd::pcmp_lt(threshold_, x), above, below);
  }

 private:
  Packet<T> negative_slope_;
  Packet<T> max_value_;
  Packet<T> threshold_;
  Packet<T> slope_at_max_;
  bool leaks_;
};

// 0 within ±threshold; outside x or, soft, x moved towards 0 by the threshold.
template <class T>
class Shrink {
 public:
  Shrink(double threshold, bool soft)
      : threshold_(broadcast(T(threshold))), shift_(broadcast(T(soft ? threshold : 0))) {}

  Packet<T> value(const Packet<T>& x) const {
    const Packet<T> zero = broadcast(T(0));
    const Packet<T> moved =
        simd::pselect(simd::pcmp_lt(x, zero), simd::padd(x, shift_), simd::psub(x, shift_));
    return simd::pselect(simd::pcmp_le(simd::pabs(x), threshold_), zero, moved);
  }
  Packet<T> slope(const Packet<T>& x, const Packet<T>& /*y*/) const {
    return one_where<T>(simd::pcmp_lt(threshold_, simd::pabs(x)));
  }

 private:
  Packet<T> threshold_;
  Packet<T> shift_;
};

// x above the threshold, else the default value.
template <class T>
class Threshold {
 public:
  Threshold(double threshold, double default_value)
      : threshold_(broadcast(T(threshold))), default_value_(broadcast(T(default_value))) {}

  Packet<T> value(const Packet<T>& x) const {
    return simd::pselect(simd::pcmp_le(x, threshold_), default_value_, x);
  }
  Packet<T> slope(const Packet<T>& x, const Packet<T>& /*y*/) const {
    return one_where<T>(simd::pcmp_lt(threshold_, x));
  }

 private:
  Packet<T> threshold_;
  Packet<T> default_value_;
};

template <class T>
struct HardTanh {
  static Packet<T> value(const Packet<T>& x) { return clamp(x, T(-1), T(1)); }
  static Packet<T> slope(const Packet<T>& x, const Packet<T>& /*y*/) {
    return one_where<T>(simd::pcmp_le(simd::pabs(x), broadcast(T(1))));
  }
};

// (x + 3) / 6 between 0 and 1.
template <class T>
struct HardSigmoid {
  static Packet<T> value(const Packet<T>& x) {
    const Packet<T> shifted = simd::padd(x, broadcast(T(3)));
    return simd::pdiv(clamp(shifted, T(0), T(6)), broadcast(T(6)));
  }
  static Packet<T> slope(const Packet<T>& /*x*/, const Packet<T>& y) {
    const Packet<T> zero = broadcast(T(0));
    const Packet<T> below_one =
        simd::pselect(simd::pcmp_lt(y, broadcast(T(1))), broadcast(T(1.0 / 6)), zero);
    return simd::pselect(simd::pcmp_lt(zero, y), below_one, zero);
  }
};

template <class T>
struct HardSilu {
  static Packet<T> value(const Packet<T>& x) { return simd::pmul(x, HardSigmoid<T>::value(x)); }
  static Packet<T> slope(const Packet<T>& x, const Packet<T>& /*y*/) {
    const Packet<T> h = HardSigmoid<T>::value(x);
    return simd::pmadd(x, HardSigmoid<T>::slope(x, h), h);
  }
};

// (x + 1) / 2 between 0 and 1.
template <class T>
struct SparseSigmoid {
  static Packet<T> value(const Packet<T>& x) {
    return simd::pmul(broadcast(T(0.5)), simd::padd(clamp(x, T(-1), T(1)), broadcast(T(1))));
  }
  // The mean of both sides at the corners.
  static Packet<T> slope(const Packet<T>& x, const Packet<T>& /*y*/) {
    const Packet<T> one = broadcast(T(1));
    const Packet<T> z = simd::pabs(x);
    const Packet<T> sides =
        simd::padd(one_where<T>(simd::pcmp_lt(z, one)), one_where<T>(simd::pcmp_le(z, one)));
    return simd::pmul(broadcast(T(0.25)), sides);
  }
};

// 0 up to -1, (x + 1)² / 4 to 1, then x.
template <class T>
struct SparsePlus {
  static Packet<T> value(const Packet<T>& x) {
    const Packet<T> one = broadcast(T(1));
    const Packet<T> above_minus_one = simd::padd(clamp(x, T(-1), T(1)), one);
    const Packet<T> square = simd::pmul(above_minus_one, above_minus_one);
    return simd::pselect(simd::pcmp_le(one, x), x, simd::pmul(broadcast(T(0.25)), square));
  }
  static Packet<T> slope(const Packet<T>& x, const Packet<T>& /*y*/) {
    return simd::pmul(broadcast(T(0.5)), simd::padd(clamp(x, T(-1), T(1)), broadcast(T(1))));
  }
};

}  // namespace fastnn::nn
