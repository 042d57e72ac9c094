// Random numbers that depend on a key and a counter alone: the same for any number of threads.
// Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC
// 2011.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace fastnn {

class Philox {
 public:
  Philox(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}

  // Four words for the position `counter` of this stream.
  std::array<std::uint32_t, 4> block(std::uint64_t counter) const {
    std::array<std::uint32_t, 4> x = {low(counter), high(counter), low(stream_), high(stream_)};
    std::uint32_t key0 = low(seed_);
    std::uint32_t key1 = high(seed_);
    for (int round = 0; round < rounds; ++round, key0 += weyl0, key1 += weyl1) {
      const std::uint64_t product0 = multiplier0 * x[0];
      const std::uint64_t product1 = multiplier1 * x[2];
      x = {high(product1) ^ x[1] ^ key0, low(product1), high(product0) ^ x[3] ^ key1,
           low(product0)};
    }
    return x;
  }

  // The words of the blocks from group · group_blocks on, first all first words, then all second
  // ones and so on: laid out so that a compiler computes many at once, which GCC 12 does only where
  // it is told that it may.
  static constexpr int group_blocks = 16;
  static constexpr int group_words = 4 * group_blocks;
  void group(std::uint64_t number, std::uint32_t* words) const {
    std::uint32_t x[4][group_blocks];
    for (int i = 0; i < group_blocks; ++i) {
      const std::uint64_t counter = number * group_blocks + static_cast<std::uint64_t>(i);
      x[0][i] = low(counter);
      x[1][i] = high(counter);
      x[2][i] = low(stream_);
      x[3][i] = high(stream_);
    }
    std::uint32_t key0 = low(seed_);
    std::uint32_t key1 = high(seed_);
    for (int round = 0; round < rounds; ++round, key0 += weyl0, key1 += weyl1) {
#pragma omp simd
      for (int i = 0; i < group_blocks; ++i) {
        const std::uint64_t product0 = multiplier0 * x[0][i];
        const std::uint64_t product1 = multiplier1 * x[2][i];
        x[0][i] = high(product1) ^ x[1][i] ^ key0;
        x[1][i] = low(product1);
        x[2][i] = high(product0) ^ x[3][i] ^ key1;
        x[3][i] = low(product0);
      }
    }
    std::copy_n(&x[0][0], group_words, words);
  }

  std::uint64_t bits(std::uint64_t counter) const {
    const auto x = block(counter);
    return (std::uint64_t{x[1]} << 32) | x[0];
  }

  // Uniform in [0, 1), with all 53 bits.
  double uniform(std::uint64_t counter) const {
    return static_cast<double>(bits(counter) >> 11) * 0x1.0p-53;
  }

 private:
  static constexpr int rounds = 10;
  static constexpr std::uint64_t multiplier0 = 0xD2511F53;
  static constexpr std::uint64_t multiplier1 = 0xCD9E8D57;
  static constexpr std::uint32_t weyl0 = 0x9E3779B9;
  static constexpr std::uint32_t weyl1 = 0xBB67AE85;

  static std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
  static std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

  std::uint64_t seed_;
  std::uint64_t stream_;
};

// Puts order[0..n) into random order (Fisher and Yates).
inline void shuffle(std::int64_t* order, std::int64_t n, const Philox& random) {
  for (std::int64_t i = n - 1; i > 0; --i) {
    const double u = random.uniform(static_cast<std::uint64_t>(i));
    std::swap(order[i], order[static_cast<std::int64_t>(u * static_cast<double>(i + 1))]);
  }
}

}  // namespace fastnn
