// Losses: the value of each row and the gradient with respect to the outputs.
#include "fastnn/nn/losses.h"

#include <numeric>

#include "report.h"

namespace fastnn::bench {
namespace {

struct Shape {
  Index n_rows, n_outputs;
};

template <class T>
void run_loss(benchmark::State& state, Shape s, const nn::Loss& loss,
              const nn::Targets<T>& targets) {
  const auto outputs = random_matrix<T>(s.n_rows, s.n_outputs);
  Matrix<T> gradient = Matrix<T>::Zero(s.n_rows, s.n_outputs);
  std::vector<std::int64_t> rows(static_cast<std::size_t>(s.n_rows));
  std::iota(rows.begin(), rows.end(), 0);
  std::vector<double> values(rows.size());
  const double bytes = 2.0 * sizeof(T) * static_cast<double>(outputs.size());
  run_bytes(state, bytes, 1, [&] {
    nn::evaluate_loss<T>(loss, view(outputs), targets, rows.data(), nullptr, T{1}, values.data(),
                         view(gradient));
  });
}

template <class T>
void softmax_cross_entropy(benchmark::State& state, Shape s) {
  std::vector<std::int64_t> labels(static_cast<std::size_t>(s.n_rows));
  std::iota(labels.begin(), labels.end(), 0);
  for (auto& label : labels) label %= s.n_outputs;
  run_loss<T>(state, s, {nn::CrossEntropy{.from_logits = true}},
              nn::Labels{labels.data(), s.n_rows});
}

template <class T>
void loss_of_rows(benchmark::State& state, Shape s, const nn::Loss& loss) {
  Matrix<T> targets = Matrix<T>::Zero(s.n_rows, s.n_outputs);
  for (Index i = 0; i < s.n_rows; ++i) targets(i, i % s.n_outputs) = 1;
  run_loss<T>(state, s, loss, view(std::as_const(targets)));
}

struct NamedLoss {
  const char* name;
  nn::Loss loss;
};

template <class T>
void register_for() {
  for (const Shape s : {Shape{32, 10}, {256, 10}, {256, 1000}, {500'000, 10}}) {
    const auto name = "softmax_cross_entropy/" + dtype<T> + "/" + shape(s.n_rows, s.n_outputs);
    benchmark::RegisterBenchmark(name.c_str(), softmax_cross_entropy<T>, s);
  }
  const NamedLoss losses[] = {
      {"softmax_cross_entropy_one_hot", {nn::CrossEntropy{.from_logits = true}}},
      {"binary_cross_entropy_of_logits", {nn::BinaryCrossEntropy{.from_logits = true}}},
      {"mean_squared_error", {nn::SquaredError{}}},
  };
  for (const auto& [loss_name, loss] : losses) {
    for (const Shape s : {Shape{32, 10}, {256, 784}}) {
      const auto name = loss_name + ("/" + dtype<T>)+"/" + shape(s.n_rows, s.n_outputs);
      benchmark::RegisterBenchmark(name.c_str(), loss_of_rows<T>, s, loss);
    }
  }
}

}  // namespace

void register_losses() {
  register_for<float>();
  register_for<double>();
}

}  // namespace fastnn::bench
