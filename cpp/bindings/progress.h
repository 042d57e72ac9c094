// Long computations tell Python how far they are, and stop where it raises.
#pragma once

#include <pybind11/pybind11.h>

#include "fastnn/common/watch.h"

namespace fastnn::bindings {

// Looks for Ctrl-C, and calls `progress` with the share that is done unless it is None.
inline Watch::Report reporter(const pybind11::object& progress) {
  return [&progress](double done) {
    const pybind11::gil_scoped_acquire acquire;
    if (PyErr_CheckSignals() != 0) throw pybind11::error_already_set();
    if (!progress.is_none()) progress(done);
  };
}

}  // namespace fastnn::bindings
