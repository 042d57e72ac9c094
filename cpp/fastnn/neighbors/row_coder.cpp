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

constexpr Index most_grouped_dims = 256;

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
                   const Matrix<double>& directions, Index n_rows, Index coarse_dims,
                   Index fine_dims, int n_threads)
    : frame_(frame), n_features_(sample.cols()) {
  std::vector<double> errors(static_cast<std::size_t>(sample.rows()));
  Matrix<float> places = sample;
  const auto embed = [&](Embedding& embedding, Matrix<float> map) {
    embedding = Embedding(std::move(map), view(std::as_const(places)));
    places = embedding.place(view(std::as_const(places)), errors.data());
  };
  if (fine_dims > 0) {
    embed(fine_embedding_, contraction(directions, fine_dims));
    fine_ = Quantizer(places);
    embed(coarse_embedding_,
          contraction(principal_directions(view(std::as_const(places)), coarse_dims, n_threads),
                      coarse_dims));
  } else if (coarse_dims > 0) {
    embed(coarse_embedding_, contraction(directions, coarse_dims));
  }
  coarse_ = Quantizer(places);
  // Where many dimensions are left there is little of a near group to begin with.
  centers_ = Centers(places, coarse_.size() <= most_grouped_dims ? n_rows : 1);
}

RowCoder::Code RowCoder::code(const Rows& rows, Index begin, Index count) const {
  Code code;
  code.coarse_errors.resize(static_cast<std::size_t>(count));
  Matrix<float> places(count, n_features_);
  frame_.convert(rows, begin, view(places));
  for (Index i = 0; i < count; ++i) {
    code.coarse_errors[static_cast<std::size_t>(i)] =
        bound_frame_error(places.row(i).data(), n_features_);
  }
  const auto embed = [&](const Embedding& embedding) {
    places = embedding.place(view(std::as_const(places)), code.coarse_errors.data());
  };
  if (has_fine()) {
    embed(fine_embedding_);
    code.fine_errors = code.coarse_errors;
    code.fine.resize(count, fine_.size());
    fine_.quantize(places, view(code.fine), code.fine_errors.data());
  }
  if (!coarse_embedding_.empty()) embed(coarse_embedding_);
  code.coarse.resize(count, coarse_.size());
  coarse_.quantize(places, view(code.coarse), code.coarse_errors.data());
  code.groups = centers_.nearest(places);
  return code;
}

}  // namespace fastnn::neighbors
