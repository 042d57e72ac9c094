// NumPy arrays as the core's views. Nothing is converted or copied: an array that does not fit is
// refused.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <optional>
#include <string>
#include <type_traits>

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

// Whether the elements of an array are T, as NumPy names it: float32, int64.
template <class T>
constexpr char kind_of = !std::is_integral_v<T> ? 'f'
                         : std::is_signed_v<T>  ? 'i'
                                                : 'u';
template <class T>
bool holds(const py::dtype& dtype) {
  const bool is_native = dtype.byteorder() == '=' || dtype.byteorder() == '|';
  return is_native && dtype.kind() == kind_of<T> && dtype.itemsize() == sizeof(T);
}

// A matrix of T whose rows are any stride apart, its columns contiguous.
template <class T>
ConstMatrixView<T> strided_matrix(const py::array& array, const std::string& name) {
  const auto size = static_cast<Index>(sizeof(T));
  if (array.size() == 0) {  // whose strides NumPy leaves open
    return {nullptr, array.shape(0), array.shape(1)};
  }
  const bool contiguous = array.shape(1) <= 1 || array.strides(1) == size;
  const bool aligned = array.strides(0) % size == 0 &&
                       reinterpret_cast<std::uintptr_t>(array.data()) % alignof(T) == 0;
  if (!contiguous || !aligned) {
    throw py::type_error("expected " + name + " with contiguous, aligned columns");
  }
  return {static_cast<const T*>(array.data()), array.shape(0), array.shape(1),
          array.strides(0) / size};
}

// The user's samples, of one of these types.
template <class... Ts>
AnyMatrixView<Ts...> samples(const py::array& array, const std::string& name) {
  if (array.ndim() != 2) {
    throw py::type_error("expected " + name +
                         " with 2 dimensions. Received: " + std::to_string(array.ndim()));
  }
  AnyMatrixView<Ts...> view;
  const py::dtype dtype = array.dtype();
  const auto read_as = [&]<class T>(T /*tag*/) {
    if (!holds<T>(dtype)) return false;
    view = strided_matrix<T>(array, name);
    return true;
  };
  if ((read_as(Ts{}) || ...)) return view;
  throw py::type_error("expected " + name +
                       " of another dtype. Received: " + std::string(py::str(dtype)));
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
