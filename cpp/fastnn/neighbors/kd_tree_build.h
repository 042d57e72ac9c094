// How a k-d tree lies in memory, and how it gets there.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "fastnn/common/watch.h"
#include "fastnn/neighbors/rows.h"

namespace fastnn::neighbors {

// Rows are kept as float (also those of bytes) or double. What is compared at once, the children of
// a node or the rows of a leaf, lies side by side for each feature.
template <class T>
struct KdNodes {
  using Number = std::uint32_t;

  static constexpr Index fan_out = 8;
  static constexpr Index leaf_rows = 16;  // of 8 to 32 the fastest, by some percent
  static constexpr Number no_row = std::numeric_limits<Number>::max();

  struct Node {
    Number first = 0;  // child: a node or a leaf; the others follow it
    std::uint16_t n_children = 0;
    bool holds_leaves = false;
    Number lowest[fan_out] = {};  // row in each child
  };

  Index n_features = 0;
  Index root = 0;
  std::vector<Node> nodes;
  Matrix<T> boxes;      // node × (feature, 2, child): what the values of a child lie between
  Matrix<T> features;   // leaf × (feature, row); infinite behind the last row
  Matrix<Number> rows;  // leaf × row: their numbers; no_row behind the last
};

// Takes n log n time whatever the rows, and 6 bytes a row beside the tree while it builds.
template <class T>
KdNodes<T> build_kd_nodes(const Rows& rows, int n_threads, Watch& watch);

}  // namespace fastnn::neighbors
