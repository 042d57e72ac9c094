// What a network says of rows, and how well.
#pragma once

#include <memory>
#include <mutex>

#include "fastnn/common/watch.h"
#include "fastnn/nn/batch_run.h"
#include "fastnn/nn/examples.h"
#include "fastnn/nn/objective.h"

namespace fastnn::nn {

// Predicts; may be asked by several threads at once. What few rows need is kept for the next.
template <class T>
class Predictor {
 public:
  explicit Predictor(const Network<T>& network) : network_(network) {}

  // The rows that come out at each output of the network. The watch counts rows.
  void predict(const std::vector<Inputs>& x, const std::vector<MatrixView<T>>& outputs,
               Watch& watch, int n_threads);

 private:
  // Predicts on one thread, all rows at once.
  void predict_few(BatchRun<T>& run, const std::vector<Inputs>& x,
                   const std::vector<MatrixView<T>>& outputs) const;

  const Network<T>& network_;
  std::mutex mutex_;
  std::unique_ptr<BatchRun<T>> kept_;
  Index most_rows_ = 0;  // that fit into it
};

// Counts the rows named in `order` in `tally`, in batches of `batch_size` rows: which rows are one
// batch shows where a loss is not a mean over all rows. `outputs` gets what comes out for each row,
// for each kept output.
template <class T>
void evaluate(const Network<T>& network, const Objective& objective, const Examples<T>& examples,
              std::span<const std::int64_t> order, Index batch_size, Tally& tally,
              const std::vector<MatrixView<T>>& outputs, Watch& watch, int n_threads);

}  // namespace fastnn::nn
