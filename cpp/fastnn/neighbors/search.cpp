#include "fastnn/neighbors/search.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "fastnn/common/parallel.h"

namespace fastnn::neighbors {
namespace {

// Queries that share one pass over the rows; what they find should stay in level 3.
constexpr Index largest_block = 1024;
constexpr Index block_memory = Index{1} << 25;

constexpr double nanoseconds_worth_a_thread = 3e5;

// How a search is cut into tasks: blocks of queries times parts of the rows.
struct Cut {
  Index block_size;
  Index n_blocks;
  Index n_parts;

  Range block(Index task, Index n_queries) const {
    const Index begin = task / n_parts * block_size;
    return {begin, std::min(begin + block_size, n_queries)};
  }
  // Of so many rows; parts begin at whole panels.
  Range part(Index task, Index n) const {
    const Index part = task % n_parts;
    const Index panels = (n + linalg::byte_panel_rows - 1) / linalg::byte_panel_rows;
    const auto edge = [&](Index p) {
      return std::min(n, panels * p / n_parts * linalg::byte_panel_rows);
    };
    return {edge(part), edge(part + 1)};
  }
};

// So few queries a thread that it spends as much on reading the rows as on comparing them.
constexpr Index few_queries = 64;

// Blocks of equal size, so many that every thread gets the same number. Where the queries are few
// the rows are split instead.
Cut cut(Index n_queries, Index memory, bool splits_rows, int n_threads) {
  const Index largest = std::clamp<Index>(block_memory / memory, 1, largest_block);
  const Index rounds = (n_queries + n_threads * largest - 1) / (n_threads * largest);
  const Index size = (n_queries + n_threads * rounds - 1) / (n_threads * rounds);
  const bool few = splits_rows && n_queries < few_queries * n_threads && n_queries <= largest;
  if (few) return {n_queries, 1, n_threads};
  return {size, (n_queries + size - 1) / size, 1};
}

std::string shape(Index rows, Index cols) {
  return "(" + std::to_string(rows) + ", " + std::to_string(cols) + ")";
}

}  // namespace

SearchIndex::SearchIndex(const Rows& rows, const Metric& metric, Strategy strategy)
    : metric_(metric),
      strategy_(strategy),
      n_features_(n_cols(rows)),
      n_rows_(neighbors::n_rows(rows)),
      n_present_(n_rows_),
      segments_{std::make_shared<Segment>(rows, 0, metric, strategy)} {
  DirectDistance(rows, metric);  // refuses a shape that does not suit the metric
}

SearchIndex SearchIndex::with(const Rows& rows) const {
  if (n_cols(rows) != n_features_) {
    throw std::invalid_argument("expected rows of shape (n_samples, " +
                                std::to_string(n_features_) +
                                "). Received: " + shape(neighbors::n_rows(rows), n_cols(rows)));
  }
  SearchIndex other = *this;
  other.segments_.push_back(std::make_shared<Segment>(rows, n_rows_, metric_, strategy_));
  other.n_rows_ += neighbors::n_rows(rows);
  other.n_present_ += neighbors::n_rows(rows);
  if (present_ != nullptr) {
    std::vector<std::uint8_t> present = *present_;
    present.resize(static_cast<std::size_t>(other.n_rows_), 1);
    other.present_ = std::make_shared<const std::vector<std::uint8_t>>(std::move(present));
  }
  return other;
}

SearchIndex SearchIndex::without(const std::vector<Index>& removed) const {
  std::vector<std::uint8_t> present(static_cast<std::size_t>(n_rows_), 1);
  if (present_ != nullptr) present = *present_;
  for (const Index row : removed) {
    if (row < 0 || row >= n_rows_) {
      throw std::invalid_argument("expected rows from 0 to " + std::to_string(n_rows_ - 1) +
                                  ". Received: " + std::to_string(row));
    }
    std::uint8_t& there = present[static_cast<std::size_t>(row)];
    if (there == 0) {
      throw std::invalid_argument("expected rows that are there. Received: " + std::to_string(row) +
                                  ", which has been removed");
    }
    there = 0;
  }
  SearchIndex other = *this;
  other.n_present_ -= std::ssize(removed);
  other.present_ = std::make_shared<const std::vector<std::uint8_t>>(std::move(present));
  return other;
}

void SearchIndex::check_queries(const Rows& queries) const {
  if (n_cols(queries) == n_features_) return;
  throw std::invalid_argument("expected queries of shape (n_queries, " +
                              std::to_string(n_features_) +
                              "). Received: " + shape(neighbors::n_rows(queries), n_cols(queries)));
}

std::vector<std::vector<SearchIndex::Found>> SearchIndex::nearest(const Rows& queries,
                                                                  const Request& request,
                                                                  int n_threads,
                                                                  Watch& watch) const {
  check_queries(queries);
  Index there = n_present_;
  if (request.mask != nullptr) {
    there = 0;
    for (Index i = 0; i < n_rows_; ++i) {
      there += Index{request.mask[i] != 0 && (present_ == nullptr || (*present_)[i] != 0)};
    }
  }
  if (request.k <= 0 || request.k > there) {
    throw std::invalid_argument(
        "expected k from 1 to " + std::to_string(there) +
        ", the number of rows that may be found. Received: " + std::to_string(request.k));
  }
  return search(queries, request, n_threads, watch);
}

std::vector<std::vector<SearchIndex::Found>> SearchIndex::within(const Rows& queries,
                                                                 Request request, int n_threads,
                                                                 Watch& watch) const {
  check_queries(queries);
  request.k = n_rows_;
  auto found = search(queries, request, n_threads, watch);
  for (auto& list : found) {
    std::erase_if(list, [&](const Found& f) { return !(f.distance <= request.radius); });
  }
  return found;
}

std::vector<std::vector<SearchIndex::Found>> SearchIndex::search(const Rows& queries,
                                                                 Request request, int n_threads,
                                                                 Watch& watch) const {
  const Index n_queries = neighbors::n_rows(queries);
  std::vector<std::vector<Found>> found(static_cast<std::size_t>(n_queries));
  if (n_queries == 0) return found;

  std::vector<std::uint8_t> both;
  const std::uint8_t* present = request.mask;
  if (present_ != nullptr) {
    both = *present_;
    for (Index i = 0; request.mask != nullptr && i < n_rows_; ++i) both[i] &= request.mask[i];
    present = both.data();
  }
  // A few neighbours decide what is worth making; all within a radius count as some.
  const Index k = std::isfinite(request.radius) ? std::min<Index>(n_rows_, 64) : request.k;
  std::vector<Segment::Plan> plans;
  plans.reserve(segments_.size());
  for (const auto& segment : segments_) {
    plans.push_back(request.farthest ? segment->direct_plan(n_queries)
                                     : segment->prepare(n_queries, k, n_threads, watch));
  }
  double cost = 0;
  bool splits = true;
  for (const Segment::Plan& plan : plans) {
    cost += plan.cost;
    splits = splits && plan.way != Way::tree;
  }
  const int threads = limit_threads(n_threads, cost, nanoseconds_worth_a_thread);
  const Cut tasks = cut(n_queries, TopK::memory(k), splits, threads);
  const double largest = request.farthest || std::isinf(request.radius)
                             ? std::numeric_limits<double>::infinity()
                             : metric_.reduced_at_most(request.radius);
  watch.expect(static_cast<double>(n_queries) * static_cast<double>(n_rows_));

  std::vector<std::vector<Neighbor>> parts(static_cast<std::size_t>(n_queries * tasks.n_parts));
  const auto run_task = [&](Index task) {
    watch.advance(0);
    const Range range = tasks.block(task, n_queries);
    QueryBlock block(queries, range, request.k, largest);
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      const Range rows = tasks.part(task, segments_[s]->size());
      segments_[s]->scan(plans[s].way, rows, block, present, request.farthest, watch);
    }
    for (Index q = 0; q < range.size(); ++q) {
      parts[(range.begin + q) * tasks.n_parts + task % tasks.n_parts] = block.nearest(q).take();
    }
  };
  parallel_for(tasks.n_blocks * tasks.n_parts, threads, run_task, [&] { watch.advance(0); });

  for (Index q = 0; q < n_queries; ++q) {
    std::vector<Neighbor> all = std::move(parts[q * tasks.n_parts]);
    for (Index p = 1; p < tasks.n_parts; ++p) {
      const auto& more = parts[q * tasks.n_parts + p];
      all.insert(all.end(), more.begin(), more.end());
    }
    if (tasks.n_parts > 1) std::sort(all.begin(), all.end());
    all.resize(std::min(all.size(), static_cast<std::size_t>(request.k)));
    auto& list = found[static_cast<std::size_t>(q)];
    list.reserve(all.size());
    for (const Neighbor& n : all) {
      list.push_back({metric_.distance(request.farthest ? -n.reduced : n.reduced), n.index});
    }
  }
  return found;
}

}  // namespace fastnn::neighbors
