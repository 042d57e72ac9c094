// Activation functions and their derivatives, on rows of a matrix; Keras's names and defaults.
#pragma once

#include <span>
#include <string_view>

#include "fastnn/common/types.h"

namespace fastnn::nn {

enum class ActivationKind {
  linear,
  relu,
  leaky_relu,
  relu6,
  elu,
  celu,
  selu,
  gelu,
  silu,
  mish,
  softplus,
  softsign,
  squareplus,
  sparse_plus,
  soft_shrink,
  hard_shrink,
  tanh_shrink,
  threshold,
  sigmoid,
  log_sigmoid,
  sparse_sigmoid,
  hard_sigmoid,
  hard_silu,
  hard_tanh,
  tanh,
  exponential,
  // These look at a whole row.
  softmax,
  log_softmax,
  sparsemax,
  glu,
};

// A function and its arguments, in Keras's order; relu's are negative_slope, max_value (infinity
// where Keras has None) and threshold.
struct Activation {
  ActivationKind kind = ActivationKind::linear;
  double a = 0;
  double b = 0;
  double c = 0;

  bool row_wise() const { return kind >= ActivationKind::softmax; }
  // Whether the gradient is computed from f(x) alone.
  bool slope_follows_from_output() const;
  // The length of f(x) for a row x of this length. Throws std::invalid_argument where glu finds no
  // halves.
  Index output_size(Index input_size) const;
};

// The function of this name, its first arguments as given, the others at Keras's defaults. Throws
// std::invalid_argument for a name that is none and for arguments that are too many.
Activation activation_from_name(std::string_view name, std::span<const double> arguments = {});

// y = f(x), row by row; y may be x.
template <class T>
void activate(const Activation& activation, ConstMatrixView<T> x, MatrixView<T> y);

// dx = dL/dx from x, y = f(x) and dy = dL/dy.
template <class T>
void activation_gradient(const Activation& activation, ConstMatrixView<T> x, ConstMatrixView<T> y,
                         ConstMatrixView<T> dy, MatrixView<T> dx);

}  // namespace fastnn::nn
