#include "fastnn/nn/trainer.h"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>

#include "fastnn/common/floating_point.h"
#include "fastnn/nn/batch_trainer.h"
#include "fastnn/nn/team_size.h"

namespace fastnn::nn {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto progress_interval = std::chrono::milliseconds(50);

void check_course(const Course& course, Index n_rows) {
  check_order(course.order, n_rows);
  check_batch_size(course.batch_size);
  const auto n_steps = (std::ssize(course.order) - 1) / course.batch_size + 1;
  if (std::ssize(course.learning_rates) == n_steps) return;
  throw std::invalid_argument(
      "expected " + std::to_string(n_steps) +
      " learning rates, one a step. Received: " + std::to_string(course.learning_rates.size()));
}

// Thrown where the course is to end within a step.
struct Ended {};

// Asks now and then whether to go on.
class Pauses {
 public:
  Pauses(const Progress& progress, const Tally& tally) : progress_(progress), tally_(tally) {}

  bool go_on() const { return go_on_; }
  void end() { go_on_ = false; }
  // Between steps, on the first member of the team.
  void count(std::ptrdiff_t n_rows) {
    rows_done_ += n_rows;
    if (!progress_ || Clock::now() - last_ < progress_interval) return;
    go_on_ = progress_(rows_done_, tally_);
    last_ = Clock::now();
  }
  // Within a long step.
  Watch& watch() { return watch_; }

 private:
  const Progress& progress_;
  const Tally& tally_;
  Index rows_done_ = 0;
  std::atomic<bool> go_on_{true};
  Clock::time_point last_ = Clock::now();
  Watch watch_{[this](double /*done*/) {
    if (progress_ && !progress_(rows_done_, tally_)) throw Ended{};
  }};
};

}  // namespace

template <class T>
Trainer<T>::Trainer(const Network<T>& network, Objective objective)
    : network_(network), objective_(std::move(objective)) {}

template <class T>
Trainer<T>::~Trainer() = default;

template <class T>
BatchTrainer<T>& Trainer<T>::batch_trainer(Index batch_size) {
  if (!batch_trainer_ || batch_trainer_->most_rows() < batch_size) {
    batch_trainer_ = std::make_unique<BatchTrainer<T>>(network_, objective_, batch_size);
  }
  return *batch_trainer_;
}

template <class T>
void Trainer<T>::train(const Examples<T>& examples, const Course& course,
                       const Optimizer& optimizer, Memory<T>& memory, Tally& tally,
                       MatrixView<T> outputs, const Progress& progress, int n_threads) {
  check_examples(network_, examples, objective_);
  check_course(course, rows(examples.x.front()));
  const auto n_rows = std::ssize(course.order);
  const Index batch_size = std::min(course.batch_size, n_rows);
  BatchTrainer<T>& trainer = batch_trainer(batch_size);
  make_slots(optimizer, network_, memory);
  Pauses pauses(progress, tally);
  const Index first_step = memory.step + 1;
  const auto work = [&](const Member& member) {
    const FlushSubnormals guard;
    const auto update = make_update(optimizer, network_, memory);
    Index step = first_step;
    auto learning_rate = course.learning_rates.begin();
    for (Index begin = 0; begin < n_rows && pauses.go_on(); begin += batch_size, ++step) {
      const auto batch = course.order.subspan(begin, std::min(batch_size, n_rows - begin));
      const auto kept = outputs.data == nullptr ? outputs : outputs.row_range(begin, batch.size());
      update->begin_step(step, *learning_rate++);
      trainer.forward(examples, batch, step, kept, member, pauses.watch());
      trainer.backward(step, *update, member, pauses.watch());
      update->end_step(member);
      if (member.first()) {
        trainer.count(examples, batch, tally);
        ++memory.step;
        pauses.count(std::ssize(batch));
      }
      member.wait();
    }
  };
  try {
    pauses.watch().over([&] { run_team(team_size(network_, batch_size, n_threads), work); });
  } catch (const Ended&) {
    pauses.end();  // within a step, and no weight has changed since the last one
  }
}

template <class T>
double loss_and_gradients(const Network<T>& network, const Examples<T>& examples, const Loss& loss,
                          std::vector<Matrix<T>>& gradients, int n_threads) {
  check_examples(network, examples, {loss, {}});
  const Index n_rows = rows(examples.x.front());
  BatchTrainer<T> trainer(network, {loss, {}}, n_rows);
  GradientRecorder<T> recorder(network);
  const auto order = rows_in_order(n_rows);
  Watch unwatched([](double /*done*/) {});
  run_team(team_size(network, n_rows, n_threads), [&](const Member& member) {
    const FlushSubnormals guard;
    trainer.forward(examples, order, 0, {}, member, unwatched);
    trainer.backward(0, recorder, member, unwatched);
  });
  gradients = recorder.matrices();
  Tally tally;
  trainer.count(examples, order, tally);
  return tally.loss.value();
}

template class Trainer<float>;
template class Trainer<double>;
template double loss_and_gradients(const Network<float>&, const Examples<float>&, const Loss&,
                                   std::vector<Matrix<float>>&, int);
template double loss_and_gradients(const Network<double>&, const Examples<double>&, const Loss&,
                                   std::vector<Matrix<double>>&, int);

}  // namespace fastnn::nn
