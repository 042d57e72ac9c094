// A network as Python holds it: arrays in and out, and one user at a time where it changes.
#pragma once

#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "arrays.h"
#include "fastnn/nn/trainer.h"

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
  explicit NetworkHandle(Index input_size) : network_(input_size) {}

  void add_dense(Index units, bool use_bias, std::uint64_t seed) {
    const auto lock = lock_to_change();
    network_.add_dense(units, use_bias, seed);
  }
  void add_activation(const std::string& name) {
    const auto lock = lock_to_change();
    network_.add_activation(nn::activation_from_name(name));
  }
  Index output_size() const { return network_.output_size(); }
  Index step() const {
    const auto lock = lock_to_read();
    return network_.step;
  }

  std::vector<Array<T>> parameters() const {
    const auto lock = lock_to_read();
    std::vector<Array<T>> arrays;
    for (const auto* p : network_.parameters()) arrays.push_back(to_array(*p));
    return arrays;
  }

  void set_parameters(const std::vector<Array<T>>& arrays) {
    const auto lock = lock_to_change();
    const auto parameters = network_.parameters();
    if (arrays.size() != parameters.size()) {
      throw py::value_error("expected " + std::to_string(parameters.size()) +
                            " arrays. Received: " + std::to_string(arrays.size()));
    }
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      const auto expected = to_array(*parameters[i]);
      const bool same =
          arrays[i].ndim() == expected.ndim() &&
          std::equal(expected.shape(), expected.shape() + expected.ndim(), arrays[i].shape());
      if (!same) throw py::value_error("expected the shapes of parameters()");
    }
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      parameters[i]->layout.from_matrix(arrays[i].data(), parameters[i]->values.data());
    }
  }

  void reset_optimizer() {
    const auto lock = lock_to_change();
    network_.step = 0;
    for (auto* p : network_.parameters()) p->slots.clear();
  }

  py::tuple train_epoch(const py::array& x, const py::array& y, const Array<std::int64_t>& order,
                        const nn::Loss& loss, const nn::Optimizer& optimizer,
                        const Array<double>& learning_rates, const std::string& metric,
                        Index batch_size, const py::object& progress, int n_threads) {
    const auto lock = lock_to_change();
    const nn::Examples<T> data = examples(x, y);
    const auto kind = nn::metric_from_name(metric);
    const std::span<const std::int64_t> rows(order.data(), static_cast<std::size_t>(order.size()));
    const std::span<const double> rates(learning_rates.data(),
                                        static_cast<std::size_t>(learning_rates.size()));
    PythonProgress python_progress(progress);
    const nn::Score score = without_gil([&] {
      return nn::train_epoch<T>(network_, data, rows, loss, optimizer, rates, kind, batch_size,
                                std::ref(python_progress), resolve_threads(n_threads));
    });
    python_progress.rethrow();
    return py::make_tuple(score.loss, score.metric);
  }

  py::tuple evaluate(const py::array& x, const py::array& y, const nn::Loss& loss,
                     const std::string& metric, int n_threads) const {
    const auto lock = lock_to_read();
    const nn::Examples<T> data = examples(x, y);
    const auto kind = nn::metric_from_name(metric);
    const nn::Score score = without_gil(
        [&] { return nn::evaluate<T>(network_, data, loss, kind, resolve_threads(n_threads)); });
    return py::make_tuple(score.loss, score.metric);
  }

  py::tuple loss_and_gradients(const py::array& x, const py::array& y, const nn::Loss& loss,
                               int n_threads) {
    const auto lock = lock_to_change();
    const nn::Examples<T> data = examples(x, y);
    std::vector<Matrix<T>> gradients;
    const double value = without_gil([&] {
      return nn::loss_and_gradients<T>(network_, data, loss, gradients, resolve_threads(n_threads));
    });
    py::list arrays;
    const auto parameters = network_.parameters();
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      arrays.append(copy(gradients[i], parameters[i]->is_vector));
    }
    return py::make_tuple(value, arrays);
  }

  Array<T> predict(const py::array& x, int n_threads) const {
    const auto lock = lock_to_read();
    const Samples rows_of_x = samples(x, "x");
    auto outputs = make_array<T>(rows(rows_of_x), network_.output_size());
    const auto output_view = mutable_matrix(outputs);
    without_gil(
        [&] { nn::predict<T>(network_, rows_of_x, output_view, resolve_threads(n_threads)); });
    return outputs;
  }

 private:
  static Array<T> to_array(const nn::Parameter<T>& p) {
    return copy(p.layout.to_matrix(p.values.data()), p.is_vector);
  }
  static Array<T> copy(const Matrix<T>& m, bool as_vector) {
    if (as_vector) return Array<T>(m.cols(), m.data());
    return Array<T>({m.rows(), m.cols()}, m.data());
  }

  static nn::Examples<T> examples(const py::array& x, const py::array& y) {
    if (Array<std::int64_t>::check_(y) && y.ndim() == 1) {
      return {samples(x, "x"), nn::Labels{static_cast<const std::int64_t*>(y.data()), y.shape(0)}};
    }
    if (!Array<T>::check_(y)) {
      throw py::type_error("expected y as int64 labels or rows of the network's dtype");
    }
    return {samples(x, "x"), matrix<T>(py::reinterpret_borrow<Array<T>>(y), "y")};
  }

  // Waiting would hold the GIL that the other user may need, so a busy network is an error.
  std::unique_lock<std::shared_mutex> lock_to_change() {
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) throw std::runtime_error("this network is in use by another thread");
    return lock;
  }
  std::shared_lock<std::shared_mutex> lock_to_read() const {
    std::shared_lock lock(mutex_, std::try_to_lock);
    if (!lock) throw std::runtime_error("this network is being trained by another thread");
    return lock;
  }

  nn::Network<T> network_;
  mutable std::shared_mutex mutex_;
};

}  // namespace fastnn::bindings
