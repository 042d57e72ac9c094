// The integers of all rows at one level, packed in panels for products with those of queries.
#pragma once

#include <cstdint>
#include <vector>

#include "fastnn/linalg/byte_products.h"
#include "fastnn/neighbors/row_coder.h"

namespace fastnn::neighbors {

class CodePanels {
 public:
  CodePanels() = default;
  // The rows in this order.
  CodePanels(const RowCoder::Integers& integers, const std::vector<Index>& rows, int n_threads);

  Index n_panels() const { return panels_.rows(); }
  Index n_integers() const { return panels_.cols() / linalg::byte_panel_rows; }
  const std::uint8_t* panel(Index i) const { return panels_.row(i).data(); }
  // For each row of a panel minus half its squared length, rounded up.
  const std::int32_t* minus_halves(Index i) const {
    return halves_.data() + i * linalg::byte_panel_rows;
  }
  // The largest error of a row in the panel.
  double error(Index i) const { return errors_[static_cast<std::size_t>(i)]; }

 private:
  void pack(const std::int8_t* integers, Index place);

  Matrix<std::uint8_t> panels_;  // (n_panels, byte_panel_rows * n_integers)
  std::vector<std::int32_t> halves_;
  std::vector<double> errors_;
};

}  // namespace fastnn::neighbors
