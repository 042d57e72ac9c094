// Losses and metrics: what they are, and what they say of outputs and targets.
#include <algorithm>
#include <numeric>
#include <vector>

#include <pybind11/stl.h>
#include "bindings.h"
#include "fastnn/common/floating_point.h"
#include "fastnn/common/parallel.h"
#include "fastnn/nn/objective.h"
#include "targets.h"

namespace fastnn::bindings {
namespace {

constexpr double elements_worth_a_thread = 2e4;

// Calls f(part, order) for each thread's part of the rows, where order[i] = i.
template <class F>
void for_parts(Index n_rows, Index n_cols, int n_threads, const F& f) {
  const int threads = resolve_threads(n_threads);
  without_gil([&] {
    std::vector<std::int64_t> order(static_cast<std::size_t>(n_rows));
    std::iota(order.begin(), order.end(), 0);
    const auto work = static_cast<double>(n_rows) * static_cast<double>(n_cols);
    run_team(limit_threads(threads, work, elements_worth_a_thread), [&](const Member& member) {
      const FlushSubnormals guard;
      const Range part = member.share(n_rows);
      f(part, order.data() + part.begin);
    });
  });
}

// The value of each row, and its gradient times `scale`.
template <class T>
struct Evaluated {
  Array<double> values;
  Array<T> gradient;
};

template <class T>
Evaluated<T> evaluate(const nn::Loss& loss, ConstMatrixView<T> outputs,
                      const nn::Targets<T>& targets, const T* row_weights, T scale, int n_threads) {
  nn::check_targets(loss, targets, outputs.rows, outputs.cols);
  Evaluated<T> result{Array<double>(outputs.rows), make_array<T>(outputs.rows, outputs.cols)};
  double* const values = result.values.mutable_data();
  const auto gradient = mutable_matrix(result.gradient);
  for_parts(outputs.rows, outputs.cols, n_threads,
            [&](const Range& part, const std::int64_t* rows) {
              nn::evaluate_loss<T>(loss, outputs.row_range(part.begin, part.size()), targets, rows,
                                   row_weights, scale, values + part.begin,
                                   gradient.row_range(part.begin, part.size()));
            });
  return result;
}

template <class T>
py::tuple evaluate_loss(const nn::Loss& loss, const Array<T>& outputs, const py::array& y,
                        const std::optional<Array<T>>& row_weights, int n_threads) {
  const auto o = matrix<T>(outputs, "outputs");
  const T* const weights = weights_of_rows<T>(row_weights, o.rows);
  const auto [values, gradient] = evaluate<T>(loss, o, targets<T>(y), weights, T(1), n_threads);
  return py::make_tuple(values, gradient);
}

template <class T>
py::tuple softmax_cross_entropy(const Array<T>& logits, const Array<std::int64_t>& labels,
                                int n_threads) {
  const auto z = matrix<T>(logits, "logits");
  const T scale = T(1) / static_cast<T>(std::max<Index>(1, z.rows));
  const nn::Loss loss{nn::CrossEntropy{.from_logits = true}};
  const auto [values, gradient] =
      evaluate<T>(loss, z, targets<T>(labels), nullptr, scale, n_threads);
  const double sum = std::accumulate(values.data(), values.data() + values.size(), 0.0);
  return py::make_tuple(sum * static_cast<double>(scale), gradient);
}

template <class T>
Array<double> evaluate_metric(const nn::Metric& metric, const Array<T>& outputs, const py::array& y,
                              int n_threads) {
  const auto o = matrix<T>(outputs, "outputs");
  const nn::Targets<T> t = targets<T>(y);
  nn::check_targets(metric, t, o.rows, o.cols);
  Array<double> result(o.rows);
  double* const values = result.mutable_data();
  for_parts(o.rows, o.cols, n_threads, [&](const Range& part, const std::int64_t* rows) {
    nn::evaluate_metric<T>(metric, o.row_range(part.begin, part.size()), t, rows,
                           values + part.begin);
  });
  return result;
}

template <class T>
void register_dtype(py::module_& m) {
  const auto outputs = py::arg("outputs").noconvert();
  const auto y = py::arg("y").noconvert();
  const auto n_threads = py::arg("n_threads") = 0;
  m.def("evaluate_loss", &evaluate_loss<T>, py::arg("loss"), outputs, y,
        py::arg("row_weights").noconvert() = py::none(), n_threads);
  m.def("softmax_cross_entropy", &softmax_cross_entropy<T>, py::arg("logits").noconvert(),
        py::arg("labels").noconvert(), n_threads);
  m.def("evaluate_metric", &evaluate_metric<T>, py::arg("metric"), outputs, y, n_threads);
}

}  // namespace

void register_losses(py::module_& m) {
  const auto from_logits = py::arg("from_logits");
  const auto label_smoothing = py::arg("label_smoothing");
  py::class_<nn::Loss>(m, "Loss", py::module_local())
      .def(py::init(&nn::loss_from_name), py::arg("name"))
      .def_static(
          "cross_entropy",
          [](bool logits, double smoothing, std::optional<std::int64_t> ignore_class) {
            return nn::Loss{nn::CrossEntropy{logits, smoothing, ignore_class}};
          },
          from_logits, label_smoothing, py::arg("ignore_class") = py::none())
      .def_static(
          "focal_cross_entropy",
          [](bool logits, double smoothing, double alpha, double gamma) {
            return nn::Loss{nn::FocalCrossEntropy{logits, smoothing, alpha, gamma}};
          },
          from_logits, label_smoothing, py::arg("alpha"), py::arg("gamma"))
      .def_static(
          "binary_cross_entropy",
          [](bool logits, double smoothing) {
            return nn::Loss{nn::BinaryCrossEntropy{logits, smoothing}};
          },
          from_logits, label_smoothing)
      .def_static(
          "binary_focal_cross_entropy",
          [](bool logits, double smoothing, double alpha, double gamma, bool balancing) {
            return nn::Loss{
                nn::BinaryFocalCrossEntropy{logits, smoothing, alpha, gamma, balancing}};
          },
          from_logits, label_smoothing, py::arg("alpha"), py::arg("gamma"),
          py::arg("apply_class_balancing"))
      .def_static(
          "huber", [](double delta) { return nn::Loss{nn::Huber{delta}}; }, py::arg("delta"))
      .def(
          "reduced_by",
          [](const nn::Loss& loss, const std::string& name) {
            return nn::Loss{loss.function, nn::reduction_from_name(name)};
          },
          py::arg("reduction"));
  py::class_<nn::Metric>(m, "Metric", py::module_local())
      .def_static("categorical_accuracy", [] { return nn::Metric{nn::CategoricalAccuracy{}}; })
      .def_static(
          "top_k_accuracy", [](Index k) { return nn::Metric{nn::TopKAccuracy{k}}; }, py::arg("k"))
      .def_static(
          "binary_accuracy",
          [](double threshold) { return nn::Metric{nn::BinaryAccuracy{threshold}}; },
          py::arg("threshold"))
      .def_static(
          "mean_of", [](const nn::Loss& loss) { return nn::Metric{loss}; }, py::arg("loss"));
  py::class_<nn::WeightedLoss>(m, "WeightedLoss", py::module_local())
      .def(py::init<nn::Loss, double, std::size_t>(), py::arg("loss"), py::arg("weight") = 1.0,
           py::arg("output") = 0);
  py::class_<nn::CountedMetric>(m, "CountedMetric", py::module_local())
      .def(py::init<nn::Metric, bool, std::size_t>(), py::arg("metric"),
           py::arg("weighted") = false, py::arg("output") = 0);
  register_dtype<float>(m);
  register_dtype<double>(m);
}

}  // namespace fastnn::bindings
