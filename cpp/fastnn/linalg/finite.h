// Looks for NaN and infinity.
#pragma once

#include "fastnn/common/types.h"

namespace fastnn::linalg {

template <class T>
bool all_finite(const T* x, Index n, int n_threads);

}  // namespace fastnn::linalg
