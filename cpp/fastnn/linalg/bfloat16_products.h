// Matrix products of operands rounded to bfloat16, with sums in float32.
//
// Where the processor has AVX512-BF16 one instruction adds the products of a pair of them for each
// of 16 sums: twice what float32 allows. Each element of C is one chain over the pairs in order, as
// in micro_kernel.h, so that results do not depend on how a product is split. Rounding is to the
// nearest, ties to even; subnormal numbers are zero.
#pragma once

#include <cstdint>
#include <type_traits>

#include "fastnn/linalg/micro_kernel.h"

namespace fastnn::linalg {

// Whether this processor can; all else here is called only where it can.
bool has_bfloat16();

// Two numbers that follow one another along k, the first in the lower half. Behind an odd k stands
// zero.
using Bfloat16Pair = std::uint32_t;

// How many elements k numbers are.
template <class Element>
constexpr Index n_elements(Index k) {
  return std::is_same_v<Element, Bfloat16Pair> ? (k + 1) / 2 : k;
}

// As an operand A: to (x.rows × n_elements(x.cols)) = x.
void pack_rows(ConstMatrixView<float> x, Bfloat16Pair* to);

// As an operand B: panel (n_elements(k) × padded(cols)) = b (k × cols), of which the columns or the
// rows are contiguous; the columns filled in are zero.
void pack_panel(Strided<float> b, Index k, Index cols, Bfloat16Pair* panel);

// C (m × cols) = start + A · B for k numbers in pairs.
void combine_panel(Index m, Index cols, Index k, Strided<Bfloat16Pair> a, const Bfloat16Pair* panel,
                   float* c, Index c_stride, Start<float> start = {}, Ahead<float> ahead = {});

}  // namespace fastnn::linalg
