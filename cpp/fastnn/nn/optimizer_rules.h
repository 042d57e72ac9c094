// How each optimizer changes a weight, with the formulas of Keras 3: one class a rule.
//
// In the formulas w is a weight, g its gradient, lr the learning rate and t the number of the step,
// the first being 1. A rule has n_slots slots, matrices remembered for each parameter; begin_step
// makes the step's scalars, in double; update changes a packet of weights and their slots.
#pragma once

#include <cmath>

#include "fastnn/common/simd.h"
#include "fastnn/nn/optimizers.h"

namespace fastnn::nn {

using simd::broadcast;
using simd::Packet;

// a x + b y.
template <class T>
Packet<T> combine(T a, const Packet<T>& x, T b, const Packet<T>& y) {
  return simd::padd(simd::pmul(broadcast(a), x), simd::pmul(broadcast(b), y));
}

// Moves the mean towards x by the share `rate` of their distance.
template <class T>
void update_mean(Packet<T>& mean, const Packet<T>& x, T rate) {
  mean = simd::padd(mean, simd::pmul(simd::psub(x, mean), broadcast(rate)));
}

// What holds for a rule that does not say otherwise.
template <class T>
class Rule {
 public:
  static double slot_start() { return 0; }
  void begin_step(Index /*step*/, double learning_rate) { step_ = static_cast<T>(-learning_rate); }

 protected:
  T step_ = T(0);  // times a direction: the way that a weight goes
};

// w -= lr g.
template <class T>
class SgdRule : public Rule<T> {
 public:
  static constexpr std::size_t n_slots = 0;

  explicit SgdRule(const Sgd& /*settings*/) {}

  void update(Packet<T>& w, Packet<T>* /*slots*/, const Packet<T>& g) const {
    w = simd::padd(w, simd::pmul(broadcast(this->step_), g));
  }
};

// Sutskever et al. (2013): v = momentum v - lr g;  w += v, or with Nesterov w += momentum v - lr g.
template <class T, bool nesterov>
class MomentumRule : public Rule<T> {
 public:
  static constexpr std::size_t n_slots = 1;

  explicit MomentumRule(const Sgd& settings) : momentum_(static_cast<T>(settings.momentum)) {}

  void update(Packet<T>& w, Packet<T>* slots, const Packet<T>& g) const {
    Packet<T>& v = slots[0];
    v = combine(momentum_, v, this->step_, g);
    w = simd::padd(w, nesterov ? combine(momentum_, v, this->step_, g) : v);
  }

 private:
  T momentum_;
};

// Hinton (2012): v = rho v + (1 - rho) g², d = lr g / sqrt(v + epsilon);  w -= d.
// Centered: a = rho a + (1 - rho) g, and v - a² in the place of v.
// With momentum: p = momentum p + d;  w -= p.
template <class T, bool centered, bool with_momentum>
class RmsPropRule : public Rule<T> {
 public:
  static constexpr std::size_t n_slots = 1 + (centered ? 1 : 0) + (with_momentum ? 1 : 0);

  explicit RmsPropRule(const RmsProp& settings)
      : rho_(static_cast<T>(settings.rho)),
        rate_(static_cast<T>(1 - settings.rho)),
        momentum_(static_cast<T>(settings.momentum)),
        epsilon_(static_cast<T>(settings.epsilon)) {}

  void update(Packet<T>& w, Packet<T>* slots, const Packet<T>& g) const {
    Packet<T>& v = slots[0];
    v = combine(rho_, v, rate_, simd::pmul(g, g));
    Packet<T> variance = v;
    if constexpr (centered) {
      Packet<T>& a = slots[1];
      a = combine(rho_, a, rate_, g);
      variance = simd::psub(v, simd::pmul(a, a));
    }
    const Packet<T> scale = simd::psqrt(simd::padd(variance, broadcast(epsilon_)));
    const Packet<T> change = simd::pdiv(simd::pmul(broadcast(this->step_), g), scale);
    if constexpr (with_momentum) {
      Packet<T>& p = slots[n_slots - 1];
      p = simd::psub(simd::pmul(broadcast(momentum_), p), change);
      w = simd::psub(w, p);
    } else {
      w = simd::padd(w, change);
    }
  }

 private:
  T rho_;
  T rate_;
  T momentum_;
  T epsilon_;
};

// Kingma and Ba (2015), with Keras's place for epsilon: m += (1 - beta_1) (g - m),
// v += (1 - beta_2) (g² - v), w -= lr sqrt(1 - beta_2^t) / (1 - beta_1^t) · m / (sqrt(v) +
// epsilon). AMSGrad (Reddi et al., 2018) divides by the largest v so far.
template <class T, bool amsgrad>
class AdamRule : public Rule<T> {
 public:
  static constexpr std::size_t n_slots = amsgrad ? 3 : 2;

  explicit AdamRule(const Adam& settings)
      : settings_(settings),
        rate_1_(static_cast<T>(1 - settings.beta_1)),
        rate_2_(static_cast<T>(1 - settings.beta_2)),
        epsilon_(static_cast<T>(settings.epsilon)) {}

  void begin_step(Index step, double learning_rate) {
    const auto t = static_cast<double>(step);
    const double root = std::sqrt(1 - std::pow(settings_.beta_2, t));
    this->step_ = static_cast<T>(-learning_rate * root / (1 - std::pow(settings_.beta_1, t)));
  }

  void update(Packet<T>& w, Packet<T>* slots, const Packet<T>& g) const {
    Packet<T>& m = slots[0];
    Packet<T>& v = slots[1];
    update_mean(m, g, rate_1_);
    update_mean(v, simd::pmul(g, g), rate_2_);
    if constexpr (amsgrad) slots[2] = simd::pmax(slots[2], v);
    const Packet<T> scale = simd::padd(simd::psqrt(slots[n_slots - 1]), broadcast(epsilon_));
    w = simd::padd(w, simd::pdiv(simd::pmul(m, broadcast(this->step_)), scale));
  }

 private:
  Adam settings_;
  T rate_1_;
  T rate_2_;
  T epsilon_;
};

// Kingma and Ba (2015), section 7.1: m += (1 - beta_1) (g - m), u = max(beta_2 u, |g|),
// w -= lr / (1 - beta_1^t) · m / (u + epsilon).
template <class T>
class AdamaxRule : public Rule<T> {
 public:
  static constexpr std::size_t n_slots = 2;

  explicit AdamaxRule(const Adamax& settings)
      : settings_(settings),
        rate_1_(static_cast<T>(1 - settings.beta_1)),
        beta_2_(static_cast<T>(settings.beta_2)),
        epsilon_(static_cast<T>(settings.epsilon)) {}

  void begin_step(Index step, double learning_rate) {
    const double power = std::pow(settings_.beta_1, static_cast<double>(step));
    this->step_ = static_cast<T>(-learning_rate / (1 - power));
  }

  void update(Packet<T>& w, Packet<T>* slots, const Packet<T>& g) const {
    Packet<T>& m = slots[0];
    Packet<T>& u = slots[1];
    update_mean(m, g, rate_1_);
    u = simd::pmax(simd::pmul(broadcast(beta_2_), u), simd::pabs(g));
    const Packet<T> scale = simd::padd(u, broadcast(epsilon_));
    w = simd::padd(w, simd::pdiv(simd::pmul(m, broadcast(this->step_)), scale));
  }

 private:
  Adamax settings_;
  T rate_1_;
  T beta_2_;
  T epsilon_;
};

// Dozat (2016), with the momentum u_t = beta_1 (1 - 0.96^t / 2) and P_t = u_1 u_2 … u_t:
// m += (1 - beta_1) (g - m), v += (1 - beta_2) (g² - v), and with v' = v / (1 - beta_2^t)
// w -= lr (u_{t+1} / (1 - P_{t+1}) · m + (1 - u_t) / (1 - P_t) · g) / (sqrt(v') + epsilon).
template <class T>
class NadamRule : public Rule<T> {
 public:
  static constexpr std::size_t n_slots = 2;

  explicit NadamRule(const Nadam& settings)
      : settings_(settings),
        rate_1_(static_cast<T>(1 - settings.beta_1)),
        rate_2_(static_cast<T>(1 - settings.beta_2)),
        epsilon_(static_cast<T>(settings.epsilon)) {}

  void begin_step(Index step, double learning_rate) {
    while (n_factors_ < step && product_ > negligible) product_ *= momentum(++n_factors_);
    const double next = momentum(step + 1);
    const double power = std::pow(settings_.beta_2, static_cast<double>(step));
    this->step_ = static_cast<T>(-learning_rate);
    m_share_ = static_cast<T>(next / (1 - product_ * next));
    g_share_ = static_cast<T>((1 - momentum(step)) / (1 - product_));
    v_scale_ = static_cast<T>(1 / (1 - power));
  }

  void update(Packet<T>& w, Packet<T>* slots, const Packet<T>& g) const {
    Packet<T>& m = slots[0];
    Packet<T>& v = slots[1];
    update_mean(m, g, rate_1_);
    update_mean(v, simd::pmul(g, g), rate_2_);
    const Packet<T> direction = combine(m_share_, m, g_share_, g);
    const Packet<T> root = simd::psqrt(simd::pmul(v, broadcast(v_scale_)));
    const Packet<T> scale = simd::padd(root, broadcast(epsilon_));
    w = simd::padd(w, simd::pdiv(simd::pmul(direction, broadcast(this->step_)), scale));
  }

 private:
  // Below this 1 - P_t is 1: an update that is made for a late step has caught up.
  static constexpr double negligible = 1e-17;

  double momentum(Index step) const {
    return settings_.beta_1 * (1 - 0.5 * std::pow(0.96, static_cast<double>(step)));
  }

  Nadam settings_;
  T rate_1_;
  T rate_2_;
  T epsilon_;
  double product_ = 1;  // P_t
  Index n_factors_ = 0;
  T m_share_ = T(0);
  T g_share_ = T(0);
  T v_scale_ = T(0);
};

// Duchi et al. (2011): a += g²;  w -= lr g / sqrt(a + epsilon).
template <class T>
class AdagradRule : public Rule<T> {
 public:
  static constexpr std::size_t n_slots = 1;

  explicit AdagradRule(const Adagrad& settings)
      : start_(settings.initial_accumulator_value), epsilon_(static_cast<T>(settings.epsilon)) {}

  double slot_start() const { return start_; }

  void update(Packet<T>& w, Packet<T>* slots, const Packet<T>& g) const {
    Packet<T>& a = slots[0];
    a = simd::padd(a, simd::pmul(g, g));
    const Packet<T> scale = simd::psqrt(simd::padd(a, broadcast(epsilon_)));
    w = simd::padd(w, simd::pdiv(simd::pmul(g, broadcast(this->step_)), scale));
  }

 private:
  double start_;
  T epsilon_;
};

// Zeiler (2012): v = rho v + (1 - rho) g², d = g sqrt(u + epsilon) / sqrt(v + epsilon),
// u = rho u + (1 - rho) d²;  w -= lr d.
template <class T>
class AdadeltaRule : public Rule<T> {
 public:
  static constexpr std::size_t n_slots = 2;

  explicit AdadeltaRule(const Adadelta& settings)
      : rho_(static_cast<T>(settings.rho)),
        rate_(static_cast<T>(1 - settings.rho)),
        epsilon_(static_cast<T>(settings.epsilon)) {}

  void update(Packet<T>& w, Packet<T>* slots, const Packet<T>& g) const {
    Packet<T>& v = slots[0];
    Packet<T>& u = slots[1];
    v = combine(rho_, v, rate_, simd::pmul(g, g));
    const Packet<T> d = simd::pdiv(simd::pmul(root(u), g), root(v));
    u = combine(rho_, u, rate_, simd::pmul(d, d));
    w = simd::padd(w, simd::pmul(d, broadcast(this->step_)));
  }

 private:
  Packet<T> root(const Packet<T>& mean_square) const {
    return simd::psqrt(simd::padd(mean_square, broadcast(epsilon_)));
  }

  T rho_;
  T rate_;
  T epsilon_;
};

// Chen et al. (2023): w -= lr sign(beta_1 m + (1 - beta_1) g);  m = beta_2 m + (1 - beta_2) g.
template <class T>
class LionRule : public Rule<T> {
 public:
  static constexpr std::size_t n_slots = 1;

  explicit LionRule(const Lion& settings)
      : beta_1_(static_cast<T>(settings.beta_1)),
        rate_1_(static_cast<T>(1 - settings.beta_1)),
        beta_2_(static_cast<T>(settings.beta_2)),
        rate_2_(static_cast<T>(1 - settings.beta_2)) {}

  void update(Packet<T>& w, Packet<T>* slots, const Packet<T>& g) const {
    Packet<T>& m = slots[0];
    const Packet<T> direction = sign(combine(beta_1_, m, rate_1_, g));
    w = simd::padd(w, simd::pmul(direction, broadcast(this->step_)));
    m = combine(beta_2_, m, rate_2_, g);
  }

 private:
  // That of 0 is 0, and that of NaN is NaN.
  static Packet<T> sign(const Packet<T>& x) {
    const Packet<T> zero = broadcast(T(0));
    const Packet<T> negative = simd::pselect(simd::pcmp_lt(x, zero), broadcast(T(-1)), x);
    return simd::pselect(simd::pcmp_lt(zero, x), broadcast(T(1)), negative);
  }

  T beta_1_;
  T rate_1_;
  T beta_2_;
  T rate_2_;
};

}  // namespace fastnn::nn
