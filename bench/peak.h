// What the machine can do at most, measured beside the benchmarks: their figures are shares of it.
#pragma once

namespace fastnn::bench {

// GFLOP/s of fused multiply-adds in registers, at the width of the level compiled for.
template <typename T>
double measure_fma_peak(int n_threads);

// GB/s of reading memory far larger than the caches.
double measure_read_bandwidth(int n_threads);

// The two above, measured once with all threads when first asked for.
struct Peak {
    double float32_gflops;
    double float64_gflops;
    double read_gbytes;

    template <typename T>
    double gflops() const {
        return sizeof(T) == sizeof(float) ? float32_gflops : float64_gflops;
    }
};

const Peak& peak();

}  // namespace fastnn::bench
