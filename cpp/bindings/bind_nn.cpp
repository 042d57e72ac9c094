// Networks and optimizers.
#include <pybind11/stl.h>

#include "bindings.h"
#include "fastnn/nn/activation_layer.h"
#include "fastnn/nn/batch_normalization.h"
#include "fastnn/nn/dense.h"
#include "fastnn/nn/dropout.h"
#include "fastnn/nn/layer_normalization.h"
#include "fastnn/nn/merge.h"
#include "fastnn/nn/rescaling.h"
#include "network_handle.h"

namespace fastnn::bindings {
namespace {

template <template <class> class L, class T, class... Arguments>
std::shared_ptr<LayerHandle<T>> make_layer(const Arguments&... arguments) {
  return std::make_shared<LayerHandle<T>>(std::make_shared<L<T>>(arguments...));
}

template <class T>
void register_layer(py::module_& m, const char* name) {
  using Handle = LayerHandle<T>;
  const auto size = py::arg("size");
  py::class_<Handle, std::shared_ptr<Handle>>(m, name, py::module_local())
      .def_static("dense", &make_layer<nn::Dense, T, Index, Index, bool>, py::arg("n_inputs"),
                  py::arg("units"), py::arg("use_bias"))
      .def_static(
          "activation",
          [](Index n, const std::string& function, const std::vector<double>& arguments) {
            return make_layer<nn::ActivationLayer, T>(
                n, nn::activation_from_name(function, arguments));
          },
          size, py::arg("name"), py::arg("arguments") = std::vector<double>())
      .def_static("dropout", &make_layer<nn::Dropout, T, Index, double, std::uint64_t>, size,
                  py::arg("rate"), py::arg("seed"))
      .def_static("rescaling", &make_layer<nn::Rescaling, T, Index>, size)
      .def_static("batch_normalization",
                  &make_layer<nn::BatchNormalization, T, Index, double, double, bool, bool>, size,
                  py::arg("momentum"), py::arg("epsilon"), py::arg("center"), py::arg("scale"))
      .def_static("layer_normalization",
                  &make_layer<nn::LayerNormalization, T, Index, double, bool, bool>, size,
                  py::arg("epsilon"), py::arg("center"), py::arg("scale"))
      .def_static("add", &make_layer<nn::Add, T, Index>, size)
      .def_static("concatenate", &make_layer<nn::Concatenate, T, std::vector<Index>>,
                  py::arg("sizes"))
      .def_property_readonly("output_size", &Handle::output_size)
      .def("parameters", &Handle::parameters)
      .def("parameter_names", &Handle::parameter_names)
      .def("set_parameters", &Handle::set_parameters, py::arg("parameters"))
      .def("set_penalties", &Handle::set_penalties, py::arg("penalties"));
}

template <class T>
void register_network(py::module_& m, const char* name) {
  using Handle = NetworkHandle<T>;
  const auto n_threads = py::arg("n_threads") = 0;
  const auto y = py::arg("y").noconvert();
  const auto weights = py::arg("weights").noconvert();
  const auto progress = py::arg("progress") = py::none();
  py::class_<Handle>(m, name, py::module_local())
      .def(py::init<std::vector<Index>, const typename Handle::Layers&,
                    const std::vector<typename Handle::Places>&, typename Handle::Places,
                    const std::vector<bool>&, bool>(),
           py::arg("input_sizes"), py::arg("layers"), py::arg("inputs"), py::arg("outputs"),
           py::arg("trainable"), py::arg("rounds") = false)
      .def_property_readonly("layers", &Handle::layers)
      .def_property_readonly("output_sizes", &Handle::output_sizes)
      .def_property_readonly("step", &Handle::step)
      .def("reset_optimizer", &Handle::reset_optimizer)
      .def("optimizer_state", &Handle::optimizer_state)
      .def("set_optimizer_state", &Handle::set_optimizer_state, py::arg("step"), py::arg("slots"))
      .def("finish_training", &Handle::finish_training, py::arg("optimizer"))
      .def("set_objective", &Handle::set_objective, py::arg("losses"), py::arg("metrics"),
           py::arg("kept_outputs"), py::arg("divides_penalties") = false)
      .def("train", &Handle::train, py::arg("x"), y, weights, py::arg("order").noconvert(),
           py::arg("batch_size"), py::arg("optimizer"), py::arg("learning_rates").noconvert(),
           py::arg("tally"), progress, n_threads)
      .def("evaluate", &Handle::evaluate, py::arg("x"), y, weights, py::arg("order").noconvert(),
           py::arg("batch_size"), py::arg("tally"), progress, n_threads)
      .def("loss_and_gradients", &Handle::loss_and_gradients, py::arg("x"), y, py::arg("losses"),
           py::arg("weights") = py::none(), n_threads)
      .def("predict", &Handle::predict, py::arg("x"), progress, n_threads);
}

template <class Method, class... Settings>
nn::Optimizer make_optimizer(Settings... settings) {
  return {Method{settings...}};
}

}  // namespace

void register_nn(py::module_& m) {
  py::class_<nn::Optimizer>(m, "Optimizer", py::module_local())
      .def_static("sgd", &make_optimizer<nn::Sgd, double, bool>, py::arg("momentum"),
                  py::arg("nesterov"))
      .def_static("rmsprop", &make_optimizer<nn::RmsProp, double, double, double, bool>,
                  py::arg("rho"), py::arg("momentum"), py::arg("epsilon"), py::arg("centered"))
      .def_static("adam", &make_optimizer<nn::Adam, double, double, double, bool>,
                  py::arg("beta_1"), py::arg("beta_2"), py::arg("epsilon"), py::arg("amsgrad"))
      .def_static("adamax", &make_optimizer<nn::Adamax, double, double, double>, py::arg("beta_1"),
                  py::arg("beta_2"), py::arg("epsilon"))
      .def_static("nadam", &make_optimizer<nn::Nadam, double, double, double>, py::arg("beta_1"),
                  py::arg("beta_2"), py::arg("epsilon"))
      .def_static("adagrad", &make_optimizer<nn::Adagrad, double, double>,
                  py::arg("initial_accumulator_value"), py::arg("epsilon"))
      .def_static("adadelta", &make_optimizer<nn::Adadelta, double, double>, py::arg("rho"),
                  py::arg("epsilon"))
      .def_static("lion", &make_optimizer<nn::Lion, double, double>, py::arg("beta_1"),
                  py::arg("beta_2"))
      .def_readwrite("weight_decay", &nn::Optimizer::weight_decay)
      .def_readwrite("undecayed", &nn::Optimizer::undecayed)
      .def_readwrite("clip_value", &nn::Optimizer::clip_value)
      .def_readwrite("clip_norm", &nn::Optimizer::clip_norm)
      .def_readwrite("global_clip_norm", &nn::Optimizer::global_clip_norm)
      .def_readwrite("loss_scale", &nn::Optimizer::loss_scale)
      .def_readwrite("accumulation_steps", &nn::Optimizer::accumulation_steps)
      .def_readwrite("use_average", &nn::Optimizer::use_average)
      .def_readwrite("average_momentum", &nn::Optimizer::average_momentum)
      .def_readwrite("overwrite_frequency", &nn::Optimizer::overwrite_frequency);
  py::class_<nn::Tally>(m, "Tally", py::module_local())
      .def(py::init<>())
      .def("figures", &figures)
      .def("losses", &mean_losses);
  register_layer<float>(m, "LayerFloat32");
  register_layer<double>(m, "LayerFloat64");
  register_network<float>(m, "NetworkFloat32");
  register_network<double>(m, "NetworkFloat64");
}

}  // namespace fastnn::bindings
