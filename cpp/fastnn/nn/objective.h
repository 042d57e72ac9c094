// What a model is judged by: the loss that training lessens, and what is counted beside it.
#pragma once

#include <vector>

#include "fastnn/nn/metrics.h"

namespace fastnn::nn {

struct CountedMetric {
  Metric metric;
  bool weighted = false;  // whether the weights of the rows count
};

struct Objective {
  Loss loss;
  std::vector<CountedMetric> metrics;
  bool keeps_outputs = false;  // whether somebody asks for what comes out of the network
};

// A mean of values, each as heavy as its weight; 0 where there are none.
struct Mean {
  double sum = 0;
  double weight = 0;

  double value() const { return weight == 0 ? 0 : sum / weight; }
};

// The figures of all rows that have been judged. A batch's loss, penalties included, is as heavy as
// the batch has rows.
struct Tally {
  Mean loss;
  std::vector<Mean> metrics;  // of each metric of the objective
};

}  // namespace fastnn::nn
