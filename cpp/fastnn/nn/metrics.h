// Metrics, counted row by row beside the loss.
#pragma once

#include <string_view>

#include "fastnn/nn/targets.h"

namespace fastnn::nn {

enum class Metric { none, categorical_accuracy, binary_accuracy };

// "", categorical_accuracy, sparse_categorical_accuracy (which of them, the targets tell) or
// binary_accuracy. Throws std::invalid_argument for another name.
Metric metric_from_name(std::string_view name);

// values[i] = the metric of row i.
template <class T>
void evaluate_metric(Metric metric, ConstMatrixView<T> outputs, const Targets<T>& targets,
                     const std::int64_t* target_rows, double* values);

}  // namespace fastnn::nn
