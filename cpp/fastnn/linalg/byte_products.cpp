#include "fastnn/linalg/byte_products.h"

#include <algorithm>
#include <cstring>

#include "fastnn/linalg/gemm.h"

#if defined(__AVX512BW__) && defined(__GNUC__)
#define FASTNN_VNNI 1
#include <immintrin.h>
#else
#define FASTNN_VNNI 0
#endif

namespace fastnn::linalg {
namespace {

#if FASTNN_VNNI

// x86-64-v4 does not promise VNNI: these functions are called only where the processor has it.
template <int Rows>
__attribute__((target("avx512vnni"))) bool reach_by_vnni(
    const std::uint8_t* panel, Index n_groups, const ByteRow* rows, const std::int32_t* start,
    const std::int32_t* limits, std::uint64_t* hits, std::int32_t* products) {
  constexpr int packets = byte_panel_rows / 16;
  __m512i acc[Rows][packets];
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 3
    for (int v = 0; v < packets; ++v) acc[i][v] = _mm512_loadu_si512(start + v * 16);
  }
  const std::int8_t* values[Rows];
  for (int i = 0; i < Rows; ++i) values[i] = rows[i].values;
  for (Index g = 0; g < n_groups; ++g, panel += byte_panel_rows * byte_group) {
    __m512i column[packets];
#pragma GCC unroll 3
    for (int v = 0; v < packets; ++v) column[v] = _mm512_loadu_si512(panel + v * 64);
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
      std::int32_t four;
      std::memcpy(&four, values[i] + g * byte_group, sizeof four);
      const __m512i factor = _mm512_set1_epi32(four);
#pragma GCC unroll 3
      for (int v = 0; v < packets; ++v) {
        // GCC 12 copies the sums of the intrinsic from register to register to memory.
        asm("vpdpbusd %2, %1, %0" : "+v"(acc[i][v]) : "v"(column[v]), "v"(factor));
      }
    }
  }
  // The panel's values are 128 too large: so is every product by 128 times the row's sum.
  const auto limit = [&](int i) { return _mm512_set1_epi32(limits[i] + 128 * rows[i].sum); };
  unsigned any = 0;
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i) {
    __m512i largest = acc[i][0];
#pragma GCC unroll 3
    for (int v = 1; v < packets; ++v) {
      // NOLINTNEXTLINE(portability-simd-intrinsics): among others that have no portable form
      largest = _mm512_max_epi32(largest, acc[i][v]);
    }
    any |= _mm512_cmpge_epi32_mask(largest, limit(i));
  }
  if (any == 0) return false;
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i) {
    hits[i] = 0;
#pragma GCC unroll 3
    for (int v = 0; v < packets; ++v) {
      hits[i] |= std::uint64_t{_mm512_cmpge_epi32_mask(acc[i][v], limit(i))} << (16 * v);
    }
  }
  if (products == nullptr) return true;
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 3
    for (int v = 0; v < packets; ++v) {
      // NOLINTNEXTLINE(portability-simd-intrinsics): as above
      const __m512i product = _mm512_sub_epi32(acc[i][v], _mm512_set1_epi32(128 * rows[i].sum));
      _mm512_storeu_si512(products + i * byte_panel_rows + v * 16, product);
    }
  }
  return true;
}

template <int Rows = byte_block_rows, class... Arguments>
bool reach_by_vnni_rows(const std::uint8_t* panel, Index n_groups, std::span<const ByteRow> rows,
                        const Arguments&... arguments) {
  if constexpr (Rows > 1) {
    if (std::ssize(rows) < Rows) {
      return reach_by_vnni_rows<Rows - 1>(panel, n_groups, rows, arguments...);
    }
  }
  return reach_by_vnni<Rows>(panel, n_groups, rows.data(), arguments...);
}

#endif

// So many products of values up to 127 add up to less than 2^24.
constexpr Index exact_features = 1024;

constexpr Index float_panels = byte_panel_rows / tile_cols<float>;
static_assert(float_panels * tile_cols<float> == byte_panel_rows);

}  // namespace

bool ByteProducts::has_vnni() {
#if FASTNN_VNNI
  return __builtin_cpu_supports("avx512vnni") != 0;
#else
  return false;
#endif
}

ByteProducts::ByteProducts(Index n_features, bool allow_vnni)
    : n_features_(n_features), vnni_(allow_vnni && has_vnni()) {
  if (vnni_) return;
  floats_.resize(static_cast<std::size_t>(n_features * byte_panel_rows));
  rows_.resize(static_cast<std::size_t>(n_features * byte_block_rows));
  float_products_.resize(static_cast<std::size_t>(byte_block_rows * byte_panel_rows));
  sums_of_products_.resize(float_products_.size());
}

void ByteProducts::select(const std::uint8_t* panel) {
  panel_ = panel;
  if (vnni_) return;
  constexpr Index width = tile_cols<float>;
  for (Index p = 0; p < float_panels; ++p) {
    float* const to = floats_.data() + p * width * n_features_;
    for (Index f = 0; f < n_features_; ++f) {
      const std::uint8_t* const from = panel + byte_place(f, p * width);
      for (Index r = 0; r < width; ++r) {
        to[f * width + r] = static_cast<float>(from[r * byte_group] - 128);
      }
    }
  }
}

bool ByteProducts::reach(std::span<const ByteRow> rows, const std::int32_t* start,
                         const std::int32_t* limits, std::uint64_t* hits, std::int32_t* products) {
#if FASTNN_VNNI
  if (vnni_) {
    return reach_by_vnni_rows(panel_, n_features_ / byte_group, rows, start, limits, hits,
                              products);
  }
#endif
  return reach_by_floats(rows, start, limits, hits, products);
}

bool ByteProducts::reach_by_floats(std::span<const ByteRow> rows, const std::int32_t* start,
                                   const std::int32_t* limits, std::uint64_t* hits,
                                   std::int32_t* products) {
  if (products == nullptr) products = sums_of_products_.data();
  const Index count = std::ssize(rows);
  for (Index i = 0; i < count; ++i) {
    std::copy_n(start, byte_panel_rows, products + i * byte_panel_rows);
    std::copy_n(rows[i].values, n_features_, rows_.data() + i * n_features_);
  }
  for (Index begin = 0; begin < n_features_; begin += exact_features) {
    multiply_floats(count, begin, std::min(exact_features, n_features_ - begin));
    for (Index e = 0; e < count * byte_panel_rows; ++e) {
      products[e] += static_cast<std::int32_t>(float_products_[static_cast<std::size_t>(e)]);
    }
  }
  bool any = false;
  for (Index i = 0; i < count; ++i) {
    const std::int32_t* const row = products + i * byte_panel_rows;
    hits[i] = 0;
    if (*std::max_element(row, row + byte_panel_rows) < limits[i]) continue;
    any = true;
    for (Index r = 0; r < byte_panel_rows; ++r) {
      hits[i] |= std::uint64_t{row[r] >= limits[i]} << r;
    }
  }
  return any;
}

void ByteProducts::multiply_floats(Index n_rows, Index begin, Index count) {
  constexpr Index width = tile_cols<float>;
  for (Index p = 0; p < float_panels; ++p) {
    combine_panel<float>(n_rows, width, count, {rows_.data() + begin, n_features_, 1},
                         floats_.data() + (p * n_features_ + begin) * width,
                         float_products_.data() + p * width, byte_panel_rows);
  }
}

}  // namespace fastnn::linalg
