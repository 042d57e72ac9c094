// Loss functions: the value of each row and the gradient with respect to the network's outputs.
#pragma once

#include <string_view>

#include "fastnn/nn/targets.h"

namespace fastnn::nn {

enum class LossKind { cross_entropy, mean_squared_error };

struct Loss {
  LossKind kind = LossKind::mean_squared_error;
  bool from_logits = false;  // cross-entropy of softmax(outputs) instead of outputs
};

// sparse_categorical_crossentropy, categorical_crossentropy (which of them, the targets tell) or
// mean_squared_error. Throws std::invalid_argument for another name.
Loss loss_from_name(std::string_view name, bool from_logits);

// values[i] = loss of row i; gradient.row(i) = d values[i] / d outputs.row(i) · scale, left out
// where gradient.data is null. targets_row[i] names the row of the targets that belongs to row i.
// Cross-entropy on probabilities first divides each row by its sum and keeps the quotients in
// [1e-7, 1 - 1e-7], as Keras does.
template <class T>
void evaluate_loss(const Loss& loss, ConstMatrixView<T> outputs, const Targets<T>& targets,
                   const std::int64_t* target_rows, T scale, double* values,
                   MatrixView<T> gradient);

}  // namespace fastnn::nn
