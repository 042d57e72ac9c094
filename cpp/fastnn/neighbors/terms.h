// The distances that are norms of a difference: one term for each feature, and how terms combine.
#pragma once

#include <cmath>
#include <functional>

#include "fastnn/common/lanes.h"
#include "fastnn/neighbors/metric.h"

namespace fastnn::neighbors {

// The tree that makes one of eight chains.
template <class Value, class Combine>
Value join_chains(const Value* s, const Combine& combine) {
  return combine(combine(combine(s[0], s[4]), combine(s[2], s[6])),
                 combine(combine(s[1], s[5]), combine(s[3], s[7])));
}

// combine(term(i)) over all features, in a fixed order, the same at every x86-64 level, for every
// metric and wherever it is computed: eight interleaved chains, then a tree. What is left behind
// the last eight goes to the last chains.
template <class Term, class Combine>
auto fold(Index n, const Term& term, const Combine& combine) {
  constexpr Index chains = Lanes::count;
  using Value = decltype(term(Index{0}));  // a number, or Lanes of them
  Value s[chains] = {};
  Index i = 0;
  for (; i + chains <= n; i += chains) {
    for (Index c = 0; c < chains; ++c) s[c] = combine(s[c], term(i + c));
  }
  const Index begin = n < chains ? 0 : chains - (n - i);
  for (Index c = begin; i < n; ++c, ++i) s[c] = combine(s[c], term(i));
  return join_chains(s, combine);
}

// Terms and what combines them, for numbers and for Lanes of them.
struct Square {
  template <class V>
  V operator()(const V& a, const V& b) const {
    const V difference = a - b;
    return difference * difference;
  }
};

struct Difference {
  template <class V>
  V operator()(const V& a, const V& b) const {
    return magnitude(a - b);
  }
};

// |a - b|^p; whole powers up to 8 by multiplication.
struct Power {
  double p;
  int whole;

  explicit Power(double p_) : p(p_), whole(p_ <= 8 && p_ == std::floor(p_) ? int(p_) : 0) {}

  template <class V>
  V operator()(const V& a, const V& b) const {
    const V base = magnitude(a - b);
    if (whole == 0) return power(base, p);
    V product = base;
    for (int i = 1; i < whole; ++i) product = product * base;
    return product;
  }
};

struct Larger {
  template <class V>
  V operator()(const V& a, const V& b) const {
    return larger(a, b);
  }
};

// use(term, combine) with those of a metric that is a norm.
template <class Use>
auto with_terms(const Metric& metric, const Use& use) {
  switch (metric.kind) {
    case MetricKind::manhattan:
      return use(Difference(), std::plus<>());
    case MetricKind::chebyshev:
      return use(Difference(), Larger());
    case MetricKind::minkowski:
      return use(Power(metric.p), std::plus<>());
    default:
      return use(Square(), std::plus<>());
  }
}

}  // namespace fastnn::neighbors
