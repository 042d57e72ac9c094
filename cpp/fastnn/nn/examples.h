// The data of an epoch or an evaluation: what goes into a network and what is to come out.
#pragma once

#include <span>
#include <vector>

#include "fastnn/nn/network.h"
#include "fastnn/nn/objective.h"

namespace fastnn::nn {

// What goes into a network, converted a batch at a time.
using Inputs = AnyMatrixView<std::uint8_t, std::int64_t, Eigen::half, float, double>;

template <class T>
struct WeightedTargets {
  Targets<T> targets;
  const T* weights = nullptr;  // of the rows in the loss; null where all are 1
};

template <class T>
struct Examples {
  std::vector<Inputs> x;              // for each input of the network
  std::vector<WeightedTargets<T>> y;  // for each output; read where a loss or a metric is
};

// These throw std::invalid_argument where data and network do not fit, or no row is named.
template <class T>
void check_objective(const Network<T>& network, const Objective& objective);
template <class T>
void check_inputs(const Network<T>& network, const std::vector<Inputs>& x);
template <class T>
void check_examples(const Network<T>& network, const Examples<T>& examples,
                    const Objective& objective);
void check_order(std::span<const std::int64_t> order, Index n_rows);
void check_batch_size(Index batch_size);

// Converts the named rows of x to the rows of `out`.
template <class T>
void gather(const Inputs& x, const std::int64_t* rows, MatrixView<T> out);

// 0, 1, …, n - 1.
std::vector<std::int64_t> rows_in_order(Index n);

}  // namespace fastnn::nn
