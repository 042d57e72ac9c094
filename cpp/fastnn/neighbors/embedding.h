// A map of rows into few dimensions that takes no two of them farther apart than they are.
//
// A row a becomes φ(a) = (P a, ρ(a) - c): P is a contraction (projection.h), ρ(a) = √(|a|² - |P
// a|²) the length of what P leaves out, c a constant. Since |P| ≤ 1, M = 1 - PᵀP is positive
// semidefinite and ρ(a) = |√M a|; so
//
//   |P(x - y)|² + (ρ(x) - ρ(y))² ≤ |P(x - y)|² + |√M (x - y)|² = |x - y|².
//
// Maps of this kind may follow each other.
//
// Errors. The row is known as a' with |a' - a| ≤ e. With u = 2^-24, R = |a'|, m dimensions, the
// result is off by at most δ + min(√E, E / ρ) + u (ρ + |c|), where
//
// (1) δ bounds the error of P a: |P a' - P a| ≤ e; each of the m sums of products is made of
// float32
//     sums of c terms, off by at most γ = c u / (1 - c u) of the magnitudes, which are added up in
//     double: off by γ |p_j| R, where |p_j| is the length of a row of P; all together by at most
//     γ √m R, as Σ |p_j|² ≤ m. The result is rounded to float32, by u R. δ is the sum.
// (2) E bounds the error of ρ²: |a'|² is off from |a|² by at most (2 R + e) e, |P a|² by at most
//     (2 R + δ) δ. √s of an s that is off by E is itself off by at most √E, and by at most E / ρ.
//
// Rounding in double is covered by a factor of 1 + 2^-20 (quantizer.h).
#pragma once

#include "fastnn/common/types.h"

namespace fastnn::neighbors {

class Embedding {
 public:
  Embedding() = default;
  // `map` (n_features × dims) is Pᵀ. c is chosen for a sample of rows, which this brings to their
  // places; any would be correct.
  Embedding(Matrix<float> map, Matrix<float>& sample, int n_threads);

  bool empty() const { return map_.size() == 0; }

  // φ of rows (count × (dims + 1)); errors[i] is that of the row before and after.
  Matrix<float> place(ConstMatrixView<float> rows, double* errors) const;

 private:
  Matrix<double> project(ConstMatrixView<float> rows) const;

  Matrix<float> map_;
  double center_ = 0;
};

}  // namespace fastnn::neighbors
