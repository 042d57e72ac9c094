// Judges the rows that come out of a network.
#pragma once

#include <span>
#include <vector>

#include "fastnn/nn/batch_run.h"
#include "fastnn/nn/examples.h"
#include "fastnn/nn/objective.h"

namespace fastnn::nn {

template <class T>
class Scorer {
 public:
  // Holds the scores of up to `most_rows` rows.
  Scorer(const Network<T>& network, const Objective& objective, Index most_rows);

  // What a BatchRun must compute: first where the loss is, then where metrics read, and the
  // network's output where it is kept.
  const std::vector<std::size_t>& places() const { return places_; }
  const Loss& loss() const { return head_.loss; }

  // Scores the rows `part` of what `run` holds, the rows of `examples` that `rows` names, and keeps
  // the scores from `at` on. The gradient of the loss, times `scale`, goes to `gradient` unless its
  // data is null.
  void score(BatchRun<T>& run, const Range& part, const Examples<T>& examples,
             const std::int64_t* rows, T scale, MatrixView<T> gradient, Index at);

  // Adds to `tally` the scores, kept from `at` on, of one whole batch. The sum of its losses is
  // divided by `divisor`.
  void count(const Examples<T>& examples, std::span<const std::int64_t> batch, Index at,
             double divisor, double penalty, Tally& tally) const;

 private:
  double sum_of_metric(std::size_t metric, const T* weights, std::span<const std::int64_t> batch,
                       Index at) const;

  typename Network<T>::Head head_;
  std::vector<CountedMetric> metrics_;
  std::vector<std::size_t> places_;
  std::vector<std::size_t> read_places_;     // of each metric
  std::vector<double> losses_;               // of each row
  std::vector<std::vector<double>> scores_;  // of each metric and row
};

}  // namespace fastnn::nn
