// Activation functions and their derivatives, on rows of a matrix.
#pragma once

#include <string_view>

#include "fastnn/common/types.h"

namespace fastnn::nn {

enum class Activation { linear, relu, sigmoid, tanh, softmax, log_softmax };

// Throws std::invalid_argument for a name that is none.
Activation activation_from_name(std::string_view name);

// y = f(x), row by row; y may be x.
template <class T>
void activate(Activation activation, ConstMatrixView<T> x, MatrixView<T> y);

// dx = dL/dx from y = f(x) and dy = dL/dy: every derivative here is a function of the output.
template <class T>
void activation_gradient(Activation activation, ConstMatrixView<T> y, ConstMatrixView<T> dy,
                         MatrixView<T> dx);

}  // namespace fastnn::nn
