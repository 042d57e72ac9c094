#include "fastnn/nn/linear_objective.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "fastnn/common/floating_point.h"
#include "fastnn/common/parallel.h"
#include "fastnn/common/simd.h"
#include "fastnn/linalg/column_sums.h"
#include "fastnn/linalg/gemm.h"
#include "fastnn/linalg/pack.h"
#include "fastnn/nn/parameter.h"

namespace fastnn::nn {
namespace {

// Rows are cut into pieces whose sums one thread makes, in order. Each has a gradient of its own:
// there are no more than these, nor larger ones than these all together.
constexpr double flops_of_a_piece = 1e6;
constexpr double most_pieces = 64;
constexpr double most_bytes = 128 * 1024 * 1024;

template <class T>
Index count_pieces(Index n_rows, Index n_weights, double flops) {
  const double fitting = most_bytes / (static_cast<double>(n_weights) * sizeof(T));
  const double whole_blocks = static_cast<double>(n_rows) / linalg::tile_rows;
  const double most = std::min({most_pieces, fitting, whole_blocks});
  return static_cast<Index>(std::clamp(flops / flops_of_a_piece, 1.0, std::max(1.0, most)));
}

// So many bytes of rows stay in level 2 between their outputs and their part of the gradient.
constexpr Index block_size = 256 * 1024;
constexpr Index largest_block = 256;

template <class T>
Index rows_of_a_block(Index n_features) {
  const Index rows = block_size / std::max<Index>(1, n_features * static_cast<Index>(sizeof(T)));
  return std::clamp<Index>(rows / linalg::tile_rows, 1, largest_block / linalg::tile_rows) *
         linalg::tile_rows;
}

// w (n_outputs × n_features) and b, also as the matrix product reads them: columns are outputs,
// filled up to whole packets.
template <class T>
struct Weights {
  Weights(const T* parameters, Index n_outputs_, Index n_features, bool has_intercept)
      : n_outputs(n_outputs_),
        rows(parameters),
        columns(Matrix<T>::Zero(n_features, linalg::padded<T>(n_outputs))),
        intercept(Vector<T>::Zero(linalg::padded<T>(n_outputs))) {
    columns.leftCols(n_outputs) =
        Eigen::Map<const Matrix<T>>(parameters, n_outputs, n_features).transpose();
    if (has_intercept)
      std::copy_n(parameters + n_outputs * n_features, n_outputs, intercept.data());
  }

  Index n_outputs;
  const T* rows;
  Matrix<T> columns;
  Vector<T> intercept;
};

// The sum of the losses of some rows, and its gradient.
template <class T>
struct Sums {
  double loss = 0;
  Vector<T> w;
  Vector<T> b;  // filled up to whole packets
};

// What is made of a block of rows before it becomes part of the sums.
template <class T>
class BlockRun {
 public:
  BlockRun(const LinearObjective<T>& objective, const Weights<T>& weights, Index most_rows)
      : objective_(objective),
        weights_(weights),
        outputs_(most_rows, weights.columns.cols()),
        slopes_(Matrix<T>::Zero(most_rows, weights.columns.cols())),
        block_b_(weights.columns.cols()),
        rows_(static_cast<std::size_t>(most_rows)),
        losses_(static_cast<std::size_t>(most_rows)) {}

  void add(const Range& block, Sums<T>& sums) {
    const auto x = objective_.x.row_range(block.begin, block.size());
    const Index n_outputs = weights_.n_outputs;
    const Index stride = outputs_.cols();
    compute_outputs(x);
    std::iota(rows_.begin(), rows_.end(), block.begin);
    const auto scale = T(1) / static_cast<T>(objective_.x.rows);
    evaluate_loss<T>(objective_.loss, {outputs_.data(), x.rows, n_outputs, stride},
                     objective_.targets, rows_.data(), objective_.row_weights, scale,
                     losses_.data(), {slopes_.data(), x.rows, n_outputs, stride});
    sums.loss = std::accumulate(losses_.begin(), losses_.begin() + x.rows, sums.loss);
    linalg::gemm<T>(n_outputs, x.cols, x.rows, {slopes_.data(), 1, stride}, {x.data, x.stride, 1},
                    sums.w.data(), x.cols, {sums.w.data(), x.cols});
    linalg::sum_columns<T>({slopes_.data(), x.rows, stride}, block_b_.data());
    sums.b += block_b_;
  }

 private:
  void compute_outputs(const ConstMatrixView<T>& x) {
    const Index stride = outputs_.cols();
    if (weights_.n_outputs > 1) {
      linalg::gemm<T>(x.rows, stride, x.cols, {x.data, x.stride, 1},
                      {weights_.columns.data(), stride, 1}, outputs_.data(), stride,
                      {weights_.intercept.data(), 0});
      return;
    }
    // One column would leave the other lanes of its packets idle.
    const auto product = [](const simd::Packet<T>& a, const simd::Packet<T>& b) {
      return simd::pmul(a, b);
    };
    for (Index i = 0; i < x.rows; ++i) {
      outputs_(i, 0) =
          weights_.intercept[0] + simd::sum(x.cols, T(0), product, x.row(i), weights_.rows);
    }
  }

  const LinearObjective<T>& objective_;
  const Weights<T>& weights_;
  Matrix<T> outputs_;
  Matrix<T> slopes_;
  Vector<T> block_b_;
  std::vector<std::int64_t> rows_;
  std::vector<double> losses_;
};

}  // namespace

template <class T>
double LinearObjective<T>::evaluate(const T* parameters, Index n_outputs, bool has_intercept,
                                    T* gradient, int n_threads) const {
  check_targets(loss, targets, x.rows, n_outputs);
  const Weights<T> weights(parameters, n_outputs, x.cols, has_intercept);
  const Index n_weights = n_outputs * x.cols;
  const double flops = 4 * static_cast<double>(x.rows) * static_cast<double>(n_weights);
  const Index n_pieces = count_pieces<T>(x.rows, n_weights, flops);
  std::vector<Sums<T>> sums(static_cast<std::size_t>(n_pieces));
  const Index rows = std::min(rows_of_a_block<T>(x.cols), x.rows);
  parallel_for(n_pieces, n_threads, [&](Index i) {
    const FlushSubnormals guard;
    Sums<T>& own = sums[i];
    own.w.setZero(n_weights);
    own.b.setZero(weights.intercept.size());
    BlockRun<T> run(*this, weights, rows);
    const Range piece{x.rows * i / n_pieces, x.rows * (i + 1) / n_pieces};
    for (Index begin = piece.begin; begin < piece.end; begin += rows) {
      run.add({begin, std::min(begin + rows, piece.end)}, own);
    }
  });
  for (std::size_t i = 1; i < sums.size(); ++i) {
    sums[0].loss += sums[i].loss;
    sums[0].w += sums[i].w;
    sums[0].b += sums[i].b;
  }
  const Eigen::Map<const Vector<T>> w(parameters, n_weights);
  Eigen::Map<Vector<T>>(gradient, n_weights) = sums[0].w + static_cast<T>(alpha) * w;
  if (has_intercept) std::copy_n(sums[0].b.data(), n_outputs, gradient + n_weights);
  return sums[0].loss / static_cast<double>(x.rows) +
         alpha / 2 * w.template cast<double>().squaredNorm();
}

template struct LinearObjective<float>;
template struct LinearObjective<double>;

}  // namespace fastnn::nn
