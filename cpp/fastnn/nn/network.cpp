#include "fastnn/nn/network.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "fastnn/nn/activation_layer.h"

namespace fastnn::nn {
namespace {

void check_place(std::size_t place, std::size_t n_places) {
  if (place < n_places) return;
  throw std::invalid_argument("expected a place before " + std::to_string(n_places) +
                              ". Received: " + std::to_string(place));
}

}  // namespace

template <class T>
Network<T>::Network(std::vector<Index> input_sizes, std::vector<Node<T>> nodes,
                    std::vector<std::size_t> outputs, bool rounds)
    : input_sizes_(std::move(input_sizes)),
      nodes_(std::move(nodes)),
      outputs_(std::move(outputs)),
      rounds_(rounds) {
  if (rounds && !(std::is_same_v<T, float> && linalg::has_bfloat16())) {
    throw std::invalid_argument("expected float32 and a processor with bfloat16");
  }
  for (const Index size : input_sizes_) {
    if (size > 0) continue;
    throw std::invalid_argument("expected inputs of at least one feature. Received: " +
                                std::to_string(size));
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    for (const std::size_t place : nodes_[i].inputs) check_place(place, n_inputs() + i);
  }
  if (outputs_.empty()) throw std::invalid_argument("expected at least one output. Received: 0");
  for (const std::size_t place : outputs_) check_place(place, n_inputs() + nodes_.size());
  number_parameters();
}

template <class T>
void Network<T>::number_parameters() {
  std::map<const Layer<T>*, std::size_t> numbers;
  learns_behind_.assign(n_inputs(), false);
  for (const Node<T>& node : nodes_) {
    const auto own = node.layer->parameters();
    const auto [found, is_new] = numbers.try_emplace(node.layer.get(), parameters_.size());
    first_parameters_.push_back(found->second);
    repeats_layers_ = repeats_layers_ || (!is_new && !own.empty());
    bool learns = std::any_of(node.inputs.begin(), node.inputs.end(),
                              [&](std::size_t place) { return learns_behind_[place]; });
    for (Parameter<T>* parameter : own) {
      const bool learned = node.trainable && parameter->has_gradient;
      learns = learns || learned;
      if (!is_new) continue;
      parameters_.push_back(parameter);
      learned_.push_back(learned);
    }
    learns_behind_.push_back(learns);
  }
}

template <class T>
Index Network<T>::size(std::size_t place) const {
  return place < n_inputs() ? input_sizes_[place] : nodes_[place - n_inputs()].layer->output_size();
}

template <class T>
double Network<T>::flops() const {
  double sum = 0;
  for (const Node<T>& node : nodes_) sum += node.layer->flops();
  return sum;
}

template <class T>
typename Network<T>::Head Network<T>::head(const Loss& loss, std::size_t output) const {
  const std::size_t place = outputs_[output];
  if (place < n_inputs()) return {place, loss};
  const Node<T>& node = nodes_[place - n_inputs()];
  const auto* last = dynamic_cast<const ActivationLayer<T>*>(node.layer.get());
  if (last == nullptr) return {place, loss};
  Head before{node.inputs.front(), loss};
  auto* const categorical = std::get_if<CrossEntropy>(&before.loss.function);
  if (categorical != nullptr && !categorical->from_logits &&
      last->activation().kind == ActivationKind::softmax) {
    categorical->from_logits = true;
    return before;
  }
  auto* const binary = std::get_if<BinaryCrossEntropy>(&before.loss.function);
  if (binary != nullptr && !binary->from_logits &&
      last->activation().kind == ActivationKind::sigmoid) {
    binary->from_logits = true;
    return before;
  }
  return {place, loss};
}

template class Network<float>;
template class Network<double>;

}  // namespace fastnn::nn
