// What is done with a network and data: train, evaluate, predict. One parallel region each.
#pragma once

#include <functional>

#include "fastnn/nn/examples.h"
#include "fastnn/nn/losses.h"
#include "fastnn/nn/metrics.h"
#include "fastnn/nn/optimizers.h"

namespace fastnn::nn {

struct Score {
  double loss = 0;
  double metric = 0;
};

// Asked some times a second, between steps: rows done so far and their mean score. False ends the
// epoch.
using Progress = std::function<bool(Index rows_done, const Score& mean)>;

// One optimizer step for each batch of `batch_size` rows, taken in the order given; a last short
// batch counts. Each step has its learning rate. Returns the mean over the rows, each scored before
// its step, penalties included. Throws std::invalid_argument, with the network unchanged, where
// data and network do not fit.
template <class T>
Score train_epoch(const Network<T>& network, Memory<T>& memory, const Examples<T>& examples,
                  std::span<const std::int64_t> order, const Loss& loss, const Optimizer& optimizer,
                  std::span<const double> learning_rates, const Metric& metric, Index batch_size,
                  const Progress& progress, int n_threads);

// The mean over batches of `batch_size` rows, each as heavy as it is long: which rows are one batch
// shows where a loss is not a mean over all rows.
template <class T>
Score evaluate(const Network<T>& network, const Examples<T>& examples, const Loss& loss,
               const Metric& metric, Index batch_size, int n_threads);

// The mean loss over all rows, penalties included, and its gradients, one matrix a parameter.
template <class T>
double loss_and_gradients(const Network<T>& network, const Examples<T>& examples, const Loss& loss,
                          std::vector<Matrix<T>>& gradients, int n_threads);

// The rows that come out at each output of the network.
template <class T>
void predict(const Network<T>& network, const std::vector<Samples>& x,
             const std::vector<MatrixView<T>>& outputs, int n_threads);

}  // namespace fastnn::nn
