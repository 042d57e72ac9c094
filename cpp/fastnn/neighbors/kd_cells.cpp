#include "fastnn/neighbors/kd_cells.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <variant>

#include "fastnn/common/parallel.h"
#include "fastnn/common/random.h"
#include "fastnn/neighbors/kd_bunch.h"

namespace fastnn::neighbors {
namespace {

constexpr Index rows_a_cell = 4096;  // on average at most: they stay in the level 2 cache
constexpr int most_halvings = 12;
constexpr Index sampled_rows_a_cell = 32;
constexpr Index rows_a_task = 16384;
constexpr Index most_tasks = 256;

// The space in 2^n cells, each as likely as the others to hold a row like those of a sample.
template <class T>
class Halvings {
 public:
  Halvings(Bunch<T> sample, int n)
      : n_(n), features_((std::size_t{1} << n) - 1), cuts_(features_.size()) {
    halve(sample, {0, sample.size()}, 0);
  }

  template <class U>
  Index cell_of(const U* row) const {
    Index at = 0;
    for (int i = 0; i < n_; ++i) {  // arithmetic, as no branch could be foreseen
      at = 2 * at + 2 - static_cast<Index>(static_cast<T>(row[features_[at]]) < cuts_[at]);
    }
    return at - std::ssize(cuts_);
  }

 private:
  void halve(Bunch<T>& sample, Range range, Index at) {
    if (at >= std::ssize(cuts_)) return;
    const Index middle = (range.begin + range.end) / 2;
    features_[at] = sample.cut(range, middle - range.begin);
    cuts_[at] = sample.value(middle, features_[at]);
    halve(sample, {range.begin, middle}, 2 * at + 1);
    halve(sample, {middle, range.end}, 2 * at + 2);
  }

  int n_;
  std::vector<Index> features_;  // of the halving `at`; its halves are halved at 2 at + 1 and + 2
  std::vector<T> cuts_;          // values below are in the first half
};

// One row of each of many stretches of equal length, at random: rows may come in a pattern.
template <class T, class View>
Bunch<T> sample_rows(const View& view, Index size) {
  Bunch<T> sample(size, view.cols);
  RowReader<View> read(view);
  const Philox random(0, 0);
  const Index stretch = view.rows / size;
  for (Index i = 0; i < size; ++i) {
    const double u = random.uniform(static_cast<std::uint64_t>(i));
    sample.set(i, read(i * stretch + static_cast<Index>(u * static_cast<double>(stretch))));
  }
  return sample;
}

// A counting sort by cell. What a task is depends on the number of rows alone.
template <class T, class View>
void part_rows(const View& view, int n_halvings, int n_threads, Watch& watch, KdCells& cells) {
  const Index n_cells = Index{1} << n_halvings;
  const Halvings<T> halvings(sample_rows<T>(view, n_cells * sampled_rows_a_cell), n_halvings);
  const Index stretch = std::max(rows_a_task, ceil_div(view.rows, most_tasks));
  const Index n_tasks = ceil_div(view.rows, stretch);
  const auto rows_of = [&](Index task) {
    return Range{task * stretch, std::min(view.rows, (task + 1) * stretch)};
  };
  std::vector<std::uint16_t> cell_of(static_cast<std::size_t>(view.rows));
  // For each task and cell first how many rows, then where the next one goes.
  std::vector<Index> places(static_cast<std::size_t>(n_tasks * n_cells));
  parallel_for(n_tasks, n_threads, [&](Index task) {
    watch.advance(0);
    RowReader<View> read(view);
    Index* const counts = places.data() + task * n_cells;
    for (Index i = rows_of(task).begin; i < rows_of(task).end; ++i) {
      const Index cell = halvings.cell_of(read(i));
      cell_of[i] = static_cast<std::uint16_t>(cell);
      ++counts[cell];
    }
  });
  Index total = 0;
  for (Index cell = 0; cell < n_cells; ++cell) {
    for (Index task = 0; task < n_tasks; ++task) {
      total += std::exchange(places[task * n_cells + cell], total);
    }
    cells.starts.push_back(total);
  }
  parallel_for(n_tasks, n_threads, [&](Index task) {
    watch.advance(0);
    Index* const next = places.data() + task * n_cells;
    for (Index i = rows_of(task).begin; i < rows_of(task).end; ++i) {
      cells.rows[next[cell_of[i]]++] = static_cast<std::uint32_t>(i);
    }
  });
}

}  // namespace

template <class T>
KdCells part_into_cells(const Rows& rows, int n_threads, Watch& watch) {
  const Index n = n_rows(rows);
  int n_halvings = 0;
  while (n_halvings < most_halvings && n >> n_halvings > rows_a_cell) ++n_halvings;
  KdCells cells{std::vector<std::uint32_t>(static_cast<std::size_t>(n)), {0}};
  if (n_halvings == 0) {
    std::iota(cells.rows.begin(), cells.rows.end(), std::uint32_t{0});
    cells.starts.push_back(n);
  } else {
    std::visit([&](const auto& view) { part_rows<T>(view, n_halvings, n_threads, watch, cells); },
               rows);
  }
  return cells;
}

template KdCells part_into_cells<float>(const Rows&, int, Watch&);
template KdCells part_into_cells<double>(const Rows&, int, Watch&);

}  // namespace fastnn::neighbors
