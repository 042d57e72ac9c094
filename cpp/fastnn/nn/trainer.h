// Trains a network. One parallel region for many steps.
#pragma once

#include <functional>
#include <memory>

#include "fastnn/nn/examples.h"
#include "fastnn/nn/objective.h"
#include "fastnn/nn/optimizers.h"
#include "fastnn/nn/team_size.h"

namespace fastnn::nn {

// The steps of an optimizer: one for each batch of `batch_size` rows, taken in the order given; a
// last short batch counts. Each step has its learning rate.
struct Course {
  std::span<const std::int64_t> order;
  Index batch_size;
  std::span<const double> learning_rates;
};

// Asked some times a second, between steps: rows done so far, and the tally. False ends the course.
using Progress = std::function<bool(Index rows_done, const Tally& tally)>;

template <class T>
class BatchTrainer;

// What training needs beside the network, kept from course to course.
template <class T>
class Trainer {
 public:
  Trainer(const Network<T>& network, Objective objective);
  ~Trainer();

  // Counts the rows in `tally`, each scored before its step. `outputs`
  // gets what came out for each row of the course, for each kept output. Throws
  // std::invalid_argument, with the network unchanged, where data and network do not fit.
  void train(const Examples<T>& examples, const Course& course, const Optimizer& optimizer,
             Memory<T>& memory, Tally& tally, const std::vector<MatrixView<T>>& outputs,
             const Progress& progress, int n_threads);

 private:
  BatchTrainer<T>& batch_trainer(Index batch_size);

  const Network<T>& network_;
  Objective objective_;
  std::unique_ptr<BatchTrainer<T>> batch_trainer_;
  TeamChoice team_choice_;
};

// The weighted sum of the losses of all rows, penalties included, and its gradients, one matrix a
// parameter.
template <class T>
double loss_and_gradients(const Network<T>& network, const Examples<T>& examples,
                          const std::vector<WeightedLoss>& losses,
                          std::vector<Matrix<T>>& gradients, int n_threads);

}  // namespace fastnn::nn
