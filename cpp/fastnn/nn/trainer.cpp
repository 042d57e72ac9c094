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

// What the threads of one course share.
template <class T>
struct Training {
  const Network<T>& network;
  BatchTrainer<T>& trainer;
  const Examples<T>& examples;
  const Course& course;
  const Optimizer& optimizer;
  Memory<T>& memory;
  Tally& tally;
  const std::vector<MatrixView<T>>& outputs;
  Pauses& pauses;
  Index first_step;

  // The steps through these rows of the course.
  void take_steps(const Range& rows, const Member& member) const {
    const FlushSubnormals guard;
    const auto update = make_update(optimizer, network, memory);
    for (Index i = rows.begin; i < rows.end && pauses.go_on(); i += course.batch_size) {
      const auto batch = course.order.subspan(i, std::min(course.batch_size, rows.end - i));
      const Index step = first_step + i / course.batch_size;
      update->begin_step(step, course.learning_rates[i / course.batch_size]);
      trainer.forward(examples, batch, step, member, pauses.watch());
      trainer.copy_outputs(outputs, i, member);
      trainer.backward(step, *update, member, pauses.watch());
      update->end_step(member);
      if (member.first()) {
        trainer.count(examples, batch, tally);
        ++memory.step;
        pauses.count(std::ssize(batch));
      }
      member.wait();
    }
  }
};

}  // namespace

template <class T>
Trainer<T>::Trainer(const Network<T>& network, Objective objective)
    : network_(network), objective_(std::move(objective)) {
  check_objective(network_, objective_);
}

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
                       const std::vector<MatrixView<T>>& outputs, const Progress& progress,
                       int n_threads) {
  check_examples(network_, examples, objective_);
  check_course(course, rows(examples.x.front()));
  const auto n_rows = std::ssize(course.order);
  const Course whole{course.order, std::min(course.batch_size, n_rows), course.learning_rates};
  make_slots(optimizer, network_, memory);
  Pauses pauses(progress, tally);
  const Training<T> training{network_,  batch_trainer(whole.batch_size),
                             examples,  whole,
                             optimizer, memory,
                             tally,     outputs,
                             pauses,    memory.step + 1};
  const int n_members = team_size(network_, whole.batch_size, n_threads);
  for (Index begin = 0; begin < n_rows && pauses.go_on();) {
    Stretch stretch = team_choice_.next(n_members);
    stretch.n_steps = std::min(stretch.n_steps, (n_rows - begin - 1) / whole.batch_size + 1);
    const Range rows{begin, std::min(n_rows, begin + stretch.n_steps * whole.batch_size)};
    double asleep = 0;
    const auto work = [&](const Member& member) {
      training.take_steps(rows, member);
      if (member.first()) asleep = member.seconds_asleep();
    };
    const auto start = Clock::now();
    try {
      pauses.watch().over([&] { run_team(stretch.n_threads, work); });
    } catch (const Ended&) {
      pauses.end();  // within a step, and no weight has changed since the last one
    }
    const std::chrono::duration<double> taken = Clock::now() - start;
    team_choice_.took(stretch, taken.count(), asleep);
    begin = rows.end;
  }
}

template <class T>
double loss_and_gradients(const Network<T>& network, const Examples<T>& examples,
                          const std::vector<WeightedLoss>& losses,
                          std::vector<Matrix<T>>& gradients, int n_threads) {
  const Objective objective{losses, {}, {}};
  check_objective(network, objective);
  check_examples(network, examples, objective);
  const Index n_rows = rows(examples.x.front());
  BatchTrainer<T> trainer(network, objective, n_rows);
  GradientRecorder<T> recorder(network);
  const auto order = rows_in_order(n_rows);
  Watch unwatched([](double /*done*/) {});
  run_team(team_size(network, n_rows, n_threads), [&](const Member& member) {
    const FlushSubnormals guard;
    trainer.forward(examples, order, 0, member, unwatched);
    trainer.backward(0, recorder, member, unwatched);
  });
  gradients = recorder.matrices();
  Tally tally;
  trainer.count(examples, order, tally);
  return tally.loss.value();
}

template class Trainer<float>;
template class Trainer<double>;
template double loss_and_gradients(const Network<float>&, const Examples<float>&,
                                   const std::vector<WeightedLoss>&, std::vector<Matrix<float>>&,
                                   int);
template double loss_and_gradients(const Network<double>&, const Examples<double>&,
                                   const std::vector<WeightedLoss>&, std::vector<Matrix<double>>&,
                                   int);

}  // namespace fastnn::nn
