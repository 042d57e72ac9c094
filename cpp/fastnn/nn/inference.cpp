#include "fastnn/nn/inference.h"

#include <numeric>

#include "fastnn/common/floating_point.h"
#include "fastnn/nn/gradients.h"
#include "fastnn/nn/scorer.h"
#include "fastnn/nn/team_size.h"

namespace fastnn::nn {
namespace {

// Rows that go through the network together.
constexpr Index block_rows = 256;

// Runs the rows named in `order` forward to these places, a block at a time; done(run, i, n) gets
// each block, the rows order[i] to order[i + n - 1].
template <class T, class Done>
void forward_blocks(const Network<T>& network, const std::vector<Inputs>& x,
                    std::span<const std::int64_t> order, const std::vector<std::size_t>& places,
                    Watch& watch, int n_threads, const Done& done) {
  const Index n_rows = std::ssize(order);
  watch.expect(static_cast<double>(n_rows));
  watch.over([&] {
    run_team(team_size(network, n_rows, n_threads), [&](const Member& member) {
      const FlushSubnormals guard;
      BatchRun<T> run(network, std::min(block_rows, n_rows), places, {}, Mode::inference);
      const Range part = member.share(n_rows);
      for (Index i = part.begin; i < part.end; i += block_rows) {
        const Index n = std::min(block_rows, part.end - i);
        run.set_rows(n);
        for (std::size_t k = 0; k < x.size(); ++k) gather(x[k], order.data() + i, run.input(k));
        run.forward(0, Member{});
        done(run, i, n);
        watch.advance(static_cast<double>(n));
      }
    });
  });
}

}  // namespace

template <class T>
void Predictor<T>::predict(const std::vector<Inputs>& x, const std::vector<MatrixView<T>>& outputs,
                           Watch& watch, int n_threads) {
  check_inputs(network_, x);
  const Index n_rows = rows(x.front());
  if (n_rows <= block_rows && team_size(network_, n_rows, n_threads) == 1) {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (lock.owns_lock()) {
      if (most_rows_ < n_rows || !kept_) {
        kept_ = std::make_unique<BatchRun<T>>(network_, n_rows, network_.outputs(),
                                              std::vector<std::size_t>(), Mode::inference);
        most_rows_ = n_rows;
      }
      predict_few(*kept_, x, outputs);
      return;
    }
  }
  const auto order = rows_in_order(n_rows);
  const auto copy = [&](BatchRun<T>& run, Index i, Index n) {
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      copy_rows<T>(run.output(network_.outputs()[k]), outputs[k].row_range(i, n));
    }
  };
  forward_blocks<T>(network_, x, order, network_.outputs(), watch, n_threads, copy);
}

template <class T>
void Predictor<T>::predict_few(BatchRun<T>& run, const std::vector<Inputs>& x,
                               const std::vector<MatrixView<T>>& outputs) const {
  const FlushSubnormals guard;
  if (run.n_rows() != rows(x.front())) run.set_rows(rows(x.front()));
  std::array<std::int64_t, block_rows> order;
  std::iota(order.begin(), order.begin() + run.n_rows(), 0);
  for (std::size_t k = 0; k < x.size(); ++k) gather(x[k], order.data(), run.input(k));
  run.forward(0, Member{});
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    copy_rows<T>(run.output(network_.outputs()[k]), outputs[k]);
  }
}

template <class T>
void evaluate(const Network<T>& network, const Objective& objective, const Examples<T>& examples,
              std::span<const std::int64_t> order, Index batch_size, Tally& tally,
              const std::vector<MatrixView<T>>& outputs, Watch& watch, int n_threads) {
  check_examples(network, examples, objective);
  check_order(order, rows(examples.x.front()));
  check_batch_size(batch_size);
  Scorer<T> scorer(network, objective, std::ssize(order));
  const auto score = [&](BatchRun<T>& run, Index i, Index n) {
    scorer.score(run, {0, n}, examples, order.data() + i, i);
    scorer.copy_outputs(run, {0, n}, outputs, i);
  };
  forward_blocks<T>(network, examples.x, order, scorer.places(), watch, n_threads, score);
  PenaltySum<T> penalties(network);
  penalties.add_up(Member{});
  for (Index begin = 0; begin < std::ssize(order); begin += batch_size) {
    const auto batch = order.subspan(begin, std::min(batch_size, std::ssize(order) - begin));
    scorer.begin_batch(examples, batch);
    scorer.count(examples, batch, begin, penalties.total(), tally);
  }
}

template class Predictor<float>;
template class Predictor<double>;
template void evaluate(const Network<float>&, const Objective&, const Examples<float>&,
                       std::span<const std::int64_t>, Index, Tally&,
                       const std::vector<MatrixView<float>>&, Watch&, int);
template void evaluate(const Network<double>&, const Objective&, const Examples<double>&,
                       std::span<const std::int64_t>, Index, Tally&,
                       const std::vector<MatrixView<double>>&, Watch&, int);

}  // namespace fastnn::nn
