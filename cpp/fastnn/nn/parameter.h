// A layer's weights, how they lie in memory, and what is done with their gradient.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "fastnn/common/simd.h"
#include "fastnn/common/types.h"

namespace fastnn::nn {

template <class T>
using Vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;

// A matrix cut into panels of some columns, one panel behind the other, each row by row.
//
// A thread owns whole panels, so that what it writes lies together. With plain rows each thread
// would write a piece of every row; the processor fetches the neighbouring piece ahead, and the
// cores take the lines from each other (measured: the update takes three times as long).
template <class T>
struct PanelLayout {
  static constexpr Index panel_cols = 2 * simd::width<T>;

  Index rows = 0;
  Index cols = 0;

  Index size() const { return rows * cols; }
  Index n_panels() const { return (cols + panel_cols - 1) / panel_cols; }
  Range columns(Index panel) const {
    return {panel * panel_cols, std::min(cols, (panel + 1) * panel_cols)};
  }
  // The panels of columns that begin and end with a panel.
  static Range panels(Range columns) {
    return {columns.begin / panel_cols, (columns.end + panel_cols - 1) / panel_cols};
  }
  // Where a row of a panel begins.
  Index offset(Index panel, Index row) const {
    return rows * panel * panel_cols + row * columns(panel).size();
  }

  Matrix<T> to_matrix(const T* values) const {
    Matrix<T> matrix(rows, cols);
    for_each_piece([&](Index place, Index row, Range columns) {
      std::copy_n(values + place, columns.size(), matrix.data() + row * cols + columns.begin);
    });
    return matrix;
  }
  void from_matrix(const T* matrix, T* values) const {
    for_each_piece([&](Index place, Index row, Range columns) {
      std::copy_n(matrix + row * cols + columns.begin, columns.size(), values + place);
    });
  }

 private:
  template <class F>
  void for_each_piece(const F& f) const {
    for (Index panel = 0; panel < n_panels(); ++panel) {
      for (Index row = 0; row < rows; ++row) f(offset(panel, row), row, columns(panel));
    }
  }
};

// What the loss adds for a parameter w: l1 Σ |w| + l2 Σ w².
struct Penalty {
  double l1 = 0;
  double l2 = 0;
};

template <class T>
struct Parameter {
  PanelLayout<T> layout;
  bool is_vector = false;  // one row that the user sees as one-dimensional
  bool has_gradient = true;
  Penalty penalty;
  Vector<T> values;       // in the layout
  std::string_view name;  // Keras's
};

// One number for each feature, all the same at first.
template <class T>
Parameter<T> feature_parameter(std::string_view name, Index size, T start,
                               bool has_gradient = true) {
  Parameter<T> parameter{{1, size}, true, has_gradient, {}, {}, name};
  parameter.values.setConstant(size, start);
  return parameter;
}

// A few arrays of one size.
template <class T>
struct Arrays {
  static constexpr std::size_t most = 4;
  const T* begins[most] = {};
  std::size_t count = 0;
};

// Takes the gradient of a parameter, piece by piece while it is in the cache. Pieces of one
// parameter come from several threads and do not overlap.
template <class T>
class GradientConsumer {
 public:
  virtual ~GradientConsumer() = default;
  // The gradient of the `count` values from `offset` on of the network's parameter `number`; it may
  // be changed.
  virtual void consume(std::size_t number, Parameter<T>& parameter, Index offset, T* gradient,
                       Index count) const = 0;
  // What `consume` reads beside the gradient: arrays of the parameter's layout.
  virtual Arrays<T> arrays(std::size_t number, const Parameter<T>& parameter) const = 0;
  // What the loss is to be multiplied by, and so all gradients.
  virtual double loss_scale() const = 0;
};

}  // namespace fastnn::nn
