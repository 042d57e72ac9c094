// A network as Python holds it: arrays in and out, and one user at a time where it changes.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrays.h"
#include "fastnn/nn/trainer.h"
#include "layer_handle.h"
#include "targets.h"

namespace fastnn::bindings {

// The caller's progress function, called with the GIL. What it raises, Ctrl-C too, ends the epoch
// and is raised again behind it.
class PythonProgress {
 public:
  explicit PythonProgress(const py::object& callback) : callback_(callback) {}

  bool operator()(Index rows_done, const nn::Score& mean) {
    const py::gil_scoped_acquire acquire;
    try {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (!callback_.is_none()) callback_(rows_done, mean.loss, mean.metric);
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

template <class T>
class NetworkHandle {
 public:
  using Layers = std::vector<std::shared_ptr<LayerHandle<T>>>;
  using Places = std::vector<std::size_t>;

  NetworkHandle(std::vector<Index> input_sizes, const Layers& layers,
                const std::vector<Places>& inputs, Places outputs,
                const std::vector<bool>& trainable)
      : network_(std::move(input_sizes), nodes(layers, inputs, trainable), std::move(outputs)) {
    for (const auto& layer : layers) {
      const bool is_new = std::find(distinct_.begin(), distinct_.end(), layer) == distinct_.end();
      if (is_new) distinct_.push_back(layer);
    }
  }

  Index output_size() const { return network_.size(network_.outputs().front()); }

  // Steps of the optimizer so far.
  Index step() const {
    const auto lock = lock_to_read(mutex_);
    return memory_.step;
  }
  void reset_optimizer() {
    const auto lock = lock_to_change(mutex_);
    memory_ = {};
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

  py::tuple train_epoch(const std::vector<py::array>& x, const py::array& y,
                        const Array<std::int64_t>& order, const nn::Loss& loss,
                        const nn::Optimizer& optimizer, const Array<double>& learning_rates,
                        const std::string& metric, Index batch_size, const py::object& progress,
                        int n_threads) {
    const auto locks = lock_to_train();
    const nn::Examples<T> data = examples(x, y);
    const auto kind = nn::metric_from_name(metric);
    const std::span<const std::int64_t> rows(order.data(), static_cast<std::size_t>(order.size()));
    const std::span<const double> rates(learning_rates.data(),
                                        static_cast<std::size_t>(learning_rates.size()));
    PythonProgress python_progress(progress);
    const nn::Score score = without_gil([&] {
      return nn::train_epoch<T>(network_, memory_, data, rows, loss, optimizer, rates, kind,
                                batch_size, std::ref(python_progress), resolve_threads(n_threads));
    });
    python_progress.rethrow();
    return py::make_tuple(score.loss, score.metric);
  }

  py::tuple evaluate(const std::vector<py::array>& x, const py::array& y, const nn::Loss& loss,
                     const std::string& metric, Index batch_size, int n_threads) const {
    const auto locks = lock_to_look();
    const nn::Examples<T> data = examples(x, y);
    const auto kind = nn::metric_from_name(metric);
    const nn::Score score = without_gil([&] {
      return nn::evaluate<T>(network_, data, loss, kind, batch_size, resolve_threads(n_threads));
    });
    return py::make_tuple(score.loss, score.metric);
  }

  py::tuple loss_and_gradients(const std::vector<py::array>& x, const py::array& y,
                               const nn::Loss& loss, int n_threads) const {
    const auto locks = lock_to_look();
    const nn::Examples<T> data = examples(x, y);
    std::vector<Matrix<T>> gradients;
    const double value = without_gil([&] {
      return nn::loss_and_gradients<T>(network_, data, loss, gradients, resolve_threads(n_threads));
    });
    py::list arrays;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      arrays.append(to_array<T>(gradients[i], network_.parameters()[i]->is_vector));
    }
    return py::make_tuple(value, arrays);
  }

  std::vector<Array<T>> predict(const std::vector<py::array>& x, int n_threads) const {
    const auto locks = lock_to_look();
    const std::vector<Samples> inputs = all_samples(x);
    std::vector<Array<T>> outputs;
    std::vector<MatrixView<T>> views;
    for (const std::size_t place : network_.outputs()) {
      outputs.push_back(make_array<T>(inputs.empty() ? 0 : rows(inputs[0]), network_.size(place)));
      views.push_back(mutable_matrix(outputs.back()));
    }
    without_gil([&] { nn::predict<T>(network_, inputs, views, resolve_threads(n_threads)); });
    return outputs;
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

  static std::vector<Samples> all_samples(const std::vector<py::array>& x) {
    std::vector<Samples> all;
    all.reserve(x.size());
    for (const py::array& array : x) all.push_back(samples(array, "x"));
    return all;
  }

  static nn::Examples<T> examples(const std::vector<py::array>& x, const py::array& y) {
    return {all_samples(x), targets<T>(y)};
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
  mutable std::shared_mutex mutex_;
};

}  // namespace fastnn::bindings
