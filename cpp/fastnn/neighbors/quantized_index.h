// All rows of a segment as 8-bit integers: coarse ones, packed for products with those of queries,
// and where that pays finer ones, to look twice before a row is measured.
#pragma once

#include <cstdint>
#include <vector>

#include "fastnn/common/watch.h"
#include "fastnn/linalg/byte_products.h"
#include "fastnn/neighbors/row_coder.h"

namespace fastnn::neighbors {

class QuantizedIndex {
 public:
  QuantizedIndex(const Rows& rows, RowCoder coder, int n_threads, Watch& watch);

  const RowCoder& coder() const { return coder_; }
  // The largest coarse error of a row; the few that exceed it reach every limit.
  double coarse_error() const { return coarse_error_; }

  Index n_rows() const { return std::ssize(rows_); }
  // The rows lie in panels ordered by group. The panels in which a group has rows:
  Range panels_of_group(Index group) const {
    const Index begin = group_begins_[static_cast<std::size_t>(group)];
    const Index end = group_begins_[static_cast<std::size_t>(group) + 1];
    return {begin / linalg::byte_panel_rows,
            (end + linalg::byte_panel_rows - 1) / linalg::byte_panel_rows};
  }
  const std::uint8_t* panel(Index i) const { return panels_.row(i).data(); }
  // For each row of a panel minus half its squared length, rounded up.
  const std::int32_t* minus_halves(Index i) const {
    return halves_.data() + i * linalg::byte_panel_rows;
  }
  // The row at a place in the panels.
  Index row(Index place) const { return rows_[static_cast<std::size_t>(place)]; }

  const std::int8_t* fine_row(Index i) const { return fine_.row(i).data(); }
  double fine_error(Index i) const { return fine_errors_[static_cast<std::size_t>(i)]; }

 private:
  void order_by_group(const std::vector<Index>& groups);
  template <class IntegersAt>
  void pack_panel(Index panel, Index n_places, const IntegersAt& integers_at);
  void set_coarse_error(const std::vector<double>& errors);

  RowCoder coder_;
  Matrix<std::uint8_t> panels_;  // (n_panels, byte_panel_rows * coarse().size())
  std::vector<std::int32_t> halves_;
  std::vector<Index> rows_;          // by place
  std::vector<Index> group_begins_;  // places; one more than groups
  Matrix<std::int8_t> fine_;         // (n_rows, fine().size())
  std::vector<double> fine_errors_;
  double coarse_error_ = 0;
};

}  // namespace fastnn::neighbors
