// The rows of a search, dense or sparse, as they come from Python.
#pragma once

#include <algorithm>
#include <limits>

#include "arrays.h"
#include "fastnn/neighbors/rows.h"

namespace fastnn::bindings {

// Rows together with the Python objects that hold them.
struct SearchRows {
  neighbors::Rows view;
  py::object owner;
};

template <class T>
using Numbers = py::array_t<T, py::array::c_style | py::array::forcecast>;

template <class T>
void check_columns(const Numbers<T>& columns, Index n_columns) {
  const auto fits = [&](T column) { return column >= 0 && column < n_columns; };
  if (!std::all_of(columns.data(), columns.data() + columns.size(), fits)) {
    throw py::value_error("expected indices from 0 to " + std::to_string(n_columns - 1));
  }
}

// The numbers of columns as the core reads them. Wider ones are checked before they are converted:
// afterwards one that is too large could be that of another column.
inline Numbers<std::int32_t> csr_columns(const py::object& indices, Index n_columns) {
  constexpr Index most = std::numeric_limits<std::int32_t>::max();
  if (n_columns > most) {
    throw py::value_error("expected sparse rows of at most " + std::to_string(most) +
                          " columns. Received: " + std::to_string(n_columns));
  }
  const Numbers<std::int32_t> columns(indices);
  if (py::isinstance<py::array_t<std::int32_t>>(indices)) {
    check_columns(columns, n_columns);
  } else {
    check_columns(Numbers<std::int64_t>(indices), n_columns);
  }
  return columns;
}

template <class T>
SearchRows csr_rows(const py::tuple& csr) {
  // The indices are converted where they have another type; the values are not.
  const auto n_columns = py::cast<Index>(csr[3]);
  const auto columns = csr_columns(csr[1], n_columns);
  const Numbers<std::int64_t> starts(csr[2]);
  const auto values = py::cast<Array<T>>(csr[0]);
  const Index n_values = values.size();
  if (starts.size() == 0 || columns.size() != n_values || starts.at(0) != 0 ||
      starts.at(starts.size() - 1) != n_values) {
    throw py::value_error("expected data, indices and indptr of one matrix");
  }
  for (Index i = 1; i < starts.size(); ++i) {
    if (starts.at(i) < starts.at(i - 1)) throw py::value_error("expected indptr that ascends");
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
  const Samples dense = samples<std::uint8_t, float, double>(array, name);
  return {std::visit([](const auto& v) -> neighbors::Rows { return v; }, dense), array};
}

}  // namespace fastnn::bindings
