// The extension module of one x86-64 level: _core_v2, _core_v3, _core_v4.
#include "bindings.h"

#define FASTNN_CONCAT(a, b) a##b
#define FASTNN_MODULE(level) FASTNN_CONCAT(_core_, level)

PYBIND11_MODULE(FASTNN_MODULE(FASTNN_LEVEL), m) {
  m.doc() = "The compiled core of fastnn; see _core.pyi.";
  fastnn::bindings::register_runtime(m);
  fastnn::bindings::register_ops(m);
  fastnn::bindings::register_neighbors(m);
  fastnn::bindings::register_losses(m);
  fastnn::bindings::register_linear_objective(m);
  fastnn::bindings::register_nn(m);
}
