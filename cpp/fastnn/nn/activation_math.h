// The mathematical functions that activations and their slopes are made of, for packets.
//
// Comparisons are put so that NaN meets the branch that computes with it, and stays NaN.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>

#include "fastnn/common/simd.h"

namespace fastnn::nn {

using simd::broadcast;
using simd::Packet;

template <class T>
Packet<T> negate(const Packet<T>& x) {
  return simd::psub(broadcast(T(0)), x);
}

template <class T>
Packet<T> clamp(const Packet<T>& x, T low, T high) {
  const Packet<T> above = simd::pselect(simd::pcmp_lt(x, broadcast(low)), broadcast(low), x);
  return simd::pselect(simd::pcmp_lt(broadcast(high), above), broadcast(high), above);
}

// 1 where the mask is set, else 0.
template <class T>
Packet<T> one_where(const Packet<T>& mask) {
  return simd::pand(mask, broadcast(T(1)));
}

// c[0] xⁿ⁻¹ + c[1] xⁿ⁻² + … + c[n - 1]
template <class T, std::size_t n>
Packet<T> polynomial(const std::array<T, n>& coefficients, const Packet<T>& x) {
  Packet<T> sum = broadcast(coefficients[0]);
  for (std::size_t i = 1; i < n; ++i) sum = simd::pmadd(sum, x, broadcast(coefficients[i]));
  return sum;
}

template <class T>
Packet<T> sigmoid(const Packet<T>& x) {
  const Packet<T> one = broadcast(T(1));
  return simd::pdiv(one, simd::padd(one, simd::exponential<T>(negate<T>(x))));
}

// tanh after Cephes (S. Moshier): x + x z R(z), z = x², with a rational R near 0, where the
// exponential form cancels.
template <class T>
struct HyperbolicTangent {
  static Packet<T> near_zero(const Packet<T>& z) {
    return simd::pcmp_lt(z, broadcast(T(0.390625)));
  }
  static Packet<T> rational(const Packet<T>& z) {
    Packet<T> p = broadcast(T(-9.64399179425052238628e-1));
    p = simd::pmadd(p, z, broadcast(T(-9.92877231001918586564e1)));
    p = simd::pmadd(p, z, broadcast(T(-1.61468768441708447952e3)));
    Packet<T> q = simd::padd(z, broadcast(T(1.12811678491631932402e2)));
    q = simd::pmadd(q, z, broadcast(T(2.23548839060100448583e3)));
    q = simd::pmadd(q, z, broadcast(T(4.84406305325125486048e3)));
    return simd::pdiv(p, q);
  }
  static Packet<T> value(const Packet<T>& x) {
    const Packet<T> one = broadcast(T(1));
    const Packet<T> z = simd::pmul(x, x);
    const Packet<T> inner = simd::pmadd(simd::pmul(x, z), rational(z), x);
    const Packet<T> e = simd::exponential<T>(simd::padd(x, x));
    const Packet<T> outer = simd::psub(one, simd::pdiv(broadcast(T(2)), simd::padd(e, one)));
    return simd::pselect(near_zero(z), inner, outer);
  }
  static Packet<T> slope(const Packet<T>& /*x*/, const Packet<T>& y) {
    return simd::psub(broadcast(T(1)), simd::pmul(y, y));
  }
};

// exp(x) - 1 for x <= 0 is 2 t / (1 - t), t = tanh(x / 2), which does not cancel.
template <class T>
Packet<T> exponential_minus_one(const Packet<T>& x) {
  const Packet<T> t = HyperbolicTangent<T>::value(simd::pmul(x, broadcast(T(0.5))));
  return simd::pdiv(simd::padd(t, t), simd::psub(broadcast(T(1)), t));
}

// log(1 + exp(-|x|)): with e = exp(-|x|) it is 2 artanh(s), s = e / (2 + e) <= 1/3, by as many
// terms of its series as leave a rest that rounds away.
template <class T>
Packet<T> log_of_one_plus_exponential(const Packet<T>& x) {
  constexpr int n_terms = std::is_same_v<T, float> ? 8 : 17;
  const Packet<T> e = simd::exponential<T>(negate<T>(simd::pabs(x)));
  const Packet<T> s = simd::pdiv(e, simd::padd(broadcast(T(2)), e));
  const Packet<T> z = simd::pmul(s, s);
  Packet<T> sum = broadcast(T(1.0 / (2 * n_terms - 1)));
  for (int k = n_terms - 2; k >= 0; --k) {
    sum = simd::pmadd(sum, z, broadcast(T(1.0 / (2 * k + 1))));
  }
  return simd::pmul(simd::padd(s, s), sum);
}

// The normal distribution function Φ and its density φ at x.
//
// Φ(-z) = exp(-z²/2) t P(s) for z >= 0, with t = 1 / (z + 4) and s = 1 - 8 t: the form in which
// Shepherd and Laframboise approximate erfc (Mathematics of Computation 36, 1981). P is the
// Chebyshev series of exp(z²/2) Φ(-z) (z + 4) in s, cut where the rest is 4e-8 (float) and 3e-16
// (double) of the value, in powers of s. The digits of a small Φ are kept.
template <class T>
struct Normal {
  Packet<T> distribution;
  Packet<T> density;

  static constexpr auto coefficients() {
    if constexpr (std::is_same_v<T, float>) {
      return std::array{-1.573205696e-4f, 1.293256813e-4f, 1.563786899e-3f,  -3.476167895e-3f,
                        -7.512231382e-3f, 6.039529587e-2f, -1.865267109e-1f, 3.871375629e-1f,
                        -6.078964038e-1f, 7.552851271e-1f};
    } else {
      return std::array{-1.6886576966786119e-9, -1.2772351432957881e-9, 1.606738695732906e-8,
                        1.9569608939974133e-8,  -7.8783603426935557e-8, -1.622316320853569e-7,
                        2.6473372819798567e-7,  1.0269840701431932e-6,  -6.2495510775651685e-7,
                        -5.9228937775419283e-6, 7.1460215312674566e-7,  3.5145602359044515e-5,
                        -1.907676030719098e-6,  -2.3109513778728934e-4, 1.3334420916014779e-4,
                        1.6308184854735857e-3,  -3.4796923566515026e-3, -7.540188968891619e-3,
                        6.0396574890360918e-2,  -1.8652185795957872e-1, 3.8713740074222660e-1,
                        -6.0789664197189296e-1, 7.5528513041575145e-1};
    }
  }

  explicit Normal(const Packet<T>& x) {
    const Packet<T> one = broadcast(T(1));
    const Packet<T> e = simd::exponential<T>(simd::pmul(broadcast(T(-0.5)), simd::pmul(x, x)));
    const Packet<T> t = simd::pdiv(one, simd::padd(simd::pabs(x), broadcast(T(4))));
    const Packet<T> s = simd::psub(one, simd::pmul(broadcast(T(8)), t));
    const Packet<T> tail = simd::pmul(e, simd::pmul(t, polynomial(coefficients(), s)));
    distribution = simd::pselect(simd::pcmp_lt(x, broadcast(T(0))), tail, simd::psub(one, tail));
    density = simd::pmul(broadcast(T(0.398942280401432677939946)), e);  // 1/√(2π)
  }
};

}  // namespace fastnn::nn
