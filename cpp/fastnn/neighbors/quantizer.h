// Coordinates as 8-bit integers, whose distances bound those of the coordinates from below.
//
// Coordinates z become whole numbers b(z) in [-127, 127]: clamped to [-127, 127] steps, divided by
// the step, rounded. To clamp is to project on a convex set, which takes no two points farther
// apart. So with e(z) ≥ |z - clamped z'| + |z' - step · b(z)|, the error that z had and the
// rounding of the clamped z', measured for each row,
//
//   step · |b(x) - b(y)| ≤ |x - y| + e(x) + e(y)
//
// by the triangle inequality.
#pragma once

#include <cstdint>

#include "fastnn/common/types.h"

namespace fastnn::neighbors {

class Quantizer {
 public:
  Quantizer() = default;
  // The step is chosen for a sample of coordinates; any would be correct.
  explicit Quantizer(const Matrix<float>& sample);

  double step() const { return step_; }
  // The integers of a row, filled up with zeros to a multiple of linalg::byte_group.
  Index size() const { return size_; }

  // out (count × size) = the integers; errors[i] is that of the row before and after.
  void quantize(const Matrix<float>& places, MatrixView<std::int8_t> out, double* errors) const;

 private:
  double round(const float* place, float* wholes, std::int8_t* out) const;

  Index dims_ = 0;
  Index size_ = 0;
  double step_ = 1;
};

}  // namespace fastnn::neighbors
