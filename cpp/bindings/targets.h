// The targets that belong to a network's outputs: labels or rows.
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

}  // namespace fastnn::bindings
