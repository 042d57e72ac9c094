// The rows and boxes of a k-d tree as they lie in memory, and how they get there.
#pragma once

#include <cstdint>
#include <Eigen/Core>
#include <limits>
#include <vector>

#include "fastnn/neighbors/rows.h"

namespace fastnn::neighbors {

// T is the type of the features, float (also for rows of bytes) or double.
template <class T>
struct KdNodes {
  static constexpr Index fan_out = 8;
  static constexpr Index leaf_rows = 16;
  static constexpr std::uint32_t no_row = std::numeric_limits<std::uint32_t>::max();

  using Number = std::uint32_t;
  using Values = std::vector<T, Eigen::aligned_allocator<T>>;

  // The children of a node are neighbours in memory.
  struct Node {
    Number first = 0;  // the number of the first child, a node or a leaf
    std::uint16_t n_children = 0;
    bool holds_leaves = false;
    Number lowest[fan_out] = {};  // the lowest row in each child
  };

  Index n_features = 0;
  std::vector<Node> nodes;   // the root first
  Values boxes;              // (node, feature, 2, child): what the child's rows lie between
  Values features;           // (leaf, feature, row); behind the last row infinite
  std::vector<Number> rows;  // (leaf, row): their numbers, or no_row

  const T* box(Index node) const { return boxes.data() + node * n_features * 2 * fan_out; }
  T* box(Index node) { return boxes.data() + node * n_features * 2 * fan_out; }
  const T* leaf(Index i) const { return features.data() + i * n_features * leaf_rows; }
  T* leaf(Index i) { return features.data() + i * n_features * leaf_rows; }
};

template <class T>
KdNodes<T> build_kd_nodes(const Rows& rows, int n_threads);

}  // namespace fastnn::neighbors
