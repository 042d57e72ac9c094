#include "fastnn/neighbors/embedding.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "fastnn/common/parallel.h"
#include "fastnn/linalg/gemm.h"
#include "fastnn/neighbors/frame.h"

namespace fastnn::neighbors {
namespace {

constexpr double unit = 0x1.0p-24;
// So many features are added up in float32.
constexpr Index features_a_sum = 128;

constexpr Index rows_a_task = 256;

}  // namespace

Embedding::Embedding(Matrix<float> map, Matrix<float>& sample, int n_threads)
    : map_(std::move(map)) {
  const Index n = sample.rows();
  Matrix<float> places(n, map_.cols() + 1);
  std::vector<double> errors(static_cast<std::size_t>(n));
  parallel_for((n + rows_a_task - 1) / rows_a_task, n_threads, [&](Index task) {
    const Index begin = task * rows_a_task;
    const Index count = std::min(rows_a_task, n - begin);
    places.middleRows(begin, count) =
        place(view(std::as_const(sample)).row_range(begin, count), errors.data() + begin);
  });
  center_ = places.col(map_.cols()).cast<double>().mean();
  places.col(map_.cols()).array() -= static_cast<float>(center_);
  sample = std::move(places);
}

Matrix<double> Embedding::project(ConstMatrixView<float> rows) const {
  const Index dims = map_.cols();
  Matrix<double> projected = Matrix<double>::Zero(rows.rows, dims);
  Matrix<float> part(rows.rows, dims);
  for (Index begin = 0; begin < rows.cols; begin += features_a_sum) {
    const Index count = std::min(features_a_sum, rows.cols - begin);
    linalg::gemm<float>(rows.rows, dims, count, {rows.data + begin, rows.stride, 1},
                        {map_.row(begin).data(), dims, 1}, part.data(), dims);
    projected += part.cast<double>();
  }
  return projected;
}

Matrix<float> Embedding::place(ConstMatrixView<float> rows, double* errors) const {
  constexpr double sums = features_a_sum * unit;
  constexpr double gamma = sums / (1 - sums);
  const Index dims = map_.cols();
  const double rounding = unit + gamma * std::sqrt(static_cast<double>(dims));
  const Matrix<double> projected = project(rows);
  Matrix<float> places(rows.rows, dims + 1);
  for (Index i = 0; i < rows.rows; ++i) {
    places.row(i).head(dims) = projected.row(i).cast<float>();
    const double square = squared_norm(rows.row(i), rows.cols);
    const double length = std::sqrt(square);
    const double left_out = std::sqrt(std::max(0.0, square - projected.row(i).squaredNorm()));
    places(i, dims) = static_cast<float>(left_out - center_);

    const double before = errors[i];
    const double delta = before + rounding * length;
    const double square_error = (2 * length + before) * before + (2 * length + delta) * delta;
    double left_out_error = std::sqrt(square_error);
    if (left_out > 0) left_out_error = std::min(left_out_error, square_error / left_out);
    errors[i] = delta + left_out_error + unit * (left_out + std::abs(center_));
  }
  return places;
}

}  // namespace fastnn::neighbors
