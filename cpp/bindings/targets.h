// The targets that belong to outputs, labels or rows, and how heavy each is.
#pragma once

#include "arrays.h"
#include "fastnn/nn/targets.h"

namespace fastnn::bindings {

template <class T>
nn::Targets<T> targets(const py::array& y) {
  if (Array<std::int64_t>::check_(y) && y.ndim() == 1) {
    return nn::Labels{static_cast<const std::int64_t*>(y.data()), y.shape(0)};
  }
  if (!Array<T>::check_(y)) {
    throw py::type_error("expected y as int64 labels or rows of the network's dtype");
  }
  return matrix<T>(py::reinterpret_borrow<Array<T>>(y), "y");
}

// Null where all weigh the same.
template <class T>
const T* weights_of_rows(const std::optional<Array<T>>& row_weights, Index n_rows) {
  if (!row_weights) return nullptr;
  if (row_weights->ndim() != 1 || row_weights->shape(0) != n_rows) {
    throw py::value_error("expected row_weights of shape (" + std::to_string(n_rows) + ",)");
  }
  return row_weights->data();
}

}  // namespace fastnn::bindings
