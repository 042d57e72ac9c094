#include "peak.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <map>
#include <vector>

#include "fastnn/common/parallel.h"
#include "fastnn/common/simd.h"
#include "stopwatch.h"

namespace fastnn::bench {
namespace {

constexpr int n_repeats = 20;  // the best counts, other programs disturb some
constexpr Index n_chains =
    12;  // independent, to fill two units with a latency of five; 16 registers

template <class T>
void multiply_add(Index n_steps) {
  simd::Packet<T> chains[n_chains];
  for (Index i = 0; i < n_chains; ++i) chains[i] = simd::broadcast(static_cast<T>(i));
  const auto factor = simd::broadcast(static_cast<T>(0.999));
  const auto summand = simd::broadcast(static_cast<T>(0.001));
  for (Index step = 0; step < n_steps; ++step) {
    for (auto& chain : chains) chain = simd::pmadd(chain, factor, summand);
  }
  auto sum = chains[0];
  for (Index i = 1; i < n_chains; ++i) sum = simd::padd(sum, chains[i]);
  benchmark::DoNotOptimize(simd::predux(sum));
}

void read(const float* data, Range range) {
  constexpr Index stride = 8 * simd::width<float>;
  simd::Packet<float> sums[8];
  for (auto& sum : sums) sum = simd::broadcast(0.0F);
  for (Index i = range.begin; i + stride <= range.end; i += stride) {
    for (Index j = 0; j < 8; ++j) {
      sums[j] = simd::padd(sums[j], simd::load(data + i + j * simd::width<float>));
    }
  }
  for (Index j = 1; j < 8; ++j) sums[0] = simd::padd(sums[0], sums[j]);
  benchmark::DoNotOptimize(simd::predux(sums[0]));
}

// The fewest seconds that body(member) takes on all threads.
template <class Body>
double fastest(int n_threads, const Body& body) {
  double seconds = 1e9;
  for (int repeat = 0; repeat < n_repeats; ++repeat) {
    const Stopwatch stopwatch;
    run_team(n_threads, body);
    seconds = std::min(seconds, stopwatch.seconds());
  }
  return seconds;
}

template <class T>
double fma_gflops(int n_threads) {
  constexpr Index n_steps = 2'000'000;
  const double seconds = fastest(n_threads, [](const Member&) { multiply_add<T>(n_steps); });
  return 2e-9 * n_steps * n_chains * simd::width<T> * n_threads / seconds;
}

double read_gbytes(int n_threads) {
  const std::vector<float> data(Index{1} << 26, 1.0F);  // 256 MB
  const auto n = static_cast<Index>(data.size());
  const double seconds =
      fastest(n_threads, [&](const Member& member) { read(data.data(), member.share(n)); });
  return 1e-9 * static_cast<double>(n) * sizeof(float) / seconds;
}

}  // namespace

const Peak& peak(int n_threads) {
  static std::map<int, Peak> peaks;
  const auto [place, is_new] = peaks.try_emplace(n_threads);
  if (is_new) {
    place->second = {fma_gflops<float>(n_threads), fma_gflops<double>(n_threads),
                     read_gbytes(n_threads)};
  }
  return place->second;
}

}  // namespace fastnn::bench
