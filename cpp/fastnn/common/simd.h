// SIMD through Eigen's packets: one spelling for SSE, AVX, AVX-512 and NEON, float and double.
#pragma once

#include <Eigen/Core>
#include <limits>

#include "fastnn/common/types.h"

namespace fastnn::simd {

template <class T>
using Packet = typename Eigen::internal::packet_traits<T>::type;

template <class T>
inline constexpr Index width = Eigen::internal::packet_traits<T>::size;

using Eigen::internal::pabs;
using Eigen::internal::padd;
using Eigen::internal::pand;
using Eigen::internal::pcmp_eq;
using Eigen::internal::pcmp_le;
using Eigen::internal::pcmp_lt;
using Eigen::internal::pdiv;
using Eigen::internal::pexp;
using Eigen::internal::plog;
using Eigen::internal::pmadd;
using Eigen::internal::pmax;
using Eigen::internal::pmin;
using Eigen::internal::pmul;
using Eigen::internal::por;
using Eigen::internal::predux;
using Eigen::internal::predux_any;
using Eigen::internal::predux_max;
using Eigen::internal::print;
using Eigen::internal::pselect;
using Eigen::internal::psqrt;
using Eigen::internal::psub;

template <class T>
Packet<T> load(const T* p) {
  return Eigen::internal::ploadu<Packet<T>>(p);
}
template <class T>
void store(T* p, const Packet<T>& v) {
  Eigen::internal::pstoreu(p, v);
}
template <class T>
Packet<T> broadcast(T x) {
  return Eigen::internal::pset1<Packet<T>>(x);
}

// A mask of the first `count` lanes.
template <class T>
Packet<T> first_lanes(Index count) {
  const Packet<T> lane = Eigen::internal::plset<Packet<T>>(T(0));
  return pcmp_lt(lane, broadcast(static_cast<T>(count)));
}

// The same as bits, one a lane, for the instructions that load and store some lanes alone.
template <class T>
using LaneTraits = Eigen::internal::unpacket_traits<Packet<T>>;
template <class T>
auto first_bits(Index count) {
  return static_cast<typename LaneTraits<T>::mask_t>((1U << count) - 1);
}

// Whether there are such instructions, and Eigen has them for packets of T; without them, lanes go
// through memory one by one.
template <class T>
inline constexpr bool has_masks =
    LaneTraits<T>::masked_load_available && LaneTraits<T>::masked_store_available;
template <class T>
Packet<T> load_masked(const T* p, Index count) {
  return Eigen::internal::ploadu<Packet<T>>(p, first_bits<T>(count));
}
template <class T>
void store_masked(T* p, const Packet<T>& v, Index count) {
  Eigen::internal::pstoreu(p, v, first_bits<T>(count));
}
// Eigen lacks them for doubles.
#if defined(__AVX512F__)
template <>
inline constexpr bool has_masks<double> = true;
template <>
inline Packet<double> load_masked(const double* p, Index count) {
  return _mm512_maskz_loadu_pd(static_cast<__mmask8>((1U << count) - 1), p);
}
template <>
inline void store_masked(double* p, const Packet<double>& v, Index count) {
  _mm512_mask_storeu_pd(p, static_cast<__mmask8>((1U << count) - 1), v);
}
#elif defined(__AVX2__)
template <>
inline constexpr bool has_masks<double> = true;
template <>
inline Packet<double> load_masked(const double* p, Index count) {
  return _mm256_maskload_pd(p, _mm256_castpd_si256(first_lanes<double>(count)));
}
template <>
inline void store_masked(double* p, const Packet<double>& v, Index count) {
  _mm256_maskstore_pd(p, _mm256_castpd_si256(first_lanes<double>(count)), v);
}
#endif

// Loads the first `count` < width elements; the lanes behind them hold `fill`.
template <class T>
Packet<T> load_partial(const T* p, Index count, T fill) {
  if constexpr (has_masks<T>) {
    return pselect(first_lanes<T>(count), load_masked(p, count), broadcast(fill));
  } else {
    alignas(64) T lanes[width<T>];
    for (Index i = 0; i < width<T>; ++i) lanes[i] = i < count ? p[i] : fill;
    return load(lanes);
  }
}
template <class T>
void store_partial(T* p, const Packet<T>& v, Index count) {
  if constexpr (has_masks<T>) {
    store_masked(p, v, count);
  } else {
    alignas(64) T lanes[width<T>];
    store(lanes, v);
    for (Index i = 0; i < count; ++i) p[i] = lanes[i];
  }
}

// The elements from p on of which `count` are left, which may be more than a packet's.
template <class T>
Packet<T> load_up_to(const T* p, Index count, T fill) {
  return count >= width<T> ? load(p) : load_partial(p, count, fill);
}
template <class T>
void store_up_to(T* p, const Packet<T>& v, Index count) {
  if (count >= width<T>) {
    store(p, v);
  } else {
    store_partial(p, v, count);
  }
}

// exp; Eigen's clamps its argument and so loses NaN.
template <class T>
Packet<T> exponential(const Packet<T>& x) {
  return pselect(pcmp_eq(x, x), pexp(x), x);
}

// log(1 + x), with all digits near 0. Eigen's plog1p lacks packets of doubles.
template <class T>
Packet<T> logarithm_of_1_plus(const Packet<T>& x) {
  return Eigen::internal::generic_plog1p(x);
}

// x^y, with the special cases of std::pow.
template <class T>
Packet<T> power(const Packet<T>& x, T y) {
  return Eigen::internal::generic_pow(x, broadcast(y));
}

// out[i] = f(in[i]...) for packets. The tail goes through the same instructions, so that an
// element's value does not depend on its position (and so not on how the work is split among
// threads).
template <class T, class F, class... In>
void transform(T* out, Index n, const F& f, const In*... in) {
  constexpr Index w = width<T>;
  Index i = 0;
  for (; i + w <= n; i += w) store(out + i, f(load(in + i)...));
  if (i < n) store_partial(out + i, f(load_partial(in + i, n - i, T(0))...), n - i);
}

// out[i] = x[i]; where there are few elements, std::copy_n would be a call.
template <class T>
void copy(T* out, const T* x, Index n) {
  transform(out, n, [](const Packet<T>& v) { return v; }, x);
}

// sum[i] += x[i].
template <class T>
void add(T* sum, const T* x, Index n) {
  const auto plus = [](const Packet<T>& a, const Packet<T>& b) { return padd(a, b); };
  transform(sum, n, plus, sum, x);
}

// The sum of f(in[i]...); behind the end every `in` reads as `fill`, for which f must be zero.
template <class T, class F, class... In>
T sum(Index n, T fill, const F& f, const In*... in) {
  constexpr Index w = width<T>;
  Packet<T> total = broadcast(T(0));
  Index i = 0;
  for (; i + w <= n; i += w) total = padd(total, f(load(in + i)...));
  if (i < n) total = padd(total, f(load_partial(in + i, n - i, fill)...));
  return predux(total);
}

// The largest of n numbers; of none, minus infinity.
template <class T>
T maximum(const T* x, Index n) {
  constexpr Index w = width<T>;
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  Packet<T> best = broadcast(lowest);
  Index i = 0;
  for (; i + w <= n; i += w) best = pmax(best, load(x + i));
  if (i < n) best = pmax(best, load_partial(x + i, n - i, lowest));
  return predux_max(best);
}

}  // namespace fastnn::simd
