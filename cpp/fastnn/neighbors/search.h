// The rows that are searched, and the search for the nearest of them.
#pragma once

#include <limits>
#include <memory>
#include <vector>

#include "fastnn/common/watch.h"
#include "fastnn/neighbors/segment.h"

namespace fastnn::neighbors {

// Rows never change their index. An index of rows never changes either: what adds or removes makes
// another, which shares the rows with it, so that a search under way is not disturbed.
class SearchIndex {
 public:
  struct Request {
    Index k = 0;
    // Only rows at most this far away count.
    double radius = std::numeric_limits<double>::infinity();
    // By index: rows with 0 do not count; may be null.
    const std::uint8_t* mask = nullptr;
    // The k rows of largest distance instead.
    bool farthest = false;
  };
  struct Found {
    double distance;
    Index index;
  };

  // Keeps views of the rows, not the rows.
  SearchIndex(const Rows& rows, const Metric& metric, Strategy strategy);

  // An index of these rows and others behind them. Throws std::invalid_argument where their widths
  // differ.
  SearchIndex with(const Rows& rows) const;
  // An index without some of the rows. Throws std::invalid_argument for one that is not there.
  SearchIndex without(const std::vector<Index>& removed) const;

  Index n_rows() const { return n_rows_; }
  // Without the removed.
  Index n_present() const { return n_present_; }
  Index n_features() const { return n_features_; }

  // The k rows of smallest (distance, index) for each query, in this order; of largest distance,
  // equal ones by the lower index, for `farthest`. Throws std::invalid_argument where the queries
  // do not fit, or the rows that count are fewer than k.
  std::vector<std::vector<Found>> nearest(const Rows& queries, const Request& request,
                                          int n_threads, Watch& watch) const;
  // All rows within request.radius of each query, in this order; request.k does not count.
  std::vector<std::vector<Found>> within(const Rows& queries, Request request, int n_threads,
                                         Watch& watch) const;

 private:
  void check_queries(const Rows& queries) const;
  std::vector<std::vector<Found>> search(const Rows& queries, Request request, int n_threads,
                                         Watch& watch) const;

  Metric metric_;
  Strategy strategy_;
  Index n_features_;
  Index n_rows_ = 0;
  Index n_present_ = 0;
  std::vector<std::shared_ptr<Segment>> segments_;
  std::shared_ptr<const std::vector<std::uint8_t>> present_;  // by index; null where all are
};

}  // namespace fastnn::neighbors
