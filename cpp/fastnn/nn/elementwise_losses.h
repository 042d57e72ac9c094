// Losses that are means over the outputs of a row. Each is one function: the term of an output and
// its derivative.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numbers>

#include "fastnn/common/simd.h"
#include "fastnn/nn/losses.h"

namespace fastnn::nn {

template <class T>
struct Term {
  simd::Packet<T> value;
  simd::Packet<T> slope;  // d value / d output
};

namespace elementwise {

using simd::broadcast;
using simd::Packet;
using simd::padd;
using simd::pdiv;
using simd::plog;
using simd::pmadd;
using simd::pmul;
using simd::pselect;
using simd::psub;

template <class T>
inline constexpr T epsilon = T(1e-7);

// if x < limit then below else above; NaN is above.
template <class T>
Packet<T> where_below(const Packet<T>& x, T limit, const Packet<T>& below, const Packet<T>& above) {
  return pselect(simd::pcmp_lt(x, broadcast(limit)), below, above);
}

// max(x, limit), NaN stays.
template <class T>
Packet<T> at_least(const Packet<T>& x, T limit) {
  return where_below(x, limit, broadcast(limit), x);
}

template <class T>
Packet<T> negative(const Packet<T>& x) {
  return psub(broadcast(T(0)), x);
}

// |a| with the sign of b.
template <class T>
Packet<T> with_sign(const Packet<T>& a, const Packet<T>& b) {
  return where_below(b, T(0), negative<T>(a), a);
}

template <class T>
Packet<T> sign(const Packet<T>& x) {
  const Packet<T> zero = broadcast(T(0));
  return pselect(simd::pcmp_eq(x, zero), zero, with_sign<T>(broadcast(T(1)), x));
}

template <class T>
Term<T> term(const SquaredError& /*loss*/, const Packet<T>& o, const Packet<T>& t) {
  const Packet<T> d = psub(o, t);
  return {pmul(d, d), padd(d, d)};
}

template <class T>
Term<T> term(const AbsoluteError& /*loss*/, const Packet<T>& o, const Packet<T>& t) {
  const Packet<T> d = psub(o, t);
  return {simd::pabs(d), sign<T>(d)};
}

template <class T>
Term<T> term(const AbsolutePercentageError& /*loss*/, const Packet<T>& o, const Packet<T>& t) {
  const Packet<T> d = psub(o, t);
  const Packet<T> rate = pdiv(broadcast(T(100)), at_least<T>(simd::pabs(t), epsilon<T>));
  return {pmul(rate, simd::pabs(d)), pmul(rate, sign<T>(d))};
}

template <class T>
Term<T> term(const SquaredLogarithmicError& /*loss*/, const Packet<T>& o, const Packet<T>& t) {
  const Packet<T> d = psub(simd::logarithm_of_1_plus<T>(at_least<T>(o, epsilon<T>)),
                           simd::logarithm_of_1_plus<T>(at_least<T>(t, epsilon<T>)));
  const Packet<T> slope = pdiv(padd(d, d), padd(o, broadcast(T(1))));
  return {pmul(d, d), where_below<T>(o, epsilon<T>, broadcast(T(0)), slope)};
}

// |d| + log(1 + e) - log 2 with e = exp(-2 |d|); the derivative is tanh d = ±(1 - e) / (1 + e).
template <class T>
Term<T> term(const LogCosh& /*loss*/, const Packet<T>& o, const Packet<T>& t) {
  const Packet<T> one = broadcast(T(1));
  const Packet<T> d = psub(o, t);
  const Packet<T> size = simd::pabs(d);
  const Packet<T> e = simd::exponential<T>(pmul(broadcast(T(-2)), size));
  const Packet<T> log_of_2 = broadcast(std::numbers::ln2_v<T>);
  return {padd(size, psub(simd::logarithm_of_1_plus<T>(e), log_of_2)),
          with_sign<T>(pdiv(psub(one, e), padd(one, e)), d)};
}

template <class T>
Term<T> term(const Huber& loss, const Packet<T>& o, const Packet<T>& t) {
  const Packet<T> half = broadcast(T(0.5));
  const Packet<T> delta = broadcast(static_cast<T>(loss.delta));
  const Packet<T> d = psub(o, t);
  const Packet<T> size = simd::pabs(d);
  const Packet<T> is_far = simd::pcmp_lt(delta, size);
  const Packet<T> far = pmul(delta, psub(size, pmul(half, delta)));
  return {pselect(is_far, far, pmul(half, pmul(d, d))), pselect(is_far, with_sign<T>(delta, d), d)};
}

template <class T>
Term<T> term(const Poisson& /*loss*/, const Packet<T>& o, const Packet<T>& t) {
  const Packet<T> shifted = padd(o, broadcast(epsilon<T>));
  return {psub(o, pmul(t, plog(shifted))), psub(broadcast(T(1)), pdiv(t, shifted))};
}

template <class T>
Term<T> term(const PoissonDeviance& /*loss*/, const Packet<T>& o, const Packet<T>& t) {
  const Packet<T> zero = broadcast(T(0));
  const Packet<T> slope = psub(simd::exponential<T>(o), t);
  const Packet<T> own = pselect(simd::pcmp_eq(t, zero), zero, pmul(t, plog(t)));  // t log t
  return {padd(slope, psub(own, pmul(t, o))), slope};
}

// The margin max(1 - t o, 0), and its derivative -t or 0.
template <class T>
Term<T> term(const Hinge& /*loss*/, const Packet<T>& o, const Packet<T>& t) {
  const Packet<T> zero = broadcast(T(0));
  const Packet<T> side = pselect(simd::pcmp_eq(t, zero), broadcast(T(-1)), t);
  const Packet<T> margin = psub(broadcast(T(1)), pmul(side, o));
  const Packet<T> is_met = simd::pcmp_le(margin, zero);
  return {pselect(is_met, zero, margin), pselect(is_met, zero, negative<T>(side))};
}

template <class T>
Term<T> term(const SquaredHinge& /*loss*/, const Packet<T>& o, const Packet<T>& t) {
  const auto [margin, slope] = term<T>(Hinge{}, o, t);
  return {pmul(margin, margin), pmul(padd(margin, margin), slope)};
}

// t (1 - s) + s / 2
template <class T>
Packet<T> smoothed(const Packet<T>& t, double label_smoothing) {
  return pmadd(t, broadcast(static_cast<T>(1 - label_smoothing)),
               broadcast(static_cast<T>(label_smoothing / 2)));
}

// With e = exp(-|z|): max(z, 0) - z t + log(1 + e); the derivative is sigmoid(z) - t.
template <class T>
Term<T> binary_term_of_logit(const Packet<T>& z, const Packet<T>& t) {
  const Packet<T> one = broadcast(T(1));
  const Packet<T> e = simd::exponential<T>(negative<T>(simd::pabs(z)));
  const Packet<T> sigmoid = pdiv(where_below<T>(z, T(0), e, one), padd(one, e));
  const Packet<T> linear = psub(at_least<T>(z, T(0)), pmul(z, t));
  return {padd(linear, simd::logarithm_of_1_plus<T>(e)), psub(sigmoid, t)};
}

template <class T>
Term<T> binary_term_of_probability(const Packet<T>& o, const Packet<T>& t) {
  constexpr T largest = T(1.0 - 1e-7);
  const Packet<T> one = broadcast(T(1));
  const Packet<T> is_clipped =
      simd::por(simd::pcmp_lt(o, broadcast(epsilon<T>)), simd::pcmp_lt(broadcast(largest), o));
  const Packet<T> p =
      pselect(simd::pcmp_lt(broadcast(largest), o), broadcast(largest), at_least<T>(o, epsilon<T>));
  const Packet<T> q = psub(one, p);
  const Packet<T> value = padd(pmul(t, plog(p)), pmul(psub(one, t), plog(q)));
  const Packet<T> slope = pdiv(psub(p, t), pmul(p, q));
  return {negative<T>(value), pselect(is_clipped, broadcast(T(0)), slope)};
}

template <class T>
Term<T> term(const BinaryCrossEntropy& loss, const Packet<T>& o, const Packet<T>& t) {
  const Packet<T> target = smoothed<T>(t, loss.label_smoothing);
  return loss.from_logits ? binary_term_of_logit<T>(o, target)
                          : binary_term_of_probability<T>(o, target);
}

// With the cross-entropy c(p), the miss m = t (1 - p) + (1 - t) p and the balance w: the value is
// w m^γ c, and d value / dp = w (m^γ c' + γ m^(γ - 1) (1 - 2 t) c).
template <class T>
Term<T> term(const BinaryFocalCrossEntropy& loss, const Packet<T>& o, const Packet<T>& t) {
  const Packet<T> one = broadcast(T(1));
  const Packet<T> target = smoothed<T>(t, loss.label_smoothing);
  const Packet<T> other = psub(one, target);
  Packet<T> p = o;
  if (loss.from_logits) p = pdiv(one, padd(one, simd::exponential<T>(negative<T>(o))));
  const auto [entropy, entropy_slope] = binary_term_of_probability<T>(p, target);
  const Packet<T> miss = pmadd(target, psub(one, p), pmul(other, p));
  const auto gamma = static_cast<T>(loss.gamma);
  const Packet<T> factor = simd::power<T>(miss, gamma);
  Packet<T> slope = pmul(factor, entropy_slope);
  if (gamma != 0) {
    const Packet<T> factor_slope =
        pmul(broadcast(gamma), pmul(simd::power<T>(miss, gamma - 1), psub(other, target)));
    slope = pmadd(factor_slope, entropy, slope);
  }
  if (loss.from_logits) slope = pmul(slope, pmul(p, psub(one, p)));
  Packet<T> value = pmul(factor, entropy);
  if (loss.apply_class_balancing) {
    const auto alpha = static_cast<T>(loss.alpha);
    const Packet<T> balance = pmadd(target, broadcast(alpha), pmul(other, broadcast(T(1) - alpha)));
    value = pmul(value, balance);
    slope = pmul(slope, balance);
  }
  return {value, slope};
}

}  // namespace elementwise

template <class T, class L>
concept is_elementwise = requires(const L& loss, const simd::Packet<T>& packet) {
  elementwise::term<T>(loss, packet, packet);
};

// The mean of the terms; gradient, unless null, gets their derivatives times scale / n.
template <class T, class L>
double row_loss(const L& loss, const T* outputs, const T* targets, Index n, T scale, T* gradient) {
  constexpr Index w = simd::width<T>;
  const auto factor = simd::broadcast(static_cast<T>(scale / static_cast<T>(n)));
  auto total = simd::broadcast(T(0));
  Index j = 0;
  for (; j + w <= n; j += w) {
    const auto [value, slope] =
        elementwise::term<T>(loss, simd::load(outputs + j), simd::load(targets + j));
    total = simd::padd(total, value);
    if (gradient != nullptr) simd::store(gradient + j, simd::pmul(slope, factor));
  }
  if (j < n) {
    const Index rest = n - j;
    const auto [value, slope] =
        elementwise::term<T>(loss, simd::load_partial(outputs + j, rest, T(0)),
                             simd::load_partial(targets + j, rest, T(0)));
    total = simd::padd(total, simd::pand(value, simd::first_lanes<T>(rest)));
    if (gradient != nullptr) {
      simd::store_partial(gradient + j, simd::pmul(slope, factor), rest);
    }
  }
  return static_cast<double>(simd::predux(total)) / static_cast<double>(n);
}

// Rows of one output, as `evaluate_loss` has them.
template <class T>
struct SingleOutputs {
  ConstMatrixView<T> outputs;
  ConstMatrixView<T> targets;
  const std::int64_t* target_rows;
  const T* row_weights;
  T scale;
};

// What `row_loss` says of each row, a packet of rows at a time.
template <class T, class L>
void single_output_losses(const L& loss, const SingleOutputs<T>& rows, double* values,
                          MatrixView<T> gradient) {
  constexpr Index w = simd::width<T>;
  alignas(64) T outputs[w] = {};
  alignas(64) T targets[w] = {};
  alignas(64) T costs[w];
  alignas(64) T slopes[w];
  for (Index first = 0; first < rows.outputs.rows; first += w) {
    const Index count = std::min(w, rows.outputs.rows - first);
    const std::int64_t* const target_rows = rows.target_rows + first;
    for (Index i = 0; i < count; ++i) {
      outputs[i] = *rows.outputs.row(first + i);
      targets[i] = *rows.targets.row(target_rows[i]);
    }
    const auto [cost, slope] = elementwise::term<T>(loss, simd::load(outputs), simd::load(targets));
    simd::store(costs, cost);
    simd::store(slopes, slope);
    for (Index i = 0; i < count; ++i) {
      const T weight = rows.row_weights == nullptr ? T(1) : rows.row_weights[target_rows[i]];
      values[first + i] = static_cast<double>(weight) * static_cast<double>(costs[i]);
      if (gradient.data != nullptr) *gradient.row(first + i) = slopes[i] * (rows.scale * weight);
    }
  }
}

}  // namespace fastnn::nn
