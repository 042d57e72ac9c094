// How rows become the 8-bit integers by which a search looks at them first.
#pragma once

#include <cstdint>
#include <vector>

#include "fastnn/neighbors/centers.h"
#include "fastnn/neighbors/embedding.h"
#include "fastnn/neighbors/frame.h"
#include "fastnn/neighbors/quantizer.h"

namespace fastnn::neighbors {

// What a row in the frame is off by, see frame.h. A row too long for products in float32 becomes
// zero, which is off by infinity.
double bound_frame_error(float* row, Index n);

class RowCoder {
 public:
  // The integers of some rows and what they are off by, see quantizer.h.
  struct Code {
    Matrix<std::int8_t> coarse;
    Matrix<std::int8_t> fine;  // empty without a fine level
    std::vector<double> coarse_errors;
    std::vector<double> fine_errors;
    std::vector<Index> groups;  // of which center each is nearest
  };

  // With directions (n_features × at least fine_dims) the rows are projected on the first fine_dims
  // of them, and from there on coarse_dims; without fine_dims there is no fine level, and without
  // coarse_dims no projection. The sample is one of the n_rows rows, in
  // the frame.
  RowCoder(const Frame& frame, const Matrix<float>& sample, const Matrix<double>& directions,
           Index n_rows, Index coarse_dims, Index fine_dims, int n_threads);

  const Frame& frame() const { return frame_; }
  const Quantizer& coarse() const { return coarse_; }
  bool has_fine() const { return fine_.size() > 0; }
  const Quantizer& fine() const { return fine_; }
  Index n_groups() const { return centers_.count(); }

  Code code(const Rows& rows, Index begin, Index count) const;

 private:
  Frame frame_;
  Index n_features_;
  // Empty where there is no such step.
  Embedding fine_embedding_;
  Embedding coarse_embedding_;
  Quantizer fine_;
  Quantizer coarse_;
  Centers centers_;  // in the coarse coordinates
};

}  // namespace fastnn::neighbors
