// Threads, random order, and how the module was built.
#include <omp.h>

#include <numeric>
#include <string>

#include "arrays.h"
#include "bindings.h"
#include "fastnn/common/parallel.h"
#include "fastnn/common/random.h"
#include "fastnn/linalg/bfloat16_products.h"
#include "fastnn/linalg/finite.h"

#define FASTNN_STRING_OF(x) #x
#define FASTNN_STRING(x) FASTNN_STRING_OF(x)

namespace fastnn::bindings {
namespace {

std::string compiler() {
#if defined(__clang__)
  return std::string("clang ") + __clang_version__;
#elif defined(__GNUC__)
  return std::string("gcc ") + __VERSION__;
#elif defined(_MSC_VER)
  return "msvc " + std::to_string(_MSC_VER);
#else
  return "unknown";
#endif
}

py::dict build_info() {
  py::dict info;
  info["isa"] = FASTNN_STRING(FASTNN_LEVEL);
  info["compiler"] = compiler();
  info["eigen"] = FASTNN_STRING(EIGEN_WORLD_VERSION) "." FASTNN_STRING(
      EIGEN_MAJOR_VERSION) "." FASTNN_STRING(EIGEN_MINOR_VERSION);
  info["openmp"] = FASTNN_STRING(_OPENMP);
  return info;
}

Array<std::int64_t> permutation(Index n, std::uint64_t seed, std::uint64_t stream) {
  if (n < 0) throw py::value_error("expected n >= 0. Received: " + std::to_string(n));
  Array<std::int64_t> order(n);
  std::int64_t* const data = order.mutable_data();
  without_gil([&] {
    std::iota(data, data + n, 0);
    shuffle(data, n, Philox(seed, stream));
  });
  return order;
}

template <class T>
void register_all_finite(py::module_& m) {
  m.def(
      "all_finite",
      [](const Array<T>& x, int n_threads) {
        return without_gil(
            [&] { return linalg::all_finite(x.data(), x.size(), resolve_threads(n_threads)); });
      },
      py::arg("x").noconvert(), py::arg("n_threads") = 0);
}

}  // namespace

void register_runtime(py::module_& m) {
  m.attr("isa") = FASTNN_STRING(FASTNN_LEVEL);
  m.def("build_info", &build_info);
  m.def("has_bfloat16", &linalg::has_bfloat16);
  m.def("set_num_threads", &set_num_threads, py::arg("n_threads"));
  m.def("get_num_threads", [] { return resolve_threads(0); });
  m.def("permutation", &permutation, py::arg("n"), py::arg("seed"), py::arg("stream"));
  register_all_finite<float>(m);
  register_all_finite<double>(m);
}

}  // namespace fastnn::bindings
