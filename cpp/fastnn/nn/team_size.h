// How many threads are worth their waiting.
#pragma once

#include <algorithm>
#include <limits>

#include "fastnn/nn/network.h"

namespace fastnn::nn {

// Forward arithmetic of a step that is worth a thread: with less, the team waits longer than it
// works.
inline constexpr double flops_worth_a_thread = 2e6;

template <class T>
int team_size(const Network<T>& network, Index batch_size, int n_threads) {
  return limit_threads(n_threads, network.flops() * static_cast<double>(batch_size),
                       flops_worth_a_thread);
}

// Steps that follow each other with so many threads.
struct Stretch {
  int n_threads;
  Index n_steps;
};

// Where other programs take the cores, threads that wait for each other at every layer may be
// slower than one alone. So a team that loses much of its time asleep is tried beside one thread
// for some milliseconds, and the faster goes on for a hundred times as many steps.
class TeamChoice {
 public:
  // How the next steps are taken, where at most `n_threads` may be used.
  Stretch next(int n_threads) const {
    if (n_threads == 1) return {1, std::numeric_limits<Index>::max()};
    return {phase_ == Phase::trying_one || (phase_ == Phase::going_on && one_is_faster_)
                ? 1
                : n_threads,
            left_};
  }

  // Counts steps that were taken so; `asleep` are the seconds of all threads together.
  void took(const Stretch& stretch, double seconds, double asleep) {
    left_ -= stretch.n_steps;
    seconds_ += seconds;
    asleep_ += asleep;
    if (left_ > 0) return;
    switch (phase_) {
      case Phase::trying_team:
        seconds_of_team_ = shortest_seconds_ = seconds_;
        one_is_faster_ = false;
        if (stretch.n_threads * seconds_ - asleep_ < worth_trying_one * seconds_) {
          enter(Phase::trying_one, tried_);
        } else {
          enter(Phase::going_on, 100 * tried_);
        }
        break;
      case Phase::trying_one:
        one_is_faster_ = seconds_ < 0.9 * seconds_of_team_;
        shortest_seconds_ = std::min(seconds_, seconds_of_team_);
        enter(Phase::going_on, 100 * tried_);
        break;
      case Phase::going_on:
        // Short tries say little.
        if (shortest_seconds_ < shortest_try) tried_ *= 2;
        if (shortest_seconds_ > 4 * shortest_try) tried_ = std::max<Index>(1, tried_ / 2);
        enter(Phase::trying_team, tried_);
    }
  }

 private:
  enum class Phase { trying_team, trying_one, going_on };
  static constexpr double shortest_try = 0.003;  // seconds
  // So many threads at work on average may be slower than one that need not wait.
  static constexpr double worth_trying_one = 1.75;

  void enter(Phase phase, Index n_steps) {
    phase_ = phase;
    left_ = n_steps;
    seconds_ = asleep_ = 0;
  }

  Phase phase_ = Phase::trying_team;
  Index tried_ = 4;      // steps
  Index left_ = tried_;  // of this phase
  double seconds_ = 0;   // of this phase so far
  double asleep_ = 0;
  double seconds_of_team_ = 0;
  double shortest_seconds_ = 0;  // of the last tries
  bool one_is_faster_ = false;
};

}  // namespace fastnn::nn
