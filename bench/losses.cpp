// Softmax and cross-entropy in one: the loss of each row and the gradient.
#include "fastnn/nn/losses.h"

#include <numeric>

#include "report.h"

namespace fastnn::bench {
namespace {

struct Shape {
  Index n_rows, n_classes;
};

constexpr Shape shapes[] = {{32, 10}, {256, 10}, {256, 1000}, {500'000, 10}};

template <class T>
void softmax_cross_entropy(benchmark::State& state, Shape s) {
  const auto logits = random_matrix<T>(s.n_rows, s.n_classes);
  Matrix<T> gradient = Matrix<T>::Zero(s.n_rows, s.n_classes);
  std::vector<std::int64_t> rows(static_cast<std::size_t>(s.n_rows));
  std::iota(rows.begin(), rows.end(), 0);
  std::vector<std::int64_t> labels(rows);
  for (auto& label : labels) label %= s.n_classes;
  std::vector<double> values(rows.size());
  const nn::Targets<T> targets = nn::Labels{labels.data(), s.n_rows};
  const nn::Loss loss{nn::LossKind::cross_entropy, true};
  const double bytes = 2.0 * sizeof(T) * static_cast<double>(logits.size());
  run_bytes(state, bytes, 1, [&] {
    nn::evaluate_loss<T>(loss, view(logits), targets, rows.data(), T{1}, values.data(),
                         view(gradient));
  });
}

template <class T>
void register_for() {
  for (const Shape s : shapes) {
    const auto name = "softmax_cross_entropy/" + dtype<T> + "/" + shape(s.n_rows, s.n_classes);
    benchmark::RegisterBenchmark(name.c_str(), softmax_cross_entropy<T>, s);
  }
}

}  // namespace

void register_losses() {
  register_for<float>();
  register_for<double>();
}

}  // namespace fastnn::bench
