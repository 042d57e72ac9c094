// The three products of a dense layer with all that goes with them: forward, and back to its inputs
// and to its weights. With values rounded to bfloat16 twice the peak of float32 is what a processor
// may reach.
#include "fastnn/nn/dense.h"

#include "report.h"

namespace fastnn::bench {
namespace {

struct Setting {
  Index n_rows, n_inputs, units;
  bool rounds;
};

class NoConsumer final : public nn::GradientConsumer<float> {
 public:
  void consume(std::size_t /*number*/, nn::Parameter<float>& /*parameter*/, Index /*offset*/,
               float* gradient, Index /*count*/) const override {
    benchmark::DoNotOptimize(*gradient);
  }
  nn::Arrays<float> arrays(std::size_t /*number*/,
                           const nn::Parameter<float>& /*parameter*/) const override {
    return {};
  }
  double loss_scale() const override { return 1; }
};

class DensePasses {
 public:
  explicit DensePasses(const Setting& setting)
      : layer_(setting.n_inputs, setting.units, true),
        x_(random_matrix<float>(setting.n_rows, setting.n_inputs)),
        y_(random_matrix<float>(setting.n_rows, setting.units)),
        dx_(x_),
        dy_(y_),
        rounded_(setting.rounds ? layer_.rounded_size(setting.n_rows) : 0) {
    layer_.parameters()[0]->values.setRandom();
    flow_.inputs = {view(x_)};
    flow_.output = view(y_);
    flow_.input_gradients = {view(dx_)};
    flow_.output_gradient = view(dy_);
    if (setting.rounds) flow_.rounded = rounded_.data();
  }

  void forward(const Member& member) {
    if (flow_.rounded != nullptr) {
      layer_.round_input(flow_, member);
      member.wait();
    }
    layer_.forward(flow_, {}, layer_.output_share(x_.rows(), member));
  }
  void backward_input(const Member& member) {
    if (flow_.rounded != nullptr) {
      layer_.round_output_gradient(flow_, member);
      member.wait();
    }
    layer_.backward_input(flow_, {}, 0, layer_.input_share(x_.rows(), 0, member));
  }
  void backward_parameters(const Member& member) {
    layer_.backward_parameters(flow_, NoConsumer(), 0, member);
  }

 private:
  nn::Dense<float> layer_;
  Matrix<float> x_, y_, dx_, dy_;
  nn::Vector<linalg::Bfloat16Pair> rounded_;
  nn::Flow<float> flow_;
};

using Pass = void (DensePasses::*)(const Member&);

void run_pass(benchmark::State& state, Pass pass, const Setting& setting, int n_threads) {
  DensePasses passes(setting);
  const double flops = 2.0 * static_cast<double>(setting.n_rows * setting.n_inputs * setting.units);
  run_team(n_threads, [&](const Member& member) { passes.forward(member); });
  run_flops<float>(state, flops, n_threads, [&] {
    run_team(n_threads, [&](const Member& member) { (passes.*pass)(member); });
  });
}

constexpr std::pair<const char*, Pass> kinds[] = {
    {"forward", &DensePasses::forward},
    {"backward_input", &DensePasses::backward_input},
    {"backward_parameters", &DensePasses::backward_parameters},
};

constexpr Index sizes[][3] = {{32, 784, 128}, {256, 784, 512}, {256, 512, 512}, {200, 4096, 512}};

}  // namespace

void register_dense() {
  for (const bool rounds : {false, true}) {
    if (rounds && !linalg::has_bfloat16()) continue;
    for (const int n_threads : thread_counts()) {
      for (const auto& [kind, pass] : kinds) {
        for (const auto& [n_rows, n_inputs, units] : sizes) {
          const auto name = std::string("dense/") + (rounds ? "bfloat16" : "float32") + "/" + kind +
                            "/" + shape(n_rows, n_inputs) + "x" + std::to_string(units) +
                            "/threads:" + std::to_string(n_threads);
          benchmark::RegisterBenchmark(name.c_str(), run_pass, pass,
                                       Setting{n_rows, n_inputs, units, rounds}, n_threads)
              ->UseRealTime();
        }
      }
    }
  }
}

}  // namespace fastnn::bench
