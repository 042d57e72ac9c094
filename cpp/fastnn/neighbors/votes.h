// The votes of each query's neighbours for the classes.
#pragma once

#include "fastnn/common/types.h"

namespace fastnn::neighbors {

// votes (n_queries × n_classes) = the sums of the weights of the neighbours of each class; each
// neighbour weighs 1 where weights.data is null. Throws std::invalid_argument for a class out of
// range.
void class_votes(ConstMatrixView<std::int64_t> classes, ConstMatrixView<double> weights,
                 MatrixView<double> votes, int n_threads);

}  // namespace fastnn::neighbors
