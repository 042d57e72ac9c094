#include "fastnn/nn/optimizers.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "fastnn/nn/optimizer_rules.h"
#include "fastnn/nn/wrapped_updates.h"

namespace fastnn::nn {
namespace {

// Any rule at work on the pieces of gradients. Each element goes through the same instructions,
// wherever a piece begins or ends.
template <class T, class Rule>
class RuleUpdate final : public Update<T> {
 public:
  RuleUpdate(const Rule& rule, const Optimizer& optimizer, Memory<T>& memory)
      : memory_(memory),
        rule_(rule),
        weight_decay_(optimizer.weight_decay),
        undecayed_(optimizer.undecayed),
        clip_(optimizer.clip_value) {}

  double loss_scale() const override { return 1; }
  std::size_t n_slots() const override { return Rule::n_slots; }
  void make_slots(std::size_t number, Index size) const override {
    auto& slots = memory_.slots[number];
    while (slots.size() < Rule::n_slots) {
      slots.push_back(Vector<T>::Constant(size, static_cast<T>(rule_.slot_start())));
    }
  }

  void begin_step(Index step, double learning_rate) override {
    rule_.begin_step(step, learning_rate);
    decay_ = static_cast<T>(-learning_rate * weight_decay_);
  }

  void consume(std::size_t number, Parameter<T>& parameter, Index offset, T* gradient,
               Index count) const override {
    T* arrays[n_arrays] = {parameter.values.data() + offset};
    for (std::size_t k = 1; k < n_arrays; ++k) {
      arrays[k] = memory_.slots[number][k - 1].data() + offset;
    }
    const Rule rule = rule_;  // its scalars stay in registers: no store can change a local
    const T decay_rate = decays(number) ? decay_ : T(0);
    if (decay_rate == T(0) && std::isinf(clip_)) {
      change(arrays, gradient, count,
             [&](Packet<T>* x, const Packet<T>& g) { rule.update(x[0], x + 1, g); });
      return;
    }
    const Packet<T> decay = broadcast(decay_rate);
    const Packet<T> highest = broadcast(static_cast<T>(clip_));
    const Packet<T> lowest = broadcast(static_cast<T>(-clip_));
    change(arrays, gradient, count, [&](Packet<T>* x, const Packet<T>& g) {
      x[0] = simd::padd(x[0], simd::pmul(x[0], decay));
      rule.update(x[0], x + 1, simd::pmax(simd::pmin(g, highest), lowest));
    });
  }

  Arrays<T> arrays(std::size_t number, const Parameter<T>& parameter) const override {
    static_assert(n_arrays <= Arrays<T>::most);
    Arrays<T> all{{parameter.values.data()}, n_arrays};
    for (std::size_t k = 1; k < n_arrays; ++k) {
      all.begins[k] = memory_.slots[number][k - 1].data();
    }
    return all;
  }

  void end_step(const Member& /*member*/) override {}
  void finish() const override {}

 private:
  static constexpr std::size_t n_arrays = 1 + Rule::n_slots;  // the weights and their slots

  bool decays(std::size_t number) const {
    return std::find(undecayed_.begin(), undecayed_.end(), number) == undecayed_.end();
  }

  // f(x, g) changes a packet x of all arrays together, g being that of the gradient.
  template <class F>
  static void change(T* const (&arrays)[n_arrays], const T* gradient, Index count, const F& f) {
    constexpr Index width = simd::width<T>;
    Index i = 0;
    for (; i + width <= count; i += width) {
      Packet<T> x[n_arrays];
      for (std::size_t k = 0; k < n_arrays; ++k) x[k] = simd::load(arrays[k] + i);
      f(x, simd::load(gradient + i));
      for (std::size_t k = 0; k < n_arrays; ++k) simd::store(arrays[k] + i, x[k]);
    }
    if (i == count) return;
    const Index rest = count - i;
    Packet<T> x[n_arrays];
    for (std::size_t k = 0; k < n_arrays; ++k) {
      x[k] = simd::load_partial(arrays[k] + i, rest, T(0));
    }
    f(x, simd::load_partial(gradient + i, rest, T(0)));
    for (std::size_t k = 0; k < n_arrays; ++k) simd::store_partial(arrays[k] + i, x[k], rest);
  }

  Memory<T>& memory_;
  Rule rule_;
  double weight_decay_;
  std::vector<std::size_t> undecayed_;
  double clip_;
  T decay_ = T(0);
};

// The rule that follows from each method's settings.
template <class T>
class Factory {
 public:
  using Made = std::unique_ptr<Update<T>>;

  Factory(const Optimizer& optimizer, Memory<T>& memory) : optimizer_(optimizer), memory_(memory) {}

  Made operator()(const Sgd& sgd) const {
    if (sgd.momentum == 0) return make<SgdRule<T>>(sgd);
    return sgd.nesterov ? make<MomentumRule<T, true>>(sgd) : make<MomentumRule<T, false>>(sgd);
  }
  Made operator()(const RmsProp& rms_prop) const {
    if (rms_prop.momentum == 0) {
      return rms_prop.centered ? make<RmsPropRule<T, true, false>>(rms_prop)
                               : make<RmsPropRule<T, false, false>>(rms_prop);
    }
    return rms_prop.centered ? make<RmsPropRule<T, true, true>>(rms_prop)
                             : make<RmsPropRule<T, false, true>>(rms_prop);
  }
  Made operator()(const Adam& adam) const {
    return adam.amsgrad ? make<AdamRule<T, true>>(adam) : make<AdamRule<T, false>>(adam);
  }
  Made operator()(const Adamax& adamax) const { return make<AdamaxRule<T>>(adamax); }
  Made operator()(const Nadam& nadam) const { return make<NadamRule<T>>(nadam); }
  Made operator()(const Adagrad& adagrad) const { return make<AdagradRule<T>>(adagrad); }
  Made operator()(const Adadelta& adadelta) const { return make<AdadeltaRule<T>>(adadelta); }
  Made operator()(const Lion& lion) const { return make<LionRule<T>>(lion); }

 private:
  template <class Rule, class Settings>
  Made make(const Settings& settings) const {
    return std::make_unique<RuleUpdate<T, Rule>>(Rule(settings), optimizer_, memory_);
  }

  const Optimizer& optimizer_;
  Memory<T>& memory_;
};

}  // namespace

template <class T>
std::unique_ptr<Update<T>> make_update(const Optimizer& optimizer, const Network<T>& network,
                                       Memory<T>& memory) {
  auto update = std::visit(Factory<T>(optimizer, memory), optimizer.method);
  if (needs_whole_gradients(optimizer)) {
    update = std::make_unique<WholeGradients<T>>(std::move(update), optimizer, network, memory);
  }
  if (optimizer.use_average) {
    update = std::make_unique<WeightAverages<T>>(std::move(update), optimizer, network, memory);
  }
  return update;
}

template <class T>
void make_slots(const Optimizer& optimizer, const Network<T>& network, Memory<T>& memory) {
  memory.slots.resize(network.parameters().size());
  memory.sums.resize(memory.slots.size());
  const auto update = make_update(optimizer, network, memory);
  for (std::size_t i = 0; i < memory.slots.size(); ++i) {
    if (network.learns(i)) update->make_slots(i, network.parameters()[i]->layout.size());
  }
}

template std::unique_ptr<Update<float>> make_update(const Optimizer&, const Network<float>&,
                                                    Memory<float>&);
template std::unique_ptr<Update<double>> make_update(const Optimizer&, const Network<double>&,
                                                     Memory<double>&);
template void make_slots(const Optimizer&, const Network<float>&, Memory<float>&);
template void make_slots(const Optimizer&, const Network<double>&, Memory<double>&);

}  // namespace fastnn::nn
