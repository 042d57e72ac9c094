#include "fastnn/nn/gradients.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "fastnn/common/lanes.h"
#include "fastnn/common/simd.h"

namespace fastnn::nn {
namespace {

template <class T>
bool is_penalized(const Parameter<T>& parameter) {
  return parameter.penalty.l1 != 0 || parameter.penalty.l2 != 0;
}

// d/dw (l1 |w| + l2 w²) = l1 sign(w) + 2 l2 w
template <class T>
void add_penalty(const Penalty& penalty, double scale, const T* w, T* gradient, Index n) {
  const auto zero = simd::broadcast(T(0));
  const auto l1 = simd::broadcast(static_cast<T>(scale * penalty.l1));
  const auto l2 = simd::broadcast(static_cast<T>(scale * 2 * penalty.l2));
  using P = simd::Packet<T>;
  if (penalty.l1 == 0) {
    const auto slope = [&](const P& g, const P& v) { return simd::padd(g, simd::pmul(l2, v)); };
    simd::transform(gradient, n, slope, gradient, w);
    return;
  }
  const auto slope = [&](const P& g, const P& v) {
    const P positive = simd::pselect(simd::pcmp_lt(zero, v), l1, zero);
    const P negative = simd::pselect(simd::pcmp_lt(v, zero), l1, zero);
    return simd::padd(g, simd::padd(simd::pmul(l2, v), simd::psub(positive, negative)));
  };
  simd::transform(gradient, n, slope, gradient, w);
}

// Many sums that do not wait for each other, as many at every level: the order of additions is the
// same.
constexpr Index n_sums = 64;
template <class T>
using Sums = std::array<simd::Packet<T>, n_sums / simd::width<T>>;

// The sum of term(v) over at most summed_size numbers v, for which term(0) is 0.
template <class T, class Term>
double sum(const T* numbers, Index n, const Term& term) {
  constexpr Index w = simd::width<T>;
  Sums<T> sums;
  sums.fill(simd::broadcast(T(0)));
  for (Index i = 0; i + n_sums <= n; i += n_sums) {
    for (Index s = 0; s < std::ssize(sums); ++s) {
      sums[s] = simd::padd(sums[s], term(simd::load(numbers + i + s * w)));
    }
  }
  for (Index i = n / n_sums * n_sums, s = 0; i < n; i += w, ++s) {
    sums[s] = simd::padd(sums[s], term(simd::load_up_to(numbers + i, n - i, T(0))));
  }
  alignas(64) std::array<T, n_sums> parts;
  for (Index s = 0; s < std::ssize(sums); ++s) simd::store(parts.data() + s * w, sums[s]);
  Lanes total;
  for (Index i = 0; i < n_sums; i += Lanes::count) total = total + Lanes::load(parts.data() + i);
  const auto lanes = total.elements();
  return std::accumulate(lanes.begin(), lanes.end(), 0.0);
}

template <class T>
double value(const Penalty& penalty, const T* w, Index n) {
  using P = simd::Packet<T>;
  double total = 0;
  if (penalty.l1 != 0) total += penalty.l1 * sum(w, n, [](const P& v) { return simd::pabs(v); });
  if (penalty.l2 != 0) total += penalty.l2 * sum(w, n, [](const P& v) { return simd::pmul(v, v); });
  return total;
}

}  // namespace

template <class T>
void scale(MatrixView<T> gradient, double factor) {
  for (Index i = 0; i < gradient.rows; ++i) {
    Eigen::Map<Vector<T>>(gradient.row(i), gradient.cols) *= static_cast<T>(factor);
  }
}

template <class T>
GradientRecorder<T>::GradientRecorder(const Network<T>& network) : network_(network) {
  for (const auto* p : network.parameters()) {
    gradients_.push_back(Vector<T>::Zero(p->layout.size()));
  }
}

template <class T>
void GradientRecorder<T>::consume(std::size_t number, Parameter<T>& /*parameter*/, Index offset,
                                  T* gradient, Index count) const {
  T* const place = gradients_[number].data() + offset;
  if (network_.repeats_layers()) {
    simd::add(place, gradient, count);
  } else {
    std::copy_n(gradient, count, place);
  }
}

template <class T>
void GradientRecorder<T>::clear(const Member& member) {
  if (!network_.repeats_layers()) return;
  for (Vector<T>& gradient : gradients_) {
    const Range part = member.share(gradient.size(), simd::width<T>);
    std::fill_n(gradient.data() + part.begin, part.size(), T(0));
  }
}

template <class T>
void GradientRecorder<T>::pass_on(const GradientConsumer<T>& consumer, const Member& member) {
  for (std::size_t i = 0; i < gradients_.size(); ++i) {
    if (!network_.learns(i)) continue;
    const Range part = member.share(gradients_[i].size(), simd::width<T>);
    consumer.consume(i, *network_.parameters()[i], part.begin, gradients_[i].data() + part.begin,
                     part.size());
  }
}

template <class T>
std::vector<Matrix<T>> GradientRecorder<T>::matrices() const {
  std::vector<Matrix<T>> all;
  all.reserve(gradients_.size());
  for (std::size_t i = 0; i < gradients_.size(); ++i) {
    all.push_back(network_.parameters()[i]->layout.to_matrix(gradients_[i].data()));
  }
  return all;
}

template <class T>
void PenalizedGradients<T>::consume(std::size_t number, Parameter<T>& parameter, Index offset,
                                    T* gradient, Index count) const {
  if (is_penalized(parameter)) {
    add_penalty(parameter.penalty, scale_, parameter.values.data() + offset, gradient, count);
  }
  consumer_.consume(number, parameter, offset, gradient, count);
}

template <class T>
PenaltySum<T>::PenaltySum(const Network<T>& network) {
  for (std::size_t i = 0; i < network.parameters().size(); ++i) {
    const Parameter<T>* const p = network.parameters()[i];
    if (!is_penalized(*p) || !network.learns(i)) continue;
    for (Index begin = 0; begin < p->layout.size(); begin += summed_size) {
      pieces_.push_back({p, begin, std::min(summed_size, p->layout.size() - begin)});
    }
  }
  sums_.resize(pieces_.size());
}

template <class T>
void PenaltySum<T>::add_up(const Member& member) {
  const Range part = member.share(std::ssize(pieces_));
  for (Index i = part.begin; i < part.end; ++i) {
    const auto& [parameter, begin, size] = pieces_[i];
    sums_[i] = value(parameter->penalty, parameter->values.data() + begin, size);
  }
}

template <class T>
double PenaltySum<T>::total() const {
  return std::accumulate(sums_.begin(), sums_.end(), 0.0);
}

template void scale(MatrixView<float>, double);
template void scale(MatrixView<double>, double);
template class GradientRecorder<float>;
template class GradientRecorder<double>;
template class PenalizedGradients<float>;
template class PenalizedGradients<double>;
template class PenaltySum<float>;
template class PenaltySum<double>;

}  // namespace fastnn::nn
