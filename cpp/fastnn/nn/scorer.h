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

  // Where the losses are computed: the heads of a BatchRun.
  const std::vector<std::size_t>& heads() const { return heads_; }
  // What a BatchRun must compute: the heads, where metrics read, and the kept outputs.
  const std::vector<std::size_t>& places() const { return places_; }

  // What the sums of losses are divided by from now on follows from the rows of a batch.
  void begin_batch(const Examples<T>& examples, std::span<const std::int64_t> batch);

  // What the penalties of that batch are divided by.
  double penalty_divisor() const {
    return divides_penalties_ && !losses_.empty() ? losses_.front().divisor : 1;
  }

  // Scores the rows `part` of what `run` holds, the rows of `examples` that `rows` names, and keeps
  // the scores from `at` on. In training the gradients of the losses, divided and weighted, go to
  // the heads.
  void score(BatchRun<T>& run, const Range& part, const Examples<T>& examples,
             const std::int64_t* rows, Index at);

  // The rows `part` go to the rows from `at + part.begin` on, for each kept output.
  void copy_outputs(BatchRun<T>& run, const Range& part, const std::vector<MatrixView<T>>& outputs,
                    Index at) const;

  // Adds to `tally` the scores, kept from `at` on, of one whole batch: the last that has begun.
  // `penalty` is not divided yet.
  void count(const Examples<T>& examples, std::span<const std::int64_t> batch, Index at,
             double penalty, Tally& tally) const;

 private:
  struct Judged {
    Loss loss;  // as it is computed at the head
    double weight;
    std::size_t output;
    std::vector<double> values;  // of each row
    double divisor = 1;          // of their sum
  };
  struct Counted {
    CountedMetric metric;
    std::size_t place;           // where it reads
    std::vector<double> values;  // of each row
  };

  std::size_t place_of(const CountedMetric& counted, std::size_t output) const;

  std::vector<Judged> losses_;
  std::vector<Counted> metrics_;
  std::vector<std::size_t> heads_;
  std::vector<std::size_t> kept_;
  std::vector<std::size_t> places_;
  bool divides_penalties_;
};

}  // namespace fastnn::nn
