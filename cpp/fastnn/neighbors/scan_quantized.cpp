#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "fastnn/linalg/byte_products.h"
#include "fastnn/neighbors/scan.h"

namespace fastnn::neighbors {
namespace {

using linalg::byte_block_rows;
using linalg::byte_panel_rows;

// What the bound of quantizer.h makes of integers' squared distances, halved: a row at the reduced
// distance r has at most (√(r · scale) + slack)² of it, in the frame (r · scale() is squared
// there).
ScoreBound half_square_bound(const Frame& frame, const Quantizer& quantizer, double errors) {
  const double step = quantizer.step();
  // The distances themselves are rounded sums in double, off by (n + 8) 2^-53 of up to 2^17 steps.
  const double rounding = static_cast<double>(frame.n_features() + 8) * 0x1.0p-36;
  const double slack = (errors + std::sqrt(frame.absolute_error())) / step + rounding;
  return {frame.scale() / (2 * step * step), slack / std::numbers::sqrt2, 0};
}

double half_square(const std::int8_t* x, const std::int8_t* y, Index n) {
  std::int32_t sum = 0;
  for (Index i = 0; i < n; ++i) {
    const auto difference = static_cast<std::int16_t>(x[i] - y[i]);
    sum += difference * difference;
  }
  return sum / 2.0;
}

// The score of a row by its finer integers, less what the row itself is off by.
class FineScore {
 public:
  FineScore(const QuantizedIndex& index, const std::int8_t* query)
      : index_(index),
        query_(query),
        size_(index.coder().fine().size()),
        slack_(1 / (index.coder().fine().step() * std::numbers::sqrt2)) {}

  void prefetch(Index row) const {
    constexpr Index line = 64;
    for (Index i = 0; i < size_; i += line) Eigen::internal::prefetch(index_.fine_row(row) + i);
  }
  double operator()(Index row) const {
    const double root = std::sqrt(half_square(index_.fine_row(row), query_, size_));
    const double least = std::max(0.0, root - index_.fine_error(row) * slack_);
    return least * least;
  }

 private:
  const QuantizedIndex& index_;
  const std::int8_t* query_;
  Index size_;
  double slack_;
};

// A score is half the squared distance of the integers: |y|² / 2 - (x·y - ⌊|x|² / 2⌋), at most half
// of it in truth.
//
// Queries of one group stand together. They look first at the rows of their own group, where most
// neighbours are: what they find there sets the limit for all others.
class QuantizedScan {
 public:
  QuantizedScan(const Part& part, const QuantizedIndex& index, QueryBlock& block);

  void run();

 private:
  // A query, in the order of the groups.
  struct Query {
    Index number;  // in the block
    Range own;     // the panels of its group
    double half;   // of the squared length of its integers
  };

  void order_queries();
  void scan_own_groups();
  void scan_others();
  bool has_rows(Index panel) const;
  void nominate(Index panel, Range queries, bool own);
  void offer(const Query& query, std::uint64_t hits, const std::int32_t* products, Index panel);
  void make_room(const Query& query);
  void expect_coarse_scores(const Query& query);
  void settle(const Query& query);
  void set_limit(const Query& query);
  TopK& nearest(const Query& query) { return block_.nearest(query.number); }

  Part part_;
  const QuantizedIndex& index_;
  QueryBlock& block_;
  Range panels_;
  Pace pace_;
  linalg::ByteProducts products_;
  RowCoder::Code codes_;
  std::vector<Query> queries_;
  Matrix<std::int8_t> integers_;      // of the queries in their order, as what follows
  std::vector<std::int32_t> sums_;    // of the integers
  std::vector<std::int32_t> limits_;  // what x·y - ⌊|x|² / 2⌋ must reach
};

QuantizedScan::QuantizedScan(const Part& part, const QuantizedIndex& index, QueryBlock& block)
    : part_(part),
      index_(index),
      block_(block),
      panels_{part.range.begin / byte_panel_rows,
              (part.range.end + byte_panel_rows - 1) / byte_panel_rows},
      pace_(part.watch, pairs_a_report(index.coder().coarse().size())),
      products_(index.coder().coarse().size()),
      codes_(index.coder().code(block.queries(), block.range().begin, block.size())) {
  order_queries();
}

void QuantizedScan::order_queries() {
  std::vector<Index> order(codes_.groups.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return codes_.groups[a] < codes_.groups[b]; });
  integers_.resize(codes_.coarse.rows(), codes_.coarse.cols());
  limits_.resize(order.size());
  for (const Index q : order) {
    const Index place = std::ssize(queries_);
    integers_.row(place) = codes_.coarse.row(q);
    const auto integers = codes_.coarse.row(q).cast<std::int32_t>();
    sums_.push_back(integers.sum());
    queries_.push_back({q, index_.panels_of_group(codes_.groups[q]), integers.squaredNorm() / 2.0});
    expect_coarse_scores(queries_.back());
    set_limit(queries_.back());
  }
}

void QuantizedScan::run() {
  scan_own_groups();
  if (index_.coder().n_groups() > 1) scan_others();
  for (const Query& query : queries_) settle(query);
}

bool QuantizedScan::has_rows(Index panel) const {
  if (part_.present == nullptr) return true;
  const Index begin = panel * byte_panel_rows;
  for (Index p = begin; p < std::min(begin + byte_panel_rows, index_.n_rows()); ++p) {
    if (part_.has(index_.row(p))) return true;
  }
  return false;
}

void QuantizedScan::scan_own_groups() {
  for (Index begin = 0; begin < block_.size();) {
    const Range own = queries_[begin].own;
    Index end = begin + 1;
    while (end < block_.size() && queries_[end].own.begin == own.begin &&
           queries_[end].own.end == own.end) {
      ++end;
    }
    for (Index p = std::max(own.begin, panels_.begin); p < std::min(own.end, panels_.end); ++p) {
      if (has_rows(p)) nominate(p, {begin, end}, true);
    }
    for (; begin < end; ++begin) {
      settle(queries_[begin]);
      expect_coarse_scores(queries_[begin]);
      set_limit(queries_[begin]);
    }
  }
}

void QuantizedScan::scan_others() {
  for (Index panel = panels_.begin; panel < panels_.end; ++panel) {
    if (has_rows(panel)) nominate(panel, {0, block_.size()}, false);
  }
}

// `own`: whether the panel is looked at for the queries of its group, or for all others.
void QuantizedScan::nominate(Index panel, Range queries, bool own) {
  alignas(64) std::int32_t products[byte_block_rows * byte_panel_rows];
  std::uint64_t hits[byte_block_rows];
  products_.select(index_.panel(panel));
  pace_.advance(static_cast<double>(byte_panel_rows * queries.size()));
  for (Index begin = queries.begin; begin < queries.end; begin += byte_block_rows) {
    const Index count = std::min(byte_block_rows, queries.end - begin);
    const bool any = products_.reach(view(std::as_const(integers_)).row_range(begin, count),
                                     sums_.data() + begin, index_.minus_halves(panel),
                                     limits_.data() + begin, hits, products);
    for (Index i = 0; any && i < count; ++i) {
      const Query& query = queries_[begin + i];
      const bool of_group = query.own.begin <= panel && panel < query.own.end;
      if (hits[i] != 0 && of_group == own) {
        offer(query, hits[i], products + i * byte_panel_rows, panel);
      }
    }
  }
}

void QuantizedScan::offer(const Query& query, std::uint64_t hits, const std::int32_t* products,
                          Index panel) {
  for (; hits != 0; hits &= hits - 1) {
    const Index r = std::countr_zero(hits);
    const Index row = index_.row(panel * byte_panel_rows + r);
    if (part_.has(row) && nearest(query).offer(query.half - products[r], row)) make_room(query);
  }
}

void QuantizedScan::make_room(const Query& query) {
  if (nearest(query).shrink(part_.first, block_.direct(query.number))) {
    settle(query);
    expect_coarse_scores(query);
  }
  set_limit(query);
}

void QuantizedScan::expect_coarse_scores(const Query& query) {
  const RowCoder& coder = index_.coder();
  const double errors = codes_.coarse_errors[query.number] + index_.coarse_error();
  nearest(query).expect(half_square_bound(coder.frame(), coder.coarse(), errors));
}

// Looks twice at the rows that wait, where there are finer integers, and measures the rest.
void QuantizedScan::settle(const Query& query) {
  const RowCoder& coder = index_.coder();
  if (coder.has_fine()) {
    nearest(query).rescore(
        half_square_bound(coder.frame(), coder.fine(), codes_.fine_errors[query.number]),
        FineScore(index_, codes_.fine.row(query.number).data()));
  }
  nearest(query).settle(part_.first, block_.direct(query.number));
}

void QuantizedScan::set_limit(const Query& query) {
  constexpr double most = 1 << 29;
  const double limit = query.half - nearest(query).limit();
  limits_[&query - queries_.data()] =
      static_cast<std::int32_t>(std::floor(std::clamp(limit, -most, most)));
}

}  // namespace

void scan_quantized(const Part& part, const QuantizedIndex& index, QueryBlock& block) {
  block.face(part.rows, part.metric);
  QuantizedScan(part, index, block).run();
}

}  // namespace fastnn::neighbors
