// Activation functions and their gradients: a batch that fits into a cache, and rows that do not.
#include "fastnn/nn/activations.h"

#include "report.h"

namespace fastnn::bench {
namespace {

constexpr Index n_cols = 512;
constexpr Index row_counts[] = {256, 50'000};

template <class T>
void forward(benchmark::State& state, nn::Activation activation, Index n_rows) {
  const auto x = random_matrix<T>(n_rows, n_cols);
  Matrix<T> y = Matrix<T>::Zero(n_rows, n_cols);
  const double bytes = 2.0 * sizeof(T) * static_cast<double>(x.size());
  run_bytes(state, bytes, 1, [&] { nn::activate<T>(activation, view(x), view(y)); });
}

template <class T>
void backward(benchmark::State& state, nn::Activation activation, Index n_rows) {
  const auto x = random_matrix<T>(n_rows, n_cols);
  Matrix<T> y = Matrix<T>::Zero(n_rows, n_cols);
  nn::activate<T>(activation, view(x), view(y));
  const auto dy = random_matrix<T>(n_rows, n_cols);
  Matrix<T> dx = Matrix<T>::Zero(n_rows, n_cols);
  const double bytes = 3.0 * sizeof(T) * static_cast<double>(y.size());
  run_bytes(state, bytes, 1,
            [&] { nn::activation_gradient<T>(activation, view(x), view(y), view(dy), view(dx)); });
}

template <class T>
void register_for() {
  for (const Index n_rows : row_counts) {
    const auto end = "/" + dtype<T> + "/" + shape(n_rows, n_cols);
    for (const std::string name :
         {"relu", "sigmoid", "tanh", "elu", "softplus", "silu", "gelu", "softmax", "log_softmax"}) {
      const auto activation = nn::activation_from_name(name);
      benchmark::RegisterBenchmark((name + end).c_str(), forward<T>, activation, n_rows);
      benchmark::RegisterBenchmark((name + "_gradient" + end).c_str(), backward<T>, activation,
                                   n_rows);
    }
  }
}

}  // namespace

void register_activations() {
  register_for<float>();
  register_for<double>();
}

}  // namespace fastnn::bench
