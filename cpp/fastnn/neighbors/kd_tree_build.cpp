#include "fastnn/neighbors/kd_tree_build.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "fastnn/common/parallel.h"
#include "fastnn/neighbors/kd_bunch.h"
#include "fastnn/neighbors/kd_cells.h"

namespace fastnn::neighbors {
namespace {

using Number = std::uint32_t;

// Each cell is halved exactly, so that all its leaves but the last are full, by one thread.
template <class T>
class Builder {
 public:
  Builder(const Rows& rows, int n_threads, Watch& watch)
      : rows_(rows), watch_(watch), cells_(part_into_cells<T>(rows, n_threads, watch)) {
    tree_.n_features = n_cols(rows);
    allocate();
    parallel_for(
        cells_.size(), n_threads, [&](Index cell) { build_cell(cell); },
        [&] { watch_.advance(0); });
    if (cells_.size() > 1) raise({0, cells_.size()}, false, first_node_.back(), tree_.root);
  }

  KdNodes<T> take() { return std::move(tree_); }

 private:
  static constexpr Index fan_out = KdNodes<T>::fan_out;
  static constexpr Index leaf_rows = KdNodes<T>::leaf_rows;
  static constexpr Number no_row = KdNodes<T>::no_row;
  // A look at the watch takes as long as a few rows, leaves or nodes.
  static constexpr Index steps_a_look = 1024;
  static constexpr T infinity = std::numeric_limits<T>::infinity();

  // What a child encloses: the children of a node, or the rows of a leaf.
  struct Contents {
    const T* low;
    const T* high;
    Index stride;  // from feature to feature
    const Number* numbers;
    Index count;
  };

  void look(Index step) {
    if (step % steps_a_look == 0) watch_.advance(0);
  }

  Index n_leaves(Index cell) const {
    return std::max<Index>(1, ceil_div(cells_[cell].size(), leaf_rows));
  }

  static Index nodes_above(Index n_children) {
    Index sum = 0;
    do {
      n_children = ceil_div(n_children, fan_out);
      sum += n_children;
    } while (n_children > 1);
    return sum;
  }

  // The roots of the cells come first, as they are the children of what lies above them; then the
  // other nodes of each cell; then the nodes above the cells, of which the last is the root.
  void allocate() {
    Index leaves = 0;
    Index nodes = cells_.size();
    for (Index cell = 0; cell < cells_.size(); ++cell) {
      first_leaf_.push_back(leaves);
      first_node_.push_back(nodes);
      leaves += n_leaves(cell);
      nodes += nodes_above(n_leaves(cell)) - 1;
    }
    first_node_.push_back(nodes);
    if (cells_.size() > 1) {
      nodes += nodes_above(cells_.size());
      tree_.root = nodes - 1;
    }
    tree_.nodes.resize(static_cast<std::size_t>(nodes));
    // Left as they are: what each thread fills, it touches first.
    tree_.boxes.resize(nodes, tree_.n_features * 2 * fan_out);
    tree_.features.resize(leaves, tree_.n_features * leaf_rows);
    tree_.rows.resize(leaves, leaf_rows);
  }

  void build_cell(Index cell) {
    const Range range = cells_[cell];
    Bunch<T> bunch(range.size(), tree_.n_features);
    std::visit(
        [&](const auto& view) {
          RowReader read(view);
          for (Index i = 0; i < range.size(); ++i) {
            look(i);
            bunch.set(i, read(cells_.rows[range.begin + i]));
          }
        },
        rows_);
    Index child_rows = leaf_rows;
    while (child_rows < range.size()) child_rows *= fan_out;
    halve(bunch, {0, range.size()}, child_rows);
    for (Index i = 0; i < n_leaves(cell); ++i) {
      look(i);
      const Index begin = i * leaf_rows;
      fill_leaf(bunch, {begin, std::min(range.size(), begin + leaf_rows)},
                cells_.rows.data() + range.begin, first_leaf_[cell] + i);
    }
    raise({first_leaf_[cell], first_leaf_[cell] + n_leaves(cell)}, true, first_node_[cell], cell);
  }

  // Cuts a range between its children, which get `child_rows` rows but for the last, and so on
  // down to leaves.
  void halve(Bunch<T>& bunch, Range range, Index child_rows) {
    if (range.size() <= leaf_rows) return;
    if (range.size() > steps_a_look) watch_.advance(0);
    while (child_rows >= range.size()) child_rows /= fan_out;
    const Index n_children = ceil_div(range.size(), child_rows);
    const Index left = ceil_div(n_children, 2) * child_rows;
    bunch.cut(range, left);
    halve(bunch, {range.begin, range.begin + left}, child_rows);
    halve(bunch, {range.begin + left, range.end}, child_rows);
  }

  void fill_leaf(const Bunch<T>& bunch, Range range, const Number* numbers, Index leaf) {
    Number* const rows = &tree_.rows(leaf, 0);
    std::fill_n(rows, leaf_rows, no_row);
    for (Index i = 0; i < range.size(); ++i) rows[i] = numbers[bunch.row(range.begin + i)];
    for (Index f = 0; f < tree_.n_features; ++f) {
      T* const values = &tree_.features(leaf, f * leaf_rows);
      std::fill_n(values, leaf_rows, infinity);
      for (Index i = 0; i < range.size(); ++i) values[i] = bunch.value(range.begin + i, f);
    }
  }

  // Fills the nodes above neighbouring children, level by level: those from `node` on, and `root`.
  void raise(Range children, bool are_leaves, Index node, Index root) {
    for (;;) {
      const Index size = ceil_div(children.size(), fan_out);
      const Index level = size > 1 ? node : root;
      for (Index i = 0; i < size; ++i) {
        look(i);
        const Index first = children.begin + i * fan_out;
        fill_node(level + i, {first, std::min(children.end, first + fan_out)}, are_leaves);
      }
      if (size == 1) return;
      node += size;
      children = {level, level + size};
      are_leaves = false;
    }
  }

  void fill_node(Index node, Range children, bool are_leaves) {
    auto& filled = tree_.nodes[node];
    filled.first = static_cast<Number>(children.begin);
    filled.n_children = static_cast<std::uint16_t>(children.size());
    filled.holds_leaves = are_leaves;
    for (Index f = 0; f < tree_.n_features; ++f) {
      std::fill_n(low_of(node, f), fan_out, infinity);
      std::fill_n(high_of(node, f), fan_out, -infinity);
    }
    for (Index lane = 0; lane < children.size(); ++lane) {
      const Index child = children.begin + lane;
      enclose(are_leaves ? leaf_contents(child) : node_contents(child), node, lane);
    }
  }

  // A child without rows keeps a box that is infinitely far.
  void enclose(const Contents& contents, Index node, Index child) {
    tree_.nodes[node].lowest[child] = no_row;
    if (contents.count == 0) return;
    tree_.nodes[node].lowest[child] =
        *std::min_element(contents.numbers, contents.numbers + contents.count);
    for (Index f = 0; f < tree_.n_features; ++f) {
      const T* const low = contents.low + f * contents.stride;
      const T* const high = contents.high + f * contents.stride;
      low_of(node, f)[child] = *std::min_element(low, low + contents.count);
      high_of(node, f)[child] = *std::max_element(high, high + contents.count);
    }
  }

  T* low_of(Index node, Index feature) { return &tree_.boxes(node, 2 * feature * fan_out); }
  T* high_of(Index node, Index feature) { return low_of(node, feature) + fan_out; }

  Contents leaf_contents(Index leaf) const {
    const T* const features = &tree_.features(leaf, 0);
    const Number* const numbers = &tree_.rows(leaf, 0);
    const Index count = std::find(numbers, numbers + leaf_rows, no_row) - numbers;
    return {features, features, leaf_rows, numbers, count};
  }

  Contents node_contents(Index node) const {
    const T* const box = &tree_.boxes(node, 0);
    const auto& filled = tree_.nodes[node];
    return {box, box + fan_out, 2 * fan_out, filled.lowest, filled.n_children};
  }

  const Rows& rows_;
  Watch& watch_;
  KdCells cells_;
  std::vector<Index> first_leaf_;  // of each cell
  std::vector<Index> first_node_;  // of each cell, but its root; then of those above the cells
  KdNodes<T> tree_;
};

}  // namespace

template <class T>
KdNodes<T> build_kd_nodes(const Rows& rows, int n_threads, Watch& watch) {
  return Builder<T>(rows, n_threads, watch).take();
}

template KdNodes<float> build_kd_nodes(const Rows&, int, Watch&);
template KdNodes<double> build_kd_nodes(const Rows&, int, Watch&);

}  // namespace fastnn::neighbors
