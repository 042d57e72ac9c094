// What an optimizer may do around its method: wait for whole gradients, average the weights.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "fastnn/nn/gradients.h"
#include "fastnn/nn/optimizer_rules.h"

namespace fastnn::nn {

// An update around another one, with a slot of its own behind those of that one.
template <class T>
class WrappedUpdate : public Update<T> {
 public:
  WrappedUpdate(std::unique_ptr<Update<T>> inner, const Network<T>& network, Memory<T>& memory)
      : inner_(std::move(inner)), network_(network), memory_(memory) {}

  Arrays<T> arrays(std::size_t /*number*/, const Parameter<T>& /*parameter*/) const override {
    return {};
  }
  double loss_scale() const override { return inner_->loss_scale(); }
  std::size_t n_slots() const override { return inner_->n_slots() + 1; }
  void finish() const override { inner_->finish(); }
  void make_slots(std::size_t number, Index size) const override {
    inner_->make_slots(number, size);
    auto& slots = memory_.slots[number];
    if (slots.size() < n_slots()) slots.push_back(Vector<T>::Zero(size));
  }

 protected:
  Update<T>& inner() const { return *inner_; }
  std::vector<double>& sums(std::size_t number) const { return memory_.sums[number]; }
  bool has_slot(std::size_t number) const {
    return number < memory_.slots.size() && memory_.slots[number].size() >= n_slots();
  }
  Vector<T>& slot(std::size_t number) const { return memory_.slots[number][inner_->n_slots()]; }

  // f(number, parameter) for those that learn.
  template <class F>
  void for_each_parameter(const F& f) const {
    for (std::size_t i = 0; i < network_.parameters().size(); ++i) {
      if (network_.learns(i)) f(i, *network_.parameters()[i]);
    }
  }

 private:
  std::unique_ptr<Update<T>> inner_;
  const Network<T>& network_;
  Memory<T>& memory_;
};

inline bool needs_whole_gradients(const Optimizer& optimizer) {
  return std::isfinite(optimizer.clip_norm) || std::isfinite(optimizer.global_clip_norm) ||
         optimizer.loss_scale != 1 || optimizer.accumulation_steps > 1;
}

// Adds up the gradients of some batches in its slot. Behind the last of them their mean, shortened
// where its norm is too large, goes on, and the sum begins anew.
template <class T>
class WholeGradients final : public WrappedUpdate<T> {
 public:
  WholeGradients(std::unique_ptr<Update<T>> inner, const Optimizer& optimizer,
                 const Network<T>& network, Memory<T>& memory)
      : WrappedUpdate<T>(std::move(inner), network, memory),
        loss_scale_(optimizer.loss_scale),
        n_batches_(optimizer.accumulation_steps),
        clip_norm_(optimizer.clip_norm),
        global_clip_norm_(optimizer.global_clip_norm),
        share_(1 / (loss_scale_ * static_cast<double>(n_batches_))) {}

  double loss_scale() const override { return loss_scale_; }

  void make_slots(std::size_t number, Index size) const override {
    WrappedUpdate<T>::make_slots(number, size);
    this->sums(number).resize(static_cast<std::size_t>((size + summed_size - 1) / summed_size));
  }

  void begin_step(Index step, double learning_rate) override {
    is_last_ = step % n_batches_ == 0;
    this->inner().begin_step((step - 1) / n_batches_ + 1, learning_rate);
  }

  void consume(std::size_t number, Parameter<T>& /*parameter*/, Index offset, T* gradient,
               Index count) const override {
    simd::add(this->slot(number).data() + offset, gradient, count);
  }

  void end_step(const Member& member) override {
    if (!is_last_) return;
    member.wait();
    const bool is_clipped = std::isfinite(clip_norm_) || std::isfinite(global_clip_norm_);
    if (is_clipped) {
      sum_squares(member);
      member.wait();
    }
    const double of_all = is_clipped ? share_of_all() : 1;
    this->for_each_parameter([&](std::size_t number, Parameter<T>& parameter) {
      Vector<T>& sum = this->slot(number);
      const Range part = member.share(sum.size(), simd::width<T>);
      auto gradient = sum.segment(part.begin, part.size());
      const double of_one = is_clipped ? shortened(norm(number), clip_norm_) : 1;
      gradient *= static_cast<T>(share_ * of_one * of_all);
      this->inner().consume(number, parameter, part.begin, gradient.data(), part.size());
      gradient.setZero();
    });
  }

 private:
  // The factor that brings a norm to the limit where it is above; that of NaN is NaN.
  static double shortened(double norm, double limit) { return norm <= limit ? 1 : limit / norm; }

  // Sums the squares of this member's pieces of the gradients.
  void sum_squares(const Member& member) const {
    this->for_each_parameter([&](std::size_t number, const Parameter<T>& /*parameter*/) {
      const Vector<T>& gradient = this->slot(number);
      std::vector<double>& sums = this->sums(number);
      const Range part = member.share(std::ssize(sums));
      for (Index i = part.begin; i < part.end; ++i) {
        const Index begin = i * summed_size;
        const Index size = std::min(summed_size, gradient.size() - begin);
        sums[i] = gradient.segment(begin, size).template cast<double>().squaredNorm();
      }
    });
  }

  // Of one parameter's gradient, when all members have summed.
  double norm(std::size_t number) const {
    const std::vector<double>& sums = this->sums(number);
    return share_ * std::sqrt(std::accumulate(sums.begin(), sums.end(), 0.0));
  }

  // As Keras has it, an infinite norm of all gradients makes all of them NaN.
  double share_of_all() const {
    if (std::isinf(global_clip_norm_)) return 1;
    double squares = 0;
    this->for_each_parameter([&](std::size_t number, const Parameter<T>& /*parameter*/) {
      squares += norm(number) * norm(number);
    });
    const double of_all = std::sqrt(squares);
    return shortened(of_all, global_clip_norm_) + (of_all - of_all);
  }

  double loss_scale_;
  Index n_batches_;
  double clip_norm_;
  double global_clip_norm_;
  double share_;  // of the sum, to make it the mean of the gradients
  bool is_last_ = false;
};

// Keeps a running mean of the weights in its slot: at the first update the weights themselves, then
// mean = momentum · mean + (1 - momentum) · w at each batch.
template <class T>
class WeightAverages final : public WrappedUpdate<T> {
 public:
  WeightAverages(std::unique_ptr<Update<T>> inner, const Optimizer& optimizer,
                 const Network<T>& network, Memory<T>& memory)
      : WrappedUpdate<T>(std::move(inner), network, memory),
        n_batches_(optimizer.accumulation_steps),
        momentum_(optimizer.average_momentum),
        overwrite_frequency_(optimizer.overwrite_frequency) {}

  void begin_step(Index step, double learning_rate) override {
    iteration_ = (step - 1) / n_batches_;
    this->inner().begin_step(step, learning_rate);
  }

  void consume(std::size_t number, Parameter<T>& parameter, Index offset, T* gradient,
               Index count) const override {
    this->inner().consume(number, parameter, offset, gradient, count);
  }

  void end_step(const Member& member) override {
    this->inner().end_step(member);
    member.wait();
    const auto kept = static_cast<T>(iteration_ == 0 ? 0 : momentum_);
    const auto taken = static_cast<T>(iteration_ == 0 ? 1 : 1 - momentum_);
    const bool overwrites =
        overwrite_frequency_ > 0 && (iteration_ + 1) % overwrite_frequency_ == 0;
    this->for_each_parameter([&](std::size_t number, Parameter<T>& parameter) {
      const Range part = member.share(parameter.values.size(), simd::width<T>);
      T* const mean = this->slot(number).data() + part.begin;
      T* const w = parameter.values.data() + part.begin;
      const auto moved = [&](const Packet<T>& m, const Packet<T>& x) {
        return combine(kept, m, taken, x);
      };
      simd::transform(mean, part.size(), moved, mean, w);
      if (overwrites) std::copy_n(mean, part.size(), w);
    });
  }

  void finish() const override {
    this->for_each_parameter([&](std::size_t number, Parameter<T>& parameter) {
      if (this->has_slot(number)) parameter.values = this->slot(number);
    });
  }

 private:
  Index n_batches_;
  double momentum_;
  Index overwrite_frequency_;
  Index iteration_ = 0;  // updates before this one
};

}  // namespace fastnn::nn
