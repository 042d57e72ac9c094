#include "fastnn/neighbors/kd_tree_build.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <variant>

#include "fastnn/common/parallel.h"
#include "fastnn/common/random.h"

namespace fastnn::neighbors {
namespace {

constexpr Index rows_a_cell = 8192;
constexpr int most_halvings = 12;
constexpr Index sampled_rows_a_cell = 32;

template <class Tree>
Index ceil_div(Index a, Tree b) {
  return (a + b - 1) / b;
}

// The feature whose values reach the farthest among some of the rows.
template <class T, class RowAt>
Index widest_feature(Index count, Index n_features, Index at_most, const RowAt& row_at, T* low,
                     T* high) {
  const Index step = ceil_div(count, at_most);
  std::copy_n(row_at(0), n_features, low);
  std::copy_n(row_at(0), n_features, high);
  for (Index i = step; i < count; i += step) {
    const T* const row = row_at(i);
    for (Index f = 0; f < n_features; ++f) {
      low[f] = std::min(low[f], row[f]);
      high[f] = std::max(high[f], row[f]);
    }
  }
  Index widest = 0;
  for (Index f = 1; f < n_features; ++f) {
    if (high[f] - low[f] > high[widest] - low[widest]) widest = f;
  }
  return widest;
}

// Halves the space again and again, by a sample of the rows.
template <class T>
class Halvings {
 public:
  Halvings(const Matrix<T>& sample, int n)
      : n_(n), features_((1 << n) - 1), cuts_(features_.size()) {
    std::vector<Index> order(sample.rows());
    std::iota(order.begin(), order.end(), 0);
    halve(sample, order.data(), {0, sample.rows()}, 0);
  }
  template <class U>
  Index cell(const U* row) const {
    Index at = 0;
    for (int i = 0; i < n_; ++i) {
      at = 2 * at + 1 + (static_cast<T>(row[features_[at]]) < cuts_[at] ? 0 : 1);
    }
    return at - static_cast<Index>(cuts_.size());
  }

 private:
  void halve(const Matrix<T>& sample, Index* order, Range range, std::size_t at) {
    if (at >= cuts_.size() || range.size() == 0) return;
    std::vector<T> low(sample.cols()), high(sample.cols());
    const Index f = widest_feature<T>(
        range.size(), sample.cols(), 1 << 30,
        [&](Index i) { return &sample(order[range.begin + i], 0); }, low.data(), high.data());
    const Index middle = (range.begin + range.end) / 2;
    std::nth_element(order + range.begin, order + middle, order + range.end,
                     [&](Index a, Index b) { return sample(a, f) < sample(b, f); });
    features_[at] = f;
    cuts_[at] = sample(order[middle], f);
    halve(sample, order, {range.begin, middle}, 2 * at + 1);
    halve(sample, order, {middle, range.end}, 2 * at + 2);
  }
  int n_;
  std::vector<Index> features_;
  std::vector<T> cuts_;
};

struct Cells {
  std::vector<std::uint32_t> rows;
  std::vector<Index> starts;
  Index size() const { return std::ssize(starts) - 1; }
  Range operator[](Index i) const { return {starts[i], starts[i + 1]}; }
};

template <class T>
Cells part(const Rows& rows, int n_threads) {
  const Index n = n_rows(rows);
  const Index d = n_cols(rows);
  int halvings = 0;
  while (halvings < most_halvings && (n >> halvings) > rows_a_cell) ++halvings;
  const Index n_cells = Index{1} << halvings;
  Cells cells;
  cells.rows.resize(n);
  cells.starts.assign(n_cells + 1, 0);
  if (halvings == 0) {
    std::iota(cells.rows.begin(), cells.rows.end(), 0);
    cells.starts[1] = n;
    return cells;
  }
  const Philox random(0, 0);
  std::visit(
      [&](const auto& view) {
        Matrix<T> sample(n_cells * sampled_rows_a_cell, d);
        {
          RowReader read(view);
          for (Index i = 0; i < sample.rows(); ++i) {
            const Index cell = n / sample.rows();
            const Index row =
                cell * i + static_cast<Index>(random.uniform(i) * static_cast<double>(cell));
            std::copy_n(read(row), d, &sample(i, 0));
          }
        }
        const Halvings<T> halves(sample, halvings);
        const Index chunk = std::max<Index>(16384, ceil_div(n, 256));
        const Index n_chunks = ceil_div(n, chunk);
        std::vector<std::uint16_t> cell_of(n);
        std::vector<Index> counts(n_chunks * n_cells);
        parallel_for(n_chunks, n_threads, [&](Index c) {
          RowReader read(view);
          for (Index i = c * chunk; i < std::min(n, (c + 1) * chunk); ++i) {
            cell_of[i] = halves.cell(read(i));
            ++counts[c * n_cells + cell_of[i]];
          }
        });
        Index total = 0;
        for (Index cell = 0; cell < n_cells; ++cell) {
          cells.starts[cell] = total;
          for (Index c = 0; c < n_chunks; ++c)
            total += std::exchange(counts[c * n_cells + cell], total);
        }
        cells.starts[n_cells] = n;
        parallel_for(n_chunks, n_threads, [&](Index c) {
          for (Index i = c * chunk; i < std::min(n, (c + 1) * chunk); ++i) {
            cells.rows[counts[c * n_cells + cell_of[i]]++] = static_cast<std::uint32_t>(i);
          }
        });
      },
      rows);
  return cells;
}

// Sizes of the levels above n children, lowest first.
std::vector<Index> levels_above(Index n) {
  std::vector<Index> sizes;
  do {
    n = ceil_div(n, 8);
    sizes.push_back(n);
  } while (n > 1);
  return sizes;
}

template <class T>
class Builder {
 public:
  Builder(const Rows& rows, int n_threads)
      : rows_(rows), n_threads_(n_threads), cells_(part<T>(rows, n_threads)) {}
  KdNodes<T> build() {
    tree_.n_features = n_cols(rows_);
    const Index n_cells = cells_.size();
    // The nodes above the cells, the cells' roots, what is below them.
    top_ = n_cells > 1 ? levels_above(n_cells) : std::vector<Index>{};
    const Index n_top = std::accumulate(top_.begin(), top_.end(), Index{0});
    Index leaves = 0;
    Index nodes = n_top + n_cells;
    for (Index c = 0; c < n_cells; ++c) {
      first_leaf_.push_back(leaves);
      first_node_.push_back(nodes);
      const Index n_leaves = leaves_of(c);
      const auto levels = levels_above(n_leaves);
      leaves += n_leaves;
      nodes += std::accumulate(levels.begin(), levels.end(), Index{-1});
    }
    tree_.nodes.resize(nodes);
    tree_.boxes.resize(nodes * tree_.n_features * 16, infinity);
    tree_.features.resize(leaves * tree_.n_features * L);
    tree_.rows.resize(leaves * L);
    parallel_for(n_cells, n_threads_, [&](Index c) { build_cell(c, n_top + c); });
    Index children = n_top;
    Index n_children = n_cells;
    for (const Index size : top_) {
      for (Index i = 0; i < size; ++i)
        enclose(children - size + i, children + i * 8, std::min<Index>(8, n_children - i * 8));
      children -= size;
      n_children = size;
    }
    return std::move(tree_);
  }

 private:
  static constexpr Index L = KdNodes<T>::leaf_rows;
  static constexpr T infinity = std::numeric_limits<T>::infinity();

  Index leaves_of(Index c) const { return std::max<Index>(1, ceil_div(cells_[c].size(), L)); }

  // What the halving of one cell works on.
  struct Cell {
    Matrix<T> features;
    std::vector<std::uint64_t> order;  // a row's key above its place in `features`
    std::vector<T> low, high;
  };

  void build_cell(Index c, Index root) {
    const Range range = cells_[c];
    Cell cell{Matrix<T>(range.size(), tree_.n_features), {}, {}, {}};
    std::visit(
        [&](const auto& view) {
          RowReader read(view);
          for (Index i = 0; i < range.size(); ++i) {
            std::copy_n(read(cells_.rows[range.begin + i]), tree_.n_features, &cell.features(i, 0));
          }
        },
        rows_);
    cell.order.resize(range.size());
    std::iota(cell.order.begin(), cell.order.end(), 0);
    cell.low.resize(tree_.n_features);
    cell.high.resize(tree_.n_features);
    Index unit = L;
    while (unit < range.size()) unit *= 8;
    halve(cell, {0, range.size()}, unit);
    const Index n_leaves = leaves_of(c);
    for (Index i = 0; i < n_leaves; ++i) {
      fill_leaf(cell, {i * L, std::min(range.size(), (i + 1) * L)}, range.begin,
                first_leaf_[c] + i);
    }
    // nodes
    const auto levels = levels_above(n_leaves);
    Index node = first_node_[c] + std::accumulate(levels.begin(), levels.end(), Index{-1});
    Index children = first_leaf_[c];
    Index n_children = n_leaves;
    bool leaf = true;
    for (const Index size : levels) {
      node = size == 1 ? root : node - size;
      for (Index i = 0; i < size; ++i) {
        const Index count = std::min<Index>(8, n_children - i * 8);
        if (leaf)
          enclose_leaves(node + i, children + i * 8, count);
        else
          enclose(node + i, children + i * 8, count);
      }
      leaf = false;
      children = node;
      n_children = size;
    }
  }

  static std::uint32_t ordered(float x) {
    const auto bits = std::bit_cast<std::uint32_t>(x);
    return bits ^
           (static_cast<std::uint32_t>(-static_cast<std::int32_t>(bits >> 31)) | 0x80000000u);
  }

  void halve(Cell& cell, Range range, Index unit) {
    if (range.size() <= L) return;
    while (unit >= range.size()) unit /= 8;
    const Index left = (ceil_div(range.size(), unit) + 1) / 2 * unit;
    std::uint64_t* const order = cell.order.data() + range.begin;
    const Index f = widest_feature<T>(
        range.size(), tree_.n_features, 64,
        [&](Index i) { return &cell.features(static_cast<std::uint32_t>(order[i]), 0); },
        cell.low.data(), cell.high.data());
    const T origin = cell.low[f];
    for (Index i = 0; i < range.size(); ++i) {
      const auto place = static_cast<std::uint32_t>(order[i]);
      order[i] = std::uint64_t{ordered(static_cast<float>(cell.features(place, f) - origin))}
                     << 32 |
                 place;
    }
    std::nth_element(order, order + left, order + range.size());
    halve(cell, {range.begin, range.begin + left}, unit);
    halve(cell, {range.begin + left, range.end}, unit);
  }

  void fill_leaf(const Cell& cell, Range range, Index offset, Index leaf) {
    T* const out = tree_.leaf(leaf);
    auto* rows = tree_.rows.data() + leaf * L;
    for (Index j = 0; j < L; ++j) {
      if (j < range.size()) {
        const auto place = static_cast<std::uint32_t>(cell.order[range.begin + j]);
        rows[j] = cells_.rows[offset + place];
        for (Index f = 0; f < tree_.n_features; ++f) out[f * L + j] = cell.features(place, f);
      } else {
        rows[j] = KdNodes<T>::no_row;
        for (Index f = 0; f < tree_.n_features; ++f) out[f * L + j] = infinity;
      }
    }
  }

  void enclose_leaves(Index node, Index first, Index count) {
    auto& nd = tree_.nodes[node];
    nd.first = first;
    nd.n_children = count;
    nd.holds_leaves = true;
    T* const box = tree_.box(node);
    for (Index c = 0; c < count; ++c) {
      const auto* rows = tree_.rows.data() + (first + c) * L;
      Index size = L;
      while (size > 0 && rows[size - 1] == KdNodes<T>::no_row) --size;
      nd.lowest[c] = KdNodes<T>::no_row;
      for (Index j = 0; j < size; ++j) nd.lowest[c] = std::min(nd.lowest[c], rows[j]);
      for (Index f = 0; f < tree_.n_features; ++f) {
        const T* x = tree_.leaf(first + c) + f * L;
        T lo = infinity, hi = -infinity;
        for (Index j = 0; j < size; ++j) {
          lo = std::min(lo, x[j]);
          hi = std::max(hi, x[j]);
        }
        box[f * 16 + c] = lo;
        box[f * 16 + 8 + c] = hi;
      }
    }
  }
  void enclose(Index node, Index first, Index count) {
    auto& nd = tree_.nodes[node];
    nd.first = first;
    nd.n_children = count;
    nd.holds_leaves = false;
    T* const box = tree_.box(node);
    for (Index c = 0; c < count; ++c) {
      const auto& child = tree_.nodes[first + c];
      nd.lowest[c] = KdNodes<T>::no_row;
      for (Index j = 0; j < child.n_children; ++j)
        nd.lowest[c] = std::min(nd.lowest[c], child.lowest[j]);
      for (Index f = 0; f < tree_.n_features; ++f) {
        const T* x = tree_.box(first + c) + f * 16;
        T lo = infinity, hi = -infinity;
        for (Index j = 0; j < child.n_children; ++j) {
          lo = std::min(lo, x[j]);
          hi = std::max(hi, x[8 + j]);
        }
        box[f * 16 + c] = lo;
        box[f * 16 + 8 + c] = hi;
      }
    }
  }

  const Rows& rows_;
  int n_threads_;
  Cells cells_;
  std::vector<Index> top_, first_leaf_, first_node_;
  KdNodes<T> tree_;
};

}  // namespace

template <class T>
KdNodes<T> build_kd_nodes(const Rows& rows, int n_threads) {
  return Builder<T>(rows, n_threads).build();
}

template KdNodes<float> build_kd_nodes(const Rows&, int);
template KdNodes<double> build_kd_nodes(const Rows&, int);

}  // namespace fastnn::neighbors
