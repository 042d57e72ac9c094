// Copies a panel of B, k rows × at most tile_cols columns, to where its rows lie close together.
#pragma once

#include <algorithm>

#include "fastnn/linalg/micro_kernel.h"

namespace fastnn::linalg {

// The columns of a panel filled up to whole packets.
template <class T>
constexpr Index padded(Index cols) {
  return (cols + simd::width<T> - 1) / simd::width<T> * simd::width<T>;
}

// The width of the next panel of n remaining columns: four packets go as two and two, not three and
// one.
template <class T>
Index panel_width(Index n) {
  constexpr Index w = simd::width<T>;
  if (n > tile_cols<T> && n <= 4 * w) return 2 * w;
  return std::min(n, tile_cols<T>);
}

// Transposes w × w elements in registers: rows of `from`, `from_stride` apart, become columns of
// `to`.
template <class T>
void transpose_packet_block(const T* from, Index from_stride, T* to, Index to_stride) {
  constexpr int w = static_cast<int>(simd::width<T>);
  Eigen::internal::PacketBlock<simd::Packet<T>, w> block;
  for (int i = 0; i < w; ++i) block.packet[i] = simd::load(from + i * from_stride);
  Eigen::internal::ptranspose(block);
  for (int i = 0; i < w; ++i) simd::store(to + i * to_stride, block.packet[i]);
}

// panel (k × padded(cols)) = B (k × cols); the columns filled in are zero.
template <class T>
void pack_panel(Strided<T> b, Index k, Index cols, T* panel) {
  constexpr Index w = simd::width<T>;
  const Index stride = padded<T>(cols);
  if (b.col_stride == 1) {
    for (Index p = 0; p < k; ++p) {
      simd::copy(panel + p * stride, b.at(p, 0), cols);
      std::fill(panel + p * stride + cols, panel + (p + 1) * stride, T(0));
    }
    return;
  }
  const Index whole_rows = b.row_stride == 1 ? k / w * w : 0;
  for (Index j = 0; j < stride; j += w) {
    const bool whole_cols = j + w <= cols;
    Index p = 0;
    if (whole_cols) {
      for (; p < whole_rows; p += w) {
        transpose_packet_block(b.at(p, j), b.col_stride, panel + p * stride + j, stride);
      }
    }
    for (; p < k; ++p) {
      for (Index t = 0; t < w; ++t) {
        panel[p * stride + j + t] = j + t < cols ? *b.at(p, j + t) : T(0);
      }
    }
  }
}

}  // namespace fastnn::linalg
