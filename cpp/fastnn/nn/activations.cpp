#include "fastnn/nn/activations.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>

#include "fastnn/nn/piecewise_activations.h"
#include "fastnn/nn/row_activations.h"
#include "fastnn/nn/smooth_activations.h"

namespace fastnn::nn {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Named {
  std::string_view name;
  Activation activation;  // with Keras's defaults
  std::size_t n_arguments = 0;
};

constexpr Named names[] = {
    {"linear", {ActivationKind::linear}},
    {"relu", {ActivationKind::relu, 0, infinity, 0}, 3},
    {"leaky_relu", {ActivationKind::leaky_relu, 0.2}, 1},
    {"relu6", {ActivationKind::relu6}},
    {"elu", {ActivationKind::elu, 1}, 1},
    {"celu", {ActivationKind::celu, 1}, 1},
    {"selu", {ActivationKind::selu}},
    {"gelu", {ActivationKind::gelu, 0}, 1},  // whether approximate
    {"silu", {ActivationKind::silu}},
    {"swish", {ActivationKind::silu}},
    {"mish", {ActivationKind::mish}},
    {"softplus", {ActivationKind::softplus}},
    {"softsign", {ActivationKind::softsign}},
    {"squareplus", {ActivationKind::squareplus, 4}, 1},
    {"sparse_plus", {ActivationKind::sparse_plus}},
    {"soft_shrink", {ActivationKind::soft_shrink, 0.5}, 1},
    {"hard_shrink", {ActivationKind::hard_shrink, 0.5}, 1},
    {"tanh_shrink", {ActivationKind::tanh_shrink}},
    {"threshold", {ActivationKind::threshold, 0, 0}, 2},  // and the value below; no defaults
    {"sigmoid", {ActivationKind::sigmoid}},
    {"log_sigmoid", {ActivationKind::log_sigmoid}},
    {"sparse_sigmoid", {ActivationKind::sparse_sigmoid}},
    {"hard_sigmoid", {ActivationKind::hard_sigmoid}},
    {"hard_silu", {ActivationKind::hard_silu}},
    {"hard_swish", {ActivationKind::hard_silu}},
    {"hard_tanh", {ActivationKind::hard_tanh}},
    {"tanh", {ActivationKind::tanh}},
    {"exponential", {ActivationKind::exponential}},
    {"softmax", {ActivationKind::softmax}},
    {"log_softmax", {ActivationKind::log_softmax}},
    {"sparsemax", {ActivationKind::sparsemax}},
    {"glu", {ActivationKind::glu}},
};

// G. Klambauer et al., Self-Normalizing Neural Networks, NeurIPS 2017.
constexpr double selu_alpha = 1.6732632423543772848170429916717;
constexpr double selu_scale = 1.0507009873554804934193349852946;

// Calls `use` with the function. Keras's relu is one of three functions, as its arguments say.
template <class T, class F>
void with_relu(const Activation& relu, const F& use) {
  const auto [kind, negative_slope, max_value, threshold] = relu;
  if (max_value < infinity || threshold != 0) {
    use(ClippedRelu<T>(negative_slope, max_value, threshold));
  } else if (negative_slope != 0) {
    use(LeakyRelu<T>(negative_slope));
  } else {
    use(Relu<T>());
  }
}

template <class T, class F>
void with_function(const Activation& activation, const F& use) {
  const double a = activation.a;
  switch (activation.kind) {
    case ActivationKind::linear:
      return use(Identity<T>());
    case ActivationKind::relu:
      return with_relu<T>(activation, use);
    case ActivationKind::leaky_relu:
      return use(LeakyRelu<T>(a));
    case ActivationKind::relu6:
      return use(ClippedRelu<T>(0, 6, 0));
    case ActivationKind::elu:
      return use(ExponentialLinear<T>(a, 1, 1));
    case ActivationKind::celu:
      return use(ExponentialLinear<T>(a, 1, a));
    case ActivationKind::selu:
      return use(ExponentialLinear<T>(selu_alpha, selu_scale, 1));
    case ActivationKind::gelu:
      return a != 0 ? use(ApproximateGelu<T>()) : use(Gelu<T>());
    case ActivationKind::silu:
      return use(Silu<T>());
    case ActivationKind::mish:
      return use(Mish<T>());
    case ActivationKind::softplus:
      return use(Softplus<T>());
    case ActivationKind::softsign:
      return use(Softsign<T>());
    case ActivationKind::squareplus:
      return use(Squareplus<T>(a));
    case ActivationKind::sparse_plus:
      return use(SparsePlus<T>());
    case ActivationKind::soft_shrink:
      return use(Shrink<T>(a, true));
    case ActivationKind::hard_shrink:
      return use(Shrink<T>(a, false));
    case ActivationKind::tanh_shrink:
      return use(TanhShrink<T>());
    case ActivationKind::threshold:
      return use(Threshold<T>(a, activation.b));
    case ActivationKind::sigmoid:
      return use(Sigmoid<T>());
    case ActivationKind::log_sigmoid:
      return use(LogSigmoid<T>());
    case ActivationKind::sparse_sigmoid:
      return use(SparseSigmoid<T>());
    case ActivationKind::hard_sigmoid:
      return use(HardSigmoid<T>());
    case ActivationKind::hard_silu:
      return use(HardSilu<T>());
    case ActivationKind::hard_tanh:
      return use(HardTanh<T>());
    case ActivationKind::tanh:
      return use(HyperbolicTangent<T>());
    case ActivationKind::exponential:
      return use(Exponential<T>());
    case ActivationKind::softmax:
      return use(Softmax<T>());
    case ActivationKind::log_softmax:
      return use(LogSoftmax<T>());
    case ActivationKind::sparsemax:
      return use(Sparsemax<T>());
    case ActivationKind::glu:
      return use(Glu<T>());
  }
}

template <class T, class Function>
void row_value(const Function& f, const T* x, T* y, Index n) {
  if constexpr (requires { f.row(x, y, n); }) {
    f.row(x, y, n);
  } else {
    simd::transform(y, n, [&](const Packet<T>& v) { return f.value(v); }, x);
  }
}

template <class T, class Function>
void row_gradient(const Function& f, const T* x, const T* y, const T* dy, T* dx, Index n) {
  if constexpr (requires { f.row_gradient(x, y, dy, dx, n); }) {
    f.row_gradient(x, y, dy, dx, n);
  } else {
    const auto gradient = [&](const Packet<T>& u, const Packet<T>& v, const Packet<T>& dv) {
      return simd::pmul(dv, f.slope(u, v));
    };
    simd::transform(dx, n, gradient, x, y, dy);
  }
}

}  // namespace

bool Activation::slope_follows_from_output() const {
  switch (kind) {
    case ActivationKind::relu:
      return a >= 0 && b == infinity && c == 0;
    case ActivationKind::leaky_relu:
      return a > 0;
    case ActivationKind::sigmoid:
    case ActivationKind::tanh:
    case ActivationKind::exponential:
      return true;
    default:
      return false;
  }
}

Index Activation::output_size(Index input_size) const {
  if (kind != ActivationKind::glu) return input_size;
  if (input_size % 2 != 0) {
    throw std::invalid_argument("expected an even number of inputs for glu. Received: " +
                                std::to_string(input_size));
  }
  return input_size / 2;
}

Activation activation_from_name(std::string_view name, std::span<const double> arguments) {
  const auto* const found = std::find_if(std::begin(names), std::end(names),
                                         [&](const Named& n) { return n.name == name; });
  if (found == std::end(names)) {
    throw std::invalid_argument("expected the name of an activation. Received: " +
                                std::string(name));
  }
  if (arguments.size() > found->n_arguments) {
    throw std::invalid_argument("expected at most " + std::to_string(found->n_arguments) +
                                " arguments of " + std::string(name) +
                                ". Received: " + std::to_string(arguments.size()));
  }
  Activation activation = found->activation;
  double* const places[] = {&activation.a, &activation.b, &activation.c};
  for (std::size_t i = 0; i < arguments.size(); ++i) *places[i] = arguments[i];
  return activation;
}

template <class T>
void activate(const Activation& activation, ConstMatrixView<T> x, MatrixView<T> y) {
  const bool done = activation.kind == ActivationKind::linear && x.data == y.data;
  if (done || x.cols == 0) return;
  with_function<T>(activation, [&](const auto& f) {
    for (Index i = 0; i < x.rows; ++i) row_value(f, x.row(i), y.row(i), x.cols);
  });
}

template <class T>
void activation_gradient(const Activation& activation, ConstMatrixView<T> x, ConstMatrixView<T> y,
                         ConstMatrixView<T> dy, MatrixView<T> dx) {
  with_function<T>(activation, [&](const auto& f) {
    for (Index i = 0; i < x.rows; ++i) {
      row_gradient(f, x.row(i), y.row(i), dy.row(i), dx.row(i), x.cols);
    }
  });
}

template void activate(const Activation&, ConstMatrixView<float>, MatrixView<float>);
template void activate(const Activation&, ConstMatrixView<double>, MatrixView<double>);
template void activation_gradient(const Activation&, ConstMatrixView<float>, ConstMatrixView<float>,
                                  ConstMatrixView<float>, MatrixView<float>);
template void activation_gradient(const Activation&, ConstMatrixView<double>,
                                  ConstMatrixView<double>, ConstMatrixView<double>,
                                  MatrixView<double>);

}  // namespace fastnn::nn
