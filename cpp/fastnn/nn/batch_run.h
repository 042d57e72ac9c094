// A network at work on batches of rows: the values at every layer, and the passes there and back.
#pragma once

#include <vector>

#include "fastnn/common/watch.h"
#include "fastnn/nn/network.h"

namespace fastnn::nn {

enum class Mode { inference, training };

// Room for the values of a batch at one place of the network.
//
// Rows begin with a cache line, an odd number of lines apart: where the distance is a power of two
// the values of one column lie in few sets of the cache and drive each other out.
template <class T>
class BatchValues {
 public:
  BatchValues() = default;  // without columns or data
  BatchValues(Index most_rows, Index cols) : cols_(cols), values_(most_rows, stride_for(cols)) {}

  bool is_empty() const { return values_.size() == 0; }
  MatrixView<T> first_rows(Index n_rows) { return {values_.data(), n_rows, cols_, values_.cols()}; }

 private:
  static Index stride_for(Index cols) {
    constexpr Index line = 64 / sizeof(T);
    const Index lines = (cols + line - 1) / line;
    return (lines % 2 == 0 ? lines + 1 : lines) * line;
  }

  Index cols_ = 0;
  Matrix<T> values_;
};

template <class T>
class BatchRun {
 public:
  // Room for batches of up to `most_rows`, on their way to these places of the network. In training
  // the way back begins at the heads, which are among them.
  BatchRun(const Network<T>& network, Index most_rows, const std::vector<std::size_t>& places,
           const std::vector<std::size_t>& heads, Mode mode);

  // So many rows have the batches from now on.
  void set_rows(Index n_rows);
  Index n_rows() const { return n_rows_; }

  // Where the rows of an input go; members may fill different rows.
  MatrixView<T> input(std::size_t number) { return values_of(number); }
  MatrixView<T> output(std::size_t place) { return values_of(place); }
  std::size_t n_heads() const { return heads_.size(); }
  // dL/dy of these rows at a head, from all of which `backward` starts; data is null in inference.
  MatrixView<T> head_gradient(std::size_t head, const Range& rows);
  // The gradients of heads at one place become their sum, for these rows.
  void add_heads(const Range& rows);

  // Both passes are called by all members of a team. Behind `forward` all members have finished. A
  // watch, for steps that take long, is asked within the layers; what it throws passes through.
  void forward(std::uint64_t step, const Member& member, Watch* watch = nullptr) const;
  // Each parameter's gradient goes to `consumer`. The caller waits for the team before it touches
  // weights or values.
  void backward(std::uint64_t step, const GradientConsumer<T>& consumer, const Member& member,
                Watch* watch = nullptr);

 private:
  struct Head {
    std::size_t root;
    BatchValues<T> part;  // of the gradient, where another head at the root has its own
  };
  // A node that computes something.
  struct Step {
    std::size_t node;
    Flow<T> flow;
    std::vector<bool> adds;   // whether an input's gradient goes on top of what others gave it
    bool comes_back = false;  // whether it lies on the way back
    bool fused = false;       // computed block by block with the step before
    bool fused_back = false;  // and on the way back with the step that reads its output
  };

  void find_roots();
  std::vector<bool> places_before(const std::vector<std::size_t>& places) const;
  void make_step(std::size_t node);
  void plan_way_back();
  void give_room(const std::vector<std::size_t>& places);
  void go_back(std::uint64_t step, const GradientConsumer<T>& consumer, const Member& member,
               Watch* watch);
  void backward_input(const Step& step, std::size_t input, const Pass& pass, const Block& block);

  Layer<T>& layer(const Step& step) const { return *network_.nodes()[step.node].layer; }
  std::size_t place(const Step& step) const { return network_.n_inputs() + step.node; }
  std::size_t root_of_input(const Step& step, std::size_t input) const {
    return roots_[network_.nodes()[step.node].inputs[input]];
  }
  MatrixView<T> values_of(std::size_t place) {
    return values_[rooms_[roots_[place]]].first_rows(n_rows_);
  }

  MatrixView<T> gradient_of(std::size_t root) {
    return gradients_[gradient_rooms_[root]].first_rows(n_rows_);
  }

  const Network<T>& network_;
  Mode mode_;
  Index most_rows_;
  Index n_rows_;
  std::vector<Head> heads_;
  std::vector<std::size_t> roots_;  // the place whose values are those of each place
  std::vector<std::size_t> rooms_;  // the place in whose room the values of each root lie
  std::vector<std::size_t> gradient_rooms_;
  std::vector<Step> steps_;
  std::vector<std::size_t> step_of_;    // that makes the values of each place
  std::vector<BatchValues<T>> values_;  // of each place that is its own root
  std::vector<BatchValues<T>> gradients_;
  std::vector<Matrix<T>> kept_;                        // of each step
  std::vector<Vector<linalg::Bfloat16Pair>> rounded_;  // of each step
  std::vector<BatchValues<T>> parts_;                  // of gradients, before they are added
};

}  // namespace fastnn::nn
