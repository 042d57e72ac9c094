#include "fastnn/linalg/gemm.h"

#include <algorithm>

#include "fastnn/linalg/pack.h"

namespace fastnn::linalg {
namespace {

// So many rows of a panel of B go through at a time: 512 × 48 floats are 96 KiB, which level 2
// keeps.
constexpr Index depth = 512;

constexpr Index shallow = 64;

// k in equal parts of at most `depth`: a short last part would cost a pass over C for little.
Index depth_blocks(Index k) { return std::max<Index>(1, (k + depth - 1) / depth); }

Range depth_block(Index k, Index block) {
  const Index blocks = depth_blocks(k);
  return {k * block / blocks, k * (block + 1) / blocks};
}

// C (m × cols) from a panel of B whose rows may be read up to padded(cols).
template <class T, class Step, int Packets>
void combine_rows(Index m, Index cols, Index k, const Strided<T>& a, const T* b, Index b_stride,
                  T* c, Index c_stride, const Start<T>& start, const Ahead<T>& ahead) {
  constexpr Index panel_cols = Packets * simd::width<T>;
  alignas(64) T edge[tile_rows * panel_cols];
  for (Index i = 0; i < m; i += tile_rows) {
    const Index rows = std::min<Index>(tile_rows, m - i);
    const Strided<T> a_block{a.at(i, 0), a.row_stride, a.col_stride};
    T* const c_block = c + i * c_stride;
    const Start<T> from = start.at(i, 0);
    if (cols == panel_cols) {
      micro_kernel_rows<T, Step, Packets>(rows, k, a_block, b, b_stride, c_block, c_stride, from,
                                          ahead.at(i));
      continue;
    }
    // C ends inside a packet: the block is computed beside it.
    for (Index r = 0; from.data != nullptr && r < rows; ++r) {
      simd::copy(edge + r * panel_cols, from.at(r, 0).data, cols);
      std::fill_n(edge + r * panel_cols + cols, panel_cols - cols, T(0));
    }
    const Start<T> from_edge{from.data == nullptr ? nullptr : edge, panel_cols};
    micro_kernel_rows<T, Step, Packets>(rows, k, a_block, b, b_stride, edge, panel_cols, from_edge,
                                        ahead.at(i));
    for (Index r = 0; r < rows; ++r) {
      simd::copy(c_block + r * c_stride, edge + r * panel_cols, cols);
    }
  }
}

template <class T, class Step>
void combine_part(Index m, Index cols, Index k, const Strided<T>& a, const T* b, Index b_stride,
                  T* c, Index c_stride, const Start<T>& start, const Ahead<T>& ahead = {}) {
  switch (padded<T>(cols) / simd::width<T>) {
    case 1:
      combine_rows<T, Step, 1>(m, cols, k, a, b, b_stride, c, c_stride, start, ahead);
      break;
    case 2:
      combine_rows<T, Step, 2>(m, cols, k, a, b, b_stride, c, c_stride, start, ahead);
      break;
    default:
      combine_rows<T, Step, 3>(m, cols, k, a, b, b_stride, c, c_stride, start, ahead);
  }
}

// How many of B's k rows can be read up to whole packets without leaving B, of which n columns are
// left: behind a row's end lies the next row, and what it gives is never stored.
template <class T>
Index rows_readable_in_place(const Strided<T>& b, Index k, Index n, Index cols) {
  const Index beyond = padded<T>(cols) - n;
  return beyond <= 0 ? k : std::max<Index>(0, k - (beyond + b.row_stride - 1) / b.row_stride);
}

// C (m × cols) from k rows of B, of which the first `in_place` are read where they lie and the
// others from a copy, for which `packed` is the room.
template <class T>
void multiply_block(Index m, Index cols, Index k, const Strided<T>& a, const Strided<T>& b,
                    Index in_place, T* packed, T* c, Index c_stride, const Start<T>& start) {
  if (in_place > 0 || k == 0) {
    combine_part<T, MultiplyAdd>(m, cols, in_place, a, b.data, b.row_stride, c, c_stride, start);
  }
  if (in_place == k) return;
  const Index rest = k - in_place;
  pack_panel({b.at(in_place, 0), b.row_stride, b.col_stride}, rest, cols, packed);
  combine_part<T, MultiplyAdd>(m, cols, rest, {a.at(0, in_place), a.row_stride, a.col_stride},
                               packed, padded<T>(cols), c, c_stride,
                               in_place > 0 ? Start<T>{c, c_stride} : start);
}

}  // namespace

template <class T>
void gemm(Index m, Index n, Index k, Strided<T> a, Strided<T> b, T* c, Index c_stride,
          Start<T> start) {
  alignas(64) T packed[depth * tile_cols<T>];
  for (Index block = 0; block < depth_blocks(k); ++block) {
    const Range part = depth_block(k, block);
    const Strided<T> a_part{a.at(0, part.begin), a.row_stride, a.col_stride};
    // Few rows of A do not pay for a copy of B. It is not needed where few rows of B stay in level
    // 1 wherever they lie, or where B's rows lie close together as in a panel.
    const bool copy = b.col_stride != 1 ||
                      (m > 4 * tile_rows && part.size() > shallow && b.row_stride > tile_cols<T>);
    for (Index j = 0; j < n;) {
      const Index cols = panel_width<T>(n - j);
      const Index readable = rows_readable_in_place(b, k - part.begin, n - j, cols);
      multiply_block(m, cols, part.size(), a_part,
                     {b.at(part.begin, j), b.row_stride, b.col_stride},
                     copy ? 0 : std::min(part.size(), readable), packed, c + j, c_stride,
                     block > 0 ? Start<T>{c + j, c_stride} : start.at(0, j));
      j += cols;
    }
  }
}

template <class T, class Step>
void combine_panel(Index m, Index cols, Index k, Strided<T> a, const T* panel, T* c, Index c_stride,
                   Start<T> start, Ahead<T> ahead) {
  const Index stride = padded<T>(cols);
  for (Index block = 0; block < depth_blocks(k); ++block) {
    const Range part = depth_block(k, block);
    const Strided<T> a_part{a.at(0, part.begin), a.row_stride, a.col_stride};
    combine_part<T, Step>(m, cols, part.size(), a_part, panel + part.begin * stride, stride, c,
                          c_stride, block > 0 ? Start<T>{c, c_stride} : start, ahead);
  }
}

template void gemm(Index, Index, Index, Strided<float>, Strided<float>, float*, Index,
                   Start<float>);
template void gemm(Index, Index, Index, Strided<double>, Strided<double>, double*, Index,
                   Start<double>);
template void combine_panel<float, MultiplyAdd>(Index, Index, Index, Strided<float>, const float*,
                                                float*, Index, Start<float>, Ahead<float>);
template void combine_panel<double, MultiplyAdd>(Index, Index, Index, Strided<double>,
                                                 const double*, double*, Index, Start<double>,
                                                 Ahead<double>);
template void combine_panel<float, AddDifference>(Index, Index, Index, Strided<float>, const float*,
                                                  float*, Index, Start<float>, Ahead<float>);
template void combine_panel<float, LargerDifference>(Index, Index, Index, Strided<float>,
                                                     const float*, float*, Index, Start<float>,
                                                     Ahead<float>);

}  // namespace fastnn::linalg
