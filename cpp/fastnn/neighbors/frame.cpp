#include "fastnn/neighbors/frame.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "fastnn/common/lanes.h"
#include "fastnn/neighbors/terms.h"

namespace fastnn::neighbors {
namespace {

constexpr Index most_sampled_rows = 2048;

// The power of two that brings `size` near 1.
double power_of_two_scale(double size) {
  if (!(size > 0) || !std::isfinite(size)) return 1;
  return std::ldexp(1.0, -std::clamp(std::ilogb(size), -400, 400));
}

template <class T>
double sum_of_squares(const T* x, Index n) {
  constexpr Index chains = 4;  // one waits for the addition before
  Lanes sums[chains];
  Index i = 0;
  for (; i + chains * Lanes::count <= n; i += chains * Lanes::count) {
#pragma GCC unroll 4
    for (Index c = 0; c < chains; ++c) {
      const Lanes values = Lanes::load(x + i + c * Lanes::count);
      sums[c] = sums[c] + values * values;
    }
  }
  for (; i < n; i += Lanes::count) {
    const Lanes values = Lanes::load(x + i, std::min(n - i, Lanes::count));
    sums[0] = sums[0] + values * values;
  }
  const auto total = ((sums[0] + sums[1]) + (sums[2] + sums[3])).elements();
  return std::accumulate(total.begin(), total.end(), 0.0);
}

}  // namespace

Frame::Frame(const Rows& rows, const Metric& metric) : metric_(metric) {
  std::visit(
      [&](const auto& x) {
        RowReader read(x);
        const Index wanted =
            std::clamp<Index>(sampled_values / std::max<Index>(x.cols, 1), 256, most_sampled_rows);
        const Index step = std::max<Index>(1, x.rows / wanted);
        mean_.assign(static_cast<std::size_t>(x.cols), 0.0);
        std::vector<double> squares(mean_.size(), 0.0);
        double count = 0;
        // Updated row by row (Welford), which neither overflows nor cancels.
        for (Index i = 0; i < x.rows; i += step) {
          const auto* const row = read(i);
          const double factor = length_factor(row);
          const double share = centers() ? 1 / ++count : 0;
          for (Index j = 0; j < x.cols; ++j) {
            const double value = static_cast<double>(row[j]) * factor;
            const double difference = value - mean_[j];
            mean_[j] += difference * share;
            squares[j] += difference * (value - mean_[j]);
          }
        }
        const double most = squares.empty() ? 0 : *std::max_element(squares.begin(), squares.end());
        const Index sampled = (x.rows + step - 1) / step;
        scale_ = power_of_two_scale(std::sqrt(most / static_cast<double>(sampled)));
      },
      rows);
}

// What brings a row to length 1, 0 if it has none, or 1 where rows keep their lengths.
template <class T>
double Frame::length_factor(const T* row) const {
  if (!normalizes()) return 1;
  const double square = sum_of_squares(row, n_features());
  return square > 0 ? 1 / std::sqrt(square) : 0;
}

bool Frame::convert(const Rows& rows, Index begin, MatrixView<float> out) const {
  return std::visit(
      [&](const auto& x) {
        RowReader read(x);
        bool directed = true;
        for (Index i = 0; i < out.rows; ++i) {
          const auto* const from = read(begin + i);
          const double factor = length_factor(from);
          directed = directed && factor > 0;
          float* const to = out.row(i);
          for (Index j = 0; j < out.cols; ++j) {
            const double value = static_cast<double>(from[j]) * factor;
            to[j] = static_cast<float>((value - mean_[j]) * scale_);
          }
        }
        return directed;
      },
      rows);
}

double squared_norm(const float* x, Index n) { return sum_of_squares(x, n); }

NominationError::NominationError(const Metric& metric, Index n) {
  constexpr double unit = 0x1.0p-24;
  const auto features = static_cast<double>(n);
  const double summed = metric.kind == MetricKind::chebyshev ? 1 : features;
  // Of R² ≤ 2 (|a|² + |b|²), half of whose features count, or of R = |a| + |b|.
  share = (metric.multiplies() ? summed + 16 : summed + 8) * unit + features * 0x1.0p-123;
  least = features * 0x1.0p-123;
}

double nomination_size(const Metric& metric, const float* row, Index n) {
  if (metric.multiplies()) return squared_norm(row, n);
  return with_terms(metric, [&](const auto& term, const auto& combine) {
    return fold(n, [&](Index i) { return term(static_cast<double>(row[i]), 0.0); }, combine);
  });
}

bool is_within_float32(double size, Index n) { return size < 2e36 && n < Index{1} << 20; }

}  // namespace fastnn::neighbors
