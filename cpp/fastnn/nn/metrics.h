// Metrics, counted row by row beside the loss.
#pragma once

#include <variant>

#include "fastnn/nn/losses.h"

namespace fastnn::nn {

// Whether the largest output is that of the label or of the largest target; the first among equals.
struct CategoricalAccuracy {};

// Whether fewer than k outputs are larger than that of the label or of the largest target.
struct TopKAccuracy {
  Index k = 5;
};

// The share of outputs that are above the threshold where the target is 1, and not where it is 0.
// A label is compared with each output.
struct BinaryAccuracy {
  double threshold = 0.5;
};

// A loss counts as its value does.
struct Metric {
  std::variant<CategoricalAccuracy, TopKAccuracy, BinaryAccuracy, Loss> kind;
};

// Whether the metric asks only which outputs are larger than others, so that logits serve as well
// as probabilities.
bool reads_order_alone(const Metric& metric);

// Throws std::invalid_argument unless there is one target a row, each fits n_outputs outputs, and
// of losses only cross-entropy gets labels.
template <class T>
void check_targets(const Metric& metric, const Targets<T>& targets, Index n_rows, Index n_outputs);

// values[i] = the metric of row i; target_rows[i] names the row of the targets that belongs to it.
template <class T>
void evaluate_metric(const Metric& metric, ConstMatrixView<T> outputs, const Targets<T>& targets,
                     const std::int64_t* target_rows, double* values);

}  // namespace fastnn::nn
