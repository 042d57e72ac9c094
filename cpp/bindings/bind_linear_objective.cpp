// What logistic regression minimises.
#include "fastnn/nn/linear_objective.h"

#include <pybind11/stl.h>
#include "bindings.h"
#include "fastnn/common/parallel.h"
#include "targets.h"

namespace fastnn::bindings {
namespace {

template <class T>
py::tuple linear_objective(const nn::Loss& loss, const Array<T>& x, const py::array& y,
                           const std::optional<Array<T>>& row_weights, double alpha,
                           const Array<T>& parameters, Index n_outputs, int n_threads) {
  const auto rows = matrix<T>(x, "x");
  const Index n_weights = n_outputs * rows.cols;
  const bool has_intercept = parameters.size() == n_weights + n_outputs;
  if (n_outputs < 1 || !(has_intercept || parameters.size() == n_weights)) {
    throw py::value_error(
        "expected parameters of n_outputs · (n_features + 1) or, without "
        "intercept, n_outputs · n_features. Received: " +
        std::to_string(parameters.size()));
  }
  Array<T> gradient(parameters.size());
  T* const slopes = gradient.mutable_data();
  const nn::LinearObjective<T> objective{loss, rows, targets<T>(y),
                                         weights_of_rows<T>(row_weights, rows.rows), alpha};
  const double value = without_gil([&] {
    return objective.evaluate(parameters.data(), n_outputs, has_intercept, slopes,
                              resolve_threads(n_threads));
  });
  return py::make_tuple(value, gradient);
}

template <class T>
void register_dtype(py::module_& m) {
  m.def("linear_objective", &linear_objective<T>, py::arg("loss"), py::arg("x").noconvert(),
        py::arg("y").noconvert(), py::arg("row_weights").noconvert(), py::arg("alpha"),
        py::arg("parameters").noconvert(), py::arg("n_outputs"), py::arg("n_threads") = 0);
}

}  // namespace

void register_linear_objective(py::module_& m) {
  register_dtype<float>(m);
  register_dtype<double>(m);
}

}  // namespace fastnn::bindings
