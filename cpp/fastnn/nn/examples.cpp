#include "fastnn/nn/examples.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>

namespace fastnn::nn {

template <class T>
void check_objective(const Network<T>& network, const Objective& objective) {
  const auto check_output = [&](std::size_t output) {
    if (output < network.outputs().size()) return;
    throw std::invalid_argument("expected an output before " +
                                std::to_string(network.outputs().size()) +
                                ". Received: " + std::to_string(output));
  };
  for (const WeightedLoss& judged : objective.losses) check_output(judged.output);
  for (const CountedMetric& counted : objective.metrics) check_output(counted.output);
  for (const std::size_t output : objective.kept_outputs) check_output(output);
}

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
  if (examples.y.size() != network.outputs().size()) {
    throw std::invalid_argument("expected y for " + std::to_string(network.outputs().size()) +
                                " outputs. Received: " + std::to_string(examples.y.size()));
  }
  const auto check = [&](const auto& judge, std::size_t output) {
    check_targets(judge, examples.y[output].targets, n_rows,
                  network.size(network.outputs()[output]));
  };
  for (const WeightedLoss& judged : objective.losses) check(judged.loss, judged.output);
  for (const CountedMetric& counted : objective.metrics) {
    const bool has_loss =
        std::any_of(objective.losses.begin(), objective.losses.end(),
                    [&](const WeightedLoss& judged) { return judged.output == counted.output; });
    // What a loss reads is checked, and metrics may read labels that it ignores.
    if (const auto* const loss = std::get_if<Loss>(&counted.metric.kind)) {
      check(*loss, counted.output);
    } else if (!has_loss) {
      check(counted.metric, counted.output);
    }
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

template void check_objective(const Network<float>&, const Objective&);
template void check_objective(const Network<double>&, const Objective&);
template void check_inputs(const Network<float>&, const std::vector<Inputs>&);
template void check_inputs(const Network<double>&, const std::vector<Inputs>&);
template void check_examples(const Network<float>&, const Examples<float>&, const Objective&);
template void check_examples(const Network<double>&, const Examples<double>&, const Objective&);
template void gather(const Inputs&, const std::int64_t*, MatrixView<float>);
template void gather(const Inputs&, const std::int64_t*, MatrixView<double>);

}  // namespace fastnn::nn
