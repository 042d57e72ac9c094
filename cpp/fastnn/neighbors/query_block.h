// The queries that one thread searches for together, and what it has found for each.
#pragma once

#include <memory>
#include <vector>

#include "fastnn/neighbors/top_k.h"

namespace fastnn::neighbors {

class QueryBlock {
 public:
  // The queries are those of `range`; see TopK for k and largest.
  QueryBlock(const Rows& queries, Range range, Index k, double largest)
      : queries_(&queries),
        range_(range),
        nearest_(static_cast<std::size_t>(range.size()), TopK(k, largest)),
        query_(static_cast<std::size_t>(n_cols(queries))) {}

  // The distances are from now on those to these rows.
  void face(const Rows& rows, const Metric& metric) {
    direct_ = std::make_unique<DirectDistance>(rows, metric);
    selected_ = -1;
  }

  const Rows& queries() const { return *queries_; }
  Range range() const { return range_; }
  Index size() const { return range_.size(); }
  TopK& nearest(Index q) { return nearest_[static_cast<std::size_t>(q)]; }

  // Query q of the block, in double.
  const double* query(Index q) {
    select(q);
    return query_.data();
  }
  // The distances from query q of the block.
  DirectDistance& direct(Index q) {
    select(q);
    return *direct_;
  }

 private:
  void select(Index q) {
    if (selected_ == q) return;
    read_row(*queries_, range_.begin + q, query_.data());
    direct_->from(query_.data());
    selected_ = q;
  }

  const Rows* queries_;
  Range range_;
  std::vector<TopK> nearest_;
  std::vector<double> query_;
  std::unique_ptr<DirectDistance> direct_;
  Index selected_ = -1;
};

}  // namespace fastnn::neighbors
