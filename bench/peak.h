// What the machine can do at most, at the level compiled for: the benchmarks are shares of it.
#pragma once

namespace fastnn::bench {

struct Peak {
  double float32_gflops = 0;  // fused multiply-adds in registers
  double float64_gflops = 0;
  double read_gbytes = 0;  // per second, from memory far larger than the caches

  template <class T>
  double gflops() const {
    return sizeof(T) == sizeof(float) ? float32_gflops : float64_gflops;
  }
};

// Measured when first asked for with this number of threads.
const Peak& peak(int n_threads);

}  // namespace fastnn::bench
