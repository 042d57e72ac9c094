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
  // Where a step takes long the watch is asked within it; what it throws passes through, and no
  // weight has changed.
  void forward(const Examples<T>& examples, std::span<const std::int64_t> batch, Index step,
               const Member& member, Watch& watch);

  // This member's share of the last batch goes to the rows from `at` on, for each kept output.
  void copy_outputs(const std::vector<MatrixView<T>>& outputs, Index at, const Member& member) {
    scorer_.copy_outputs(run_, member.share(run_.n_rows()), outputs, at);
  }

  // Adds the figures of the last batch.
  void count(const Examples<T>& examples, std::span<const std::int64_t> batch, Tally& tally) const {
    scorer_.count(examples, batch, 0, penalties_.total(), tally);
  }

  // Back through the last batch; called by all members, who then wait.
  void backward(Index step, const GradientConsumer<T>& consumer, const Member& member,
                Watch& watch);

 private:
  // Whether a step takes this team so long that one may want to stop it.
  bool is_long(const Member& member) const;
  // Whether gradients are kept until all of a step's are there.
  bool records(const Member& member) const;

  const Network<T>& network_;
  Index most_rows_;
  Scorer<T> scorer_;
  BatchRun<T> run_;
  PenaltySum<T> penalties_;
  std::optional<GradientRecorder<T>> recorder_;  // once a step records
};

}  // namespace fastnn::nn
