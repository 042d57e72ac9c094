#include "fastnn/nn/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace fastnn::nn {
namespace {

// The first of the largest, as in NumPy.
template <class T>
Index argmax(const T* x, Index n) {
  return std::max_element(x, x + n) - x;
}

// The class that a row is to be in.
template <class T>
Index expected_class(const Targets<T>& targets, Index row, Index n) {
  const auto* labels = std::get_if<Labels>(&targets);
  return labels != nullptr ? labels->data[row]
                           : argmax(std::get<ConstMatrixView<T>>(targets).row(row), n);
}

template <class T>
double row_metric(const CategoricalAccuracy& /*metric*/, const T* output, Index n,
                  const Targets<T>& targets, Index row) {
  return argmax(output, n) == expected_class(targets, row, n) ? 1.0 : 0.0;
}

template <class T>
double row_metric(const TopKAccuracy& metric, const T* output, Index n, const Targets<T>& targets,
                  Index row) {
  const Index expected = expected_class(targets, row, n);
  if (expected < 0 || expected >= n) return 0;  // an ignored label
  const T own =
      std::isnan(output[expected]) ? -std::numeric_limits<T>::infinity() : output[expected];
  const Index n_larger = std::count_if(output, output + n, [&](T other) { return other > own; });
  return n_larger < metric.k ? 1.0 : 0.0;
}

template <class T>
double row_metric(const BinaryAccuracy& metric, const T* output, Index n, const Targets<T>& targets,
                  Index row) {
  const auto* y = std::get_if<ConstMatrixView<T>>(&targets);
  const auto threshold = static_cast<T>(metric.threshold);
  Index hits = 0;
  for (Index j = 0; j < n; ++j) {
    const T expected =
        y != nullptr ? y->row(row)[j] : static_cast<T>(std::get<Labels>(targets).data[row]);
    hits += (output[j] > threshold ? T(1) : T(0)) == expected ? 1 : 0;
  }
  return static_cast<double>(hits) / static_cast<double>(n);
}

template <class T, class M>
void evaluate(const M& metric, ConstMatrixView<T> outputs, const Targets<T>& targets,
              const std::int64_t* target_rows, double* values) {
  for (Index i = 0; i < outputs.rows; ++i) {
    values[i] = row_metric(metric, outputs.row(i), outputs.cols, targets, target_rows[i]);
  }
}

template <class T>
void evaluate(const Loss& loss, ConstMatrixView<T> outputs, const Targets<T>& targets,
              const std::int64_t* target_rows, double* values) {
  evaluate_loss<T>(loss, outputs, targets, target_rows, nullptr, T(0), values, {});
}

}  // namespace

bool reads_order_alone(const Metric& metric) {
  return !std::holds_alternative<BinaryAccuracy>(metric.kind) &&
         !std::holds_alternative<Loss>(metric.kind);
}

template <class T>
void check_targets(const Metric& metric, const Targets<T>& targets, Index n_rows, Index n_outputs) {
  const auto* loss = std::get_if<Loss>(&metric.kind);
  if (loss != nullptr) {
    check_targets(*loss, targets, n_rows, n_outputs);
  } else {
    check_targets(targets, n_rows, n_outputs);
  }
}

template <class T>
void evaluate_metric(const Metric& metric, ConstMatrixView<T> outputs, const Targets<T>& targets,
                     const std::int64_t* target_rows, double* values) {
  std::visit([&](const auto& kind) { evaluate(kind, outputs, targets, target_rows, values); },
             metric.kind);
}

template void check_targets(const Metric&, const Targets<float>&, Index, Index);
template void check_targets(const Metric&, const Targets<double>&, Index, Index);
template void evaluate_metric(const Metric&, ConstMatrixView<float>, const Targets<float>&,
                              const std::int64_t*, double*);
template void evaluate_metric(const Metric&, ConstMatrixView<double>, const Targets<double>&,
                              const std::int64_t*, double*);

}  // namespace fastnn::nn
