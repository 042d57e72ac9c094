#include "fastnn/neighbors/segment.h"

#include <limits>

namespace fastnn::neighbors {
namespace {

// To know more must cost little beside the search that it may make cheaper.
constexpr double share_for_knowledge = 0.12;

}  // namespace

// The cheapest of the ways considered, for some searches of equal size.
class Segment::Choice {
 public:
  explicit Choice(double n_searches) : n_searches_(n_searches) {}

  Way way() const { return way_; }
  double scan_cost() const { return scan_cost_; }
  double total() const { return total_; }

  // Whether a way that is still to be built costs more.
  bool beats(const Cost& cost) const { return cost.build + n_searches_ * cost.scan > total_; }
  // `ready`: what the way needs has been built.
  bool consider(Way way, const Cost& cost, bool ready) {
    const double total = (ready ? 0 : cost.build) + n_searches_ * cost.scan;
    if (!(total < total_)) return false;
    way_ = way;
    scan_cost_ = cost.scan;
    total_ = total;
    return true;
  }

 private:
  double n_searches_;
  Way way_ = Way::direct;
  double scan_cost_ = 0;
  double total_ = std::numeric_limits<double>::infinity();
};

Segment::Segment(const Rows& rows, Index first, const Metric& metric, Strategy strategy)
    : rows_(rows), first_(first), metric_(metric), strategy_(strategy) {}

Segment::Plan Segment::direct_plan(Index n_queries) const {
  return {Way::direct, direct_cost(Workload::of(rows_, n_queries, 1), metric_).scan};
}

Segment::Plan Segment::prepare(Index n_queries, Index k, int n_threads, Watch& watch) {
  const std::lock_guard lock(mutex_);
  queries_so_far_ += static_cast<double>(n_queries);
  const Plan plan = choose(Workload::of(rows_, n_queries, k), n_threads);
  if (plan.way == Way::float32 && frame_ == nullptr) {
    frame_ = std::make_unique<Frame>(rows_, metric_);
  }
  if (plan.way == Way::quantized && quantized_ == nullptr) {
    quantized_ = std::make_unique<QuantizedIndex>(
        rows_, survey_->coder(levels_.fine.dims, levels_.coarse.dims, n_threads), n_threads, watch);
    survey_.reset();
  }
  if (plan.way == Way::tree && tree_ == nullptr) {
    tree_ = std::make_unique<KdTree>(rows_, metric_, n_threads, watch);
  }
  return plan;
}

// Whether the metric, the shape and what the user asked for leave a way open.
bool Segment::allows(Way way) const {
  const bool quantizes = (metric_.squares() || metric_.kind == MetricKind::cosine) &&
                         n_cols(rows_) <= linalg::byte_features;
  switch (way) {
    case Way::direct:
      return strategy_ != Strategy::pruned && strategy_ != Strategy::kd_tree &&
             strategy_ != Strategy::float32;
    case Way::float32:
      return metric_.nominates() && strategy_ != Strategy::direct &&
             strategy_ != Strategy::kd_tree && !(strategy_ == Strategy::pruned && quantizes);
    case Way::quantized:
      return quantizes && strategy_ != Strategy::direct && strategy_ != Strategy::float32 &&
             strategy_ != Strategy::kd_tree;
    case Way::tree:
      return metric_.is_norm() &&
             (strategy_ == Strategy::automatic || strategy_ == Strategy::kd_tree);
  }
  return false;
}

Segment::Plan Segment::choose(const Workload& work, int n_threads) {
  if (n_rows(rows_) == 0 || n_cols(rows_) == 0) return {Way::direct, 0};
  // As many queries as there have been are taken to follow, in searches of this size.
  Choice best(queries_so_far_ / work.q);
  if (allows(Way::direct)) best.consider(Way::direct, direct_cost(work, metric_), true);
  if (allows(Way::float32)) {
    best.consider(Way::float32, float32_cost(work, metric_), frame_ != nullptr);
  }
  if (allows(Way::tree)) {
    best.consider(Way::tree, tree_cost(work, spread(work, best)), tree_ != nullptr);
  }
  if (allows(Way::quantized)) consider_quantized(work, n_threads, best);
  return {best.way(), best.scan_cost()};
}

// That of the rows or, where it costs too much or no spread would make the tree the best way, that
// of rows without structure.
Spread Segment::spread(const Workload& work, const Choice& best) {
  if (spread_) return *spread_;
  const bool hopeless = best.beats(tree_cost(work, {1, 0}));
  if (hopeless || spread_cost(work, metric_) > share_for_knowledge * best.total()) {
    return {work.d, 1};
  }
  spread_ = spread_of(rows_, metric_);
  return *spread_;
}

void Segment::consider_quantized(const Workload& work, int n_threads, Choice& best) {
  if (quantized_ != nullptr) {
    best.consider(Way::quantized, quantized_cost(work, levels_), true);
    return;
  }
  const auto is_worth = [&](double cost) { return cost <= share_for_knowledge * best.total(); };
  if (survey_ == nullptr) {
    const double survey = survey_cost(work);
    const Cost least = quantized_cost(work, {});  // if no row survived
    if (best.beats({survey + least.build, least.scan}) || !is_worth(survey)) return;
    survey_ = std::make_unique<Survey>(rows_, metric_, static_cast<Index>(work.k), n_threads);
  }
  const auto consider = [&](const Levels& levels) {
    if (best.consider(Way::quantized, quantized_cost(work, levels), false)) levels_ = levels;
  };
  consider({survey_->options().front(), {}});
  if (strategy_ == Strategy::brute) return;
  if (!survey_->has_projected() &&
      (strategy_ == Strategy::pruned ||
       (is_worth(projection_cost(work)) && survey_->may_gain_by_projection(n_threads)))) {
    survey_->project(n_threads);
  }
  for (const Survey::Option& fine : survey_->options()) {
    consider({fine, {}});
    for (const Survey::Option& coarse : survey_->options()) {
      const bool coarser = fine.dims == 0 || coarse.dims < fine.dims;
      if (coarse.dims > 0 && coarser) consider({fine, coarse});
    }
  }
}

void Segment::scan(Way way, Range range, QueryBlock& block, const std::uint8_t* present,
                   bool farthest, Watch& watch) const {
  const Part part{rows_, metric_, first_, range, present, watch};
  switch (way) {
    case Way::direct:
      return scan_directly(part, block, farthest);
    case Way::float32:
      return scan_float32(part, *frame_, block);
    case Way::quantized:
      return scan_quantized(part, *quantized_, block);
    case Way::tree:
      return scan_tree(part, *tree_, block);
  }
}

}  // namespace fastnn::neighbors
