#include "fastnn/nn/examples.h"

#include <numeric>
#include <stdexcept>
#include <string>

namespace fastnn::nn {

template <class T>
void check_inputs(const Network<T>& network, const std::vector<Inputs>& x) {
  if (x.size() != network.n_inputs()) {
    throw std::invalid_argument("expected x for " + std::to_string(network.n_inputs()) +
                                " inputs. Received: " + std::to_string(x.size()));
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (cols(x[i]) == network.size(i) && rows(x[i]) == rows(x[0])) continue;
    throw std::invalid_argument(
        "expected x of shape (n_samples, " + std::to_string(network.size(i)) + "). Received: (" +
        std::to_string(rows(x[i])) + ", " + std::to_string(cols(x[i])) + ")");
  }
}

template <class T>
void check_examples(const Network<T>& network, const Examples<T>& examples,
                    const Objective& objective) {
  check_inputs(network, examples.x);
  const Index n_rows = rows(examples.x.front());
  const Index n_outputs = network.size(network.outputs().front());
  check_targets(objective.loss, examples.y, n_rows, n_outputs);
  for (const CountedMetric& counted : objective.metrics) {
    const auto* const loss = std::get_if<Loss>(&counted.metric.kind);
    if (loss != nullptr) check_targets(*loss, examples.y, n_rows, n_outputs);
  }
  if (n_rows == 0) throw std::invalid_argument("expected at least one row. Received: 0");
}

void check_order(std::span<const std::int64_t> order, Index n_rows) {
  if (order.empty())
    throw std::invalid_argument("expected order with at least one row. Received: 0");
  for (const std::int64_t row : order) {
    if (row >= 0 && row < n_rows) continue;
    throw std::invalid_argument("expected order to name rows from 0 to " +
                                std::to_string(n_rows - 1) + ". Received: " + std::to_string(row));
  }
}

void check_batch_size(Index batch_size) {
  if (batch_size > 0) return;
  throw std::invalid_argument("expected batch_size > 0. Received: " + std::to_string(batch_size));
}

template <class T>
void gather(const Inputs& x, const std::int64_t* rows, MatrixView<T> out) {
  std::visit(
      [&](const auto& samples) {
        for (Index i = 0; i < out.rows; ++i) {
          const auto* const from = samples.row(rows[i]);
          T* const to = out.row(i);
          for (Index j = 0; j < out.cols; ++j) to[j] = static_cast<T>(from[j]);
        }
      },
      x);
}

std::vector<std::int64_t> rows_in_order(Index n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

template void check_inputs(const Network<float>&, const std::vector<Inputs>&);
template void check_inputs(const Network<double>&, const std::vector<Inputs>&);
template void check_examples(const Network<float>&, const Examples<float>&, const Objective&);
template void check_examples(const Network<double>&, const Examples<double>&, const Objective&);
template void gather(const Inputs&, const std::int64_t*, MatrixView<float>);
template void gather(const Inputs&, const std::int64_t*, MatrixView<double>);

}  // namespace fastnn::nn
