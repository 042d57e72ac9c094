// The inner loop of every matrix product: a block of C stays in registers while k runs.
//
// Each element of C is one chain of fused multiply-adds over k in order, whatever block it lies in,
// so that results do not depend on how a product is split among threads or tiles.
//
// Written by hand because Eigen's product does not promise that, and because it wins where batches
// are small: on one core of a Zen 5, share of the FMA peak (273 GFLOP/s float32, 135 float64), ours
// against Eigen's, float32: 32×784×128 0.97 : 0.78, 32×128×10 0.34 : 0.29, 784×32×128 0.87 : 0.80;
// float64: 0.96 : 0.70, 0.46 : 0.32, 0.87 : 0.80. On large products they are about equal
// (bench/matmul.cpp runs both).
#pragma once

#include <cstddef>

#include "fastnn/common/simd.h"

namespace fastnn::linalg {

// The block of C: tile_rows × (tile_packets * simd::width) sums, 24 or 12 of the 32 or 16 vector
// registers.
#if defined(__AVX512F__) || defined(__aarch64__)
inline constexpr int tile_rows = 8;
#else
inline constexpr int tile_rows = 4;
#endif
inline constexpr int tile_packets = 3;

template <class T>
inline constexpr Index tile_cols = tile_packets * simd::width<T>;

// Any strides: a transposed matrix is one with row_stride and col_stride exchanged.
template <class T>
struct Strided {
  const T* data;
  Index row_stride;
  Index col_stride;

  const T* at(Index i, Index j) const { return data + i * row_stride + j * col_stride; }
};

// What becomes of a sum with an element of A and a row of B: a matrix product, or the Manhattan or
// Chebyshev distances of A's rows and B's columns.
struct MultiplyAdd {
  template <class P>
  P operator()(const P& a, const P& b, const P& sum) const {
    return simd::pmadd(a, b, sum);
  }
};
struct AddDifference {
  template <class P>
  P operator()(const P& a, const P& b, const P& sum) const {
    return simd::padd(sum, simd::pabs(simd::psub(a, b)));
  }
};
struct LargerDifference {
  template <class P>
  P operator()(const P& a, const P& b, const P& largest) const {
    return simd::pmax(largest, simd::pabs(simd::psub(a, b)));
  }
};

// What the sums of C begin with: zero if `data` is null, else a matrix whose columns are
// contiguous, C itself or, with a row_stride of 0, one row for all.
template <class T>
struct Start {
  const T* data = nullptr;
  Index row_stride = 0;

  Start at(Index i, Index j) const {
    return data == nullptr ? *this : Start{data + i * row_stride + j, row_stride};
  }
};

// Arrays of which the places of C's elements are wanted next, row_stride apart from row to row:
// they are fetched into level 2 line by line while k runs. All at once they would keep the loads of
// the product waiting (on one core of a Zen 4, weights and velocities of 10 MB: training is 12 %
// faster; on both 2 to 6 %).
template <class T>
struct Ahead {
  const T* const* arrays = nullptr;
  std::size_t n_arrays = 0;
  Index offset = 0;
  Index row_stride = 0;

  Ahead at(Index row) const { return {arrays, n_arrays, offset + row * row_stride, row_stride}; }

  // Before step p of k: one of the lines that a block of C, so many elements, has in each array.
  template <std::size_t block_size>
  void fetch(Index p) const {
    constexpr std::size_t line = 64 / sizeof(T);
    constexpr std::size_t lines = (block_size + line - 1) / line;
    const auto number = static_cast<std::size_t>(p);
    if (number >= n_arrays * lines) return;
    __builtin_prefetch(arrays[number / lines] + offset + number % lines * line, 0, 2);
  }
};

// C (Rows × Packets) = start + A (Rows × k) · B (k × Packets); B's rows are contiguous, b_stride
// apart. Or another Step in place of the multiply-add.
//
// `a` comes by reference: a copy on the stack, read right behind its stores, costs a tenth of a
// small product.
template <class T, class Step, int Rows, int Packets>
void micro_kernel(Index k, const Strided<T>& a, const T* b, Index b_stride, T* c, Index c_stride,
                  const Start<T>& start, const Ahead<T>& ahead) {
  constexpr Index w = simd::width<T>;
  simd::Packet<T> sums[Rows][Packets];
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 3
    for (int v = 0; v < Packets; ++v) {
      sums[i][v] =
          start.data == nullptr ? simd::broadcast(T(0)) : simd::load(start.at(i, v * w).data);
    }
  }
  const T* column = a.data;
  for (Index p = 0; p < k; ++p, column += a.col_stride, b += b_stride) {
    ahead.template fetch<Rows * Packets * w>(p);
    simd::Packet<T> row[Packets];
#pragma GCC unroll 3
    for (int v = 0; v < Packets; ++v) row[v] = simd::load(b + v * w);
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
      const simd::Packet<T> factor = simd::broadcast(column[i * a.row_stride]);
#pragma GCC unroll 3
      for (int v = 0; v < Packets; ++v) sums[i][v] = Step()(factor, row[v], sums[i][v]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 3
    for (int v = 0; v < Packets; ++v) simd::store(c + i * c_stride + v * w, sums[i][v]);
  }
}

// The same for any number of rows up to tile_rows.
template <class T, class Step, int Packets, int Rows = tile_rows>
void micro_kernel_rows(Index rows, Index k, const Strided<T>& a, const T* b, Index b_stride, T* c,
                       Index c_stride, const Start<T>& start, const Ahead<T>& ahead) {
  if constexpr (Rows > 1) {
    if (rows < Rows) {
      micro_kernel_rows<T, Step, Packets, Rows - 1>(rows, k, a, b, b_stride, c, c_stride, start,
                                                    ahead);
      return;
    }
  }
  micro_kernel<T, Step, Rows, Packets>(k, a, b, b_stride, c, c_stride, start, ahead);
}

}  // namespace fastnn::linalg
