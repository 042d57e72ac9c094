#include "fastnn/neighbors/projection.h"

#include <cmath>
#include <Eigen/Cholesky>
#include <numbers>

#include "fastnn/common/random.h"
#include "fastnn/linalg/matmul.h"

namespace fastnn::neighbors {
namespace {

constexpr int iterations = 2;
constexpr std::uint64_t seed = 0;

// Plus or minus 1 at random, the same in every run.
Matrix<double> random_signs(Index rows, Index cols) {
  const Philox random(seed, 0);
  Matrix<double> signs(rows, cols);
  for (Index i = 0; i < signs.size(); ++i) {
    const std::uint64_t bits = random.bits(static_cast<std::uint64_t>(i / 64));
    signs.data()[i] = (bits >> (i % 64) & 1) != 0 ? 1.0 : -1.0;
  }
  return signs;
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

Matrix<double> random_turn(Index dims) {
  Matrix<double> turn = random_signs(dims, 1).replicate(1, dims);
  const double angle = std::numbers::pi / static_cast<double>(2 * dims);
  std::vector<double> cosines(static_cast<std::size_t>(4 * dims));
  for (Index i = 0; i < 4 * dims; ++i) cosines[i] = std::cos(angle * static_cast<double>(i));
  for (Index i = 0; i < dims; ++i) {
    for (Index j = 0; j < dims; ++j) {
      turn(i, j) *= i == 0 ? std::sqrt(0.5) : cosines[(2 * j + 1) * i % (4 * dims)];
    }
  }
  return turn * std::sqrt(2 / static_cast<double>(dims));
}

Matrix<double> principal_directions(ConstMatrixView<float> sample, Index n_directions,
                                    int n_threads) {
  Matrix<double> directions = random_signs(sample.cols, n_directions);
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
  Matrix<float> map = (directions.leftCols(dims) * random_turn(dims)).cast<float>();
  const Matrix<double> exact = map.cast<double>();
  const double bound = (exact.transpose() * exact).cwiseAbs().rowwise().sum().maxCoeff();
  if (bound > 0) {  // rows are not all equal
    // Rounding to float32 adds up to 2^-24 √dims to the norm.
    map = (exact / (std::sqrt(bound) * (1 + 0x1.0p-16))).cast<float>();
  }
  return map;
}

}  // namespace fastnn::neighbors
