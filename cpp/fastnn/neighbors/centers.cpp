#include "fastnn/neighbors/centers.h"

#include <algorithm>
#include <cmath>

#include "fastnn/linalg/gemm.h"

namespace fastnn::neighbors {
namespace {

constexpr double rows_a_center = 1000;
constexpr Index most_centers = 256;
constexpr int iterations = 4;

}  // namespace

Centers::Centers(const Matrix<float>& sample, Index n_rows) {
  const auto wanted = static_cast<Index>(static_cast<double>(n_rows) / rows_a_center);
  const Index most = std::max<Index>(1, std::min(most_centers, sample.rows() / 8));
  centers_.resize(std::clamp<Index>(wanted, 1, most), sample.cols());
  for (Index c = 0; c < count(); ++c) centers_.row(c) = sample.row(sample.rows() * c / count());
  set_squares();
  for (int i = 0; i < iterations; ++i) {
    const std::vector<Index> groups = nearest(sample);
    Matrix<float> sums = Matrix<float>::Zero(count(), sample.cols());
    std::vector<float> sizes(static_cast<std::size_t>(count()), 0.0F);
    for (Index r = 0; r < sample.rows(); ++r) {
      sums.row(groups[r]) += sample.row(r);
      sizes[groups[r]] += 1;
    }
    for (Index c = 0; c < count(); ++c) {
      if (sizes[c] > 0) centers_.row(c) = sums.row(c) / sizes[c];
    }
    set_squares();
  }
}

void Centers::set_squares() { half_squares_ = centers_.rowwise().squaredNorm() / 2; }

std::vector<Index> Centers::nearest(const Matrix<float>& rows) const {
  if (count() == 1) return std::vector<Index>(static_cast<std::size_t>(rows.rows()), 0);
  Matrix<float> products(rows.rows(), count());
  linalg::gemm<float>(rows.rows(), count(), rows.cols(), {rows.data(), rows.cols(), 1},
                      {centers_.data(), 1, centers_.cols()}, products.data(), count());
  std::vector<Index> groups(static_cast<std::size_t>(rows.rows()));
  for (Index r = 0; r < rows.rows(); ++r) {
    (products.row(r) - half_squares_).maxCoeff(&groups[r]);
  }
  return groups;
}

}  // namespace fastnn::neighbors
