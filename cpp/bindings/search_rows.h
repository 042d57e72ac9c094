// The rows of a search, dense or sparse, as they come from Python.
#pragma once

#include "arrays.h"
#include "fastnn/neighbors/rows.h"

namespace fastnn::bindings {

// Rows together with the Python objects that hold them.
struct SearchRows {
  neighbors::Rows view;
  py::object owner;
};

template <class T>
SearchRows csr_rows(const py::tuple& csr) {
  // The indices are converted where they have another type; the values are not.
  auto columns = py::array_t<std::int32_t, py::array::c_style | py::array::forcecast>(csr[1]);
  auto starts = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>(csr[2]);
  const auto values = py::cast<Array<T>>(csr[0]);
  const auto n_columns = py::cast<Index>(csr[3]);
  const Index n_values = values.size();
  if (starts.size() == 0 || columns.size() != n_values || starts.at(0) != 0 ||
      starts.at(starts.size() - 1) != n_values) {
    throw py::value_error("expected data, indices and indptr of one matrix");
  }
  for (Index i = 1; i < starts.size(); ++i) {
    if (starts.at(i) < starts.at(i - 1)) throw py::value_error("expected indptr that ascends");
  }
  for (Index e = 0; e < n_values; ++e) {
    if (columns.at(e) < 0 || columns.at(e) >= n_columns) {
      throw py::value_error("expected indices from 0 to " + std::to_string(n_columns - 1));
    }
  }
  const neighbors::CsrView<T> view{values.data(), columns.data(), starts.data(), starts.size() - 1,
                                   n_columns};
  return {view, py::make_tuple(values, columns, starts)};
}

// An array, or the tuple (data, indices, indptr, n_columns) of a sparse matrix.
inline SearchRows search_rows(const py::object& x, const char* name) {
  if (py::isinstance<py::tuple>(x)) {
    const auto csr = py::cast<py::tuple>(x);
    if (csr.size() != 4) throw py::type_error("expected (data, indices, indptr, n_columns)");
    return py::isinstance<py::array_t<float>>(csr[0]) ? csr_rows<float>(csr)
                                                      : csr_rows<double>(csr);
  }
  const auto array = py::cast<py::array>(x);
  const Samples dense = samples(array, name);
  return {std::visit([](const auto& v) -> neighbors::Rows { return v; }, dense), array};
}

}  // namespace fastnn::bindings
