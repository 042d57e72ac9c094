// One function a concept; each adds its functions and classes to the module.
#pragma once

#include <pybind11/pybind11.h>

namespace fastnn::bindings {

void register_runtime(pybind11::module_& m);
void register_ops(pybind11::module_& m);
void register_neighbors(pybind11::module_& m);
void register_losses(pybind11::module_& m);
void register_linear_objective(pybind11::module_& m);
void register_nn(pybind11::module_& m);

}  // namespace fastnn::bindings
