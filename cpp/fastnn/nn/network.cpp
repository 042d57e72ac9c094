#include "fastnn/nn/network.h"

#include <stdexcept>

#include "fastnn/nn/activation_layer.h"
#include "fastnn/nn/dense.h"

namespace fastnn::nn {
namespace {

template <class T>
MatrixView<T> first_rows(Matrix<T>& m, Index n_rows) {
  return {m.data(), n_rows, m.cols()};
}

void check_positive(Index value, const char* message) {
  if (value <= 0) throw std::invalid_argument(message + std::to_string(value));
}

}  // namespace

template <class T>
Network<T>::Network(Index input_size) : input_size_(input_size) {
  check_positive(input_size, "expected input_size > 0. Received: ");
}

template <class T>
void Network<T>::add_dense(Index units, bool use_bias, std::uint64_t seed) {
  check_positive(units, "expected units > 0. Received: ");
  layers_.push_back(std::make_unique<Dense<T>>(output_size(), units, use_bias, seed));
}

template <class T>
void Network<T>::add_activation(const Activation& activation) {
  layers_.push_back(std::make_unique<ActivationLayer<T>>(output_size(), activation));
}

template <class T>
Index Network<T>::output_size() const {
  return layers_.empty() ? input_size_ : layers_.back()->output_size();
}

template <class T>
std::vector<Parameter<T>*> Network<T>::parameters() const {
  std::vector<Parameter<T>*> all;
  for (const auto& layer : layers_) {
    const auto own = layer->parameters();
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

template <class T>
double Network<T>::flops() const {
  double sum = 0;
  for (const auto& layer : layers_) sum += layer->flops();
  return sum;
}

template <class T>
typename Network<T>::Head Network<T>::head(const Loss& loss) const {
  if (layers_.empty()) throw std::invalid_argument("expected a network with layers");
  const auto* last = dynamic_cast<const ActivationLayer<T>*>(layers_.back().get());
  if (last != nullptr && last->activation().kind == ActivationKind::softmax && layers_.size() > 1 &&
      loss.kind == LossKind::cross_entropy && !loss.from_logits) {
    return {layers_.size() - 1, {LossKind::cross_entropy, true}};
  }
  return {layers_.size(), loss};
}

template <class T>
Workspace<T> Network<T>::make_workspace(Index n_rows, bool with_gradients) const {
  Workspace<T> workspace;
  workspace.input.resize(n_rows, input_size_);
  for (const auto& layer : layers_) {
    workspace.outputs.emplace_back(n_rows, layer->output_size());
    if (with_gradients) workspace.gradients.emplace_back(n_rows, layer->output_size());
  }
  return workspace;
}

template <class T>
MatrixView<T> Network<T>::forward(Workspace<T>& workspace, Index n_rows, std::size_t n_layers,
                                  const Member& member) const {
  MatrixView<T> x = first_rows(workspace.input, n_rows);
  Block block;
  for (std::size_t l = 0; l < n_layers; ++l) {
    const MatrixView<T> y = first_rows(workspace.outputs[l], n_rows);
    if (l == 0 || !layers_[l]->elementwise()) {
      member.wait();
      block = layers_[l]->output_share(n_rows, member);
    }
    layers_[l]->forward(x, y, block);
    x = y;
  }
  member.wait();
  return x;
}

template <class T>
void Network<T>::backward(Workspace<T>& workspace, Index n_rows, std::size_t n_layers,
                          const GradientConsumer<T>& consumer, const Member& member) {
  const auto backward_input = [&](std::size_t l, const Block& block) {
    layers_[l]->backward_input(first_rows(workspace.outputs[l - 1], n_rows),
                               first_rows(workspace.outputs[l], n_rows),
                               first_rows(workspace.gradients[l], n_rows),
                               first_rows(workspace.gradients[l - 1], n_rows), block);
  };
  for (std::size_t l = n_layers; l-- > 0;) {
    const std::size_t top = l;
    if (l > 0) {
      const Block block = layers_[l]->input_share(n_rows, member);
      backward_input(l, block);
      while (l > 1 && layers_[l - 1]->elementwise()) backward_input(--l, block);
      // The weights are needed as they were, so the team waits before anyone changes them.
      member.wait();
    }
    const MatrixView<T> x =
        first_rows(top == 0 ? workspace.input : workspace.outputs[top - 1], n_rows);
    layers_[top]->backward_parameters(x, first_rows(workspace.gradients[top], n_rows), consumer,
                                      member);
  }
}

template class Network<float>;
template class Network<double>;

}  // namespace fastnn::nn
