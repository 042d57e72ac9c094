#include "fastnn/linalg/bfloat16_products.h"

#include <algorithm>

#include "fastnn/linalg/pack.h"

#if defined(__AVX512BW__) && defined(__GNUC__)
#define FASTNN_BFLOAT16 1
#include <immintrin.h>
// x86-64-v4 does not promise these instructions.
#define FASTNN_WITH_BFLOAT16 __attribute__((target("avx512bf16")))
#else
#define FASTNN_BFLOAT16 0
#include <stdexcept>
#endif

namespace fastnn::linalg {

#if FASTNN_BFLOAT16

namespace {

constexpr Index width = simd::width<float>;

// So many pairs of a panel go through at a time: 512 × 48 are 96 KiB, which level 2 keeps.
constexpr Index depth = 512;

__mmask16 first(Index count) {
  return static_cast<__mmask16>((1U << std::clamp<Index>(count, 0, width)) - 1);
}

// A packet of the numbers from x on of which `count` are left; zeros behind them.
__m512 load(const float* x, Index count) {
  return count >= width ? _mm512_loadu_ps(x) : _mm512_maskz_loadu_ps(first(count), x);
}

// Pairs of the numbers from x on of which `count` are left, of at most 32.
FASTNN_WITH_BFLOAT16 __m512i pairs_of_row(const float* x, Index count) {
  const __m512 low = load(x, count);
  const __m512 high = load(x + width, count - width);
  return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
}

// Pairs of the numbers of two rows, at most 16, of the first alone if there is no second.
FASTNN_WITH_BFLOAT16 __m512i pairs_of_rows(const float* x, const float* next, Index count) {
  const __m512 low = load(x, count);
  const __m512 high = next == nullptr ? _mm512_setzero_ps() : load(next, count);
  const auto both = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
  alignas(64) static constexpr std::uint16_t in_turn[32] = {
      0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
      8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  return _mm512_permutexvar_epi16(_mm512_load_si512(in_turn), both);
}

// The pairs of up to 16 rows of `from`, `from_stride` apart, become columns of `to`.
FASTNN_WITH_BFLOAT16 void transpose_pairs(const float* from, Index from_stride, Index rows,
                                          Index cols, Bfloat16Pair* to, Index to_stride) {
  Eigen::internal::PacketBlock<simd::Packet<float>, static_cast<int>(width)> block;
  for (Index i = 0; i < width; ++i) {
    const __m512i pairs =
        i < rows ? pairs_of_row(from + i * from_stride, cols) : _mm512_setzero_si512();
    block.packet[i] = _mm512_castsi512_ps(pairs);
  }
  Eigen::internal::ptranspose(block);
  for (Index p = 0; p < std::min(width, n_elements<Bfloat16Pair>(cols)); ++p) {
    _mm512_storeu_ps(to + p * to_stride, block.packet[p]);
  }
}

// As micro_kernel, for pairs; of the last packet of C `last` is there.
template <int Rows, int Packets>
FASTNN_WITH_BFLOAT16 void multiply_pairs(Index k, const Strided<Bfloat16Pair>& a,
                                         const Bfloat16Pair* b, float* c, Index c_stride,
                                         __mmask16 last, const Start<float>& start,
                                         const Ahead<float>& ahead) {
  const auto mask = [&](int v) { return v == Packets - 1 ? last : first(width); };
  __m512 sums[Rows][Packets];
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 3
    for (int v = 0; v < Packets; ++v) {
      sums[i][v] = start.data == nullptr
                       ? _mm512_setzero_ps()
                       : _mm512_maskz_loadu_ps(mask(v), start.at(i, v * width).data);
    }
  }
  const Bfloat16Pair* column = a.data;
  for (Index p = 0; p < k; ++p, column += a.col_stride, b += Packets * width) {
    ahead.fetch<Rows * Packets * width>(p);
    __m512i row[Packets];
#pragma GCC unroll 3
    for (int v = 0; v < Packets; ++v) row[v] = _mm512_loadu_si512(b + v * width);
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
      const __m512i factor = _mm512_set1_epi32(static_cast<int>(column[i * a.row_stride]));
#pragma GCC unroll 3
      for (int v = 0; v < Packets; ++v) {
        sums[i][v] = _mm512_dpbf16_ps(sums[i][v], reinterpret_cast<__m512bh>(factor),
                                      reinterpret_cast<__m512bh>(row[v]));
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 3
    for (int v = 0; v < Packets; ++v) {
      _mm512_mask_storeu_ps(c + i * c_stride + v * width, mask(v), sums[i][v]);
    }
  }
}

template <int Packets, int Rows = tile_rows, class... Arguments>
void multiply_pairs_rows(Index rows, const Arguments&... arguments) {
  if constexpr (Rows > 1) {
    if (rows < Rows) {
      multiply_pairs_rows<Packets, Rows - 1>(rows, arguments...);
      return;
    }
  }
  multiply_pairs<Rows, Packets>(arguments...);
}

template <int Packets>
void multiply_all_rows(Index m, Index cols, Index k, const Strided<Bfloat16Pair>& a,
                       const Bfloat16Pair* b, float* c, Index c_stride, const Start<float>& start,
                       const Ahead<float>& ahead) {
  const __mmask16 last = first(cols - (Packets - 1) * width);
  for (Index i = 0; i < m; i += tile_rows) {
    const Strided<Bfloat16Pair> block{a.at(i, 0), a.row_stride, a.col_stride};
    multiply_pairs_rows<Packets>(std::min<Index>(tile_rows, m - i), k, block, b, c + i * c_stride,
                                 c_stride, last, start.at(i, 0), ahead.at(i));
  }
}

}  // namespace

bool has_bfloat16() { return __builtin_cpu_supports("avx512bf16") != 0; }

void pack_rows(ConstMatrixView<float> x, Bfloat16Pair* to) {
  const Index pairs = n_elements<Bfloat16Pair>(x.cols);
  for (Index i = 0; i < x.rows; ++i, to += pairs) {
    for (Index p = 0; p < pairs; p += width) {
      const __m512i packet = pairs_of_row(x.row(i) + 2 * p, x.cols - 2 * p);
      if (p + width <= pairs) {
        _mm512_storeu_si512(to + p, packet);
      } else {
        _mm512_mask_storeu_epi32(to + p, first(pairs - p), packet);
      }
    }
  }
}

void pack_panel(Strided<float> b, Index k, Index cols, Bfloat16Pair* panel) {
  const Index stride = padded<float>(cols);
  const Index pairs = n_elements<Bfloat16Pair>(k);
  if (b.col_stride == 1) {
    for (Index p = 0; p < pairs; ++p) {
      const bool has_second = 2 * p + 1 < k;
      for (Index j = 0; j < cols; j += width) {
        _mm512_storeu_si512(
            panel + p * stride + j,
            pairs_of_rows(b.at(2 * p, j), has_second ? b.at(2 * p + 1, j) : nullptr, cols - j));
      }
    }
    return;
  }
  for (Index j = 0; j < cols; j += width) {
    for (Index p = 0; p < pairs; p += width) {
      transpose_pairs(b.at(2 * p, j), b.col_stride, cols - j, k - 2 * p, panel + p * stride + j,
                      stride);
    }
  }
}

void combine_panel(Index m, Index cols, Index k, Strided<Bfloat16Pair> a, const Bfloat16Pair* panel,
                   float* c, Index c_stride, Start<float> start, Ahead<float> ahead) {
  const Index stride = padded<float>(cols);
  const Index pairs = n_elements<Bfloat16Pair>(k);
  for (Index p = 0; p < pairs; p += depth) {
    const Index count = std::min(depth, pairs - p);
    const Strided<Bfloat16Pair> part{a.at(0, p), a.row_stride, a.col_stride};
    const Start<float> from = p > 0 ? Start<float>{c, c_stride} : start;
    switch (stride / width) {
      case 1:
        multiply_all_rows<1>(m, cols, count, part, panel + p * stride, c, c_stride, from, ahead);
        break;
      case 2:
        multiply_all_rows<2>(m, cols, count, part, panel + p * stride, c, c_stride, from, ahead);
        break;
      default:
        multiply_all_rows<3>(m, cols, count, part, panel + p * stride, c, c_stride, from, ahead);
    }
  }
}

#else

bool has_bfloat16() { return false; }

void pack_rows(ConstMatrixView<float> /*x*/, Bfloat16Pair* /*to*/) {
  throw std::logic_error("expected a processor with bfloat16");
}
void pack_panel(Strided<float> /*b*/, Index /*k*/, Index /*cols*/, Bfloat16Pair* /*panel*/) {
  throw std::logic_error("expected a processor with bfloat16");
}
void combine_panel(Index /*m*/, Index /*cols*/, Index /*k*/, Strided<Bfloat16Pair> /*a*/,
                   const Bfloat16Pair* /*panel*/, float* /*c*/, Index /*c_stride*/,
                   Start<float> /*start*/, Ahead<float> /*ahead*/) {
  throw std::logic_error("expected a processor with bfloat16");
}

#endif

}  // namespace fastnn::linalg
