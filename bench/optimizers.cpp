// Updates of the weights of a layer by each optimizer, in pieces as the gradient comes.
#include "fastnn/nn/optimizers.h"

#include "fastnn/nn/dense.h"

#include "report.h"

namespace fastnn::bench {
namespace {

constexpr Index n_inputs = 784;
constexpr Index units = 128;
constexpr Index n_weights = n_inputs * units;
constexpr Index piece = 2048;

struct Method {
  std::string name;
  nn::Optimizer optimizer;
};

nn::Optimizer clipped(const nn::Adam& adam, double norm) {
  nn::Optimizer optimizer{adam};
  optimizer.clip_norm = norm;
  return optimizer;
}

const Method methods[] = {
    {"sgd", {nn::Sgd{}}},
    {"momentum", {nn::Sgd{0.9}}},
    {"rmsprop", {nn::RmsProp{}}},
    {"adam", {nn::Adam{}}},
    {"adam, decay and clip", {nn::Adam{}, 0.004, 1.0}},
    {"adam, clipped norm", clipped(nn::Adam{}, 1.0)},
    {"adamax", {nn::Adamax{}}},
    {"nadam", {nn::Nadam{}}},
    {"adagrad", {nn::Adagrad{}}},
    {"adadelta", {nn::Adadelta{}}},
    {"lion", {nn::Lion{}}},
};

template <class T>
void update(benchmark::State& state, const Method& method) {
  const nn::Network<T> network(
      {n_inputs}, {{std::make_shared<nn::Dense<T>>(n_inputs, units, false), {0}}}, {1});
  nn::Parameter<T>& parameter = *network.parameters().front();
  nn::Memory<T> memory;
  nn::make_slots(method.optimizer, network, memory);
  const auto rule = nn::make_update(method.optimizer, network, memory);
  auto gradient = random_matrix<T>(1, piece);
  const auto n_slots = static_cast<double>(rule->n_slots());
  // Weights and slots are read and written; the gradient stays in level 1.
  const double bytes = 2 * (1 + n_slots) * n_weights * sizeof(T);
  Index step = 0;
  run_bytes(state, bytes, 1, [&] {
    rule->begin_step(++step, 0.001);
    for (Index i = 0; i < n_weights; i += piece) {
      rule->consume(0, parameter, i, gradient.data(), std::min(piece, n_weights - i));
    }
    rule->end_step(Member{});
  });
}

template <class T>
void register_for() {
  for (const Method& method : methods) {
    const auto name = "update/" + dtype<T> + "/" + method.name;
    benchmark::RegisterBenchmark(name.c_str(), update<T>, method);
  }
}

}  // namespace

void register_optimizers() {
  register_for<float>();
  register_for<double>();
}

}  // namespace fastnn::bench
