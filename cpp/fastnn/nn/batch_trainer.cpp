#include "fastnn/nn/batch_trainer.h"

#include <algorithm>

namespace fastnn::nn {
namespace {

// A core's forward arithmetic of a step that takes long: about a tenth of a second, all told.
template <class T>
constexpr double long_flops = 2.5e8 * static_cast<double>(simd::width<T>);

}  // namespace

template <class T>
BatchTrainer<T>::BatchTrainer(const Network<T>& network, const Objective& objective,
                              Index most_rows)
    : network_(network),
      most_rows_(most_rows),
      scorer_(network, objective, most_rows),
      run_(network, most_rows, scorer_.places(), scorer_.heads(), Mode::training),
      penalties_(network) {}

template <class T>
bool BatchTrainer<T>::is_long(const Member& member) const {
  const double flops = network_.flops() * static_cast<double>(most_rows_);
  return flops > long_flops<T> * static_cast<double>(member.team_size());
}

template <class T>
bool BatchTrainer<T>::records(const Member& member) const {
  return network_.repeats_layers() || is_long(member);
}

template <class T>
void BatchTrainer<T>::forward(const Examples<T>& examples, std::span<const std::int64_t> batch,
                              Index step, const Member& member, Watch& watch) {
  const auto n = static_cast<Index>(batch.size());
  if (n != run_.n_rows()) {
    member.wait();
    if (member.first()) run_.set_rows(n);
    member.wait();
  }
  if (records(member) && !recorder_) {
    member.wait();
    if (member.first()) recorder_.emplace(network_);
    member.wait();
  }
  const Range part = member.share(n);
  const auto* const rows = batch.data() + part.begin;
  for (std::size_t i = 0; i < examples.x.size(); ++i) {
    gather(examples.x[i], rows, run_.input(i).row_range(part.begin, part.size()));
  }
  penalties_.add_up(member);
  if (member.first()) scorer_.begin_batch(examples, batch);
  run_.forward(static_cast<std::uint64_t>(step), member, is_long(member) ? &watch : nullptr);
  scorer_.score(run_, part, examples, rows, part.begin);
  run_.add_heads(part);
  member.wait();
}

template <class T>
void BatchTrainer<T>::backward(Index step, const GradientConsumer<T>& consumer,
                               const Member& member, Watch& watch) {
  if (consumer.loss_scale() != 1) {
    const Range part = member.share(run_.n_rows());
    for (std::size_t i = 0; i < run_.n_heads(); ++i) {
      scale(run_.head_gradient(i, part), consumer.loss_scale());
    }
    member.wait();
  }
  const PenalizedGradients<T> penalized(consumer, scorer_.penalty_divisor());
  const GradientConsumer<T>& last = penalties_.is_empty() ? consumer : penalized;
  if (!recorder_ || !records(member)) {
    run_.backward(static_cast<std::uint64_t>(step), last, member);
    return;
  }
  recorder_->clear(member);
  member.wait();
  run_.backward(static_cast<std::uint64_t>(step), *recorder_, member,
                is_long(member) ? &watch : nullptr);
  member.wait();
  recorder_->pass_on(last, member);
}

template class BatchTrainer<float>;
template class BatchTrainer<double>;

}  // namespace fastnn::nn
