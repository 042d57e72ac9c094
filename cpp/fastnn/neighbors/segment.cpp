#include "fastnn/neighbors/segment.h"

#include <limits>

namespace fastnn::neighbors {
namespace {

// A survey must cost little beside the search that it may make cheaper.
constexpr double survey_share = 0.25;

// The cheapest of the ways considered.
struct Choice {
  Way way = Way::direct;
  double cost = std::numeric_limits<double>::infinity();

  bool consider(Way other, double other_cost) {
    if (!(other_cost < cost)) return false;
    way = other;
    cost = other_cost;
    return true;
  }
};

}  // namespace

Segment::Segment(const Rows& rows, Index first, const Metric& metric, Strategy strategy)
    : rows_(rows), first_(first), metric_(metric), strategy_(strategy) {}

Segment::Plan Segment::direct_plan(Index n_queries) const {
  return {Way::direct, direct_cost(Workload::of(rows_, n_queries, 1), metric_)};
}

Segment::Plan Segment::prepare(Index n_queries, Index k, int n_threads, Watch& watch) {
  const std::lock_guard lock(mutex_);
  queries_so_far_ += static_cast<double>(n_queries);
  Workload work = Workload::of(rows_, n_queries, k);
  work.q = queries_so_far_;
  const Way way = choose(work, n_threads);
  if (way == Way::products && products_ == nullptr) {
    products_ = std::make_unique<ProductIndex>(rows_, Frame(rows_, metric_), n_threads, watch);
  }
  if (way == Way::quantized && quantized_ == nullptr) {
    quantized_ = std::make_unique<QuantizedIndex>(
        rows_, survey_->coder(levels_.coarse.dims, levels_.fine.dims, n_threads), n_threads, watch);
    survey_.reset();
  }
  if (way == Way::tree && tree_ == nullptr) {
    tree_ = std::make_unique<KdTree>(rows_, metric_, n_threads);
  }
  return {way, scan_cost(way, Workload::of(rows_, n_queries, k))};
}

double Segment::scan_cost(Way way, const Workload& work) const {
  switch (way) {
    case Way::direct:
      return direct_cost(work, metric_);
    case Way::products:
      return products_cost(work, true);
    case Way::quantized:
      return quantized_cost(work, levels_, true);
    case Way::tree:
      return tree_cost(work, true);
  }
  return 0;
}

Way Segment::choose(const Workload& work, int n_threads) {
  if (n_rows(rows_) == 0 || n_cols(rows_) == 0) return Way::direct;
  if (strategy_ == Strategy::kd_tree) return Way::tree;
  Choice best;
  const bool forced = strategy_ == Strategy::pruned;
  if (!forced) {
    best.consider(Way::direct, direct_cost(work, metric_));
    if (metric_.multiplies()) {
      best.consider(Way::products, products_cost(work, products_ != nullptr));
    }
    if (metric_.is_norm() && strategy_ == Strategy::automatic) {
      best.consider(Way::tree, tree_cost(work, tree_ != nullptr));
    }
  }
  if (!metric_.squares() && metric_.kind != MetricKind::cosine) return best.way;
  if (n_cols(rows_) > linalg::byte_features) return forced ? Way::products : best.way;
  if (quantized_ != nullptr) {
    best.consider(Way::quantized, quantized_cost(work, levels_, true));
    return best.way;
  }
  const bool project = strategy_ != Strategy::brute;
  if (survey_ == nullptr) {
    if (!forced && survey_cost(work, project) > survey_share * best.cost) return best.way;
    survey_ =
        std::make_unique<Survey>(rows_, metric_, static_cast<Index>(work.k), project, n_threads);
  }
  for (const Survey::Option& coarse : survey_->options()) {
    const auto consider = [&](const Levels& levels) {
      if (best.consider(Way::quantized, quantized_cost(work, levels, false))) levels_ = levels;
    };
    consider({coarse, {}});
    for (const Survey::Option& fine : survey_->options()) {
      if (coarse.dims > 0 && fine.dims > coarse.dims) consider({coarse, fine});
    }
  }
  return best.way;
}

void Segment::scan(Way way, Range range, QueryBlock& block, const std::uint8_t* present,
                   bool farthest, Watch& watch) const {
  const Part part{rows_, metric_, first_, range, present, watch};
  switch (way) {
    case Way::direct:
      return scan_directly(part, block, farthest);
    case Way::products:
      return scan_products(part, *products_, block);
    case Way::quantized:
      return scan_quantized(part, *quantized_, block);
    case Way::tree:
      return scan_tree(part, *tree_, block);
  }
}

}  // namespace fastnn::neighbors
