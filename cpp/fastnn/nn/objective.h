// What a model is judged by: the losses that training lessens, and what is counted beside them.
#pragma once

#include <vector>

#include "fastnn/nn/metrics.h"

namespace fastnn::nn {

struct WeightedLoss {
  Loss loss;
  double weight = 1;       // in the sum that training lessens
  std::size_t output = 0;  // of the network, which it judges
};

struct CountedMetric {
  Metric metric;
  bool weighted = false;  // whether the weights of the rows count
  std::size_t output = 0;
};

struct Objective {
  std::vector<WeightedLoss> losses;
  std::vector<CountedMetric> metrics;
  std::vector<std::size_t> kept_outputs;  // those whose rows somebody asks for
  // Whether a batch's penalties are divided by what its first loss is, as scikit-learn's are.
  bool divides_penalties = false;
};

// A mean of values, each as heavy as its weight; 0 where there are none.
struct Mean {
  double sum = 0;
  double weight = 0;

  void add(double x, double its_weight) {
    sum += x * its_weight;
    weight += its_weight;
  }
  double value() const { return weight == 0 ? 0 : sum / weight; }
};

// The figures of all rows that have been judged. A batch's losses are as heavy as the batch has
// rows.
struct Tally {
  Mean loss;                  // the weighted sum of the losses, and the penalties
  std::vector<Mean> losses;   // each loss of the objective
  std::vector<Mean> metrics;  // of each metric of the objective
};

}  // namespace fastnn::nn
