#include "fastnn/nn/dense.h"

#include <cmath>

#include "fastnn/common/random.h"
#include "fastnn/common/simd.h"
#include "fastnn/linalg/gemm.h"

namespace fastnn::nn {
namespace {

// So many rows of the weight gradient are computed at a time: they stay in level 1 until consumed.
constexpr Index gradient_rows = 8 * linalg::tile_rows;

// A slice of columns pays only if it is wider than a tile; narrow layers are split by rows.
template <class T>
bool split_by_columns(Index n_cols, const Member& member) {
  return n_cols >= member.team_size() * linalg::tile_cols<T>;
}

template <class T>
void add_column_sums(ConstMatrixView<T> x, T* sums) {
  for (Index i = 0; i < x.rows; ++i) {
    simd::transform(
        sums, x.cols,
        [](const simd::Packet<T>& a, const simd::Packet<T>& b) { return simd::padd(a, b); }, sums,
        x.row(i));
  }
}

}  // namespace

template <class T>
void dense(ConstMatrixView<T> x, ConstMatrixView<T> weights, const T* bias, MatrixView<T> y) {
  if (bias != nullptr) {
    for (Index i = 0; i < y.rows; ++i) std::copy_n(bias, y.cols, y.row(i));
  }
  linalg::gemm<T>(x.rows, y.cols, x.cols, {x.data, x.stride, 1}, {weights.data, weights.stride, 1},
                  y.data, y.stride, bias != nullptr);
}

template <class T>
Dense<T>::Dense(Index n_inputs, Index units, bool use_bias, std::uint64_t seed) {
  weights_.value.resize(n_inputs, units);
  bias_.value.setZero(use_bias ? 1 : 0, units);
  bias_.is_vector = true;
  const double bound = std::sqrt(6.0 / static_cast<double>(n_inputs + units));
  const Philox random(seed, 0);
  for (Index i = 0; i < weights_.value.size(); ++i) {
    const double u = random.uniform(static_cast<std::uint64_t>(i));
    weights_.value.data()[i] = static_cast<T>(bound * (2 * u - 1));
  }
}

template <class T>
void Dense<T>::forward(ConstMatrixView<T> x, MatrixView<T> y, const Member& member) const {
  const bool by_columns = split_by_columns<T>(y.cols, member);
  const Range rows = by_columns ? Range{0, y.rows} : member.share(y.rows);
  const Range cols = by_columns ? member.share(y.cols, simd::width<T>) : Range{0, y.cols};
  const T* const bias = bias_.value.size() == 0 ? nullptr : bias_.value.data() + cols.begin;
  const ConstMatrixView<T> weights(weights_.value.data() + cols.begin, x.cols, cols.size(),
                                   weights_.value.cols());
  dense<T>(x.row_range(rows.begin, rows.size()), weights, bias,
           {y.row(rows.begin) + cols.begin, rows.size(), cols.size(), y.stride});
}

template <class T>
void Dense<T>::backward_input(ConstMatrixView<T> /*y*/, ConstMatrixView<T> dy, MatrixView<T> dx,
                              const Member& member) const {
  const bool by_columns = split_by_columns<T>(dx.cols, member);
  const Range rows = by_columns ? Range{0, dx.rows} : member.share(dx.rows);
  const Range cols = by_columns ? member.share(dx.cols, simd::width<T>) : Range{0, dx.cols};
  const Matrix<T>& w = weights_.value;
  linalg::gemm<T>(rows.size(), cols.size(), dy.cols, {dy.row(rows.begin), dy.stride, 1},
                  {w.data() + cols.begin * w.cols(), 1, w.cols()}, dx.row(rows.begin) + cols.begin,
                  dx.stride);
}

template <class T>
void Dense<T>::backward_parameters(ConstMatrixView<T> x, ConstMatrixView<T> dy,
                                   const GradientConsumer<T>& consumer, const Member& member) {
  const Matrix<T>& w = weights_.value;
  // By rows, each thread updates memory of its own; halves of rows would be fetched ahead by both.
  const bool by_columns = w.rows() < member.team_size() * linalg::tile_rows;
  const Range rows = by_columns ? Range{0, w.rows()} : member.share(w.rows());
  const Range cols = by_columns ? member.share(w.cols(), simd::width<T>) : Range{0, w.cols()};
  thread_local Matrix<T> gradient;
  gradient.resize(gradient_rows, cols.size());
  for (Index i = rows.begin; i < rows.end; i += gradient_rows) {
    const MatrixView<T> block(gradient.data(), std::min(gradient_rows, rows.end - i), cols.size());
    linalg::gemm<T>(block.rows, block.cols, x.rows, {x.data + i, 1, x.stride},
                    {dy.data + cols.begin, dy.stride, 1}, block.data, block.stride);
    consumer.consume(weights_, i, cols.begin, block);
  }
  if (bias_.value.size() == 0 || (!by_columns && !member.first())) return;
  const MatrixView<T> sums(gradient.data(), 1, cols.size());
  std::fill_n(sums.data, sums.cols, T(0));
  add_column_sums<T>({dy.data + cols.begin, dy.rows, cols.size(), dy.stride}, sums.data);
  consumer.consume(bias_, 0, cols.begin, sums);
}

template <class T>
std::vector<Parameter<T>*> Dense<T>::parameters() {
  if (bias_.value.size() == 0) return {&weights_};
  return {&weights_, &bias_};
}

template class Dense<float>;
template class Dense<double>;
template void dense(ConstMatrixView<float>, ConstMatrixView<float>, const float*,
                    MatrixView<float>);
template void dense(ConstMatrixView<double>, ConstMatrixView<double>, const double*,
                    MatrixView<double>);

}  // namespace fastnn::nn
