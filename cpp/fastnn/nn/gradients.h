// What is done with gradients beside the optimizer: kept, or changed before it takes them.
#pragma once

#include <vector>

#include "fastnn/nn/network.h"

namespace fastnn::nn {

// So many numbers of a parameter are summed by one thread: the sum of all is the same for any
// number of threads.
inline constexpr Index summed_size = 4096;

// Keeps the gradients of all parameters, each in its layout. Where layers repeat, parts add up.
template <class T>
class GradientRecorder final : public GradientConsumer<T> {
 public:
  explicit GradientRecorder(const Network<T>& network);

  void consume(std::size_t number, Parameter<T>& parameter, Index offset, T* gradient,
               Index count) const override;
  Arrays<T> arrays(std::size_t /*number*/, const Parameter<T>& /*parameter*/) const override {
    return {};
  }
  double loss_scale() const override { return 1; }

  // Before the next batch: this member's share of all gradients becomes zero where parts add up.
  void clear(const Member& member);
  // This member's share of all gradients goes on to `consumer`.
  void pass_on(const GradientConsumer<T>& consumer, const Member& member);

  std::vector<Matrix<T>> matrices() const;

 private:
  const Network<T>& network_;
  mutable std::vector<Vector<T>> gradients_;
};

// Multiplies the gradient of the loss, from which all others follow.
template <class T>
void scale(MatrixView<T> gradient, double factor);

// Adds the slopes of the penalties, divided and then scaled as the loss is, before the gradients go
// on.
template <class T>
class PenalizedGradients final : public GradientConsumer<T> {
 public:
  PenalizedGradients(const GradientConsumer<T>& consumer, double divisor)
      : consumer_(consumer), scale_(consumer.loss_scale() / divisor) {}

  void consume(std::size_t number, Parameter<T>& parameter, Index offset, T* gradient,
               Index count) const override;
  Arrays<T> arrays(std::size_t number, const Parameter<T>& parameter) const override {
    return consumer_.arrays(number, parameter);
  }
  double loss_scale() const override { return consumer_.loss_scale(); }

 private:
  const GradientConsumer<T>& consumer_;
  double scale_;
};

// The sum of all penalties, the same for any number of threads.
template <class T>
class PenaltySum {
 public:
  explicit PenaltySum(const Network<T>& network);

  bool is_empty() const { return pieces_.empty(); }
  void add_up(const Member& member);
  // When all members have added up.
  double total() const;

 private:
  struct Piece {
    const Parameter<T>* parameter;
    Index begin;
    Index size;
  };
  std::vector<Piece> pieces_;
  std::vector<double> sums_;
};

}  // namespace fastnn::nn
