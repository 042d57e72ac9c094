// The search index and the votes of neighbours.
#include <pybind11/stl.h>

#include <algorithm>

#include "bindings.h"
#include "fastnn/common/parallel.h"
#include "fastnn/neighbors/search.h"
#include "fastnn/neighbors/votes.h"
#include "progress.h"
#include "search_rows.h"

namespace fastnn::bindings {
namespace {

using Mask = py::array_t<bool, py::array::c_style>;

// The core's index together with the arrays whose rows it reads.
class Index {
 public:
  Index(const py::object& x, const std::string& metric_name, double p, const std::string& algorithm)
      : Index(search_rows(x, "X"), neighbors::Metric::named(metric_name, p), algorithm) {}

  Index add(const py::object& x) const {
    const SearchRows rows = search_rows(x, "X");
    return {index_.with(rows.view), py::make_tuple(owners_, rows.owner)};
  }
  Index remove(const Array<std::int64_t>& rows) const {
    return {index_.without({rows.data(), rows.data() + rows.size()}), owners_};
  }

  fastnn::Index n_rows() const { return index_.n_rows(); }
  fastnn::Index n_present() const { return index_.n_present(); }
  fastnn::Index n_features() const { return index_.n_features(); }

  py::tuple search(const py::object& queries, fastnn::Index k, const std::optional<Mask>& mask,
                   bool farthest, const py::object& progress, int n_threads) const {
    neighbors::SearchIndex::Request request;
    request.k = k;
    request.mask = mask_data(mask);
    request.farthest = farthest;
    const SearchRows rows = search_rows(queries, "queries");
    Watch watch(reporter(progress));
    std::vector<std::vector<Found>> found;
    without_gil([&] {
      watch.over(
          [&] { found = index_.nearest(rows.view, request, resolve_threads(n_threads), watch); });
    });
    auto distances = make_array<double>(std::ssize(found), k);
    auto indices = make_array<std::int64_t>(std::ssize(found), k);
    fill(found, distances.mutable_data(), indices.mutable_data());
    return py::make_tuple(distances, indices);
  }

  py::tuple search_radius(const py::object& queries, double radius, const std::optional<Mask>& mask,
                          bool sort, const py::object& progress, int n_threads) const {
    neighbors::SearchIndex::Request request;
    request.radius = radius;
    request.mask = mask_data(mask);
    const SearchRows rows = search_rows(queries, "queries");
    Watch watch(reporter(progress));
    std::vector<std::vector<Found>> found;
    std::vector<std::int64_t> ends = {0};
    without_gil([&] {
      watch.over(
          [&] { found = index_.within(rows.view, request, resolve_threads(n_threads), watch); });
      for (auto& list : found) {
        ends.push_back(ends.back() + std::ssize(list));
        if (sort) continue;
        std::sort(list.begin(), list.end(),
                  [](const Found& a, const Found& b) { return a.index < b.index; });
      }
    });
    Array<std::int64_t> offsets(std::ssize(ends));
    std::copy(ends.begin(), ends.end(), offsets.mutable_data());
    Array<double> distances(ends.back());
    Array<std::int64_t> indices(ends.back());
    fill(found, distances.mutable_data(), indices.mutable_data());
    return py::make_tuple(offsets, distances, indices);
  }

 private:
  using Found = neighbors::SearchIndex::Found;

  Index(neighbors::SearchIndex index, py::object owners)
      : index_(std::move(index)), owners_(std::move(owners)) {}
  Index(const SearchRows& rows, const neighbors::Metric& metric, const std::string& algorithm)
      : Index({rows.view, metric, neighbors::strategy_named(algorithm, metric)}, rows.owner) {}

  const std::uint8_t* mask_data(const std::optional<Mask>& mask) const {
    if (!mask) return nullptr;
    if (mask->ndim() != 1 || mask->size() != index_.n_rows()) {
      throw py::value_error("expected mask of shape (" + std::to_string(index_.n_rows()) + ",)");
    }
    return reinterpret_cast<const std::uint8_t*>(mask->data());
  }

  static void fill(const std::vector<std::vector<Found>>& found, double* distances,
                   std::int64_t* indices) {
    for (const auto& list : found) {
      for (const Found& f : list) {
        *distances++ = f.distance;
        *indices++ = f.index;
      }
    }
  }

  neighbors::SearchIndex index_;
  py::object owners_;
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
  const auto mask = py::arg("mask").noconvert() = py::none();
  const auto progress = py::arg("progress") = py::none();
  py::class_<Index>(m, "Index", py::module_local())
      .def(py::init<py::object, const std::string&, double, const std::string&>(), py::arg("x"),
           py::arg("metric"), py::arg("p") = 2.0, py::arg("algorithm") = "auto")
      .def_property_readonly("n_rows", &Index::n_rows)
      .def_property_readonly("n_present", &Index::n_present)
      .def_property_readonly("n_features", &Index::n_features)
      .def("add", &Index::add, py::arg("x"))
      .def("remove", &Index::remove, py::arg("rows").noconvert())
      .def("search", &Index::search, py::arg("queries"), py::arg("k"), mask,
           py::arg("farthest") = false, progress, n_threads)
      .def("search_radius", &Index::search_radius, py::arg("queries"), py::arg("radius"), mask,
           py::arg("sort") = false, progress, n_threads);
  m.def("class_votes", &class_votes, py::arg("classes").noconvert(), py::arg("weights").noconvert(),
        py::arg("n_classes"), n_threads);
}

}  // namespace fastnn::bindings
