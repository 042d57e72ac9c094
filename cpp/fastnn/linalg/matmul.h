// Matrix products on several threads.
#pragma once

#include "fastnn/common/types.h"

namespace fastnn::linalg {

// c (m × n) = a (m × k) · b (k × n). Throws std::invalid_argument where the shapes do not fit.
template <class T>
void matmul(ConstMatrixView<T> a, ConstMatrixView<T> b, MatrixView<T> c, int n_threads);

}  // namespace fastnn::linalg
