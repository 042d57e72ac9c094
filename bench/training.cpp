// Steps of training: forward, loss, backward and Adam, many in one epoch as in use.
#include <numeric>

#include "fastnn/nn/activation_layer.h"
#include "fastnn/nn/dense.h"
#include "fastnn/nn/trainer.h"
#include "report.h"

namespace fastnn::bench {
namespace {

constexpr Index n_steps = 50;

struct Setting {
  std::vector<Index> layer_sizes;
  Index batch_size;

  std::string name() const {
    std::string text;
    for (const Index size : layer_sizes) {
      if (!text.empty()) text += '-';
      text += std::to_string(size);
    }
    return text + "/batch:" + std::to_string(batch_size);
  }

  // Products forward, for the weights and for the inputs, whose gradient the first layer leaves
  // out.
  double flops_per_row() const {
    double flops = 0;
    for (std::size_t i = 1; i < layer_sizes.size(); ++i) {
      flops += (i == 1 ? 4.0 : 6.0) * static_cast<double>(layer_sizes[i - 1] * layer_sizes[i]);
    }
    return flops;
  }
};

const Setting settings[] = {{{784, 128, 10}, 32}, {{784, 512, 512, 10}, 256}};

template <class T>
nn::Network<T> make_network(const std::vector<Index>& layer_sizes) {
  std::vector<nn::Node<T>> nodes;
  const auto append = [&](std::shared_ptr<nn::Layer<T>> layer) {
    nodes.push_back({std::move(layer), {nodes.size()}});
  };
  for (std::size_t i = 1; i < layer_sizes.size(); ++i) {
    const Index units = layer_sizes[i];
    const bool last = i + 1 == layer_sizes.size();
    auto dense = std::make_shared<nn::Dense<T>>(layer_sizes[i - 1], units, true);
    const auto weights = random_matrix<T>(layer_sizes[i - 1], units);
    dense->parameters()[0]->values = T(0.05) * weights.reshaped();
    append(std::move(dense));
    append(std::make_shared<nn::ActivationLayer<T>>(
        units, nn::activation_from_name(last ? "softmax" : "relu")));
  }
  const std::size_t output = nodes.size();
  return {{layer_sizes.front()}, std::move(nodes), {output}};
}

template <class T>
void train(benchmark::State& state, const Setting& setting, int n_threads) {
  const auto network = make_network<T>(setting.layer_sizes);
  const Index n_rows = n_steps * setting.batch_size;
  const auto x = random_matrix<T>(n_rows, setting.layer_sizes.front());
  std::vector<std::int64_t> order(static_cast<std::size_t>(n_rows));
  std::iota(order.begin(), order.end(), 0);
  std::vector<std::int64_t> labels(order);
  for (auto& label : labels) label %= setting.layer_sizes.back();
  const nn::Examples<T> examples{{view(x)}, {{nn::Labels{labels.data(), n_rows}}}};
  nn::Trainer<T> trainer(
      network, {{{nn::Loss{nn::CrossEntropy{}}}}, {{nn::Metric{nn::CategoricalAccuracy{}}}}, {}});
  nn::Memory<T> memory;
  nn::Tally tally;
  const nn::Optimizer adam{nn::Adam{}};
  const std::vector<double> learning_rates(n_steps, 0.001);
  const nn::Course course{order, setting.batch_size, learning_rates};
  const double flops = setting.flops_per_row() * static_cast<double>(n_rows);
  run_flops<T>(state, flops, n_threads,
               [&] { trainer.train(examples, course, adam, memory, tally, {}, {}, n_threads); });
  state.counters["steps"] = n_steps;
}

template <class T>
void register_for() {
  for (const int n_threads : thread_counts()) {
    for (const Setting& setting : settings) {
      const auto name =
          "training/" + dtype<T> + "/" + setting.name() + "/threads:" + std::to_string(n_threads);
      benchmark::RegisterBenchmark(name.c_str(), train<T>, setting, n_threads)
          ->UseRealTime()
          ->Unit(benchmark::kMillisecond);
    }
  }
}

}  // namespace

void register_training() {
  register_for<float>();
  register_for<double>();
}

}  // namespace fastnn::bench
