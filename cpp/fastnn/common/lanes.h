// Eight doubles that are computed together. Whatever the width of the processor's registers, the
// eight sums of a loop over them, and so its result, are the same.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "fastnn/common/simd.h"

namespace fastnn {

class Lanes {
 public:
  static constexpr Index count = 8;

  Lanes() : Lanes(0.0) {}
  explicit Lanes(double x) { packets_.fill(simd::broadcast(x)); }

  template <class T>
  static Lanes load(const T* p) {
    Lanes x;
    for (Index v = 0; v < packets; ++v) x.packets_[v] = convert(p + v * width);
    return x;
  }
  // The first n of eight elements; the others are zero.
  template <class T>
  static Lanes load(const T* p, Index n) {
    alignas(64) double elements[count] = {};
    for (Index i = 0; i < n; ++i) elements[i] = static_cast<double>(p[i]);
    return load(elements);
  }
  // Zero in all lanes but the last n.
  Lanes keep_last(Index n) const {
    static constexpr double ones = std::bit_cast<double>(~std::uint64_t{0});
    static constexpr double masks[2 * count] = {0,    0,    0,    0,    0,    0,    0,    0,
                                                ones, ones, ones, ones, ones, ones, ones, ones};
    return map([](const auto& x, const auto& mask) { return simd::pand(x, mask); },
               load(masks + n));
  }
  std::array<double, count> elements() const {
    std::array<double, count> out;
    for (Index v = 0; v < packets; ++v) simd::store(out.data() + v * width, packets_[v]);
    return out;
  }

  // f(packet of this, packets of the others).
  template <class F, class... Others>
  Lanes map(const F& f, const Others&... others) const {
    Lanes out;
    for (Index v = 0; v < packets; ++v) out.packets_[v] = f(packets_[v], others.packets_[v]...);
    return out;
  }

 private:
  static constexpr Index width = simd::width<double>;
  static constexpr Index packets = count / width;
  using Packet = simd::Packet<double>;

  // Loops over buffers, which compilers turn into one instruction.
  template <class T>
  static Packet convert(const T* p) {
    using Step = std::conditional_t<std::is_integral_v<T>, std::int32_t, double>;
    alignas(64) Step steps[width];
    for (Index l = 0; l < width; ++l) steps[l] = static_cast<Step>(p[l]);
    alignas(64) double doubles[width];
    for (Index l = 0; l < width; ++l) doubles[l] = static_cast<double>(steps[l]);
    return simd::load(doubles);
  }

  std::array<Packet, packets> packets_;
};

inline Lanes operator+(const Lanes& a, const Lanes& b) {
  return a.map([](const auto& x, const auto& y) { return simd::padd(x, y); }, b);
}
inline Lanes operator-(const Lanes& a, const Lanes& b) {
  return a.map([](const auto& x, const auto& y) { return simd::psub(x, y); }, b);
}
inline Lanes operator*(const Lanes& a, const Lanes& b) {
  return a.map([](const auto& x, const auto& y) { return simd::pmul(x, y); }, b);
}
inline Lanes operator/(const Lanes& a, const Lanes& b) {
  return a.map([](const auto& x, const auto& y) { return simd::pdiv(x, y); }, b);
}

// The same functions for eight numbers and for one.
inline double magnitude(double x) { return std::abs(x); }
inline Lanes magnitude(const Lanes& x) {
  return x.map([](const auto& v) { return simd::pabs(v); });
}
inline double larger(double x, double y) { return x < y ? y : x; }
inline Lanes larger(const Lanes& x, const Lanes& y) {
  return x.map([](const auto& a, const auto& b) { return simd::pmax(a, b); }, y);
}
// 1 where x = y, else 0.
inline Lanes equal(const Lanes& x, const Lanes& y) {
  const auto one = simd::broadcast(1.0);
  return x.map([&](const auto& a, const auto& b) { return simd::pand(simd::pcmp_eq(a, b), one); },
               y);
}
inline Lanes zero_where_nan(const Lanes& x) {
  return x.map([](const auto& v) { return simd::pand(simd::pcmp_eq(v, v), v); });
}
inline double power(double x, double p) { return std::pow(x, p); }
inline Lanes power(const Lanes& x, double p) {
  std::array<double, Lanes::count> elements = x.elements();
  for (double& e : elements) e = std::pow(e, p);
  return Lanes::load(elements.data());
}

}  // namespace fastnn
