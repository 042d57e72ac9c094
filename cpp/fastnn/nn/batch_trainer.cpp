#include "fastnn/nn/batch_trainer.h"

#include <algorithm>

namespace fastnn::nn {

template <class T>
BatchTrainer<T>::BatchTrainer(const Network<T>& network, const Objective& objective,
                              Index most_rows)
    : most_rows_(most_rows),
      output_(network.outputs().front()),
      scorer_(network, objective, most_rows),
      run_(network, most_rows, scorer_.places(), Mode::training),
      penalties_(network) {
  if (network.repeats_layers()) recorder_.emplace(network);
}

template <class T>
void BatchTrainer<T>::forward(const Examples<T>& examples, std::span<const std::int64_t> batch,
                              Index step, MatrixView<T> outputs, const Member& member) {
  const auto n = static_cast<Index>(batch.size());
  if (n != run_.n_rows()) {
    member.wait();
    if (member.first()) run_.set_rows(n);
    member.wait();
  }
  const Range part = member.share(n);
  const auto* const rows = batch.data() + part.begin;
  for (std::size_t i = 0; i < examples.x.size(); ++i) {
    gather(examples.x[i], rows, run_.input(i).row_range(part.begin, part.size()));
  }
  penalties_.add_up(member);
  run_.forward(static_cast<std::uint64_t>(step), member);
  const double divisor =
      loss_divisor<T>(scorer_.loss(), examples.y, batch.data(), n, examples.weights);
  if (member.first()) divisor_ = divisor;
  scorer_.score(run_, part, examples, rows, T(1) / static_cast<T>(divisor),
                run_.head_gradient().row_range(part.begin, part.size()), part.begin);
  if (outputs.data != nullptr) {
    copy_rows<T>(run_.output(output_).row_range(part.begin, part.size()),
                 outputs.row_range(part.begin, part.size()));
  }
  member.wait();
}

template <class T>
void BatchTrainer<T>::backward(Index step, const GradientConsumer<T>& consumer,
                               const Member& member) {
  if (consumer.loss_scale() != 1) {
    const Range part = member.share(run_.n_rows());
    scale(run_.head_gradient().row_range(part.begin, part.size()), consumer.loss_scale());
    member.wait();
  }
  const PenalizedGradients<T> penalized(consumer);
  const GradientConsumer<T>& last = penalties_.is_empty() ? consumer : penalized;
  if (!recorder_) {
    run_.backward(static_cast<std::uint64_t>(step), last, member);
    return;
  }
  recorder_->clear(member);
  member.wait();
  run_.backward(static_cast<std::uint64_t>(step), *recorder_, member);
  member.wait();
  recorder_->pass_on(last, member);
}

template class BatchTrainer<float>;
template class BatchTrainer<double>;

}  // namespace fastnn::nn
