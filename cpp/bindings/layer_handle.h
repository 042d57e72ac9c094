// A layer as Python holds it: its weights as arrays, and one user at a time where they change.
#pragma once

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arrays.h"
#include "fastnn/nn/layer.h"

namespace fastnn::bindings {

// Waiting would hold the GIL that the other user may need, so what is busy is an error.
inline std::unique_lock<std::shared_mutex> lock_to_change(std::shared_mutex& mutex) {
  std::unique_lock lock(mutex, std::try_to_lock);
  if (!lock) throw std::runtime_error("this network is in use by another thread");
  return lock;
}
inline std::shared_lock<std::shared_mutex> lock_to_read(std::shared_mutex& mutex) {
  std::shared_lock lock(mutex, std::try_to_lock);
  if (!lock) throw std::runtime_error("this network is being trained by another thread");
  return lock;
}

template <class T>
Array<T> to_array(const Matrix<T>& m, bool as_vector) {
  if (as_vector) return Array<T>(m.cols(), m.data());
  return Array<T>({m.rows(), m.cols()}, m.data());
}

template <class T>
void check_fits(const Array<T>& array, const nn::Parameter<T>& parameter) {
  const auto& layout = parameter.layout;
  const bool fits = parameter.is_vector ? array.ndim() == 1 && array.shape(0) == layout.cols
                                        : array.ndim() == 2 && array.shape(0) == layout.rows &&
                                              array.shape(1) == layout.cols;
  if (!fits) throw py::value_error("expected the shapes of parameters()");
}

template <class T>
class LayerHandle {
 public:
  explicit LayerHandle(std::shared_ptr<nn::Layer<T>> layer) : layer_(std::move(layer)) {}

  const std::shared_ptr<nn::Layer<T>>& layer() const { return layer_; }
  std::shared_mutex& mutex() const { return mutex_; }
  Index output_size() const { return layer_->output_size(); }

  std::vector<Array<T>> parameters() const {
    const auto lock = lock_to_read(mutex_);
    std::vector<Array<T>> arrays;
    for (const auto* p : layer_->parameters()) {
      arrays.push_back(to_array<T>(p->layout.to_matrix(p->values.data()), p->is_vector));
    }
    return arrays;
  }

  // Keras's names, in the order of parameters().
  std::vector<std::string_view> parameter_names() const {
    std::vector<std::string_view> names;
    for (const auto* p : layer_->parameters()) names.push_back(p->name);
    return names;
  }

  void set_parameters(const std::vector<Array<T>>& arrays) {
    const auto lock = lock_to_change(mutex_);
    const auto parameters = layer_->parameters();
    check_count(arrays.size());
    for (std::size_t i = 0; i < arrays.size(); ++i) check_fits(arrays[i], *parameters[i]);
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      parameters[i]->layout.from_matrix(arrays[i].data(), parameters[i]->values.data());
    }
  }

  // l1 and l2 of each parameter.
  void set_penalties(const std::vector<std::pair<double, double>>& penalties) {
    const auto lock = lock_to_change(mutex_);
    check_count(penalties.size());
    const auto parameters = layer_->parameters();
    for (std::size_t i = 0; i < penalties.size(); ++i) {
      parameters[i]->penalty = {penalties[i].first, penalties[i].second};
    }
  }

 private:
  void check_count(std::size_t received) const {
    const std::size_t expected = layer_->parameters().size();
    if (received == expected) return;
    throw py::value_error("expected one for each of " + std::to_string(expected) +
                          " parameters. Received: " + std::to_string(received));
  }

  std::shared_ptr<nn::Layer<T>> layer_;
  mutable std::shared_mutex mutex_;
};

}  // namespace fastnn::bindings
