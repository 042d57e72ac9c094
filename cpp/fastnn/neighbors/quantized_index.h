// All rows of a segment as 8-bit integers in panels: fine ones, and where that pays coarse ones
// that are looked at before. Rows are ordered by group, those of a group by the size of their fine
// errors.
#pragma once

#include <vector>

#include "fastnn/common/watch.h"
#include "fastnn/neighbors/code_panels.h"

namespace fastnn::neighbors {

class QuantizedIndex {
 public:
  QuantizedIndex(const Rows& rows, RowCoder coder, int n_threads, Watch& watch);

  const RowCoder& coder() const { return coder_; }
  const CodePanels& fine() const { return fine_; }
  const CodePanels& coarse() const { return coarse_; }

  Index n_rows() const { return std::ssize(rows_); }
  // The row at a place in the panels.
  Index row(Index place) const { return rows_[static_cast<std::size_t>(place)]; }
  // The panels in which a group has rows.
  Range panels_of_group(Index group) const {
    const Index begin = group_begins_[static_cast<std::size_t>(group)];
    const Index end = group_begins_[static_cast<std::size_t>(group) + 1];
    return {begin / linalg::byte_panel_rows,
            (end + linalg::byte_panel_rows - 1) / linalg::byte_panel_rows};
  }

 private:
  void order(const std::vector<Index>& groups, const std::vector<double>& errors);

  RowCoder coder_;
  CodePanels fine_;
  CodePanels coarse_;
  std::vector<Index> rows_;          // by place
  std::vector<Index> group_begins_;  // places; one more than groups
};

}  // namespace fastnn::neighbors
