#include "fastnn/neighbors/quantized_index.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fastnn/common/huge_pages.h"
#include "fastnn/common/parallel.h"

namespace fastnn::neighbors {
namespace {

// Rows are coded so many at a time that they stay in level 2.
constexpr Index most_rows_a_task = 480;
constexpr Index values_a_task = Index{1} << 17;

// Rows with errors of about the same size share a class: two to an octave.
constexpr int error_classes = 32;
Index error_class(double steps) {
  constexpr int first = -8;
  return std::clamp(std::ilogb(steps * steps), first, first + error_classes - 1) - first;
}

// The integers of one level by row, until the rows have their places.
RowCoder::Integers room(Index n_rows, const Quantizer& quantizer) {
  RowCoder::Integers integers{Matrix<std::int8_t>(n_rows, quantizer.size()),
                              std::vector<double>(static_cast<std::size_t>(n_rows))};
  prefer_huge_pages(integers.values.data(), static_cast<std::size_t>(integers.values.size()));
  return integers;
}

void copy(const RowCoder::Integers& from, Index begin, RowCoder::Integers& to) {
  to.values.middleRows(begin, from.values.rows()) = from.values;
  std::copy(from.errors.begin(), from.errors.end(), to.errors.begin() + begin);
}

}  // namespace

QuantizedIndex::QuantizedIndex(const Rows& rows, RowCoder coder, int n_threads, Watch& watch)
    : coder_(std::move(coder)) {
  const Index n = neighbors::n_rows(rows);
  RowCoder::Integers fine = room(n, coder_.fine());
  RowCoder::Integers coarse = room(coder_.has_coarse() ? n : 0, coder_.coarse());
  std::vector<Index> groups(static_cast<std::size_t>(n));
  const Index rows_a_task =
      std::clamp<Index>(values_a_task / std::max<Index>(n_cols(rows), 1), 1, most_rows_a_task);
  parallel_for((n + rows_a_task - 1) / rows_a_task, n_threads, [&](Index task) {
    watch.advance(0);
    const Index begin = task * rows_a_task;
    const RowCoder::Code code = coder_.code(rows, begin, std::min(rows_a_task, n - begin));
    copy(code.fine, begin, fine);
    if (coder_.has_coarse()) copy(code.coarse, begin, coarse);
    std::copy(code.groups.begin(), code.groups.end(), groups.begin() + begin);
  });
  order(groups, fine.errors);
  fine_ = CodePanels(fine, rows_, n_threads);
  if (coder_.has_coarse()) coarse_ = CodePanels(coarse, rows_, n_threads);
}

void QuantizedIndex::order(const std::vector<Index>& groups, const std::vector<double>& errors) {
  std::vector<Index> places(static_cast<std::size_t>(coder_.n_groups() * error_classes + 1), 0);
  std::vector<Index> classes(groups.size());
  for (std::size_t row = 0; row < groups.size(); ++row) {
    classes[row] = groups[row] * error_classes + error_class(errors[row] / coder_.fine().step());
    ++places[classes[row] + 1];
  }
  std::partial_sum(places.begin(), places.end(), places.begin());
  for (Index group = 0; group <= coder_.n_groups(); ++group) {
    group_begins_.push_back(places[group * error_classes]);
  }
  rows_.resize(groups.size());
  for (std::size_t row = 0; row < groups.size(); ++row) {
    rows_[places[classes[row]]++] = static_cast<Index>(row);
  }
}

}  // namespace fastnn::neighbors
