// NumPy arrays as the core's views. Nothing is converted or copied: an array that does not fit is
// refused.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <optional>
#include <string>

#include "fastnn/common/types.h"

namespace fastnn::bindings {

namespace py = pybind11;

// C-contiguous; pybind11 chooses the overload of the array's own dtype (the arguments are
// noconvert).
template <class T>
using Array = py::array_t<T, py::array::c_style>;

template <class T>
ConstMatrixView<T> matrix(const Array<T>& array, const char* name) {
  if (array.ndim() != 2) {
    throw py::value_error(std::string("expected ") + name +
                          " with 2 dimensions. Received: " + std::to_string(array.ndim()));
  }
  return {array.data(), array.shape(0), array.shape(1)};
}

template <class T>
MatrixView<T> mutable_matrix(Array<T>& array) {
  return {array.mutable_data(), array.shape(0), array.shape(1)};
}

template <class T>
Array<T> make_array(Index rows, Index cols) {
  return Array<T>({rows, cols});
}

// The user's samples: uint8, float32 or float64, rows any stride apart, columns contiguous.
inline Samples samples(const py::array& array, const char* name) {
  const auto refuse = [&](const std::string& what) {
    throw py::type_error(std::string("expected ") + name + " " + what);
  };
  if (array.ndim() != 2) refuse("with 2 dimensions. Received: " + std::to_string(array.ndim()));
  const auto as_view = [&]<class T>(T /*tag*/) -> Samples {
    const auto size = static_cast<Index>(sizeof(T));
    if (array.size() == 0) {  // whose strides NumPy leaves open
      return ConstMatrixView<T>(nullptr, array.shape(0), array.shape(1));
    }
    const bool contiguous = array.shape(1) <= 1 || array.strides(1) == size;
    const bool aligned = array.strides(0) % size == 0 &&
                         reinterpret_cast<std::uintptr_t>(array.data()) % alignof(T) == 0;
    if (!contiguous || !aligned) refuse("with contiguous, aligned columns");
    return ConstMatrixView<T>(static_cast<const T*>(array.data()), array.shape(0), array.shape(1),
                              array.strides(0) / size);
  };
  if (py::isinstance<py::array_t<std::uint8_t>>(array)) return as_view(std::uint8_t{});
  if (py::isinstance<py::array_t<float>>(array)) return as_view(float{});
  if (!py::isinstance<py::array_t<double>>(array)) refuse("of dtype uint8, float32 or float64");
  return as_view(double{});
}

// Runs f without the GIL where it takes long enough to be worth giving it up.
template <class F>
auto without_gil(bool worth_it, const F& f) {
  std::optional<py::gil_scoped_release> release;
  if (worth_it) release.emplace();
  return f();
}
template <class F>
auto without_gil(const F& f) {
  return without_gil(true, f);
}

}  // namespace fastnn::bindings
