// A chain of layers with its weights, and the passes through it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "fastnn/nn/activations.h"
#include "fastnn/nn/layer.h"
#include "fastnn/nn/losses.h"

namespace fastnn::nn {

// The values that one batch leaves behind on its way, for the way back.
template <class T>
struct Workspace {
  Matrix<T> input;
  std::vector<Matrix<T>> outputs;    // of each layer
  std::vector<Matrix<T>> gradients;  // dL/d outputs, of each layer
};

template <class T>
class Network {
 public:
  explicit Network(Index input_size);

  void add_dense(Index units, bool use_bias, std::uint64_t seed);
  void add_activation(const Activation& activation);

  Index input_size() const { return input_size_; }
  Index output_size() const;
  std::size_t n_layers() const { return layers_.size(); }
  std::vector<Parameter<T>*> parameters() const;
  // Floating-point operations of a forward pass of one row.
  double flops() const;

  // How many layers a training step goes through, and the loss at their end: cross-entropy behind a
  // softmax is computed from the softmax's inputs, which neither overflows nor loses digits.
  struct Head {
    std::size_t n_layers;
    Loss loss;
  };
  Head head(const Loss& loss) const;

  // Room for a batch of n_rows; `gradients` only where a backward pass follows.
  Workspace<T> make_workspace(Index n_rows, bool with_gradients) const;

  // Both passes are called by all members of a team.
  // From workspace.input, of which each member may have filled a part, through n_layers layers;
  // returns the last one's outputs, which all members have finished.
  MatrixView<T> forward(Workspace<T>& workspace, Index n_rows, std::size_t n_layers,
                        const Member& member) const;
  // From workspace.gradients[n_layers - 1] back; each parameter's gradient goes to `consumer`. The
  // caller waits for the team before it touches weights or workspace.
  void backward(Workspace<T>& workspace, Index n_rows, std::size_t n_layers,
                const GradientConsumer<T>& consumer, const Member& member);

  // Steps taken by the optimizer whose memory lies in the parameters' slots.
  Index step = 0;

 private:
  Index input_size_;
  std::vector<std::unique_ptr<Layer<T>>> layers_;
};

}  // namespace fastnn::nn
