#include "fastnn/nn/trainer.h"

#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

#include "fastnn/common/floating_point.h"
#include "fastnn/nn/batch_run.h"
#include "fastnn/nn/gradients.h"
#include "fastnn/nn/team_size.h"

namespace fastnn::nn {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto progress_interval = std::chrono::milliseconds(50);

// Everything that the steps of one epoch share.
template <class T>
class Steps {
 public:
  Steps(const Network<T>& network, const Examples<T>& examples, const Loss& loss,
        const Metric& metric, Index batch_size)
      : examples_(examples),
        head_(network.head(loss)),
        metric_(metric),
        scored_(scored_place(network, head_, metric)),
        run_(network, batch_size, {head_.place, scored_}, Mode::training),
        penalties_(network),
        losses_(static_cast<std::size_t>(batch_size)),
        metrics_(static_cast<std::size_t>(batch_size)) {
    if (network.repeats_layers()) recorder_.emplace(network);
  }

  // Forward through the rows named, and their scores; called by all members, together again behind.
  void forward(std::span<const std::int64_t> batch, Index step, const Member& member) {
    const auto n = static_cast<Index>(batch.size());
    if (n != run_.n_rows()) {
      member.wait();
      if (member.first()) run_.set_rows(n);
      member.wait();
    }
    const Range part = member.share(n);
    const auto* const rows = batch.data() + part.begin;
    for (std::size_t i = 0; i < examples_.x.size(); ++i) {
      gather(examples_.x[i], rows, run_.input(i).row_range(part.begin, part.size()));
    }
    penalties_.add_up(member);
    run_.forward(static_cast<std::uint64_t>(step), member);
    const double divisor =
        loss_divisor<T>(head_.loss, examples_.y, batch.data(), n, examples_.weights);
    if (member.first()) divisor_ = divisor;
    evaluate_loss<T>(head_.loss, run_.output(head_.place).row_range(part.begin, part.size()),
                     examples_.y, rows, examples_.weights, T(1) / static_cast<T>(divisor),
                     losses_.data() + part.begin,
                     run_.head_gradient().row_range(part.begin, part.size()));
    evaluate_metric<T>(metric_, run_.output(scored_).row_range(part.begin, part.size()),
                       examples_.y, rows, metrics_.data() + part.begin);
    member.wait();
  }

  // Back through the last batch; called by all members, who then wait.
  void backward(Index step, const GradientConsumer<T>& consumer, const Member& member) {
    if (consumer.loss_scale() != 1) {
      const Range part = member.share(run_.n_rows());
      scale(run_.head_gradient().row_range(part.begin, part.size()), consumer.loss_scale());
      member.wait();
    }
    const PenalizedGradients<T> penalized(consumer);
    const GradientConsumer<T>& last = penalties_.is_empty() ? consumer : penalized;
    if (!recorder_) {
      run_.backward(static_cast<std::uint64_t>(step), last, member);
      return;
    }
    recorder_->clear(member);
    member.wait();
    run_.backward(static_cast<std::uint64_t>(step), *recorder_, member);
    member.wait();
    recorder_->pass_on(last, member);
  }

  // The means over the last batch, times its number of rows.
  Score last_batch() const {
    const auto n = static_cast<double>(run_.n_rows());
    return {sum_of_rows(losses_, run_.n_rows()) * (n / divisor_) + penalties_.total() * n,
            sum_of_rows(metrics_, run_.n_rows())};
  }

 private:
  const Examples<T>& examples_;
  typename Network<T>::Head head_;
  Metric metric_;
  std::size_t scored_;  // the place whose values the metric reads
  double divisor_ = 1;  // of the sum of the last batch's losses
  BatchRun<T> run_;
  PenaltySum<T> penalties_;
  std::optional<GradientRecorder<T>> recorder_;  // where layers repeat
  std::vector<double> losses_;
  std::vector<double> metrics_;
};

// One for each step.
void check_learning_rates(std::span<const double> learning_rates, Index n_steps) {
  if (std::ssize(learning_rates) == n_steps) return;
  throw std::invalid_argument(
      "expected " + std::to_string(n_steps) +
      " learning rates, one a step. Received: " + std::to_string(learning_rates.size()));
}

}  // namespace

template <class T>
Score train_epoch(const Network<T>& network, Memory<T>& memory, const Examples<T>& examples,
                  std::span<const std::int64_t> order, const Loss& loss, const Optimizer& optimizer,
                  std::span<const double> learning_rates, const Metric& metric, Index batch_size,
                  const Progress& progress, int n_threads) {
  check_examples(network, examples, loss);
  check_order(order, rows(examples.x.front()));
  check_batch_size(batch_size);
  const auto n_rows = static_cast<Index>(order.size());
  batch_size = std::min(batch_size, n_rows);
  check_learning_rates(learning_rates, (n_rows + batch_size - 1) / batch_size);
  Steps<T> steps(network, examples, loss, metric, batch_size);
  make_slots(optimizer, network, memory);

  Score total;
  Index done = 0;
  std::atomic<bool> go_on{true};
  auto last_report = Clock::now();
  const auto count_step = [&](Index n) {
    const Score batch = steps.last_batch();
    total.loss += batch.loss;
    total.metric += batch.metric;
    done += n;
    ++memory.step;
    if (!progress || Clock::now() - last_report < progress_interval) return;
    const auto scale = 1.0 / static_cast<double>(done);
    go_on = progress(done, {total.loss * scale, total.metric * scale});
    last_report = Clock::now();
  };
  const Index first_step = memory.step + 1;
  run_team(team_size(network, batch_size, n_threads), [&](const Member& member) {
    const FlushSubnormals guard;
    const auto update = make_update(optimizer, network, memory);
    Index step = first_step;
    auto learning_rate = learning_rates.begin();
    for (Index begin = 0; begin < n_rows && go_on; begin += batch_size, ++step) {
      const Index n = std::min(batch_size, n_rows - begin);
      update->begin_step(step, *learning_rate++);
      steps.forward(order.subspan(begin, n), step, member);
      if (member.first()) count_step(n);
      steps.backward(step, *update, member);
      update->end_step(member);
      member.wait();
    }
  });
  const auto scale = 1.0 / static_cast<double>(done);
  return {total.loss * scale, total.metric * scale};
}

template <class T>
double loss_and_gradients(const Network<T>& network, const Examples<T>& examples, const Loss& loss,
                          std::vector<Matrix<T>>& gradients, int n_threads) {
  check_examples(network, examples, loss);
  const Index n_rows = rows(examples.x.front());
  Steps<T> steps(network, examples, loss, Metric{}, n_rows);
  const GradientRecorder<T> recorder(network);
  const auto order = rows_in_order(n_rows);
  run_team(team_size(network, n_rows, n_threads), [&](const Member& member) {
    const FlushSubnormals guard;
    steps.forward(order, 0, member);
    steps.backward(0, recorder, member);
  });
  gradients = recorder.matrices();
  return steps.last_batch().loss / static_cast<double>(n_rows);
}

template Score train_epoch(const Network<float>&, Memory<float>&, const Examples<float>&,
                           std::span<const std::int64_t>, const Loss&, const Optimizer&,
                           std::span<const double>, const Metric&, Index, const Progress&, int);
template Score train_epoch(const Network<double>&, Memory<double>&, const Examples<double>&,
                           std::span<const std::int64_t>, const Loss&, const Optimizer&,
                           std::span<const double>, const Metric&, Index, const Progress&, int);
template double loss_and_gradients(const Network<float>&, const Examples<float>&, const Loss&,
                                   std::vector<Matrix<float>>&, int);
template double loss_and_gradients(const Network<double>&, const Examples<double>&, const Loss&,
                                   std::vector<Matrix<double>>&, int);

}  // namespace fastnn::nn
