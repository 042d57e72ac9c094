// What logistic regression minimises, and its gradient.
#pragma once

#include "fastnn/nn/losses.h"

namespace fastnn::nn {

// The mean over the rows of x of a loss of x wᵀ + b, and alpha / 2 ‖w‖².
template <class T>
struct LinearObjective {
  Loss loss;
  ConstMatrixView<T> x;
  Targets<T> targets;
  const T* row_weights = nullptr;  // multiply the losses; their mean is 1
  double alpha = 0;

  // Parameters are w (n_outputs × x.cols) and, where there is an intercept, b behind it; the
  // gradient lies like them. Each row is read once, for the loss and the gradient. Results are the
  // same for any number of threads. Throws std::invalid_argument where the targets do not fit.
  double evaluate(const T* parameters, Index n_outputs, bool has_intercept, T* gradient,
                  int n_threads) const;
};

}  // namespace fastnn::nn
