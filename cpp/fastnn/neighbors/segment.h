// Rows that were given together, and what has been made of them to find the nearest.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "fastnn/neighbors/scan.h"
#include "fastnn/neighbors/strategy.h"

namespace fastnn::neighbors {

class Segment {
 public:
  // Keeps a view of the rows, the first of which has the index `first` among all that are searched.
  Segment(const Rows& rows, Index first, const Metric& metric, Strategy strategy);

  Index first() const { return first_; }
  Index size() const { return n_rows(rows_); }

  struct Plan {
    Way way = Way::direct;
    double cost = 0;  // of the scan, in nanoseconds of one thread
  };

  // Chooses the way for a search, and makes what it needs. Something that pays only for many
  // queries is made as soon as there have been so many. Safe to call from several threads.
  Plan prepare(Index n_queries, Index k, int n_threads, Watch& watch);

  // What measures every row.
  Plan direct_plan(Index n_queries) const;

  // Searches the rows of `range` for the queries of the block, in a way that has been prepared.
  void scan(Way way, Range range, QueryBlock& block, const std::uint8_t* present, bool farthest,
            Watch& watch) const;

 private:
  class Choice;

  bool allows(Way way) const;
  Plan choose(const Workload& work, int n_threads);
  Spread spread(const Workload& work, const Choice& best);
  void consider_quantized(const Workload& work, int n_threads, Choice& best);

  Rows rows_;
  Index first_;
  Metric metric_;
  Strategy strategy_;

  std::mutex mutex_;  // guards what follows while it is made; nothing of it ever changes afterwards
  double queries_so_far_ = 0;
  std::optional<Spread> spread_;
  std::unique_ptr<Survey> survey_;
  std::unique_ptr<Frame> frame_;
  std::unique_ptr<QuantizedIndex> quantized_;
  std::unique_ptr<KdTree> tree_;
  Levels levels_{};  // of quantized_
};

}  // namespace fastnn::neighbors
