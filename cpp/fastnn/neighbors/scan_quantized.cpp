#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <numbers>
#include <numeric>
#include <utility>

#include "fastnn/neighbors/scan.h"

namespace fastnn::neighbors {
namespace {

using linalg::byte_block_rows;
using linalg::byte_panel_rows;
using linalg::ByteRow;

// The queries as integers of one level, beside the rows as such.
//
// The half-square of a pair is half the squared distance of its integers: |y|² / 2 - (x·y - ⌊|x|² /
// 2⌋), at most half of it in truth. By the bound of quantizer.h its root is at most that of the
// reduced distance r, √(r · unit), plus what query and row are off by. (r · frame.scale() is
// squared in the frame.)
class Level {
 public:
  // The codes in this order.
  Level(const Frame& frame, const Quantizer& quantizer, const CodePanels& panels,
        RowCoder::Integers codes, const std::vector<Index>& order)
      : panels_(panels),
        codes_(std::move(codes)),
        unit_(frame.scale() / (2 * quantizer.step() * quantizer.step())),
        steps_(1 / (quantizer.step() * std::numbers::sqrt2)),
        limits_(order.size()),
        products_(panels.n_integers()) {
    // The distances themselves are rounded sums in double, off by (n + 8) 2^-53 of up to 2^17
    // steps.
    const double rounding = static_cast<double>(frame.n_features() + 8) * 0x1.0p-36;
    for (const Index q : order) {
      const auto integers = codes_.values.row(q).cast<std::int32_t>();
      queries_.push_back({codes_.values.row(q).data(), integers.sum()});
      half_squares_.push_back(integers.squaredNorm() / 2.0);
      slacks_.push_back((codes_.errors[q] + std::sqrt(frame.absolute_error())) * steps_ + rounding);
    }
    reaches_.resize(order.size());
  }

  // Rows need be noticed only up to this reduced distance of the query; negative: none.
  void set_reach(Index query, double farthest) {
    reaches_[query] = std::sqrt(std::max(farthest, 0.0) * unit_) + slacks_[query];
  }
  // A lower bound of the reduced distance of a row in the panel that was selected.
  double least(Index query, std::int32_t product) const {
    const double root = std::sqrt(half_squares_[query] - product) - slacks_[query] - slack_;
    return root > 0 ? root * root / unit_ * (1 - 0x1.0p-48) : 0;
  }

  // What follows is about this panel.
  void select(Index panel) {
    products_.select(panels_.panel(panel));
    start_ = panels_.minus_halves(panel);
    slack_ = panels_.error(panel) * steps_;
  }
  // The limits of the queries, for those that are named by a range below.
  void set_limits(Range queries) {
    for (Index q = queries.begin; q < queries.end; ++q) limits_[q] = limit(q);
  }
  // Which rows of the panel are near to up to byte_block_rows queries; see ByteProducts::reach.
  bool reach(Range queries, std::uint64_t* hits, std::int32_t* products) {
    const std::span<const ByteRow> rows(queries_);
    return products_.reach(rows.subspan(queries.begin, queries.size()), start_,
                           limits_.data() + queries.begin, hits, products);
  }
  bool reach(std::span<const Index> queries, std::uint64_t* hits, std::int32_t* products) {
    ByteRow rows[byte_block_rows];
    std::int32_t limits[byte_block_rows];
    for (std::size_t i = 0; i < queries.size(); ++i) {
      rows[i] = queries_[queries[i]];
      limits[i] = limit(queries[i]);
    }
    return products_.reach({rows, queries.size()}, start_, limits, hits, products);
  }

 private:
  // What x·y - ⌊|x|² / 2⌋ must reach, rounded down.
  std::int32_t limit(Index query) const {
    constexpr double most = 1 << 29;
    const double root = reaches_[query] + slack_;
    return static_cast<std::int32_t>(
               std::min(std::max(half_squares_[query] - root * root, -most), most)) -
           1;
  }

  const CodePanels& panels_;
  RowCoder::Integers codes_;
  double unit_;
  double steps_;  // what is off by 1 in the frame is off by so much here
  std::vector<ByteRow> queries_;
  std::vector<double> half_squares_;
  std::vector<double> slacks_;
  std::vector<double> reaches_;
  std::vector<std::int32_t> limits_;
  linalg::ByteProducts products_;
  const std::int32_t* start_ = nullptr;
  double slack_ = 0;  // of the panel
};

// Queries of one group stand together. They look first at the rows of their own group, where most
// neighbours are: what they find there sets the limit for all others.
class QuantizedScan {
 public:
  QuantizedScan(const Part& part, const QuantizedIndex& index, QueryBlock& block);

  void run();

 private:
  void scan_own_groups();
  void scan_others();
  bool has_rows(Index panel) const;
  void nominate(Index panel, Range queries, bool own);
  template <class Found>
  void for_each_near(Level& level, Index panel, Range queries, std::int32_t* products,
                     const Found& found);
  bool is_own(Index panel, Index query) const {
    return own_[query].begin <= panel && panel < own_[query].end;
  }
  void look_closely(Index panel);
  void offer(Index query, std::uint64_t hits, const std::int32_t* products, Index panel);
  void measure_some(Index query);
  void set_reach(Index query);
  TopK& nearest(Index query) { return block_.nearest(order_[query]); }
  DirectDistance& direct(Index query) { return block_.direct(order_[query]); }

  Part part_;
  const QuantizedIndex& index_;
  QueryBlock& block_;
  Range panels_;
  Pace pace_;
  // Queries are numbered in the order of their groups from here on.
  std::vector<Index> order_;       // their numbers in the block
  std::vector<Range> own_;         // the panels of their groups
  std::unique_ptr<Level> coarse_;  // null where there is none
  std::unique_ptr<Level> fine_;
  // The queries that look closely at a panel, and at which of its rows, a bit each.
  std::vector<Index> looking_;
  std::vector<std::uint64_t> passed_;
};

QuantizedScan::QuantizedScan(const Part& part, const QuantizedIndex& index, QueryBlock& block)
    : part_(part),
      index_(index),
      block_(block),
      panels_{part.range.begin / byte_panel_rows,
              (part.range.end + byte_panel_rows - 1) / byte_panel_rows},
      pace_(part.watch, pairs_a_report(index.coder().fine().size())),
      order_(static_cast<std::size_t>(block.size())) {
  const RowCoder& coder = index.coder();
  RowCoder::Code codes = coder.code(block.queries(), block.range().begin, block.size());
  std::iota(order_.begin(), order_.end(), Index{0});
  std::stable_sort(order_.begin(), order_.end(),
                   [&](Index a, Index b) { return codes.groups[a] < codes.groups[b]; });
  for (const Index q : order_) own_.push_back(index.panels_of_group(codes.groups[q]));
  const Frame& frame = coder.frame();
  fine_ = std::make_unique<Level>(frame, coder.fine(), index.fine(), std::move(codes.fine), order_);
  if (coder.has_coarse()) {
    coarse_ = std::make_unique<Level>(frame, coder.coarse(), index.coarse(),
                                      std::move(codes.coarse), order_);
  }
  for (Index query = 0; query < block.size(); ++query) {
    nearest(query).expect({});
    set_reach(query);
  }
}

void QuantizedScan::run() {
  scan_own_groups();
  if (index_.coder().n_groups() > 1) scan_others();
  for (Index query = 0; query < block_.size(); ++query) {
    nearest(query).settle(part_.first, direct(query));
  }
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
    const Range own = own_[begin];
    Index end = begin + 1;
    while (end < block_.size() && own_[end].begin == own.begin && own_[end].end == own.end) ++end;
    for (Index p = std::max(own.begin, panels_.begin); p < std::min(own.end, panels_.end); ++p) {
      if (has_rows(p)) nominate(p, {begin, end}, true);
    }
    for (; begin < end; ++begin) measure_some(begin);
  }
}

void QuantizedScan::scan_others() {
  for (Index panel = panels_.begin; panel < panels_.end; ++panel) {
    if (has_rows(panel)) nominate(panel, {0, block_.size()}, false);
  }
}

// `own`: whether the panel is looked at for the queries of its group, or for all others.
void QuantizedScan::nominate(Index panel, Range queries, bool own) {
  pace_.advance(static_cast<double>(byte_panel_rows * queries.size()));
  if (coarse_ == nullptr) {
    alignas(64) std::int32_t products[byte_block_rows * byte_panel_rows];
    for_each_near(*fine_, panel, queries, products, [&](Index q, std::uint64_t hits, Index i) {
      if (is_own(panel, q) == own) offer(q, hits, products + i * byte_panel_rows, panel);
    });
    return;
  }
  looking_.clear();
  passed_.clear();
  for_each_near(*coarse_, panel, queries, nullptr, [&](Index q, std::uint64_t hits, Index) {
    if (is_own(panel, q) != own) return;
    looking_.push_back(q);
    passed_.push_back(hits);
  });
  if (!looking_.empty()) look_closely(panel);
}

// found(query, hits, i) for each query to which rows of the panel may be near, the i-th of those
// whose products are there.
template <class Found>
void QuantizedScan::for_each_near(Level& level, Index panel, Range queries, std::int32_t* products,
                                  const Found& found) {
  std::uint64_t hits[byte_block_rows];
  level.select(panel);
  level.set_limits(queries);
  for (Index begin = queries.begin; begin < queries.end; begin += byte_block_rows) {
    const Range block{begin, std::min(begin + byte_block_rows, queries.end)};
    if (!level.reach(block, hits, products)) continue;
    for (Index q = block.begin; q < block.end; ++q) {
      if (hits[q - begin] != 0) found(q, hits[q - begin], q - begin);
    }
  }
}

// Looks with finer integers at the rows that the coarse ones do not exclude.
void QuantizedScan::look_closely(Index panel) {
  alignas(64) std::int32_t products[byte_block_rows * byte_panel_rows];
  std::uint64_t hits[byte_block_rows];
  fine_->select(panel);
  for (std::size_t begin = 0; begin < looking_.size(); begin += byte_block_rows) {
    const std::size_t count = std::min<std::size_t>(byte_block_rows, looking_.size() - begin);
    const std::span<const Index> queries(looking_.data() + begin, count);
    if (!fine_->reach(queries, hits, products)) continue;
    for (std::size_t i = 0; i < count; ++i) {
      offer(queries[i], passed_[begin + i] & hits[i], products + i * byte_panel_rows, panel);
    }
  }
}

void QuantizedScan::offer(Index query, std::uint64_t hits, const std::int32_t* products,
                          Index panel) {
  for (; hits != 0; hits &= hits - 1) {
    const Index r = std::countr_zero(hits);
    const Index row = index_.row(panel * byte_panel_rows + r);
    if (part_.has(row) && nearest(query).offer(fine_->least(query, products[r]), row)) {
      measure_some(query);
    }
  }
}

void QuantizedScan::measure_some(Index query) {
  nearest(query).shrink(part_.first, direct(query));
  set_reach(query);
}

void QuantizedScan::set_reach(Index query) {
  const double farthest = nearest(query).farthest();
  fine_->set_reach(query, farthest);
  if (coarse_ != nullptr) coarse_->set_reach(query, farthest);
}

}  // namespace

void scan_quantized(const Part& part, const QuantizedIndex& index, QueryBlock& block) {
  block.face(part.rows, part.metric);
  QuantizedScan(part, index, block).run();
}

}  // namespace fastnn::neighbors
