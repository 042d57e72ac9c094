// Matrix products on several threads.
#pragma once

#include "fastnn/linalg/micro_kernel.h"

namespace fastnn::linalg {

// c (m × n) = a (m × k) · b (k × n), operands of any strides.
template <class T>
void matmul(Index k, const Strided<T>& a, const Strided<T>& b, MatrixView<T> c, int n_threads);

// The same for row-major operands. Throws std::invalid_argument where the shapes do not fit.
template <class T>
void matmul(ConstMatrixView<T> a, ConstMatrixView<T> b, MatrixView<T> c, int n_threads);

}  // namespace fastnn::linalg
