#include "fastnn/common/floating_point.h"
#include "fastnn/nn/batch_run.h"
#include "fastnn/nn/gradients.h"
#include "fastnn/nn/team_size.h"
#include "fastnn/nn/trainer.h"

namespace fastnn::nn {
namespace {

// Rows that go through the network together.
constexpr Index block_rows = 256;

// Runs all rows forward to these places, a block at a time; done(run, first_row, rows) gets each
// block.
template <class T, class Done>
void forward_blocks(const Network<T>& network, const std::vector<Samples>& x,
                    const std::vector<std::size_t>& places, int n_threads, const Done& done) {
  const Index n_rows = rows(x.front());
  const auto order = rows_in_order(n_rows);
  run_team(team_size(network, n_rows, n_threads), [&](const Member& member) {
    const FlushSubnormals guard;
    BatchRun<T> run(network, std::min(block_rows, n_rows), places, Mode::inference);
    const Range part = member.share(n_rows);
    for (Index i = part.begin; i < part.end; i += block_rows) {
      run.set_rows(std::min(block_rows, part.end - i));
      for (std::size_t k = 0; k < x.size(); ++k) gather(x[k], order.data() + i, run.input(k));
      run.forward(0, Member{});
      done(run, i, order.data() + i);
    }
  });
}

}  // namespace

template <class T>
Score evaluate(const Network<T>& network, const Examples<T>& examples, const Loss& loss,
               const Metric& metric, Index batch_size, int n_threads) {
  check_examples(network, examples, loss);
  check_batch_size(batch_size);
  const Index n_rows = rows(examples.x.front());
  const auto head = network.head(loss);
  const std::size_t scored = scored_place(network, head, metric);
  std::vector<double> losses(static_cast<std::size_t>(n_rows));
  std::vector<double> metrics(static_cast<std::size_t>(n_rows));
  const auto score = [&](BatchRun<T>& run, Index i, const std::int64_t* targets) {
    evaluate_loss<T>(head.loss, run.output(head.place), examples.y, targets, examples.weights, T(0),
                     losses.data() + i, {});
    evaluate_metric<T>(metric, run.output(scored), examples.y, targets, metrics.data() + i);
  };
  forward_blocks<T>(network, examples.x, {head.place, scored}, n_threads, score);
  PenaltySum<T> penalties(network);
  penalties.add_up(Member{});
  const auto order = rows_in_order(n_rows);
  double loss_sum = 0;
  for (Index begin = 0; begin < n_rows; begin += batch_size) {
    const Index n = std::min(batch_size, n_rows - begin);
    const double divisor =
        loss_divisor<T>(loss, examples.y, order.data() + begin, n, examples.weights);
    const double weight = static_cast<double>(n) / divisor;
    for (Index i = begin; i < begin + n; ++i) loss_sum += losses[i] * weight;
  }
  const auto scale = 1.0 / static_cast<double>(n_rows);
  return {loss_sum * scale + penalties.total(), sum_of_rows(metrics, n_rows) * scale};
}

template <class T>
void predict(const Network<T>& network, const std::vector<Samples>& x,
             const std::vector<MatrixView<T>>& outputs, int n_threads) {
  check_inputs(network, x);
  const auto copy = [&](BatchRun<T>& run, Index i, const std::int64_t* /*rows*/) {
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      const MatrixView<T> block = run.output(network.outputs()[k]);
      for (Index r = 0; r < block.rows; ++r) {
        std::copy_n(block.row(r), block.cols, outputs[k].row(i + r));
      }
    }
  };
  forward_blocks<T>(network, x, network.outputs(), n_threads, copy);
}

template Score evaluate(const Network<float>&, const Examples<float>&, const Loss&, const Metric&,
                        Index, int);
template Score evaluate(const Network<double>&, const Examples<double>&, const Loss&, const Metric&,
                        Index, int);
template void predict(const Network<float>&, const std::vector<Samples>&,
                      const std::vector<MatrixView<float>>&, int);
template void predict(const Network<double>&, const std::vector<Samples>&,
                      const std::vector<MatrixView<double>>&, int);

}  // namespace fastnn::nn
