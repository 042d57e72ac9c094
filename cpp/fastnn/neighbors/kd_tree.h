// A k-d tree: where features are few, it finds the nearest rows without a look at most others.
//
// After J. L. Bentley, "Multidimensional binary search trees used for associative searching",
// Communications of the ACM 18 (1975). Three halvings make one node of eight children, which are
// compared at once and descended into from the nearest on; what is compared are the tight boxes
// around their rows, not the planes that part them.
#pragma once

#include <cstdint>
#include <memory>

#include "fastnn/common/watch.h"
#include "fastnn/neighbors/metric.h"
#include "fastnn/neighbors/rows.h"
#include "fastnn/neighbors/top_k.h"

namespace fastnn::neighbors {

class KdTree {
 public:
  // Copies the rows, which are finite, leaf by leaf. metric.is_norm() holds. The tree does not
  // depend on the number of threads. Throws std::invalid_argument for 2^32 - 1 rows or more.
  KdTree(const Rows& rows, const Metric& metric, int n_threads, Watch& watch);
  ~KdTree();

  // Roughly where a query falls in the order of the leaves. It pays to search in this order where
  // the tree is larger than the cache and queries are many.
  Index leaf_of(const double* query) const;

  // Inserts into `nearest` every row that may belong to it; row i has the index first + i. Rows
  // with present[first + i] == 0 do not count (present may be null).
  void search(const double* query, Index first, const std::uint8_t* present, TopK& nearest) const;

  class Searcher;

 private:
  std::unique_ptr<const Searcher> searcher_;
};

}  // namespace fastnn::neighbors
