#include "fastnn/neighbors/code_panels.h"

#include <algorithm>
#include <cstring>

#include "fastnn/common/huge_pages.h"
#include "fastnn/common/parallel.h"

namespace fastnn::neighbors {
namespace {

using linalg::byte_group;
using linalg::byte_panel_rows;

constexpr Index panels_a_task = 10;

// No query reaches a row that only fills a panel up.
constexpr std::int32_t never = -(1 << 30);

}  // namespace

CodePanels::CodePanels(const RowCoder::Integers& integers, const std::vector<Index>& rows,
                       int n_threads) {
  const Index n = std::ssize(rows);
  const Index n_panels = (n + byte_panel_rows - 1) / byte_panel_rows;
  panels_.resize(n_panels, byte_panel_rows * integers.values.cols());
  prefer_huge_pages(panels_.data(), static_cast<std::size_t>(panels_.size()));
  if (n_panels > 0) panels_.row(n_panels - 1).setConstant(128);
  halves_.resize(static_cast<std::size_t>(n_panels * byte_panel_rows), never);
  errors_.resize(static_cast<std::size_t>(n_panels));
  parallel_for((n_panels + panels_a_task - 1) / panels_a_task, n_threads, [&](Index task) {
    const Index begin = task * panels_a_task * byte_panel_rows;
    for (Index place = begin; place < std::min(begin + panels_a_task * byte_panel_rows, n);
         ++place) {
      const Index row = rows[place];
      pack(integers.values.row(row).data(), place);
      double& error = errors_[static_cast<std::size_t>(place / byte_panel_rows)];
      error = std::max(error, integers.errors[row]);
    }
  });
}

// Puts the integers, plus 128, to their places.
void CodePanels::pack(const std::int8_t* integers, Index place) {
  std::uint8_t* const panel = panels_.row(place / byte_panel_rows).data();
  const Index row = place % byte_panel_rows;
  std::int32_t square = 0;
  for (Index f = 0; f < n_integers(); ++f) square += integers[f] * integers[f];
  halves_[static_cast<std::size_t>(place)] = -(square / 2);
  for (Index f = 0; f < n_integers(); f += byte_group) {
    std::uint32_t group;
    std::memcpy(&group, integers + f, sizeof group);
    group ^= 0x80808080U;  // adds 128 to each
    std::memcpy(panel + linalg::byte_place(f, row), &group, sizeof group);
  }
}

}  // namespace fastnn::neighbors
