#include "fastnn/nn/optimizers.h"

#include <cmath>

#include "fastnn/common/simd.h"

namespace fastnn::nn {
namespace {

using simd::broadcast;
using simd::Packet;

template <class T>
class SgdUpdate final : public Update<T> {
 public:
  SgdUpdate(const Sgd& sgd, double learning_rate, Memory<T>& memory)
      : memory_(memory),
        momentum_(static_cast<T>(sgd.momentum)),
        step_(static_cast<T>(-learning_rate)),
        nesterov_(sgd.nesterov) {}

  void begin_step(Index /*step*/) override {}

  void consume(std::size_t number, Parameter<T>& parameter, Index offset, T* gradient,
               Index count) const override {
    T* const w = parameter.values.data() + offset;
    if (momentum_ == T(0)) {
      add_scaled(w, gradient, count);
    } else {
      add_velocity(w, memory_.slots[number][0].data() + offset, gradient, count);
    }
  }

 private:
  void add_scaled(T* w, const T* g, Index n) const {
    const Packet<T> step = broadcast(step_);
    const auto add = [&](const Packet<T>& wi, const Packet<T>& gi) {
      return simd::padd(wi, simd::pmul(step, gi));
    };
    simd::transform(w, n, add, w, g);
  }

  void add_velocity(T* w, T* v, const T* g, Index n) const {
    const Packet<T> step = broadcast(step_);
    const Packet<T> momentum = broadcast(momentum_);
    const auto decay = [&](const Packet<T>& vi, const Packet<T>& gi) {
      return simd::padd(simd::pmul(momentum, vi), simd::pmul(step, gi));
    };
    simd::transform(v, n, decay, v, g);
    if (nesterov_) {
      const auto look_ahead = [&](const Packet<T>& wi, const Packet<T>& vi, const Packet<T>& gi) {
        return simd::padd(wi, decay(vi, gi));
      };
      simd::transform(w, n, look_ahead, w, v, g);
    } else {
      const auto add = [](const Packet<T>& wi, const Packet<T>& vi) { return simd::padd(wi, vi); };
      simd::transform(w, n, add, w, v);
    }
  }

  Memory<T>& memory_;
  T momentum_;
  T step_;
  bool nesterov_;
};

template <class T>
class AdamUpdate final : public Update<T> {
 public:
  AdamUpdate(const Adam& adam, double learning_rate, Memory<T>& memory)
      : memory_(memory),
        adam_(adam),
        learning_rate_(learning_rate),
        rate_1_(static_cast<T>(1 - adam.beta_1)),
        rate_2_(static_cast<T>(1 - adam.beta_2)),
        epsilon_(static_cast<T>(adam.epsilon)) {}

  void begin_step(Index step) override {
    const auto t = static_cast<double>(step);
    step_ = static_cast<T>(-learning_rate_ * std::sqrt(1 - std::pow(adam_.beta_2, t)) /
                           (1 - std::pow(adam_.beta_1, t)));
  }

  void consume(std::size_t number, Parameter<T>& parameter, Index offset, T* gradient,
               Index count) const override {
    update(parameter.values.data() + offset, memory_.slots[number][0].data() + offset,
           memory_.slots[number][1].data() + offset, gradient, count);
  }

 private:
  void update(T* w, T* m, T* v, const T* g, Index n) const {
    constexpr Index width = simd::width<T>;
    Index j = 0;
    for (; j + width <= n; j += width) {
      Packet<T> wj = simd::load(w + j);
      Packet<T> mj = simd::load(m + j);
      Packet<T> vj = simd::load(v + j);
      update_packet(wj, mj, vj, simd::load(g + j));
      simd::store(w + j, wj);
      simd::store(m + j, mj);
      simd::store(v + j, vj);
    }
    if (j == n) return;
    Packet<T> wj = simd::load_partial(w + j, n - j, T(0));
    Packet<T> mj = simd::load_partial(m + j, n - j, T(0));
    Packet<T> vj = simd::load_partial(v + j, n - j, T(0));
    update_packet(wj, mj, vj, simd::load_partial(g + j, n - j, T(0)));
    simd::store_partial(w + j, wj, n - j);
    simd::store_partial(m + j, mj, n - j);
    simd::store_partial(v + j, vj, n - j);
  }

  void update_packet(Packet<T>& w, Packet<T>& m, Packet<T>& v, const Packet<T>& g) const {
    m = simd::padd(m, simd::pmul(simd::psub(g, m), broadcast(rate_1_)));
    v = simd::padd(v, simd::pmul(simd::psub(simd::pmul(g, g), v), broadcast(rate_2_)));
    const Packet<T> scale = simd::padd(simd::psqrt(v), broadcast(epsilon_));
    w = simd::padd(w, simd::pdiv(simd::pmul(m, broadcast(step_)), scale));
  }

  Memory<T>& memory_;
  Adam adam_;
  double learning_rate_;
  T rate_1_;
  T rate_2_;
  T epsilon_;
  T step_ = T(0);
};

}  // namespace

Index slot_count(const Optimizer& optimizer) {
  if (const auto* sgd = std::get_if<Sgd>(&optimizer.method)) return sgd->momentum == 0 ? 0 : 1;
  return 2;
}

template <class T>
std::unique_ptr<Update<T>> make_update(const Optimizer& optimizer, Memory<T>& memory) {
  if (const auto* sgd = std::get_if<Sgd>(&optimizer.method)) {
    return std::make_unique<SgdUpdate<T>>(*sgd, optimizer.learning_rate, memory);
  }
  return std::make_unique<AdamUpdate<T>>(std::get<Adam>(optimizer.method), optimizer.learning_rate,
                                         memory);
}

template std::unique_ptr<Update<float>> make_update(const Optimizer&, Memory<float>&);
template std::unique_ptr<Update<double>> make_update(const Optimizer&, Memory<double>&);

}  // namespace fastnn::nn
