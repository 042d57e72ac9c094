#include "fastnn/neighbors/quantized_index.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "fastnn/common/parallel.h"

namespace fastnn::neighbors {
namespace {

using linalg::byte_group;
using linalg::byte_panel_rows;

constexpr Index rows_a_task = 10 * byte_panel_rows;

// No query reaches a row that only fills a panel up; every query reaches one that is exceptional.
constexpr std::int32_t never = -(1 << 30);
constexpr std::int32_t always = 1 << 30;

// The share of rows that may be so far out that their errors would spoil the bound of all others.
constexpr double exceptional = 0.001;

// Copies a row's integers to their places in a panel, plus 128.
void pack_row(const std::int8_t* from, Index size, std::uint8_t* panel, Index row) {
  for (Index f = 0; f < size; f += byte_group) {
    std::uint32_t group;
    std::memcpy(&group, from + f, sizeof group);
    group ^= 0x80808080U;  // adds 128 to each
    std::memcpy(panel + linalg::byte_place(f, row), &group, sizeof group);
  }
}

}  // namespace

QuantizedIndex::QuantizedIndex(const Rows& rows, RowCoder coder, int n_threads, Watch& watch)
    : coder_(std::move(coder)) {
  const Index n = neighbors::n_rows(rows);
  const Index size = coder_.coarse().size();
  const Index panels = (n + byte_panel_rows - 1) / byte_panel_rows;
  panels_.resize(panels, byte_panel_rows * size);
  halves_.resize(static_cast<std::size_t>(panels * byte_panel_rows), never);
  if (coder_.has_fine()) {
    fine_.resize(n, coder_.fine().size());
    fine_errors_.resize(static_cast<std::size_t>(n));
  }
  std::vector<double> coarse_errors(static_cast<std::size_t>(n));
  std::vector<Index> groups(coarse_errors.size());
  // Where there is but one group each row's place is known at once.
  const bool in_order = coder_.n_groups() == 1;
  Matrix<std::int8_t> coarse(in_order ? 0 : n, size);
  parallel_for((n + rows_a_task - 1) / rows_a_task, n_threads, [&](Index task) {
    watch.advance(0);
    const Index begin = task * rows_a_task;
    const Index count = std::min(rows_a_task, n - begin);
    const RowCoder::Code code = coder_.code(rows, begin, count);
    std::copy(code.coarse_errors.begin(), code.coarse_errors.end(), coarse_errors.begin() + begin);
    std::copy(code.groups.begin(), code.groups.end(), groups.begin() + begin);
    if (coder_.has_fine()) {
      fine_.middleRows(begin, count) = code.fine;
      std::copy(code.fine_errors.begin(), code.fine_errors.end(), fine_errors_.begin() + begin);
    }
    if (in_order) {
      for (Index place = begin; place < begin + count; place += byte_panel_rows) {
        pack_panel(place / byte_panel_rows, n,
                   [&](Index p) { return code.coarse.row(p - begin).data(); });
      }
    } else {
      coarse.middleRows(begin, count) = code.coarse;
    }
  });
  order_by_group(groups);
  parallel_for(in_order ? 0 : panels, n_threads, [&](Index panel) {
    pack_panel(panel, n, [&](Index place) { return coarse.row(row(place)).data(); });
  });
  set_coarse_error(coarse_errors);
}

void QuantizedIndex::order_by_group(const std::vector<Index>& groups) {
  group_begins_.assign(static_cast<std::size_t>(coder_.n_groups() + 1), 0);
  for (const Index group : groups) ++group_begins_[group + 1];
  std::partial_sum(group_begins_.begin(), group_begins_.end(), group_begins_.begin());
  std::vector<Index> next = group_begins_;
  rows_.resize(groups.size());
  for (std::size_t row = 0; row < groups.size(); ++row) {
    rows_[next[groups[row]]++] = static_cast<Index>(row);
  }
}

// integers_at(place) = those of the row at a place; places from n_places on are filled up.
template <class IntegersAt>
void QuantizedIndex::pack_panel(Index panel, Index n_places, const IntegersAt& integers_at) {
  const Index size = coder_.coarse().size();
  const std::vector<std::int8_t> nothing(static_cast<std::size_t>(size));
  for (Index r = 0; r < byte_panel_rows; ++r) {
    const Index place = panel * byte_panel_rows + r;
    const std::int8_t* const from = place < n_places ? integers_at(place) : nothing.data();
    pack_row(from, size, panels_.row(panel).data(), r);
    if (place >= n_places) continue;
    std::int32_t square = 0;
    for (Index f = 0; f < size; ++f) square += from[f] * from[f];
    halves_[static_cast<std::size_t>(place)] = -(square / 2);
  }
}

void QuantizedIndex::set_coarse_error(const std::vector<double>& errors) {
  const auto few = static_cast<std::ptrdiff_t>(exceptional * static_cast<double>(errors.size()));
  std::vector<double> sorted = errors;
  const auto last = sorted.end() - 1 - few;
  std::nth_element(sorted.begin(), last, sorted.end());
  coarse_error_ = *last;
  for (std::size_t place = 0; place < rows_.size(); ++place) {
    if (errors[rows_[place]] > coarse_error_) halves_[place] = always;
  }
}

}  // namespace fastnn::neighbors
