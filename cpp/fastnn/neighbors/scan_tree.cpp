#include <algorithm>
#include <numeric>

#include "fastnn/neighbors/scan.h"

namespace fastnn::neighbors {

void scan_tree(const Part& part, const KdTree& tree, QueryBlock& block) {
  block.face(part.rows, part.metric);
  std::vector<Index> leaves(static_cast<std::size_t>(block.size()));
  for (Index q = 0; q < block.size(); ++q) {
    leaves[static_cast<std::size_t>(q)] = tree.leaf_of(block.query(q));
  }
  // Neighbouring queries find what they need in cache.
  std::vector<Index> order(leaves.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::sort(order.begin(), order.end(), [&](Index a, Index b) {
    return leaves[static_cast<std::size_t>(a)] < leaves[static_cast<std::size_t>(b)];
  });
  // Few of the pairs are looked at, unless features are too many for a tree.
  Pace pace(part.watch, 10 * pairs_a_report(n_cols(part.rows)));
  for (const Index q : order) {
    tree.search(block.query(q), part.first, part.present, block.nearest(q));
    pace.advance(static_cast<double>(part.range.size()));
  }
}

}  // namespace fastnn::neighbors
