#include "fastnn/neighbors/frame.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

namespace fastnn::neighbors {
namespace {

constexpr Index sampled_rows = 4096;

// The power of two that brings `size` near 1.
double power_of_two_scale(double size) {
  if (!(size > 0) || !std::isfinite(size)) return 1;
  return std::ldexp(1.0, -std::clamp(std::ilogb(size), -400, 400));
}

}  // namespace

Frame::Frame(const Samples& samples) {
  std::visit(
      [&](const auto& x) {
        const Index step = std::max<Index>(1, x.rows / sampled_rows);
        mean_.assign(static_cast<std::size_t>(x.cols), 0.0);
        std::vector<double> squares(mean_.size(), 0.0);
        double count = 0;
        // Updated row by row (Welford), which neither overflows nor cancels.
        for (Index i = 0; i < x.rows; i += step) {
          ++count;
          for (Index j = 0; j < x.cols; ++j) {
            const double difference = static_cast<double>(x.row(i)[j]) - mean_[j];
            mean_[j] += difference / count;
            squares[j] += difference * (static_cast<double>(x.row(i)[j]) - mean_[j]);
          }
        }
        double largest = 0;
        for (const double s : squares)
          largest = std::max(largest, std::sqrt(s / std::max(count, 1.0)));
        scale_ = power_of_two_scale(largest);
      },
      samples);
}

void Frame::convert(const Samples& samples, Index begin, MatrixView<float> out) const {
  std::visit(
      [&](const auto& x) {
        for (Index i = 0; i < out.rows; ++i) {
          const auto* const from = x.row(begin + i);
          float* const to = out.row(i);
          for (Index j = 0; j < out.cols; ++j) {
            to[j] = static_cast<float>((static_cast<double>(from[j]) - mean_[j]) * scale_);
          }
        }
      },
      samples);
}

double squared_norm(const float* x, Index n) {
  const auto square = [](const float& v) { return static_cast<double>(v) * v; };
  return std::transform_reduce(x, x + n, 0.0, std::plus<>(), square);
}

double nomination_error(double norms, Index n) {
  constexpr double unit = 0x1.0p-24;
  const double square = norms * norms;
  if (!(square < 1e37) || n >= Index{1} << 20) return std::numeric_limits<double>::infinity();
  const auto features = static_cast<double>(n);
  return (features / 2 + 8) * unit * square + features * (norms + 1) * 0x1.0p-124;
}

}  // namespace fastnn::neighbors
