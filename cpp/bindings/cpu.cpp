// Which x86-64 level this machine has. Built for the baseline, so that it runs everywhere.
#include <pybind11/pybind11.h>

#include <cstdint>
#include <string>
#if defined(_MSC_VER)
#include <intrin.h>

#include <array>
#elif defined(__x86_64__)
#include <cpuid.h>
#endif

namespace {

#if defined(__x86_64__) || defined(_M_X64)

struct Registers {
  std::uint32_t eax = 0;
  std::uint32_t ebx = 0;
  std::uint32_t ecx = 0;
  std::uint32_t edx = 0;
};

Registers cpuid(std::uint32_t leaf) {
  Registers r;
#if defined(_MSC_VER)
  std::array<int, 4> values{};
  __cpuidex(values.data(), static_cast<int>(leaf), 0);
  r = {static_cast<std::uint32_t>(values[0]), static_cast<std::uint32_t>(values[1]),
       static_cast<std::uint32_t>(values[2]), static_cast<std::uint32_t>(values[3])};
#else
  __get_cpuid_count(leaf, 0, &r.eax, &r.ebx, &r.ecx, &r.edx);
#endif
  return r;
}

// The vector registers that the operating system saves.
std::uint64_t saved_registers() {
#if defined(_MSC_VER)
  return _xgetbv(0);
#else
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (std::uint64_t{high} << 32) | low;
#endif
}

bool has(std::uint64_t value, std::uint64_t bits) { return (value & bits) == bits; }

constexpr std::uint64_t bit(int n) { return std::uint64_t{1} << n; }

// The features of each level: "x86-64 psABI", section 3.1.1.
int level() {
  const Registers basic = cpuid(1);
  const Registers extended = cpuid(7);
  const Registers amd = cpuid(0x80000001);
  // SSE3, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, POPCNT; LAHF
  if (!has(basic.ecx, bit(0) | bit(9) | bit(13) | bit(19) | bit(20) | bit(23)) ||
      !has(amd.ecx, bit(0))) {
    return 1;
  }
  // FMA, MOVBE, OSXSAVE, AVX, F16C; BMI1, AVX2, BMI2; LZCNT; XMM and YMM saved
  if (!has(basic.ecx, bit(12) | bit(22) | bit(27) | bit(28) | bit(29)) ||
      !has(extended.ebx, bit(3) | bit(5) | bit(8)) || !has(amd.ecx, bit(5)) ||
      !has(saved_registers(), bit(1) | bit(2))) {
    return 2;
  }
  // AVX-512 F, DQ, CD, BW, VL; opmask and ZMM saved
  if (!has(extended.ebx, bit(16) | bit(17) | bit(28) | bit(30) | bit(31)) ||
      !has(saved_registers(), bit(5) | bit(6) | bit(7))) {
    return 3;
  }
  return 4;
}

std::string highest_level() { return "v" + std::to_string(level()); }

#else

std::string highest_level() { return "generic"; }

#endif

}  // namespace

PYBIND11_MODULE(_cpu, m) {
  m.doc() = "The x86-64 level of this machine and the levels that were built.";
  m.attr("built_levels") = FASTNN_LEVELS;
  m.def("highest_level", &highest_level);
}
