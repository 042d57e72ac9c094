#include "fastnn/nn/scorer.h"

#include <numeric>

namespace fastnn::nn {

template <class T>
Scorer<T>::Scorer(const Network<T>& network, const Objective& objective, Index most_rows)
    : head_(network.head(objective.loss)),
      metrics_(objective.metrics),
      losses_(static_cast<std::size_t>(most_rows)),
      scores_(metrics_.size(), losses_) {
  const std::size_t output = network.outputs().front();
  places_.push_back(head_.place);
  read_places_.reserve(metrics_.size());
  for (const CountedMetric& counted : metrics_) {
    // Where the loss is computed from logits, those may serve.
    read_places_.push_back(reads_order_alone(counted.metric) ? head_.place : output);
    places_.push_back(read_places_.back());
  }
  if (objective.keeps_outputs) places_.push_back(output);
}

template <class T>
void Scorer<T>::score(BatchRun<T>& run, const Range& part, const Examples<T>& examples,
                      const std::int64_t* rows, T scale, MatrixView<T> gradient, Index at) {
  const auto values = [&](std::size_t place) {
    return run.output(place).row_range(part.begin, part.size());
  };
  evaluate_loss<T>(head_.loss, values(head_.place), examples.y, rows, examples.weights, scale,
                   losses_.data() + at, gradient);
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    evaluate_metric<T>(metrics_[i].metric, values(read_places_[i]), examples.y, rows,
                       scores_[i].data() + at);
  }
}

// All sums are in row order, so that they do not depend on the threads.
template <class T>
void Scorer<T>::count(const Examples<T>& examples, std::span<const std::int64_t> batch, Index at,
                      double divisor, double penalty, Tally& tally) const {
  const auto n = static_cast<double>(batch.size());
  const auto begin = losses_.begin() + at;
  const double loss = std::accumulate(begin, begin + std::ssize(batch), 0.0) / divisor;
  tally.loss.sum += (loss + penalty) * n;
  tally.loss.weight += n;
  tally.metrics.resize(metrics_.size());
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const T* const weights = metrics_[i].weighted ? examples.weights : nullptr;
    tally.metrics[i].sum += sum_of_metric(i, weights, batch, at);
    if (weights == nullptr)
      tally.metrics[i].weight += n;
    else
      for (const std::int64_t row : batch) tally.metrics[i].weight += weights[row];
  }
}

template <class T>
double Scorer<T>::sum_of_metric(std::size_t metric, const T* weights,
                                std::span<const std::int64_t> batch, Index at) const {
  const double* const scores = scores_[metric].data() + at;
  if (weights == nullptr) return std::accumulate(scores, scores + batch.size(), 0.0);
  double sum = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) sum += scores[i] * weights[batch[i]];
  return sum;
}

template class Scorer<float>;
template class Scorer<double>;

}  // namespace fastnn::nn
