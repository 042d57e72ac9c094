// A network as Python holds it: arrays in and out, and one user at a time where it changes.
#pragma once

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "arrays.h"
#include "fastnn/nn/inference.h"
#include "fastnn/nn/trainer.h"
#include "layer_handle.h"
#include "progress.h"
#include "targets.h"

namespace fastnn::bindings {

// The mean loss, the mean of each loss where there are several, and that of each metric.
inline std::vector<double> figures(const nn::Tally& tally) {
  std::vector<double> means{tally.loss.value()};
  const auto append = [&](const nn::Mean& mean) { means.push_back(mean.value()); };
  if (tally.losses.size() > 1) std::for_each(tally.losses.begin(), tally.losses.end(), append);
  std::for_each(tally.metrics.begin(), tally.metrics.end(), append);
  return means;
}

// The caller's progress function, called with the GIL. What it raises, Ctrl-C too, ends the course
// and is raised again behind it.
class PythonProgress {
 public:
  explicit PythonProgress(const py::object& callback) : callback_(callback) {}

  bool operator()(Index rows_done, const nn::Tally& tally) {
    const py::gil_scoped_acquire acquire;
    try {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (!callback_.is_none()) callback_(rows_done, figures(tally));
      return true;
    } catch (...) {
      raised_ = std::current_exception();
      return false;
    }
  }
  void rethrow() const {
    if (raised_) std::rethrow_exception(raised_);
  }

 private:
  const py::object& callback_;
  std::exception_ptr raised_;
};

// The mean of each loss, before its weight.
inline std::vector<double> mean_losses(const nn::Tally& tally) {
  std::vector<double> means;
  means.reserve(tally.losses.size());
  for (const nn::Mean& mean : tally.losses) means.push_back(mean.value());
  return means;
}

template <class T>
class NetworkHandle {
 public:
  using Layers = std::vector<std::shared_ptr<LayerHandle<T>>>;
  using Places = std::vector<std::size_t>;
  // For each output; None where there are none, or all weights are 1.
  using AllTargets = std::vector<std::optional<py::array>>;
  using AllWeights = std::vector<std::optional<Array<T>>>;

  NetworkHandle(std::vector<Index> input_sizes, const Layers& layers,
                const std::vector<Places>& inputs, Places outputs,
                const std::vector<bool>& trainable, bool rounds)
      : network_(std::move(input_sizes), nodes(layers, inputs, trainable), std::move(outputs),
                 rounds) {
    for (const auto& layer : layers) {
      const bool is_new = std::find(distinct_.begin(), distinct_.end(), layer) == distinct_.end();
      if (is_new) distinct_.push_back(layer);
    }
  }

  // Each once, in the order in which their parameters are numbered.
  const Layers& layers() const { return distinct_; }
  // Of the rows at each output.
  std::vector<Index> output_sizes() const {
    std::vector<Index> sizes;
    for (const std::size_t place : network_.outputs()) sizes.push_back(network_.size(place));
    return sizes;
  }

  // Steps of the optimizer so far.
  Index step() const {
    const auto lock = lock_to_read(mutex_);
    return memory_.step;
  }
  void reset_optimizer() {
    const auto lock = lock_to_change(mutex_);
    memory_ = {};
  }
  // What an optimizer has left to do behind the last step.
  void finish_training(const nn::Optimizer& optimizer) {
    const auto locks = lock_to_train();
    nn::make_update(optimizer, network_, memory_)->finish();
  }

  // The count of steps, and what the optimizer remembers of each parameter in that one's shape.
  py::tuple optimizer_state() const {
    const auto lock = lock_to_read(mutex_);
    std::vector<std::vector<Array<T>>> slots(memory_.slots.size());
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const nn::Parameter<T>& parameter = *network_.parameters()[i];
      for (const auto& slot : memory_.slots[i]) {
        const auto values = parameter.layout.to_matrix(slot.data());
        slots[i].push_back(to_array<T>(values, parameter.is_vector));
      }
    }
    return py::make_tuple(memory_.step, slots);
  }

  // Slots that are missing begin anew.
  void set_optimizer_state(Index step, const std::vector<std::vector<Array<T>>>& slots) {
    const auto lock = lock_to_change(mutex_);
    const auto& parameters = network_.parameters();
    if (step < 0 || (!slots.empty() && slots.size() != parameters.size())) {
      throw py::value_error("expected a count of steps, and slots for each parameter");
    }
    nn::Memory<T> memory{step, std::vector<std::vector<nn::Vector<T>>>(slots.size())};
    for (std::size_t i = 0; i < slots.size(); ++i) {
      for (const auto& array : slots[i]) {
        check_fits(array, *parameters[i]);
        memory.slots[i].emplace_back(array.size());
        parameters[i]->layout.from_matrix(array.data(), memory.slots[i].back().data());
      }
    }
    memory_ = std::move(memory);
  }

  // What `train` and `evaluate` are to judge by from now on.
  void set_objective(const std::vector<nn::WeightedLoss>& losses,
                     const std::vector<nn::CountedMetric>& metrics, Places kept_outputs,
                     bool divides_penalties) {
    const auto lock = lock_to_change(mutex_);
    nn::Objective objective{losses, metrics, std::move(kept_outputs), divides_penalties};
    trainer_ = std::make_unique<nn::Trainer<T>>(network_, objective);
    objective_ = std::move(objective);
  }

  // Counts the rows in `tally`. Returns what came out for each row of `order`, for each output that
  // somebody asked for.
  std::vector<Array<T>> train(const std::vector<py::array>& x, const AllTargets& y,
                              const AllWeights& weights, const Array<std::int64_t>& order,
                              Index batch_size, const nn::Optimizer& optimizer,
                              const Array<double>& learning_rates, nn::Tally& tally,
                              const py::object& progress, int n_threads) {
    const auto locks = lock_to_train();
    const nn::Examples<T> data = examples(x, y, weights);
    const nn::Course course{elements(order), batch_size, elements(learning_rates)};
    auto [arrays, outputs] = room_for_outputs(objective().kept_outputs, order.size());
    PythonProgress python_progress(progress);
    without_gil([&] {
      trainer_->train(data, course, optimizer, memory_, tally, outputs, std::ref(python_progress),
                      resolve_threads(n_threads));
    });
    python_progress.rethrow();
    return std::move(arrays);
  }

  // As `train`, without a step.
  std::vector<Array<T>> evaluate(const std::vector<py::array>& x, const AllTargets& y,
                                 const AllWeights& weights, const Array<std::int64_t>& order,
                                 Index batch_size, nn::Tally& tally, const py::object& progress,
                                 int n_threads) const {
    const auto own = lock_to_read(mutex_);
    const auto locks = lock_to_look();
    const nn::Examples<T> data = examples(x, y, weights);
    auto [arrays, outputs] = room_for_outputs(objective().kept_outputs, order.size());
    Watch watch(reporter(progress));
    without_gil([&] {
      nn::evaluate<T>(network_, objective(), data, elements(order), batch_size, tally, outputs,
                      watch, resolve_threads(n_threads));
    });
    return std::move(arrays);
  }

  py::tuple loss_and_gradients(const std::vector<py::array>& x, const AllTargets& y,
                               const std::vector<nn::WeightedLoss>& losses,
                               const std::optional<AllWeights>& weights, int n_threads) const {
    const auto locks = lock_to_look();
    const nn::Examples<T> data = examples(x, y, weights ? *weights : AllWeights(y.size()));
    std::vector<Matrix<T>> gradients;
    const double value = without_gil([&] {
      return nn::loss_and_gradients<T>(network_, data, losses, gradients,
                                       resolve_threads(n_threads));
    });
    py::list arrays;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      arrays.append(to_array<T>(gradients[i], network_.parameters()[i]->is_vector));
    }
    return py::make_tuple(value, arrays);
  }

  std::vector<Array<T>> predict(const std::vector<py::array>& x, const py::object& progress,
                                int n_threads) {
    const auto locks = lock_to_look();
    const std::vector<nn::Inputs> inputs = all_inputs(x);
    Places all(network_.outputs().size());
    std::iota(all.begin(), all.end(), 0);
    auto [arrays, outputs] = room_for_outputs(all, inputs.empty() ? 0 : rows(inputs[0]));
    Watch watch(reporter(progress));
    without_gil([&, &views = outputs] {
      predictor_.predict(inputs, views, watch, resolve_threads(n_threads));
    });
    return std::move(arrays);
  }

 private:
  static std::vector<nn::Node<T>> nodes(const Layers& layers, const std::vector<Places>& inputs,
                                        const std::vector<bool>& trainable) {
    if (inputs.size() != layers.size() || trainable.size() != layers.size()) {
      throw py::value_error("expected inputs and trainable for each layer");
    }
    std::vector<nn::Node<T>> nodes;
    nodes.reserve(layers.size());
    for (std::size_t i = 0; i < layers.size(); ++i) {
      nodes.push_back({layers[i]->layer(), inputs[i], trainable[i]});
    }
    return nodes;
  }

  const nn::Objective& objective() const {
    if (!objective_) throw py::value_error("expected an objective: call set_objective() first");
    return *objective_;
  }

  template <class U>
  static std::span<const U> elements(const Array<U>& array) {
    return {array.data(), static_cast<std::size_t>(array.size())};
  }

  std::pair<std::vector<Array<T>>, std::vector<MatrixView<T>>> room_for_outputs(
      const Places& outputs, Index n_rows) const {
    std::vector<Array<T>> arrays;
    std::vector<MatrixView<T>> views;
    for (const std::size_t output : outputs) {
      arrays.push_back(make_array<T>(n_rows, network_.size(network_.outputs()[output])));
      views.push_back(mutable_matrix(arrays.back()));
    }
    return {std::move(arrays), std::move(views)};
  }

  static std::vector<nn::Inputs> all_inputs(const std::vector<py::array>& x) {
    std::vector<nn::Inputs> all;
    all.reserve(x.size());
    for (const py::array& array : x) {
      all.push_back(samples<std::uint8_t, std::int64_t, Eigen::half, float, double>(array, "x"));
    }
    return all;
  }

  static nn::Examples<T> examples(const std::vector<py::array>& x, const AllTargets& y,
                                  const AllWeights& weights) {
    nn::Examples<T> examples{all_inputs(x), {}};
    if (weights.size() != y.size()) throw py::value_error("expected weights for each of y");
    for (std::size_t i = 0; i < y.size(); ++i) {
      const auto& own = y[i];
      examples.y.push_back({own ? targets<T>(*own) : nn::Targets<T>()});
      const auto& of_rows = weights[i];
      if (!of_rows) continue;
      if (of_rows->ndim() != 1 || examples.x.empty() || of_rows->size() != rows(examples.x[0])) {
        throw py::value_error("expected weights with one entry a row of x");
      }
      examples.y.back().weights = of_rows->data();
    }
    return examples;
  }

  std::vector<std::unique_lock<std::shared_mutex>> lock_to_train() {
    std::vector<std::unique_lock<std::shared_mutex>> locks;
    locks.push_back(lock_to_change(mutex_));
    for (const auto& layer : distinct_) locks.push_back(lock_to_change(layer->mutex()));
    return locks;
  }
  std::vector<std::shared_lock<std::shared_mutex>> lock_to_look() const {
    std::vector<std::shared_lock<std::shared_mutex>> locks;
    for (const auto& layer : distinct_) locks.push_back(lock_to_read(layer->mutex()));
    return locks;
  }

  Layers distinct_;  // each layer once, however often it is passed
  nn::Network<T> network_;
  nn::Memory<T> memory_;
  std::optional<nn::Objective> objective_;
  std::unique_ptr<nn::Trainer<T>> trainer_;
  nn::Predictor<T> predictor_{network_};
  mutable std::shared_mutex mutex_;
};

}  // namespace fastnn::bindings
