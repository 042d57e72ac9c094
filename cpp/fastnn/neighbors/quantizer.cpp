#include "fastnn/neighbors/quantizer.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "fastnn/common/simd.h"
#include "fastnn/linalg/byte_products.h"

namespace fastnn::neighbors {
namespace {

using Packet = simd::Packet<float>;

constexpr float largest = 127;
// The share of coordinates that is not clamped: a coarser step would cost more than it saves.
constexpr double unclamped = 0.999;

// So many values tell a quantile well enough.
constexpr Index most_values = Index{1} << 17;

// The value that a share of |values| is below, by some of the rows.
double quantile_of_magnitudes(const Matrix<float>& values, double share) {
  const Index step = (values.size() + most_values - 1) / most_values;
  std::vector<float> sizes;
  sizes.reserve(static_cast<std::size_t>(values.size() / std::max<Index>(step, 1)));
  for (Index i = 0; i < values.rows(); i += step) {
    for (Index j = 0; j < values.cols(); ++j) sizes.push_back(std::abs(values(i, j)));
  }
  const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(sizes.size() - 1));
  std::nth_element(sizes.begin(), sizes.begin() + rank, sizes.end());
  return sizes[static_cast<std::size_t>(rank)];
}

}  // namespace

Quantizer::Quantizer(const Matrix<float>& sample)
    : dims_(sample.cols()),
      size_((dims_ + linalg::byte_group - 1) / linalg::byte_group * linalg::byte_group) {
  double range = quantile_of_magnitudes(sample, unclamped);
  if (range == 0) range = sample.cwiseAbs().maxCoeff();  // what little there is decides
  step_ = std::max(range, 1e-30) / static_cast<double>(largest);
}

// Returns the length of what rounding takes away, in steps.
double Quantizer::round(const float* place, float* wholes, std::int8_t* out) const {
  const Packet inverse = simd::broadcast(static_cast<float>(1 / step_));
  const Packet most = simd::broadcast(largest);
  const Packet least = simd::broadcast(-largest);
  const auto rest = [&](const Packet& x, float* to) {
    const Packet scaled = simd::pmin(simd::pmax(simd::pmul(x, inverse), least), most);
    const Packet whole = simd::print(scaled);
    simd::store(to, whole);
    return simd::psub(scaled, whole);
  };
  Packet squares = simd::broadcast(0.0F);
  const Index dims = dims_;  // a byte that is written might be part of *this
  for (Index j = 0; j < dims; j += simd::width<float>) {
    const Index left = dims - j;
    const Packet x = left >= simd::width<float> ? simd::load(place + j)
                                                : simd::load_partial(place + j, left, 0.0F);
    const Packet r = rest(x, wholes + j);
    squares = simd::pmadd(r, r, squares);
  }
  for (Index j = 0; j < dims; ++j) {
    out[j] = static_cast<std::int8_t>(static_cast<std::int32_t>(wholes[j]));
  }
  std::fill(out + dims, out + size_, std::int8_t{0});
  return std::sqrt(simd::predux(squares));
}

void Quantizer::quantize(const Matrix<float>& places, MatrixView<std::int8_t> out,
                         double* errors) const {
  // In float32 a coordinate over the step is off by 2 u of at most 127, and the sum of squares of
  // up to byte_features numbers of at most 1/2 by their number times u of itself.
  const auto dims = static_cast<double>(dims_);
  const double scaling = 4 * 0x1.0p-24 * 127 * std::sqrt(dims);
  const double summing = 1 + dims * 0x1.0p-24;
  std::vector<float> wholes(static_cast<std::size_t>(dims_ + simd::width<float>));
  for (Index i = 0; i < out.rows; ++i) {
    const double rounding =
        round(places.row(i).data(), wholes.data(), out.row(i)) * summing + scaling;
    errors[i] = (errors[i] + step_ * rounding) * (1 + 0x1.0p-20);
  }
}

}  // namespace fastnn::neighbors
