// Kernels on arrays: matrix product, dense layer, activations, distances.
#include <pybind11/stl.h>
#include "arrays.h"

#include <algorithm>
#include <functional>
#include "bindings.h"
#include "fastnn/common/floating_point.h"
#include "fastnn/common/parallel.h"
#include "fastnn/linalg/matmul.h"
#include "fastnn/neighbors/distance.h"
#include "fastnn/nn/activations.h"

namespace fastnn::bindings {
namespace {

// Below this the GIL's own cost shows.
constexpr double flops_worth_the_gil = 1e6;
constexpr double elements_worth_a_thread = 2e4;

double flops(Index m, Index n, Index k) {
  return 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
}

template <class T>
Array<T> matmul(const Array<T>& a, const Array<T>& b, int n_threads) {
  const auto a_view = matrix<T>(a, "a");
  const auto b_view = matrix<T>(b, "b");
  auto c = make_array<T>(a_view.rows, b_view.cols);
  const auto c_view = mutable_matrix(c);
  const int threads = resolve_threads(n_threads);
  without_gil(flops(c_view.rows, c_view.cols, a_view.cols) > flops_worth_the_gil, [&] {
    const FlushSubnormals guard;
    linalg::matmul<T>(a_view, b_view, c_view, threads);
  });
  return c;
}

// y = f(x) with the rows split among threads; y may be x.
template <class T>
void activate_rows(const nn::Activation& activation, ConstMatrixView<T> x, MatrixView<T> y,
                   int n_threads) {
  const auto work = static_cast<double>(x.rows) * static_cast<double>(x.cols);
  run_team(limit_threads(n_threads, work, elements_worth_a_thread), [&](const Member& member) {
    const FlushSubnormals guard;
    const Range part = member.share(x.rows);
    nn::activate<T>(activation, x.row_range(part.begin, part.size()),
                    y.row_range(part.begin, part.size()));
  });
}

template <class T>
Array<T> dense(const Array<T>& x, const Array<T>& w, const std::optional<Array<T>>& b,
               const std::string& activation, int n_threads) {
  const auto x_view = matrix<T>(x, "x");
  const auto w_view = matrix<T>(w, "w");
  if (b && (b->ndim() != 1 || b->shape(0) != w_view.cols)) {
    throw py::value_error("expected b of shape (" + std::to_string(w_view.cols) + ",)");
  }
  const auto f = nn::activation_from_name(activation);
  auto y = make_array<T>(x_view.rows, w_view.cols);
  const auto y_view = mutable_matrix(y);
  const T* const bias = b ? b->data() : nullptr;
  const int threads = resolve_threads(n_threads);
  without_gil([&] {
    linalg::matmul<T>(x_view, w_view, y_view, threads);
    for (Index i = 0; bias != nullptr && i < y_view.rows; ++i) {
      std::transform(bias, bias + y_view.cols, y_view.row(i), y_view.row(i), std::plus<>());
    }
    activate_rows<T>(f, y_view, y_view, threads);
  });
  return y;
}

template <class T>
Array<T> activate(const Array<T>& x, const std::string& activation,
                  const std::vector<double>& arguments, int n_threads) {
  const auto x_view = matrix<T>(x, "x");
  const auto f = nn::activation_from_name(activation, arguments);
  auto y = make_array<T>(x_view.rows, f.output_size(x_view.cols));
  const auto y_view = mutable_matrix(y);
  const int threads = resolve_threads(n_threads);
  without_gil([&] { activate_rows<T>(f, x_view, y_view, threads); });
  return y;
}

template <class T>
Array<T> pairwise_distances(const Array<T>& x, const Array<T>& y, const std::string& metric,
                            int n_threads) {
  const auto x_view = matrix<T>(x, "X");
  const auto y_view = matrix<T>(y, "Y");
  const auto kind = neighbors::Metric::named(metric);
  auto d = make_array<T>(x_view.rows, y_view.rows);
  const auto d_view = mutable_matrix(d);
  const int threads = resolve_threads(n_threads);
  without_gil([&] { neighbors::pairwise_distances<T>(x_view, y_view, kind, d_view, threads); });
  return d;
}

template <class T>
void register_dtype(py::module_& m) {
  const auto n_threads = py::arg("n_threads") = 0;
  m.def("matmul", &matmul<T>, py::arg("a").noconvert(), py::arg("b").noconvert(), n_threads);
  m.def("dense", &dense<T>, py::arg("x").noconvert(), py::arg("w").noconvert(),
        py::arg("b").noconvert(), py::arg("activation"), n_threads);
  m.def("activate", &activate<T>, py::arg("x").noconvert(), py::arg("activation"),
        py::arg("arguments") = std::vector<double>(), n_threads);
  m.def("pairwise_distances", &pairwise_distances<T>, py::arg("x").noconvert(),
        py::arg("y").noconvert(), py::arg("metric"), n_threads);
}

}  // namespace

void register_ops(py::module_& m) {
  register_dtype<float>(m);
  register_dtype<double>(m);
}

}  // namespace fastnn::bindings
