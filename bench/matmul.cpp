// Matrix products on the shapes of a perceptron's layers; beside them Eigen's own, on one thread.
#include "fastnn/linalg/matmul.h"

#include "report.h"

namespace fastnn::bench {
namespace {

struct Shape {  // (m × k) · (k × n)
  Index m, k, n;
};

constexpr Shape shapes[] = {{32, 784, 128}, {32, 128, 10},    {256, 784, 512},
                            {784, 32, 128}, {200, 784, 3000}, {1000, 1000, 1000}};

template <class T>
void multiply(benchmark::State& state, Shape s, int n_threads) {
  const auto a = random_matrix<T>(s.m, s.k);
  const auto b = random_matrix<T>(s.k, s.n);
  Matrix<T> c = Matrix<T>::Zero(s.m, s.n);
  const double flops = 2.0 * static_cast<double>(s.m * s.k * s.n);
  run_flops<T>(state, flops, n_threads,
               [&] { linalg::matmul<T>(view(a), view(b), view(c), n_threads); });
}

template <class T>
void multiply_by_eigen(benchmark::State& state, Shape s) {
  const auto a = random_matrix<T>(s.m, s.k);
  const auto b = random_matrix<T>(s.k, s.n);
  Matrix<T> c = Matrix<T>::Zero(s.m, s.n);
  const double flops = 2.0 * static_cast<double>(s.m * s.k * s.n);
  run_flops<T>(state, flops, 1, [&] { c.noalias() = a * b; });
}

template <class T>
void register_for() {
  for (const Shape s : shapes) {
    const auto name =
        "matmul_by_eigen/" + dtype<T> + "/" + shape(s.m, s.k) + "x" + std::to_string(s.n);
    benchmark::RegisterBenchmark(name.c_str(), multiply_by_eigen<T>, s)->UseRealTime();
  }
  for (const int n_threads : thread_counts()) {
    for (const Shape s : shapes) {
      const auto name = "matmul/" + dtype<T> + "/" + shape(s.m, s.k) + "x" + std::to_string(s.n) +
                        "/threads:" + std::to_string(n_threads);
      benchmark::RegisterBenchmark(name.c_str(), multiply<T>, s, n_threads)->UseRealTime();
    }
  }
}

}  // namespace

void register_matmul() {
  register_for<float>();
  register_for<double>();
}

}  // namespace fastnn::bench
