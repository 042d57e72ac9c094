// Networks, losses and optimizers.
#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include "bindings.h"
#include "network_handle.h"

namespace fastnn::bindings {
namespace {

template <class T>
void register_network(py::module_& m, const char* name) {
  using Handle = NetworkHandle<T>;
  const auto n_threads = py::arg("n_threads") = 0;
  const auto y = py::arg("y").noconvert();
  py::class_<Handle>(m, name, py::module_local())
      .def(py::init<Index>(), py::arg("input_size"))
      .def("add_dense", &Handle::add_dense, py::arg("units"), py::arg("use_bias"), py::arg("seed"))
      .def("add_activation", &Handle::add_activation, py::arg("name"),
           py::arg("arguments") = std::vector<double>())
      .def_property_readonly("output_size", &Handle::output_size)
      .def("parameters", &Handle::parameters)
      .def("set_parameters", &Handle::set_parameters, py::arg("parameters"))
      .def("reset_optimizer", &Handle::reset_optimizer)
      .def("train_epoch", &Handle::train_epoch, py::arg("x"), y, py::arg("order").noconvert(),
           py::arg("loss"), py::arg("optimizer"), py::arg("metric"), py::arg("batch_size"),
           py::arg("progress") = py::none(), n_threads)
      .def("evaluate", &Handle::evaluate, py::arg("x"), y, py::arg("loss"), py::arg("metric"),
           n_threads)
      .def("loss_and_gradients", &Handle::loss_and_gradients, py::arg("x"), y, py::arg("loss"),
           n_threads)
      .def("predict", &Handle::predict, py::arg("x"), n_threads);
}

}  // namespace

void register_nn(py::module_& m) {
  py::class_<nn::Loss>(m, "Loss", py::module_local())
      .def(py::init(&nn::loss_from_name), py::arg("name"), py::arg("from_logits"));
  py::class_<nn::Optimizer>(m, "Optimizer", py::module_local())
      .def_static(
          "sgd",
          [](double learning_rate, double momentum, bool nesterov) {
            return nn::Optimizer{learning_rate, nn::Sgd{momentum, nesterov}};
          },
          py::arg("learning_rate"), py::arg("momentum"), py::arg("nesterov"))
      .def_static(
          "adam",
          [](double learning_rate, double beta_1, double beta_2, double epsilon) {
            return nn::Optimizer{learning_rate, nn::Adam{beta_1, beta_2, epsilon}};
          },
          py::arg("learning_rate"), py::arg("beta_1"), py::arg("beta_2"), py::arg("epsilon"))
      .def_readwrite("learning_rate", &nn::Optimizer::learning_rate);
  register_network<float>(m, "NetworkFloat32");
  register_network<double>(m, "NetworkFloat64");
}

}  // namespace fastnn::bindings
