// Subnormal numbers are slow: while a guard lives, this thread treats them as zero.
#pragma once

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <cstdint>
#endif

namespace fastnn {

class FlushSubnormals {
 public:
  FlushSubnormals() : saved_(control()) { set_control(saved_ | flush_bits); }
  ~FlushSubnormals() { set_control(saved_); }
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

 private:
#if defined(__x86_64__) || defined(_M_X64)
  using Control = unsigned int;
  static constexpr Control flush_bits = 0x8040;  // flush-to-zero and denormals-are-zero
  static Control control() { return _mm_getcsr(); }
  static void set_control(Control value) { _mm_setcsr(value); }
#elif defined(__aarch64__)
  using Control = std::uint64_t;
  static constexpr Control flush_bits = std::uint64_t{1} << 24;
  static Control control() {
    Control value;
    asm volatile("mrs %0, fpcr" : "=r"(value));
    return value;
  }
  static void set_control(Control value) { asm volatile("msr fpcr, %0" ::"r"(value)); }
#else
  using Control = int;
  static constexpr Control flush_bits = 0;
  static Control control() { return 0; }
  static void set_control(Control) {}
#endif
  Control saved_;
};

}  // namespace fastnn
