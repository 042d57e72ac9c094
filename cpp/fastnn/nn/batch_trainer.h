// One batch at a time: forward, scores, and back.
#pragma once

#include <optional>

#include "fastnn/nn/gradients.h"
#include "fastnn/nn/scorer.h"

namespace fastnn::nn {

template <class T>
class BatchTrainer {
 public:
  BatchTrainer(const Network<T>& network, const Objective& objective, Index most_rows);

  Index most_rows() const { return most_rows_; }

  // Forward through the rows named, and their scores; called by all members, together again behind.
  // `outputs`, unless its data is null, gets the rows that come out.
  void forward(const Examples<T>& examples, std::span<const std::int64_t> batch, Index step,
               MatrixView<T> outputs, const Member& member);

  // Adds the figures of the last batch.
  void count(const Examples<T>& examples, std::span<const std::int64_t> batch, Tally& tally) const {
    scorer_.count(examples, batch, 0, divisor_, penalties_.total(), tally);
  }

  // Back through the last batch; called by all members, who then wait.
  void backward(Index step, const GradientConsumer<T>& consumer, const Member& member);

 private:
  Index most_rows_;
  std::size_t output_;
  Scorer<T> scorer_;
  double divisor_ = 1;  // of the sum of the last batch's losses
  BatchRun<T> run_;
  PenaltySum<T> penalties_;
  std::optional<GradientRecorder<T>> recorder_;  // where layers repeat
};

}  // namespace fastnn::nn
