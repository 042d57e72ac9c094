// The sums of a matrix's columns, on one thread.
#pragma once

#include <algorithm>
#include <array>

#include "fastnn/common/simd.h"

namespace fastnn::linalg {

// The sums of n packets of columns from column j on, which stay in registers; rows in order.
template <Index n, class T>
void sum_packets(const ConstMatrixView<T>& x, Index j, T* sums) {
  constexpr Index w = simd::width<T>;
  std::array<simd::Packet<T>, n> totals;
  totals.fill(simd::broadcast(T(0)));
  for (Index i = 0; i < x.rows; ++i) {
    for (Index p = 0; p < n; ++p) {
      totals[p] = simd::padd(totals[p], simd::load(x.row(i) + j + p * w));
    }
  }
  for (Index p = 0; p < n; ++p) simd::store(sums + j + p * w, totals[p]);
}

// sums[j] = x[0][j] + x[1][j] + …
template <class T>
void sum_columns(const ConstMatrixView<T>& x, T* sums) {
  constexpr Index w = simd::width<T>;
  if (x.cols < w) {
    std::fill_n(sums, x.cols, T(0));
    for (Index i = 0; i < x.rows; ++i) {
      for (Index j = 0; j < x.cols; ++j) sums[j] += x.row(i)[j];
    }
    return;
  }
  Index j = 0;
  for (; j + 4 * w <= x.cols; j += 4 * w) sum_packets<4>(x, j, sums);
  for (; j < x.cols; j += w) sum_packets<1>(x, std::min(j, x.cols - w), sums);
}

}  // namespace fastnn::linalg
