// The ways to go through the rows of a segment in search of what is near to the queries of a block.
// All find the same rows.
#pragma once

#include <algorithm>

#include "fastnn/common/watch.h"
#include "fastnn/neighbors/frame.h"
#include "fastnn/neighbors/kd_tree.h"
#include "fastnn/neighbors/quantized_index.h"
#include "fastnn/neighbors/query_block.h"

namespace fastnn::neighbors {

// What one task scans.
struct Part {
  const Rows& rows;
  Metric metric;
  Index first;                  // the index of rows' first row among all that are searched
  Range range;                  // of rows
  const std::uint8_t* present;  // by index: rows with 0 do not count; may be null
  Watch& watch;                 // in pairs of a query and a row

  bool has(Index row) const { return present == nullptr || present[first + row] != 0; }
  bool has_any(Range r) const {
    return present == nullptr || std::any_of(present + first + r.begin, present + first + r.end,
                                             [](std::uint8_t p) { return p != 0; });
  }
};

// How many pairs may pass before the watch is told.
inline double pairs_a_report(Index n_features) {
  return 1e7 / static_cast<double>(n_features + 16);
}

// Measures every row. With `farthest` the negated distances count.
void scan_directly(const Part& part, QueryBlock& block, bool farthest);

// Nominates by products or differences in float32.
void scan_float32(const Part& part, const Frame& frame, QueryBlock& block);

// Nominates by products of 8-bit integers. The range begins at a whole panel.
void scan_quantized(const Part& part, const QuantizedIndex& index, QueryBlock& block);

// Descends the tree for each query. The range is that of all rows.
void scan_tree(const Part& part, const KdTree& tree, QueryBlock& block);

}  // namespace fastnn::neighbors
