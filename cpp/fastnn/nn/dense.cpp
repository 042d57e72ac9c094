#include "fastnn/nn/dense.h"

#include <algorithm>

#include "fastnn/common/simd.h"
#include "fastnn/linalg/gemm.h"
#include "fastnn/linalg/pack.h"

namespace fastnn::nn {
namespace {

// So many rows of the weight gradient are computed at a time: they stay in level 1 until consumed.
constexpr Index gradient_rows = 8 * linalg::tile_rows;

template <class T>
constexpr Index panel_cols = PanelLayout<T>::panel_cols;

// A member's part of a matrix with the columns of `layout`.
template <class T>
Block share_of(const PanelLayout<T>& layout, Index n_rows, const Member& member) {
  if (layout.n_panels() < member.team_size()) {
    return {member.share(n_rows, linalg::tile_rows), {0, layout.cols}};
  }
  return {{0, n_rows}, member.share(layout.cols, panel_cols<T>)};
}

template <class T>
void add_column_sums(ConstMatrixView<T> x, T* sums) {
  for (Index i = 0; i < x.rows; ++i) {
    simd::add(sums, x.row(i), x.cols);
  }
}

}  // namespace

template <class T>
Dense<T>::Dense(Index n_inputs, Index units, bool use_bias) {
  weights_.name = "kernel";
  weights_.layout = {n_inputs, units};
  weights_.values.setZero(weights_.layout.size());
  bias_.name = "bias";
  bias_.layout = {use_bias ? 1 : 0, units};
  bias_.is_vector = true;
  bias_.values.setZero(bias_.layout.size());
}

template <class T>
Block Dense<T>::output_share(Index n_rows, const Member& member) const {
  return share_of(weights_.layout, n_rows, member);
}

template <class T>
Block Dense<T>::input_share(Index n_rows, std::size_t /*input*/, const Member& member) const {
  return {{0, n_rows}, member.share(weights_.layout.rows, linalg::tile_cols<T>)};
}

template <class T>
void Dense<T>::forward(const Flow<T>& flow, const Pass& /*pass*/, const Block& block) const {
  const MatrixView<T>& x = flow.input();
  const PanelLayout<T>& layout = weights_.layout;
  const Range panels = layout.panels(block.cols);
  for (Index panel = panels.begin; panel < panels.end; ++panel) {
    const Range cols = layout.columns(panel);
    const MatrixView<T> part = flow.output.block({block.rows, cols});
    for (Index i = 0; has_bias() && i < part.rows; ++i) {
      std::copy_n(bias_.values.data() + cols.begin, part.cols, part.row(i));
    }
    linalg::gemm<T>(part.rows, part.cols, x.cols, {x.row(block.rows.begin), x.stride, 1},
                    {weights_.values.data() + layout.offset(panel, 0), part.cols, 1}, part.data,
                    part.stride, has_bias());
  }
}

template <class T>
void Dense<T>::backward_input(const Flow<T>& flow, const Pass& /*pass*/, std::size_t input,
                              const Block& block) const {
  const MatrixView<T>& dy = flow.output_gradient;
  const MatrixView<T>& dx = flow.input_gradients[input];
  const PanelLayout<T>& layout = weights_.layout;
  thread_local Vector<T> transposed;  // some rows of the weights, as columns
  transposed.resize(dy.cols * linalg::tile_cols<T>);
  for (Index j = block.cols.begin; j < block.cols.end; j += linalg::tile_cols<T>) {
    const Index n_cols = std::min(linalg::tile_cols<T>, block.cols.end - j);
    for (Index panel = 0; panel < layout.n_panels(); ++panel) {
      const Range units = layout.columns(panel);
      linalg::pack_panel<T>({weights_.values.data() + layout.offset(panel, j), 1, units.size()},
                            units.size(), n_cols,
                            transposed.data() + units.begin * linalg::padded<T>(n_cols));
    }
    linalg::combine_panel<T>(block.rows.size(), n_cols, dy.cols,
                             {dy.row(block.rows.begin), dy.stride, 1}, transposed.data(),
                             dx.row(block.rows.begin) + j, dx.stride);
  }
}

template <class T>
void Dense<T>::backward_parameters(const Flow<T>& flow, const GradientConsumer<T>& consumer,
                                   std::size_t first, const Member& member) {
  const MatrixView<T>& x = flow.input();
  const MatrixView<T>& dy = flow.output_gradient;
  const PanelLayout<T>& layout = weights_.layout;
  const auto [rows, cols] = share_of(layout, layout.rows, member);
  const Range panels = layout.panels(cols);
  alignas(64) T gradient[gradient_rows * panel_cols<T>];
  for (Index panel = panels.begin; panel < panels.end; ++panel) {
    const Range units = layout.columns(panel);
    for (Index i = rows.begin; i < rows.end; i += gradient_rows) {
      const Index n_rows = std::min(gradient_rows, rows.end - i);
      linalg::gemm<T>(n_rows, units.size(), x.rows, {x.data + i, 1, x.stride},
                      {dy.data + units.begin, dy.stride, 1}, gradient, units.size());
      consumer.consume(first, weights_, layout.offset(panel, i), gradient, n_rows * units.size());
    }
    if (has_bias() && rows.begin == 0 && rows.size() > 0) {
      std::fill_n(gradient, units.size(), T(0));
      add_column_sums<T>({dy.data + units.begin, dy.rows, units.size(), dy.stride}, gradient);
      consumer.consume(first + 1, bias_, units.begin, gradient, units.size());
    }
  }
}

template <class T>
std::vector<Parameter<T>*> Dense<T>::parameters() {
  if (!has_bias()) return {&weights_};
  return {&weights_, &bias_};
}

template class Dense<float>;
template class Dense<double>;

}  // namespace fastnn::nn
