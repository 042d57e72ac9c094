#include "fastnn/nn/metrics.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace fastnn::nn {
namespace {

// The first of the largest, as in NumPy.
template <class T>
Index argmax(const T* x, Index n) {
  return std::max_element(x, x + n) - x;
}

template <class T>
double categorical_accuracy(const T* output, Index n, const Targets<T>& targets, Index row) {
  const auto* labels = std::get_if<Labels>(&targets);
  const Index expected = labels != nullptr
                             ? labels->data[row]
                             : argmax(std::get<ConstMatrixView<T>>(targets).row(row), n);
  return argmax(output, n) == expected ? 1.0 : 0.0;
}

template <class T>
double binary_accuracy(const T* output, Index n, const Targets<T>& targets, Index row) {
  const auto* y = std::get_if<ConstMatrixView<T>>(&targets);
  Index hits = 0;
  for (Index j = 0; j < n; ++j) {
    const T expected =
        y != nullptr ? y->row(row)[j] : static_cast<T>(std::get<Labels>(targets).data[row]);
    hits += (output[j] > T(0.5) ? T(1) : T(0)) == expected ? 1 : 0;
  }
  return static_cast<double>(hits) / static_cast<double>(n);
}

}  // namespace

Metric metric_from_name(std::string_view name) {
  if (name.empty()) return Metric::none;
  if (name == "categorical_accuracy" || name == "sparse_categorical_accuracy") {
    return Metric::categorical_accuracy;
  }
  if (name == "binary_accuracy") return Metric::binary_accuracy;
  throw std::invalid_argument(
      "expected metric to be categorical_accuracy, sparse_categorical_accuracy or "
      "binary_accuracy. Received: " +
      std::string(name));
}

template <class T>
void evaluate_metric(Metric metric, ConstMatrixView<T> outputs, const Targets<T>& targets,
                     const std::int64_t* target_rows, double* values) {
  for (Index i = 0; i < outputs.rows; ++i) {
    switch (metric) {
      case Metric::none:
        values[i] = 0;
        break;
      case Metric::categorical_accuracy:
        values[i] = categorical_accuracy(outputs.row(i), outputs.cols, targets, target_rows[i]);
        break;
      case Metric::binary_accuracy:
        values[i] = binary_accuracy(outputs.row(i), outputs.cols, targets, target_rows[i]);
        break;
    }
  }
}

template void evaluate_metric(Metric, ConstMatrixView<float>, const Targets<float>&,
                              const std::int64_t*, double*);
template void evaluate_metric(Metric, ConstMatrixView<double>, const Targets<double>&,
                              const std::int64_t*, double*);

}  // namespace fastnn::nn
