// What every benchmark shares: its name, its data, its threads, and how its speed is reported.
#pragma once

#include <benchmark/benchmark.h>

#include <string>

#include "fastnn/common/parallel.h"
#include "fastnn/common/types.h"
#include "peak.h"
#include "stopwatch.h"

namespace fastnn::bench {

template <class T>
const std::string dtype = sizeof(T) == sizeof(float) ? "float32" : "float64";

// Uniform in [-1, 1), the same in every run.
template <class T>
Matrix<T> random_matrix(Index rows, Index cols) {
  return Matrix<T>::Random(rows, cols);
}

inline std::string shape(Index m, Index n) { return std::to_string(m) + "x" + std::to_string(n); }

// One thread, and all of them.
inline std::vector<int> thread_counts() {
  const int all = resolve_threads(0);
  return all == 1 ? std::vector{1} : std::vector{1, all};
}

inline void report(benchmark::State& state, const std::string& unit, double rate, double peak) {
  state.counters[unit] = rate;
  state.counters["of_peak"] = rate / peak;
}

// Runs the loop of a benchmark whose iteration takes so many floating-point operations.
template <class T, class Work>
void run_flops(benchmark::State& state, double flops, int n_threads, const Work& work) {
  const Stopwatch stopwatch;
  for (auto _ : state) work();
  const double rate = 1e-9 * flops * static_cast<double>(state.iterations()) / stopwatch.seconds();
  report(state, "GFLOP/s", rate, peak(n_threads).gflops<T>());
}

// The same for one that reads and writes so many bytes. Data that fits into a cache may pass the
// peak, which is that of memory.
template <class Work>
void run_bytes(benchmark::State& state, double bytes, int n_threads, const Work& work) {
  const Stopwatch stopwatch;
  for (auto _ : state) work();
  const double rate = 1e-9 * bytes * static_cast<double>(state.iterations()) / stopwatch.seconds();
  report(state, "GB/s", rate, peak(n_threads).read_gbytes);
}

void register_activations();
void register_dense();
void register_losses();
void register_matmul();
void register_neighbors();
void register_optimizers();
void register_training();

}  // namespace fastnn::bench
