// The k nearest rows of one query.
//
// Rows may be offered with a *score*: a number that costs less than the distance and that is at
// most ScoreBound(reduced) for a row at that reduced distance. Rows offered wait until there are
// many; then the most promising are measured directly, which lowers the limit that scores have to
// keep, and those beyond it go. So only rows whose score allows them to be among the k nearest of
// all are ever measured, and a few more.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "fastnn/neighbors/distance.h"

namespace fastnn::neighbors {

struct Neighbor {
  double reduced;  // the reduced distance
  Index index;

  bool operator<(const Neighbor& other) const {
    return reduced < other.reduced || (reduced == other.reduced && index < other.index);
  }
};

// The largest score of a row at a reduced distance: reduced · scale + error.
struct ScoreBound {
  double scale = 1;
  double error = 0;

  double operator()(double reduced) const { return reduced * scale + error; }
};

class TopK {
 public:
  // Only rows of a reduced distance of at most `largest` count.
  explicit TopK(Index k, double largest = std::numeric_limits<double>::infinity());

  // What the scores of the rows that follow mean. Rows offered before must have been settled.
  void expect(const ScoreBound& bound);

  Index k() const { return k_; }
  // A row need be offered only if its score is at most this.
  double limit() const { return limit_; }
  // Its counterpart for rows that are measured at once.
  double farthest() const { return farthest_; }
  // A row at that distance counts only if its index is below this.
  Index last_index() const {
    const bool full = static_cast<Index>(nearest_.size()) == k_;
    return full ? nearest_.front().index : std::numeric_limits<Index>::max();
  }

  // Keeps a row that may be near. Where this returns true too many wait: then `shrink` must follow.
  bool offer(double score, Index row) {
    candidates_.push_back({score, row});
    return candidates_.size() == capacity_;
  }

  // Where scores say how far a row is at most: each that waits has a score of at least the
  // ScoreBound of its distance less `slack`. Then the k best scores exclude others unmeasured.
  void exclude(double slack) {
    if (std::ssize(candidates_) <= k_) return;
    const auto kth = candidates_.begin() + k_ - 1;
    std::nth_element(candidates_.begin(), kth, candidates_.end());
    lower_limit(kth->score + slack);
    drop_beyond_limit();
  }
  // Where k rows are known to have scores of at most this.
  void lower_limit(double limit) { limit_ = std::min(limit_, limit); }
  bool has_too_many() const { return candidates_.size() > capacity_ / 2; }

  // Measures the most promising rows that wait and drops those that are thereby out of reach. Row i
  // has the index first + i and the reduced distance measure(i).
  template <class Measure>
  void shrink(Index first, Measure& measure) {
    measure_best(static_cast<std::size_t>(k_), first, measure);
    if (candidates_.size() > capacity_ / 2 && capacity_ < largest_capacity(k_)) {
      // While the limit falls it is better to let more wait than to measure what it would exclude.
      capacity_ *= 2;
    }
    while (candidates_.size() > capacity_ / 2) measure_best(capacity_ / 4, first, measure);
  }

  // Measures the rows that wait, the most promising first.
  template <class Measure>
  void settle(Index first, Measure& measure) {
    drop_beyond_limit();
    std::sort(candidates_.begin(), candidates_.end());
    for (std::size_t i = 0; i < candidates_.size() && candidates_[i].score <= limit_; ++i) {
      if (i + 1 < candidates_.size()) measure.prefetch(candidates_[i + 1].row);
      insert({measure(candidates_[i].row), first + candidates_[i].row});
    }
    candidates_.clear();
  }

  // A row whose distance is known. A distance that is no number (infinity less infinity) counts as
  // infinite.
  void insert(Neighbor neighbor) {
    if (std::isnan(neighbor.reduced)) neighbor.reduced = std::numeric_limits<double>::infinity();
    if (neighbor.reduced <= farthest_) keep(neighbor);
  }

  // The neighbours in order; this has none afterwards.
  std::vector<Neighbor> take();

  // Bytes that one query needs while it is searched for, at most.
  static Index memory(Index k);

 private:
  struct Candidate {
    double score;
    Index row;

    bool operator<(const Candidate& other) const { return score < other.score; }
  };
  static std::size_t capacity(Index k);
  static std::size_t largest_capacity(Index k) { return std::max<std::size_t>(1024, capacity(k)); }

  void drop_beyond_limit() {
    std::erase_if(candidates_, [&](const Candidate& c) { return c.score > limit_; });
  }
  template <class Measure>
  void measure_best(std::size_t count, Index first, Measure& measure) {
    const auto others =
        candidates_.begin() + std::min(std::ssize(candidates_), std::ptrdiff_t(count));
    std::nth_element(candidates_.begin(), others, candidates_.end());
    for (auto c = candidates_.begin(); c != others; ++c) {
      insert({measure(c->row), first + c->row});
    }
    candidates_.erase(candidates_.begin(), others);
    drop_beyond_limit();
  }
  void keep(const Neighbor& neighbor);

  Index k_;
  ScoreBound bound_;
  std::size_t capacity_;
  double farthest_;
  double limit_ = std::numeric_limits<double>::infinity();
  std::vector<Candidate> candidates_;
  std::vector<Neighbor> nearest_;  // a heap, the farthest first, as soon as there are k
};

}  // namespace fastnn::neighbors
