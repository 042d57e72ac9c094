// A k-d tree: finds the nearest rows where features are few, without a look at most of the others.
//
// J. L. Bentley, "Multidimensional binary search trees used for associative searching", 1975; with
// the halves of halves of halves drawn together into one node, whose eight children a processor
// compares at once, and with the tight boxes around them instead of the planes that part them.
#pragma once

#include <cstdint>
#include <memory>

#include "fastnn/neighbors/metric.h"
#include "fastnn/neighbors/rows.h"
#include "fastnn/neighbors/top_k.h"

namespace fastnn::neighbors {

class KdTree {
 public:
  // Copies the rows, leaf by leaf. metric.is_norm() holds. The tree does not depend on the number
  // of threads. Throws std::invalid_argument for more than 2^32 - 1 rows.
  KdTree(const Rows& rows, const Metric& metric, int n_threads);
  ~KdTree();
  KdTree(KdTree&&) noexcept;
  KdTree& operator=(KdTree&&) noexcept;

  // Where a query falls in the order of the leaves: queries that are searched for in this order
  // find what they need of the tree in the cache.
  Index leaf_of(const double* query) const;

  // Inserts into `nearest` every row that may belong to it; row i has the index first + i. Rows
  // with present[first + i] == 0 do not count (present may be null).
  void search(const double* query, Index first, const std::uint8_t* present, TopK& nearest) const;

  class Engine;

 private:
  std::unique_ptr<const Engine> engine_;
};

}  // namespace fastnn::neighbors
