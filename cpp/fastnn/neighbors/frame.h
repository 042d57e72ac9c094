// The coordinates in which candidates are nominated: centred, scaled, rounded to float32.
//
// Distances computed as |a|² + |b|² - 2ab cancel badly where the data lies far from the origin. In
// a frame whose origin is the mean of the data the norms are about as large as the distances.
#pragma once

#include <vector>

#include "fastnn/neighbors/metric.h"
#include "fastnn/neighbors/rows.h"

namespace fastnn::neighbors {

class Frame {
 public:
  static constexpr Index sampled_values = Index{1} << 20;

  // The mean and the scale are those of about so many values: any would be correct. For the
  // cosine distance rows are brought to length 1 first, for the inner product nothing is moved.
  Frame(const Rows& rows, const Metric& metric);

  Index n_features() const { return std::ssize(mean_); }

  // What is compared in the frame is the reduced distance times this: |a - b|², for the inner
  // product -2 a·b, for the Manhattan and Chebyshev distances themselves.
  double scale() const {
    return metric_.multiplies() ? scale_ * scale_ * (metric_.squares() ? 1 : 2) : scale_;
  }

  // The absolute error of the reduced distances themselves times `scale`: of 1 - cos, which is
  // rounded near 1 also where it is near 0.
  double absolute_error() const {
    return normalizes() ? static_cast<double>(mean_.size() + 8) * 0x1.0p-51 * scale() : 0;
  }

  // Whether |a|² and |b|² are part of what is compared.
  bool compares_norms() const { return metric_.multiplies() && centers(); }

  // out (count × n_features) = the rows from `begin` on, in this frame. False if one of them has
  // no direction, so that its cosine distances are other than the frame's.
  bool convert(const Rows& rows, Index begin, MatrixView<float> out) const;

 private:
  template <class T>
  double length_factor(const T* row) const;

  bool normalizes() const { return metric_.kind == MetricKind::cosine; }
  bool centers() const { return metric_.kind != MetricKind::inner_product; }

  Metric metric_;
  std::vector<double> mean_;
  double scale_ = 1;
};

double squared_norm(const float* x, Index n);

// How far off a reduced distance is that was computed in float32 in a frame, as
// |a'|² + |b'|² - 2 a'b', against that of the original rows (times the frame's scale): by at most
// share · (|a'|² + |b'|²) + least; see (7) for the distances that are norms.
//
// Proof, with u = 2^-24. Let a, b be the rows in the frame in exact arithmetic, a' and b' as
// rounded, R = |a| + |b|, so that R² ≤ 2 (|a|² + |b|²), and n the number of features.
//
// (1) a' = a (1 + δ) in each feature, |δ| ≤ u (1 + 2^-28): the subtraction and the scaling are done
// in double, the scale is a power of two, and the rounding to float32 comes last. So
// |a - a'| ≤ u |a|, the distance D = |a - b| differs from D' = |a' - b'| by at most u R, and since
// D + D' ≤ 2 R (1 + u), |D² - D'²| ≤ 2 u R² (1 + u).
//
// (2) The sum of n products in float32, in any order, with or without fused multiply-add, is off by
// at most γ |a'| |b'| with γ = n u / (1 - n u). Twice that is at most γ R'² / 2, since
// 4 |a'| |b'| ≤ (|a'| + |b'|)² = R'².
//
// (3) |b'|² less its share of the error is computed in double and rounded to float32: off by
// u |b'|². The final subtraction rounds once: off by u (|b'|² + 2 |a'| |b'|) (1 + γ). Together at
// most 2 u R'². The query's norm stays in double.
//
// (4) The direct sum in double is off by less than (n + 3) 2^-53 D² ≤ u R² for n < 2^28.
//
// (5) Numbers below 2^-126 lose digits or become zero: each of n features and of n products is off
// by at most 2^-126 more; n (R + 1) 2^-124 ≤ n (R² + 2) 2^-124 covers it.
//
// (6) For the inner product only -2 a'b' is compared: (1), (2), (5) and the direct sum's error, at
// most (n + 3) 2^-53 |a| |b|, are no larger than here. For the cosine distance a = x / |x| is off
// by n 2^-52 of itself, which (1) has room for; Frame::absolute_error comes on top.
//
// The sum is (n / 2 + 5) u R² and terms of order u² R²; the bound takes n / 2 + 8 for n < 2^20,
// beyond which γ's denominator matters.
//
// (7) For the Manhattan and Chebyshev distances |a|, |b| and D are those norms, and the error is at
// most share · (|a'| + |b'|) + least. (1) D differs from D' by at most u R. (2) Each difference is
// off by u of itself and, for Manhattan, their sum of n terms by (n - 1) u: less than n u D' ≤ n u
// R and terms of order u². (3), (4), (5) hold in R as above they do in R². Together (n + 4) u R,
// with n = 1 for Chebyshev, whose maximum is not rounded; the bound takes n + 8.
struct NominationError {
  double share;
  double least;

  NominationError(const Metric& metric, Index n);
};

// What the error of a row in the frame is a share of: |a|², or |a| where the distance is a norm.
double nomination_size(const Metric& metric, const float* row, Index n);

// Whether float32 can hold what is computed of a row of this size, of so many features.
bool is_within_float32(double size, Index n);

}  // namespace fastnn::neighbors
