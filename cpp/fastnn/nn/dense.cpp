#include "fastnn/nn/dense.h"

#include <algorithm>
#include <type_traits>

#include "fastnn/common/simd.h"
#include "fastnn/linalg/column_sums.h"
#include "fastnn/linalg/gemm.h"
#include "fastnn/linalg/pack.h"

namespace fastnn::nn {
namespace {

using linalg::n_elements;

// So many rows of the weight gradient are computed at a time: they stay in level 1 until consumed.
constexpr Index gradient_rows = 8 * linalg::tile_rows;

// The weight gradient is computed in blocks, from so many rows of the batch at a time: what they
// need of x stays in level 2 while it meets all columns of dy, and half a megabyte holds it.
constexpr Index most_depth = 512;
constexpr Index gradient_block_cols = 1024;

// So many weights, with what an optimizer remembers of them, are more than level 2 keeps.
constexpr Index far_size = Index{1} << 17;

template <class T>
Index gradient_block_rows(Index n_rows) {
  constexpr Index kept = (Index{1} << 19) / sizeof(T);
  const Index pieces = kept / std::min(n_rows, most_depth) / gradient_rows;
  return std::max<Index>(1, pieces) * gradient_rows;
}

template <class T>
constexpr Index panel_cols = PanelLayout<T>::panel_cols;

template <class T>
constexpr bool can_round = std::is_same_v<T, float>;

// Room for so many elements, this thread's until it asks again.
template <class Element>
Element* room(Index size) {
  thread_local Vector<Element> elements;
  if (elements.size() < size) elements.resize(size);
  return elements.data();
}

// A member's part of a matrix with the columns of `layout`: whole panels, or some rows where that
// leaves less to the member with the largest part.
template <class T>
Block share_of(const PanelLayout<T>& layout, Index n_rows, const Member& member) {
  const Index most_rows = member.largest_share(n_rows, linalg::tile_rows);
  const Index most_cols = member.largest_share(layout.cols, panel_cols<T>);
  if (most_rows * linalg::padded<T>(layout.cols) < n_rows * linalg::padded<T>(most_cols)) {
    return {member.share(n_rows, linalg::tile_rows), {0, layout.cols}};
  }
  return {{0, n_rows}, member.share(layout.cols, panel_cols<T>)};
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
  return {{0, n_rows}, member.share(weights_.layout.rows, simd::width<T>)};
}

template <class T>
typename Dense<T>::RoundedPlaces Dense<T>::rounded_places(Index n_rows) const {
  const Index n_inputs = weights_.layout.rows;
  const Index units = weights_.layout.cols;
  RoundedPlaces places;
  places.input_by_rows = n_rows * n_elements<Pair>(n_inputs);
  places.output_gradient =
      places.input_by_rows + n_elements<Pair>(n_rows) * linalg::padded<float>(n_inputs);
  places.size = places.output_gradient + n_rows * n_elements<Pair>(units);
  return places;
}

template <class T>
void Dense<T>::round_input(const Flow<T>& flow, const Member& member) const {
  if constexpr (can_round<T>) {
    const MatrixView<T>& x = flow.input();
    const RoundedPlaces places = rounded_places(x.rows);
    Pair* const by_rows = flow.rounded + places.input_by_rows;
    const Range rows = member.share(x.rows, 2);
    for (Index i = rows.begin; i < rows.end; i += 2) {
      const MatrixView<T> two = x.row_range(i, std::min<Index>(2, rows.end - i));
      linalg::pack_rows(two, flow.rounded + places.input + i * n_elements<Pair>(x.cols));
      if (!flow.learns) continue;
      linalg::pack_panel({two.data, two.stride, 1}, two.rows, two.cols,
                         by_rows + i / 2 * linalg::padded<float>(x.cols));
    }
  }
}

template <class T>
void Dense<T>::round_output_gradient(const Flow<T>& flow, const Member& member) const {
  if constexpr (can_round<T>) {
    const MatrixView<T>& dy = flow.output_gradient;
    const Range rows = member.share(dy.rows);
    linalg::pack_rows(dy.row_range(rows.begin, rows.size()),
                      flow.rounded + rounded_places(dy.rows).output_gradient +
                          rows.begin * n_elements<Pair>(dy.cols));
  }
}

template <class T>
void Dense<T>::forward(const Flow<T>& flow, const Pass& /*pass*/, const Block& block) const {
  const PanelLayout<T>& layout = weights_.layout;
  const Range panels = layout.panels(block.cols);
  for (Index panel = panels.begin; panel < panels.end; ++panel) {
    const Range cols = layout.columns(panel);
    const T* const bias = has_bias() ? bias_.values.data() + cols.begin : nullptr;
    multiply_panel(flow, block.rows.begin,
                   {weights_.values.data() + layout.offset(panel, 0), cols.size(), 1}, {bias, 0},
                   flow.output.block({block.rows, cols}));
  }
}

template <class T>
void Dense<T>::multiply_panel(const Flow<T>& flow, Index first_row, const linalg::Strided<T>& w,
                              const linalg::Start<T>& bias, const MatrixView<T>& y) const {
  const MatrixView<T>& x = flow.input();
  if constexpr (can_round<T>) {
    if (flow.rounded != nullptr) {
      const Index stride = n_elements<Pair>(x.cols);
      Pair* const packed = room<Pair>(stride * panel_cols<T>);
      linalg::pack_panel(w, x.cols, y.cols, packed);
      linalg::combine_panel(
          y.rows, y.cols, x.cols,
          {flow.rounded + rounded_places(x.rows).input + first_row * stride, stride, 1}, packed,
          y.data, y.stride, bias);
      return;
    }
  }
  linalg::gemm<T>(y.rows, y.cols, x.cols, {x.row(first_row), x.stride, 1}, w, y.data, y.stride,
                  bias);
}

template <class T>
void Dense<T>::backward_input(const Flow<T>& flow, const Pass& /*pass*/, std::size_t input,
                              const Block& block) const {
  const MatrixView<T>& dy = flow.output_gradient;
  const MatrixView<T>& dx = flow.input_gradients[input];
  if constexpr (can_round<T>) {
    if (flow.rounded != nullptr) {
      const Pair* const rounded = flow.rounded + rounded_places(dy.rows).output_gradient;
      to_input<Pair>({rounded, n_elements<Pair>(dy.cols), 1}, dx, block);
      return;
    }
  }
  to_input<T>({dy.data, dy.stride, 1}, dx, block);
}

template <class T>
template <class Element>
void Dense<T>::to_input(const linalg::Strided<Element>& dy, const MatrixView<T>& dx,
                        const Block& block) const {
  const PanelLayout<T>& layout = weights_.layout;
  // Some rows of the weights, as columns.
  Element* const transposed =
      room<Element>(n_elements<Element>(layout.cols) * linalg::tile_cols<T>);
  for (Index j = block.cols.begin, n_cols = 0; j < block.cols.end; j += n_cols) {
    n_cols = linalg::panel_width<T>(block.cols.end - j);
    for (Index panel = 0; panel < layout.n_panels(); ++panel) {
      const Range units = layout.columns(panel);
      linalg::pack_panel({weights_.values.data() + layout.offset(panel, j), 1, units.size()},
                         units.size(), n_cols,
                         transposed + n_elements<Element>(units.begin) * linalg::padded<T>(n_cols));
    }
    linalg::combine_panel(block.rows.size(), n_cols, layout.cols,
                          {dy.at(block.rows.begin, 0), dy.row_stride, dy.col_stride}, transposed,
                          dx.row(block.rows.begin) + j, dx.stride);
  }
}

template <class T>
void Dense<T>::backward_parameters(const Flow<T>& flow, const GradientConsumer<T>& consumer,
                                   std::size_t first, const Member& member) {
  const MatrixView<T>& x = flow.input();
  const MatrixView<T>& dy = flow.output_gradient;
  if constexpr (can_round<T>) {
    if (flow.rounded != nullptr) {
      const Pair* const rounded = flow.rounded + rounded_places(x.rows).input_by_rows;
      to_parameters<Pair>({rounded, 1, linalg::padded<T>(x.cols)}, dy, consumer, first, member);
      return;
    }
  }
  to_parameters<T>({x.data, 1, x.stride}, dy, consumer, first, member);
}

template <class T>
template <class Element>
void Dense<T>::to_parameters(const linalg::Strided<Element>& x_transposed, const MatrixView<T>& dy,
                             const GradientConsumer<T>& consumer, std::size_t first,
                             const Member& member) {
  const auto [rows, cols] = share_of(weights_.layout, weights_.layout.rows, member);
  const Index block_rows = gradient_block_rows<T>(dy.rows);
  for (Index j = cols.begin; j < cols.end; j += gradient_block_cols) {
    for (Index i = rows.begin; i < rows.end; i += block_rows) {
      const Block block{{i, std::min(rows.end, i + block_rows)},
                        {j, std::min(cols.end, j + gradient_block_cols)}};
      to_weights<Element>(x_transposed, dy, block, consumer, first);
    }
  }
  if (has_bias() && rows.begin == 0 && rows.size() > 0) to_bias(dy, cols, consumer, first + 1);
}

template <class T>
template <class Element>
void Dense<T>::to_weights(const linalg::Strided<Element>& x_transposed, const MatrixView<T>& dy,
                          const Block& block, const GradientConsumer<T>& consumer,
                          std::size_t number) {
  const PanelLayout<T>& layout = weights_.layout;
  const Index part_rows = std::min(dy.rows, most_depth);
  // The panel's columns of dy.
  Element* const packed = room<Element>(n_elements<Element>(part_rows) * panel_cols<T>);
  alignas(64) T gradient[gradient_rows * panel_cols<T>];
  thread_local Vector<T> sums;  // of the parts of the batch before
  if (part_rows < dy.rows) sums.resize(block.rows.size() * block.cols.size());
  const bool is_far = layout.size() >= far_size;
  const Arrays<T> arrays = is_far ? consumer.arrays(number, weights_) : Arrays<T>{};
  const Range panels = layout.panels(block.cols);
  for (Index k = 0; k < dy.rows; k += part_rows) {
    const MatrixView<T> part = dy.row_range(k, std::min(part_rows, dy.rows - k));
    const bool last = k + part.rows == dy.rows;
    T* sum = sums.data();
    for (Index panel = panels.begin; panel < panels.end; ++panel) {
      const Range units = layout.columns(panel);
      linalg::pack_panel({part.data + units.begin, part.stride, 1}, part.rows, units.size(),
                         packed);
      for (Index i = block.rows.begin; i < block.rows.end; i += gradient_rows) {
        const Index n_rows = std::min(gradient_rows, block.rows.end - i);
        const Index size = n_rows * units.size();
        linalg::combine_panel(
            n_rows, units.size(), part.rows,
            {x_transposed.at(i, n_elements<Element>(k)), x_transposed.row_stride,
             x_transposed.col_stride},
            packed, last ? gradient : sum, units.size(),
            k > 0 ? linalg::Start<T>{sum, units.size()} : linalg::Start<T>{},
            {arrays.begins, last ? arrays.count : 0, layout.offset(panel, i), units.size()});
        if (last) consumer.consume(number, weights_, layout.offset(panel, i), gradient, size);
        sum += size;
      }
    }
  }
}

template <class T>
void Dense<T>::to_bias(const MatrixView<T>& dy, const Range& cols,
                       const GradientConsumer<T>& consumer, std::size_t number) {
  T* const sums = room<T>(cols.size());
  linalg::sum_columns<T>({dy.data + cols.begin, dy.rows, cols.size(), dy.stride}, sums);
  consumer.consume(number, bias_, cols.begin, sums, cols.size());
}

template <class T>
std::vector<Parameter<T>*> Dense<T>::parameters() {
  if (!has_bias()) return {&weights_};
  return {&weights_, &bias_};
}

template class Dense<float>;
template class Dense<double>;

}  // namespace fastnn::nn
