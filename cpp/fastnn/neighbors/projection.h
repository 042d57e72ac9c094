// A linear map of rows into few dimensions that keeps as much of their distances as it can.
#pragma once

#include <vector>

#include "fastnn/common/types.h"

namespace fastnn::neighbors {

// Directions in which a sample (rows in a frame) spreads most, as orthonormal columns
// (n_features × n_directions), the widest first up to a few that may have changed places.
//
// Subspace iteration: N. Halko, P. G. Martinsson, J. A. Tropp, "Finding structure with randomness",
// SIAM Review 53 (2011).
Matrix<double> principal_directions(ConstMatrixView<float> sample, Index n_directions,
                                    int n_threads);

// A turn of so many coordinates that spreads what is in few of them evenly over all: a cosine
// transform of coordinates with random signs, orthonormal up to rounding. N. Ailon, B. Chazelle,
// "The fast Johnson-Lindenstrauss transform and approximate nearest neighbors", SIAM J. Computing
// 39 (2009).
Matrix<double> random_turn(Index dims);

// The map x → P x onto the space of the first `dims` directions, turned at random; as Pᵀ
// (n_features × dims).
//
// P is a contraction, |P x| ≤ |x|, whatever the directions: the largest sum of magnitudes in a row
// of P Pᵀ is a bound of |P|², and P is divided by its root.
Matrix<float> contraction(const Matrix<double>& directions, Index dims);

}  // namespace fastnn::neighbors
