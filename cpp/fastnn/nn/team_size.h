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

// Where other programs take the cores, threads that wait for each other at every layer are slower
// than one alone. So a team and one thread are tried in turn for some milliseconds, and the faster
// goes on for a hundred times as many steps.
class TeamChoice {
 public:
  // How the next steps are taken, where at most `n_threads` may be used.
  Stretch next(int n_threads) const {
    if (n_threads == 1) return {1, std::numeric_limits<Index>::max()};
    return {phase_ == Phase::trying_one || (phase_ == Phase::going_on && one_is_faster())
                ? 1
                : n_threads,
            left_};
  }

  // Counts steps that were taken so.
  void took(Index n_steps, double seconds) {
    left_ -= n_steps;
    seconds_ += seconds;
    if (left_ > 0) return;
    switch (phase_) {
      case Phase::trying_team:
        seconds_of_team_ = seconds_;
        phase_ = Phase::trying_one;
        left_ = tried_;
        break;
      case Phase::trying_one:
        seconds_of_one_ = seconds_;
        phase_ = Phase::going_on;
        left_ = 100 * tried_;
        break;
      case Phase::going_on:
        // Short tries say little.
        if (seconds_of_one_ < shortest_try) tried_ *= 2;
        if (seconds_of_one_ > 4 * shortest_try) tried_ = std::max<Index>(1, tried_ / 2);
        phase_ = Phase::trying_team;
        left_ = tried_;
    }
    seconds_ = 0;
  }

 private:
  enum class Phase { trying_team, trying_one, going_on };
  static constexpr double shortest_try = 0.003;  // seconds

  bool one_is_faster() const { return seconds_of_one_ < 0.9 * seconds_of_team_; }

  Phase phase_ = Phase::trying_team;
  Index tried_ = 4;      // steps
  Index left_ = tried_;  // of this phase
  double seconds_ = 0;   // of this phase so far
  double seconds_of_team_ = 0;
  double seconds_of_one_ = 0;
};

}  // namespace fastnn::nn
