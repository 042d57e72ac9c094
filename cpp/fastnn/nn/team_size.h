// What training and inference share: how many threads are worth their waiting, where metrics read,
// and sums in order.
#pragma once

#include <numeric>
#include <vector>

#include "fastnn/nn/metrics.h"
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

// The place whose values the metric reads: where the loss is computed from logits, they may do.
template <class T>
std::size_t scored_place(const Network<T>& network, const typename Network<T>::Head& head,
                         const Metric& metric) {
  return reads_order_alone(metric) ? head.place : network.outputs().front();
}

// Sums in row order, so that the result does not depend on the threads.
inline double sum_of_rows(const std::vector<double>& values, Index n) {
  return std::accumulate(values.begin(), values.begin() + n, 0.0);
}

}  // namespace fastnn::nn
