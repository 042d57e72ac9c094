#include "fastnn/nn/targets.h"

#include <stdexcept>
#include <string>

namespace fastnn::nn {
namespace {

void check_one_a_row(Index expected, Index received) {
  if (expected == received) return;
  throw std::invalid_argument("expected y with " + std::to_string(expected) +
                              " rows, as x has. Received: " + std::to_string(received));
}

void check(const Labels& labels, Index n_rows, Index n_outputs,
           std::optional<std::int64_t> ignored) {
  check_one_a_row(n_rows, labels.size);
  for (Index i = 0; i < labels.size; ++i) {
    const std::int64_t label = labels.data[i];
    if ((label < 0 || label >= n_outputs) && label != ignored) {
      throw std::invalid_argument("expected labels from 0 to " + std::to_string(n_outputs - 1) +
                                  ". Received: " + std::to_string(label) + " at row " +
                                  std::to_string(i));
    }
  }
}

template <class T>
void check(const ConstMatrixView<T>& y, Index n_rows, Index n_outputs,
           std::optional<std::int64_t> /*ignored*/) {
  check_one_a_row(n_rows, y.rows);
  if (y.cols != n_outputs) {
    throw std::invalid_argument("expected y of shape (n_samples, " + std::to_string(n_outputs) +
                                "). Received: (" + std::to_string(y.rows) + ", " +
                                std::to_string(y.cols) + ")");
  }
}

}  // namespace

template <class T>
void check_targets(const Targets<T>& targets, Index n_rows, Index n_outputs,
                   std::optional<std::int64_t> ignored) {
  std::visit([&](const auto& y) { check(y, n_rows, n_outputs, ignored); }, targets);
}

template void check_targets(const Targets<float>&, Index, Index, std::optional<std::int64_t>);
template void check_targets(const Targets<double>&, Index, Index, std::optional<std::int64_t>);

}  // namespace fastnn::nn
