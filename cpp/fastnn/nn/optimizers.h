// Optimizers: the hyperparameters, with Keras's defaults, and the update of one block of weights.
// The formulas are in optimizer_rules.h.
#pragma once

#include <limits>
#include <memory>
#include <variant>
#include <vector>

#include "fastnn/nn/network.h"

namespace fastnn::nn {

struct Sgd {
  double momentum = 0.0;
  bool nesterov = false;
};

struct RmsProp {
  double rho = 0.9;
  double momentum = 0.0;
  double epsilon = 1e-7;
  bool centered = false;
};

struct Adam {
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
};

struct Adamax {
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
};

struct Nadam {
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
};

struct Adagrad {
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;
};

struct Adadelta {
  double rho = 0.95;
  double epsilon = 1e-7;
};

struct Lion {
  double beta_1 = 0.9;
  double beta_2 = 0.99;
};

struct Optimizer {
  std::variant<Sgd, RmsProp, Adam, Adamax, Nadam, Adagrad, Adadelta, Lion> method;
  // Ahead of its update each weight loses the share learning_rate · weight_decay of itself.
  double weight_decay = 0.0;
  // Each element of a gradient is clipped to [-clip_value, clip_value] before it is used.
  double clip_value = std::numeric_limits<double>::infinity();
  // Each parameter's gradient is shortened to this norm, or all of them together to that.
  double clip_norm = std::numeric_limits<double>::infinity();
  double global_clip_norm = std::numeric_limits<double>::infinity();
  // The loss times so much goes back through the network; its gradients are divided by it.
  double loss_scale = 1.0;
  // So many batches make one update, by the mean of their gradients.
  Index accumulation_steps = 1;
  // A running mean of the weights keeps this share of itself at each batch.
  bool use_average = false;
  double average_momentum = 0.99;
  // At the batches of each so many-th update the weights become their mean; 0: never.
  Index overwrite_frequency = 0;
  // The numbers, in the network, of the parameters that do not decay.
  // NOLINTNEXTLINE(readability-redundant-member-init): GCC warns of {Adam{}} without it
  std::vector<std::size_t> undecayed = {};
};

// What an optimizer remembers from step to step.
template <class T>
struct Memory {
  Index step = 0;                             // how many batches there have been
  std::vector<std::vector<Vector<T>>> slots;  // of each parameter of a network, in its layout
  // Of each parameter, while a step is under way.
  // NOLINTNEXTLINE(readability-redundant-member-init): GCC warns of {step, slots} without it
  std::vector<std::vector<double>> sums = {};
};

// One optimizer at work. Each thread has its own; what they share lies in the memory.
template <class T>
class Update : public GradientConsumer<T> {
 public:
  virtual std::size_t n_slots() const = 0;
  // Gives a parameter of so many values the slots that it lacks, with the values that the method
  // starts from.
  virtual void make_slots(std::size_t number, Index size) const = 0;
  // Gradients consumed from now on belong to step number `step`, the first being 1.
  virtual void begin_step(Index step, double learning_rate) = 0;
  // What needs the gradients, or the weights, of the step as a whole; called by all members, who
  // then wait.
  virtual void end_step(const Member& member) = 0;
  // What is left to do behind the last step.
  virtual void finish() const = 0;
};

// The memory outlives the update and has its slots.
template <class T>
std::unique_ptr<Update<T>> make_update(const Optimizer& optimizer, const Network<T>& network,
                                       Memory<T>& memory);

template <class T>
void make_slots(const Optimizer& optimizer, const Network<T>& network, Memory<T>& memory);

}  // namespace fastnn::nn
