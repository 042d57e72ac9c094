#include "fastnn/neighbors/row_coder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "fastnn/neighbors/projection.h"

namespace fastnn::neighbors {
namespace {

// Squared lengths that leave room for sums of products in float32.
constexpr double largest_square = 1e30;

}  // namespace

double bound_frame_error(float* row, Index n) {
  const double square = squared_norm(row, n);
  if (!(square < largest_square)) {
    std::fill_n(row, n, 0.0F);
    return std::numeric_limits<double>::infinity();
  }
  return 1.01 * 0x1.0p-24 * std::sqrt(square) + static_cast<double>(n) * 0x1.0p-120;
}

RowCoder::RowCoder(const Frame& frame, const Matrix<float>& sample,
                   const Matrix<double>& directions, Index n_rows, Index fine_dims,
                   Index coarse_dims, int n_threads)
    : frame_(frame), n_features_(sample.cols()) {
  Matrix<float> places = sample;
  const auto embed = [&](Embedding& embedding, const Matrix<double>& along, Index dims) {
    embedding = Embedding(contraction(along, dims), places, n_threads);
  };
  if (fine_dims > 0) embed(fine_embedding_, directions, fine_dims);
  fine_ = Quantizer(places);
  if (coarse_dims > 0) {
    // Where the rows are projected already, their directions are known in fewer coordinates.
    const Matrix<double> along =
        fine_dims > 0 ? principal_directions(view(std::as_const(places)), coarse_dims, n_threads)
                      : directions;
    embed(coarse_embedding_, along, coarse_dims);
    coarse_ = Quantizer(places);
  }
  // Without a sieve there is nothing to gain from rows that lie together.
  centers_ = Centers(places, has_coarse() ? n_rows : 1);
}

RowCoder::Code RowCoder::code(const Rows& rows, Index begin, Index count) const {
  Matrix<float> places(count, n_features_);
  frame_.convert(rows, begin, view(places));
  std::vector<double> errors(static_cast<std::size_t>(count));
  for (Index i = 0; i < count; ++i) {
    errors[static_cast<std::size_t>(i)] = bound_frame_error(places.row(i).data(), n_features_);
  }
  const auto embed = [&](const Embedding& embedding) {
    places = embedding.place(view(std::as_const(places)), errors.data());
  };
  const auto quantize = [&](const Quantizer& quantizer) {
    Integers integers{Matrix<std::int8_t>(count, quantizer.size()), errors};
    quantizer.quantize(places, view(integers.values), integers.errors.data());
    return integers;
  };
  Code code;
  if (!fine_embedding_.empty()) embed(fine_embedding_);
  code.fine = quantize(fine_);
  if (has_coarse()) {
    embed(coarse_embedding_);
    code.coarse = quantize(coarse_);
  }
  code.groups = centers_.nearest(places);
  return code;
}

}  // namespace fastnn::neighbors
