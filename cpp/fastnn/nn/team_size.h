// How many threads are worth their waiting.
#pragma once

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

}  // namespace fastnn::nn
