// Optimizers: the hyperparameters and the update of one block of weights.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "fastnn/nn/parameter.h"

namespace fastnn::nn {

// Sutskever et al. (2013) as in Keras: v = momentum v - lr g;  w += v, or with Nesterov w +=
// momentum v - lr g.
struct Sgd {
  double momentum = 0.0;
  bool nesterov = false;
};

// Kingma and Ba (2015), with Keras's place for epsilon:
// w -= lr sqrt(1 - beta_2^t) / (1 - beta_1^t) · m / (sqrt(v) + epsilon).
struct Adam {
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
};

struct Optimizer {
  double learning_rate = 0.01;
  std::variant<Sgd, Adam> method;
};

// What an optimizer remembers from step to step.
template <class T>
struct Memory {
  Index step = 0;                             // how many there have been
  std::vector<std::vector<Vector<T>>> slots;  // of each parameter of a network, in its layout
};

// How many matrices of a parameter's shape the optimizer remembers.
Index slot_count(const Optimizer& optimizer);

// One optimizer at work. Each thread has its own; what they share lies in the memory.
template <class T>
class Update : public GradientConsumer<T> {
 public:
  // Gradients consumed from now on belong to step number `step`, the first being 1.
  virtual void begin_step(Index step) = 0;
};

template <class T>
std::unique_ptr<Update<T>> make_update(const Optimizer& optimizer, Memory<T>& memory);

}  // namespace fastnn::nn
