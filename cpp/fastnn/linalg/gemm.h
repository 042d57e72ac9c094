// Matrix products on one thread; whoever has several threads gives each a block of C.
#pragma once

#include "fastnn/linalg/micro_kernel.h"

namespace fastnn::linalg {

// C (m × n, rows c_stride apart) = start + A (m × k) · B (k × n).
template <class T>
void gemm(Index m, Index n, Index k, Strided<T> a, Strided<T> b, T* c, Index c_stride,
          Start<T> start = {});

// The same for one packed panel of B: k rows × padded(cols), from pack_panel. With another Step
// than MultiplyAdd, the distances of A's rows and B's columns.
template <class T, class Step = MultiplyAdd>
void combine_panel(Index m, Index cols, Index k, Strided<T> a, const T* panel, T* c, Index c_stride,
                   Start<T> start = {}, Ahead<T> ahead = {});

}  // namespace fastnn::linalg
