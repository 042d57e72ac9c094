#include "fastnn/nn/trainer.h"

#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <string>

#include "fastnn/common/floating_point.h"

namespace fastnn::nn {
namespace {

// Forward arithmetic of a step that is worth a thread: with less, the team waits longer than it
// works.
constexpr double flops_worth_a_thread = 2e6;

// Rows that go through the network together when nothing is trained.
constexpr Index block_rows = 256;

using Clock = std::chrono::steady_clock;
constexpr auto progress_interval = std::chrono::milliseconds(50);

// Converts rows[i] of x to row i of `out`.
template <class T>
void gather(const Samples& x, const std::int64_t* rows, MatrixView<T> out) {
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

template <class T>
void check_inputs(const Network<T>& network, const Samples& x) {
  if (cols(x) == network.input_size()) return;
  throw std::invalid_argument("expected x of shape (n_samples, " +
                              std::to_string(network.input_size()) + "). Received: (" +
                              std::to_string(rows(x)) + ", " + std::to_string(cols(x)) + ")");
}

template <class T>
void check_examples(const Network<T>& network, const Examples<T>& examples) {
  check_inputs(network, examples.x);
  check_targets(examples.y, rows(examples.x), network.output_size());
  if (rows(examples.x) == 0) throw std::invalid_argument("expected at least one row. Received: 0");
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

// One for each step.
void check_learning_rates(std::span<const double> learning_rates, Index n_steps) {
  if (static_cast<Index>(learning_rates.size()) == n_steps) return;
  throw std::invalid_argument(
      "expected " + std::to_string(n_steps) +
      " learning rates, one a step. Received: " + std::to_string(learning_rates.size()));
}

std::vector<std::int64_t> identity(Index n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

// Sums in row order, so that the result does not depend on the threads.
double sum(const std::vector<double>& values, Index n) {
  return std::accumulate(values.begin(), values.begin() + n, 0.0);
}

// Everything that the steps of one epoch share.
template <class T>
class Steps {
 public:
  Steps(Network<T>& network, const Examples<T>& examples, const Loss& loss, Metric metric,
        Index batch_size)
      : network_(network),
        examples_(examples),
        head_(network.head(loss)),
        metric_(metric),
        workspace_(network.make_workspace(batch_size, true)),
        losses_(static_cast<std::size_t>(batch_size)),
        metrics_(static_cast<std::size_t>(batch_size)) {}

  // Forward through the rows named, and their scores; called by all members, together again behind.
  void forward(std::span<const std::int64_t> batch, const Member& member) {
    const auto n = static_cast<Index>(batch.size());
    const Range part = member.share(n);
    const MatrixView<T> input = view(workspace_.input).row_range(part.begin, part.size());
    gather(examples_.x, batch.data() + part.begin, input);
    const MatrixView<T> outputs =
        network_.forward(workspace_, n, head_.n_layers, member).row_range(part.begin, part.size());
    const auto* const targets = batch.data() + part.begin;
    evaluate_loss<T>(
        head_.loss, outputs, examples_.y, targets, T(1) / static_cast<T>(n),
        losses_.data() + part.begin,
        view(workspace_.gradients[head_.n_layers - 1]).row_range(part.begin, part.size()));
    evaluate_metric<T>(metric_, outputs, examples_.y, targets, metrics_.data() + part.begin);
    member.wait();
  }

  // Back through the last batch, of n rows; called by all members, who then wait.
  void backward(Index n, const GradientConsumer<T>& consumer, const Member& member) {
    network_.backward(workspace_, n, head_.n_layers, consumer, member);
  }

  // The sums over the last batch.
  Score last_batch(Index n) const { return {sum(losses_, n), sum(metrics_, n)}; }

 private:
  Network<T>& network_;
  const Examples<T>& examples_;
  typename Network<T>::Head head_;
  Metric metric_;
  Workspace<T> workspace_;
  std::vector<double> losses_;
  std::vector<double> metrics_;
};

// Keeps the gradients, each in its parameter's layout.
template <class T>
class GradientRecorder final : public GradientConsumer<T> {
 public:
  explicit GradientRecorder(std::vector<Parameter<T>*> parameters)
      : parameters_(std::move(parameters)) {
    for (const auto* p : parameters_) gradients_.emplace_back(p->layout.size());
  }
  void consume(Parameter<T>& parameter, Index offset, const T* gradient,
               Index count) const override {
    const auto found = std::find(parameters_.begin(), parameters_.end(), &parameter);
    const auto place = static_cast<std::size_t>(found - parameters_.begin());
    std::copy_n(gradient, count, gradients_[place].data() + offset);
  }
  std::vector<Matrix<T>> matrices() const {
    std::vector<Matrix<T>> all;
    all.reserve(gradients_.size());
    for (std::size_t i = 0; i < gradients_.size(); ++i) {
      all.push_back(parameters_[i]->layout.to_matrix(gradients_[i].data()));
    }
    return all;
  }

 private:
  std::vector<Parameter<T>*> parameters_;
  mutable std::vector<Vector<T>> gradients_;
};

template <class T>
int step_threads(const Network<T>& network, Index batch_size, int n_threads) {
  return limit_threads(n_threads, network.flops() * static_cast<double>(batch_size),
                       flops_worth_a_thread);
}

// Runs all rows forward, a block at a time; done(first_row, order, outputs) gets each block's
// outputs.
template <class T, class Done>
void forward_blocks(const Network<T>& network, const Samples& x, std::size_t n_layers,
                    int n_threads, const Done& done) {
  const Index n_rows = rows(x);
  const auto order = identity(n_rows);
  run_team(step_threads(network, n_rows, n_threads), [&](const Member& member) {
    const FlushSubnormals guard;
    auto workspace = network.make_workspace(std::min(block_rows, n_rows), false);
    const Range part = member.share(n_rows);
    for (Index i = part.begin; i < part.end; i += block_rows) {
      const Index n = std::min(block_rows, part.end - i);
      gather(x, order.data() + i, view(workspace.input).row_range(0, n));
      done(i, order.data() + i, network.forward(workspace, n, n_layers, Member{}));
    }
  });
}

}  // namespace

template <class T>
Score train_epoch(Network<T>& network, const Examples<T>& examples,
                  std::span<const std::int64_t> order, const Loss& loss, const Optimizer& optimizer,
                  std::span<const double> learning_rates, Metric metric, Index batch_size,
                  const Progress& progress, int n_threads) {
  check_examples(network, examples);
  check_order(order, rows(examples.x));
  const auto n_rows = static_cast<Index>(order.size());
  if (batch_size <= 0) {
    throw std::invalid_argument("expected batch_size > 0. Received: " + std::to_string(batch_size));
  }
  batch_size = std::min(batch_size, n_rows);
  check_learning_rates(learning_rates, (n_rows + batch_size - 1) / batch_size);
  Steps<T> steps(network, examples, loss, metric, batch_size);
  for (Parameter<T>* p : network.parameters()) make_update<T>(optimizer)->make_slots(*p);

  Score total;
  Index done = 0;
  std::atomic<bool> go_on{true};
  auto last_report = Clock::now();
  const auto count_step = [&](Index n) {
    const Score batch = steps.last_batch(n);
    total.loss += batch.loss;
    total.metric += batch.metric;
    done += n;
    ++network.step;
    if (!progress || Clock::now() - last_report < progress_interval) return;
    const auto scale = 1.0 / static_cast<double>(done);
    go_on = progress(done, {total.loss * scale, total.metric * scale});
    last_report = Clock::now();
  };
  const Index first_step = network.step + 1;
  run_team(step_threads(network, batch_size, n_threads), [&](const Member& member) {
    const FlushSubnormals guard;
    const auto update = make_update<T>(optimizer);
    auto learning_rate = learning_rates.begin();
    Index step = first_step;
    for (Index begin = 0; begin < n_rows && go_on; begin += batch_size, ++step) {
      const Index n = std::min(batch_size, n_rows - begin);
      update->begin_step(step, *learning_rate++);
      steps.forward(order.subspan(begin, n), member);
      if (member.first()) count_step(n);
      steps.backward(n, *update, member);
      member.wait();
    }
  });
  const auto scale = 1.0 / static_cast<double>(done);
  return {total.loss * scale, total.metric * scale};
}

template <class T>
Score evaluate(const Network<T>& network, const Examples<T>& examples, const Loss& loss,
               Metric metric, int n_threads) {
  check_examples(network, examples);
  const Index n_rows = rows(examples.x);
  const auto head = network.head(loss);
  std::vector<double> losses(static_cast<std::size_t>(n_rows));
  std::vector<double> metrics(static_cast<std::size_t>(n_rows));
  const auto score = [&](Index i, const std::int64_t* targets, ConstMatrixView<T> outputs) {
    evaluate_loss<T>(head.loss, outputs, examples.y, targets, T(0), losses.data() + i, {});
    evaluate_metric<T>(metric, outputs, examples.y, targets, metrics.data() + i);
  };
  forward_blocks(network, examples.x, head.n_layers, n_threads, score);
  const auto scale = 1.0 / static_cast<double>(n_rows);
  return {sum(losses, n_rows) * scale, sum(metrics, n_rows) * scale};
}

template <class T>
double loss_and_gradients(Network<T>& network, const Examples<T>& examples, const Loss& loss,
                          std::vector<Matrix<T>>& gradients, int n_threads) {
  check_examples(network, examples);
  const Index n_rows = rows(examples.x);
  Steps<T> steps(network, examples, loss, Metric::none, n_rows);
  const GradientRecorder<T> recorder(network.parameters());
  const auto order = identity(n_rows);
  run_team(step_threads(network, n_rows, n_threads), [&](const Member& member) {
    const FlushSubnormals guard;
    steps.forward(order, member);
    steps.backward(n_rows, recorder, member);
  });
  gradients = recorder.matrices();
  return steps.last_batch(n_rows).loss / static_cast<double>(n_rows);
}

template <class T>
void predict(const Network<T>& network, const Samples& x, MatrixView<T> outputs, int n_threads) {
  check_inputs(network, x);
  const auto copy = [&](Index i, const std::int64_t* /*order*/, ConstMatrixView<T> block) {
    for (Index r = 0; r < block.rows; ++r) {
      std::copy_n(block.row(r), block.cols, outputs.row(i + r));
    }
  };
  forward_blocks(network, x, network.n_layers(), n_threads, copy);
}

template Score train_epoch(Network<float>&, const Examples<float>&, std::span<const std::int64_t>,
                           const Loss&, const Optimizer&, std::span<const double>, Metric, Index,
                           const Progress&, int);
template Score train_epoch(Network<double>&, const Examples<double>&, std::span<const std::int64_t>,
                           const Loss&, const Optimizer&, std::span<const double>, Metric, Index,
                           const Progress&, int);
template Score evaluate(const Network<float>&, const Examples<float>&, const Loss&, Metric, int);
template Score evaluate(const Network<double>&, const Examples<double>&, const Loss&, Metric, int);
template double loss_and_gradients(Network<float>&, const Examples<float>&, const Loss&,
                                   std::vector<Matrix<float>>&, int);
template double loss_and_gradients(Network<double>&, const Examples<double>&, const Loss&,
                                   std::vector<Matrix<double>>&, int);
template void predict(const Network<float>&, const Samples&, MatrixView<float>, int);
template void predict(const Network<double>&, const Samples&, MatrixView<double>, int);

}  // namespace fastnn::nn
