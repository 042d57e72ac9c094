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
  struct Integers {
    Matrix<std::int8_t> values;
    std::vector<double> errors;
  };
  struct Code {
    Integers fine;
    Integers coarse;            // empty where there is no coarse level
    std::vector<Index> groups;  // of which center each row is nearest
  };

  // The fine integers are those of the rows, projected on the first fine_dims of the directions
  // (n_features × at least fine_dims) unless fine_dims is 0; the coarse ones of a further
  // projection on coarse_dims, unless that is 0. The sample is one of the n_rows rows, in the
  // frame.
  RowCoder(const Frame& frame, const Matrix<float>& sample, const Matrix<double>& directions,
           Index n_rows, Index fine_dims, Index coarse_dims, int n_threads);

  const Frame& frame() const { return frame_; }
  const Quantizer& fine() const { return fine_; }
  bool has_coarse() const { return coarse_.size() > 0; }
  const Quantizer& coarse() const { return coarse_; }
  Index n_groups() const { return centers_.count(); }

  Code code(const Rows& rows, Index begin, Index count) const;

 private:
  Frame frame_;
  Index n_features_;
  Embedding fine_embedding_;  // empty where the rows are not projected
  Embedding coarse_embedding_;
  Quantizer fine_;
  Quantizer coarse_;
  Centers centers_;  // in the last coordinates
};

}  // namespace fastnn::neighbors
