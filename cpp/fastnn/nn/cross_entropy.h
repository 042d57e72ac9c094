// Cross-entropy of one row: its value and, unless `gradient` is null, its gradient times `scale`.
#pragma once

#include "fastnn/nn/losses.h"

namespace fastnn::nn {

// A label that names none of the n outputs, as an ignored one may, costs nothing.
template <class T>
double label_loss(const CrossEntropy& loss, const T* outputs, std::int64_t label, Index n, T scale,
                  T* gradient);

template <class T>
double row_loss(const CrossEntropy& loss, const T* outputs, const T* targets, Index n, T scale,
                T* gradient);

template <class T>
double row_loss(const FocalCrossEntropy& loss, const T* outputs, const T* targets, Index n, T scale,
                T* gradient);

}  // namespace fastnn::nn
