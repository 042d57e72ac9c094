#include "fastnn/nn/scorer.h"

#include <numeric>

namespace fastnn::nn {
namespace {

template <class T>
double weighted_sum(const double* values, const T* weights, std::span<const std::int64_t> batch) {
  double sum = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) sum += values[i] * weights[batch[i]];
  return sum;
}

template <class T>
double sum_of_weights(const T* weights, std::span<const std::int64_t> batch) {
  double sum = 0;
  for (const std::int64_t row : batch) sum += weights[row];
  return sum;
}

}  // namespace

template <class T>
Scorer<T>::Scorer(const Network<T>& network, const Objective& objective, Index most_rows)
    : divides_penalties_(objective.divides_penalties) {
  const std::vector<double> values(static_cast<std::size_t>(most_rows));
  for (const auto& [loss, weight, output] : objective.losses) {
    const auto head = network.head(loss, output);
    heads_.push_back(head.place);
    losses_.push_back({head.loss, weight, output, values});
  }
  places_ = heads_;
  for (const CountedMetric& metric : objective.metrics) {
    metrics_.push_back({metric, place_of(metric, network.outputs()[metric.output]), values});
    places_.push_back(metrics_.back().place);
  }
  for (const std::size_t output : objective.kept_outputs) {
    kept_.push_back(network.outputs()[output]);
    places_.push_back(kept_.back());
  }
}

// Where the loss is computed from logits, those may serve.
template <class T>
std::size_t Scorer<T>::place_of(const CountedMetric& counted, std::size_t output) const {
  if (!reads_order_alone(counted.metric)) return output;
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    if (losses_[i].output == counted.output) return heads_[i];
  }
  return output;
}

template <class T>
void Scorer<T>::begin_batch(const Examples<T>& examples, std::span<const std::int64_t> batch) {
  for (Judged& judged : losses_) {
    const auto& [targets, weights] = examples.y[judged.output];
    judged.divisor =
        loss_divisor<T>(judged.loss, targets, batch.data(), std::ssize(batch), weights);
  }
}

template <class T>
void Scorer<T>::score(BatchRun<T>& run, const Range& part, const Examples<T>& examples,
                      const std::int64_t* rows, Index at) {
  const auto outputs = [&](std::size_t place) {
    return run.output(place).row_range(part.begin, part.size());
  };
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    Judged& judged = losses_[i];
    const auto& [targets, weights] = examples.y[judged.output];
    const T scale = static_cast<T>(judged.weight) / static_cast<T>(judged.divisor);
    evaluate_loss<T>(judged.loss, outputs(heads_[i]), targets, rows, weights, scale,
                     judged.values.data() + at, run.head_gradient(i, part));
  }
  for (Counted& counted : metrics_) {
    evaluate_metric<T>(counted.metric.metric, outputs(counted.place),
                       examples.y[counted.metric.output].targets, rows, counted.values.data() + at);
  }
}

template <class T>
void Scorer<T>::copy_outputs(BatchRun<T>& run, const Range& part,
                             const std::vector<MatrixView<T>>& outputs, Index at) const {
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    copy_rows<T>(run.output(kept_[i]).row_range(part.begin, part.size()),
                 outputs[i].row_range(at + part.begin, part.size()));
  }
}

// All sums are in row order, so that they do not depend on the threads.
template <class T>
void Scorer<T>::count(const Examples<T>& examples, std::span<const std::int64_t> batch, Index at,
                      double penalty, Tally& tally) const {
  const auto n = static_cast<double>(batch.size());
  const auto sum = [&](const std::vector<double>& values) {
    const auto begin = values.begin() + at;
    return std::accumulate(begin, begin + std::ssize(batch), 0.0);
  };
  double total = 0;
  tally.losses.resize(losses_.size());
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    const double loss = sum(losses_[i].values) / losses_[i].divisor;
    tally.losses[i].add(loss, n);
    total += losses_[i].weight * loss;
  }
  tally.loss.add(total + penalty / penalty_divisor(), n);
  tally.metrics.resize(metrics_.size());
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const auto& [metric, place, values] = metrics_[i];
    const T* const weights = metric.weighted ? examples.y[metric.output].weights : nullptr;
    Mean& mean = tally.metrics[i];
    mean.sum += weights == nullptr ? sum(values) : weighted_sum(values.data() + at, weights, batch);
    mean.weight += weights == nullptr ? n : sum_of_weights(weights, batch);
  }
}

template class Scorer<float>;
template class Scorer<double>;

}  // namespace fastnn::nn
