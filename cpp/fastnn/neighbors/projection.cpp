#include "fastnn/neighbors/projection.h"

#include <cmath>
#include <Eigen/Cholesky>
#include <numbers>

#include "fastnn/common/random.h"
#include "fastnn/linalg/matmul.h"

namespace fastnn::neighbors {
namespace {

constexpr int iterations = 3;
constexpr std::uint64_t seed = 0;

// Standard normal numbers (Box and Muller), the same in every run.
Matrix<double> random_normal(Index rows, Index cols, std::uint64_t stream) {
  const Philox random(seed, stream);
  Matrix<double> out(rows, cols);
  for (Index i = 0; i < out.size(); ++i) {
    const auto counter = 2 * static_cast<std::uint64_t>(i);
    const double radius = std::sqrt(-2 * std::log1p(-random.uniform(counter)));
    out.data()[i] = radius * std::cos(2 * std::numbers::pi * random.uniform(counter + 1));
  }
  return out;
}

// Makes the columns orthonormal, in order (Cholesky QR). Columns that depend on those before them
// become something arbitrary.
void orthonormalize(Matrix<double>& columns) {
  Eigen::MatrixXd gram = columns.transpose() * columns;
  gram.diagonal().array() += 1e-12 * gram.trace() + 1e-300;
  const Eigen::LLT<Eigen::MatrixXd> factors(gram);
  factors.matrixU().solveInPlace<Eigen::OnTheRight>(columns);
}

}  // namespace

Matrix<double> principal_directions(ConstMatrixView<float> sample, Index n_directions,
                                    int n_threads) {
  Matrix<double> directions = random_normal(sample.cols, n_directions, 0);
  Matrix<float> rounded(sample.cols, n_directions);
  Matrix<float> projected(sample.rows, n_directions);
  const linalg::Strided<float> rows{sample.data, sample.stride, 1};
  const linalg::Strided<float> columns{sample.data, 1, sample.stride};
  for (int i = 0; i < iterations; ++i) {
    rounded = directions.cast<float>();
    linalg::matmul<float>(sample.cols, rows, {rounded.data(), n_directions, 1}, view(projected),
                          n_threads);
    linalg::matmul<float>(sample.rows, columns, {projected.data(), n_directions, 1}, view(rounded),
                          n_threads);
    directions = rounded.cast<double>();
    orthonormalize(directions);
  }
  return directions;
}

Matrix<float> contraction(const Matrix<double>& directions, Index dims) {
  Matrix<double> turn = random_normal(dims, dims, 1);
  orthonormalize(turn);
  Matrix<float> map = (directions.leftCols(dims) * turn).cast<float>();
  const Matrix<double> exact = map.cast<double>();
  const double bound = (exact.transpose() * exact).cwiseAbs().rowwise().sum().maxCoeff();
  if (bound > 0) {  // rows are not all equal
    // Rounding to float32 adds up to 2^-24 √dims to the norm.
    map = (exact / (std::sqrt(bound) * (1 + 0x1.0p-16))).cast<float>();
  }
  return map;
}

}  // namespace fastnn::neighbors
