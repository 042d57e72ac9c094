// Layers and the ways between them: from some inputs to some outputs, without a circle.
#pragma once

#include <memory>
#include <vector>

#include "fastnn/nn/layer.h"
#include "fastnn/nn/losses.h"

namespace fastnn::nn {

// A layer in its place. Places are counted through: first the inputs of the network, then the
// nodes, each behind all those it reads.
template <class T>
struct Node {
  std::shared_ptr<Layer<T>> layer;
  std::vector<std::size_t> inputs;
  bool trainable = true;
};

template <class T>
class Network {
 public:
  // `rounds` says whether training is to multiply values rounded to bfloat16. Throws
  // std::invalid_argument where a place is named that does not come before, or where it cannot
  // round: in double, and on processors without bfloat16.
  Network(std::vector<Index> input_sizes, std::vector<Node<T>> nodes,
          std::vector<std::size_t> outputs, bool rounds = false);

  const std::vector<Index>& input_sizes() const { return input_sizes_; }
  std::size_t n_inputs() const { return input_sizes_.size(); }
  const std::vector<Node<T>>& nodes() const { return nodes_; }
  const std::vector<std::size_t>& outputs() const { return outputs_; }
  bool rounds() const { return rounds_; }
  Index size(std::size_t place) const;

  // Of all layers, each of which counts once however often it is passed.
  const std::vector<Parameter<T>*>& parameters() const { return parameters_; }
  std::size_t first_parameter(std::size_t node) const { return first_parameters_[node]; }
  // Whether training changes the parameter with this number by its gradient.
  bool learns(std::size_t parameter) const { return learned_[parameter]; }
  // Whether a layer is passed more than once, so that its gradients come in several parts.
  bool repeats_layers() const { return repeats_layers_; }
  // Whether a parameter behind this place, on the side of the inputs, learns.
  bool learns_behind(std::size_t place) const { return learns_behind_[place]; }

  // Floating-point operations of a forward pass of one row.
  double flops() const;

  // Where the loss of an output is computed, and which: cross-entropy behind a softmax and binary
  // cross-entropy behind a sigmoid are computed from the logits, which neither overflows nor loses
  // digits. So does Keras on TensorFlow; on JAX it clips the probabilities at 1e-7, which shows
  // where a logit passes 16.
  struct Head {
    std::size_t place;
    Loss loss;
  };
  Head head(const Loss& loss, std::size_t output) const;

 private:
  void number_parameters();

  std::vector<Index> input_sizes_;
  std::vector<Node<T>> nodes_;
  std::vector<std::size_t> outputs_;
  bool rounds_;
  std::vector<Parameter<T>*> parameters_;
  std::vector<std::size_t> first_parameters_;
  std::vector<bool> learned_;
  std::vector<bool> learns_behind_;
  bool repeats_layers_ = false;
};

}  // namespace fastnn::nn
