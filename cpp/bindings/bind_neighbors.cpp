// The search index and the votes of neighbours.
#include <pybind11/stl.h>

#include "arrays.h"
#include "bindings.h"
#include "fastnn/common/parallel.h"
#include "fastnn/neighbors/search.h"
#include "fastnn/neighbors/votes.h"

namespace fastnn::bindings {
namespace {

// The core's index together with the array whose rows it reads.
class Index {
 public:
  Index(py::array x, const std::string& metric, int n_threads)
      : array_(std::move(x)),
        index_(without_gil(
            [&, rows = samples(array_, "X"), kind = neighbors::metric_from_name(metric)] {
              return neighbors::SearchIndex(rows, kind, resolve_threads(n_threads));
            })) {}

  py::tuple search(const py::array& queries, fastnn::Index k, int n_threads) const {
    const Samples rows_of_queries = samples(queries, "queries");
    const auto size = std::max<fastnn::Index>(0, std::min(k, index_.n_samples()));
    auto distances = make_array<double>(rows(rows_of_queries), size);
    auto indices = make_array<std::int64_t>(rows(rows_of_queries), size);
    const auto distance_view = mutable_matrix(distances);
    const auto index_view = mutable_matrix(indices);
    without_gil([&] {
      index_.search(rows_of_queries, k, distance_view, index_view, resolve_threads(n_threads));
    });
    return py::make_tuple(distances, indices);
  }

 private:
  py::array array_;
  neighbors::SearchIndex index_;
};

Array<double> class_votes(const Array<std::int64_t>& classes,
                          const std::optional<Array<double>>& weights, fastnn::Index n_classes,
                          int n_threads) {
  const auto class_view = matrix<std::int64_t>(classes, "classes");
  ConstMatrixView<double> weight_view;
  if (weights) {
    weight_view = matrix<double>(*weights, "weights");
    if (weight_view.rows != class_view.rows || weight_view.cols != class_view.cols) {
      throw py::value_error("expected weights of the shape of classes");
    }
  }
  auto votes = make_array<double>(class_view.rows, n_classes);
  const auto vote_view = mutable_matrix(votes);
  without_gil([&] {
    neighbors::class_votes(class_view, weight_view, vote_view, resolve_threads(n_threads));
  });
  return votes;
}

}  // namespace

void register_neighbors(py::module_& m) {
  const auto n_threads = py::arg("n_threads") = 0;
  py::class_<Index>(m, "Index", py::module_local())
      .def(py::init<py::array, const std::string&, int>(), py::arg("x"), py::arg("metric"),
           n_threads)
      .def("search", &Index::search, py::arg("queries"), py::arg("k"), n_threads);
  m.def("class_votes", &class_votes, py::arg("classes").noconvert(), py::arg("weights").noconvert(),
        py::arg("n_classes"), n_threads);
}

}  // namespace fastnn::bindings
