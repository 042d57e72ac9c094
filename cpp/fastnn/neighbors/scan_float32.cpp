#include <algorithm>
#include <array>
#include <cmath>

#include "fastnn/linalg/gemm.h"
#include "fastnn/linalg/pack.h"
#include "fastnn/neighbors/scan.h"

namespace fastnn::neighbors {
namespace {

constexpr Index panel_rows = linalg::tile_cols<float>;
// The panels of a tile stay in level 2 while queries pass by, sub_block at a time.
constexpr Index tile_elements = 180'000;
constexpr Index most_panels = 5;
constexpr Index sub_block = 64;

class Float32Scan {
 public:
  Float32Scan(const Part& part, const Frame& frame, QueryBlock& block);

  // Whether float32 can say anything about the distances of all queries.
  bool is_bounded() const { return bounded_; }

  void run();

 private:
  // False where float32 can say nothing about one of the rows.
  bool pack_tile(Range tile);
  bool pack_panel(Index begin, Index rows, Index at);
  void nominate(Range tile, Range queries);
  void compare_panel(Index n_queries, Index rows, const linalg::Strided<float>& queries,
                     const float* panel, float* out);
  void offer_row(Index q, const float* compared, Range tile);
  void limit_by_minima(Index q, const float* compared, Index rows);
  void offer(Index q, float score, Index row);
  // Of rows i, i + 1, … of the tile.
  simd::Packet<float> scores(const float* compared, Index i) const {
    return simd::pmadd(simd::broadcast(product_factor_), simd::load(compared + i),
                       simd::load(row_terms_.data() + i));
  }
  // By how much scores of rows so far may be below their bound.
  double slack(Index q) const {
    return 2 * (errors_[static_cast<std::size_t>(q)] + error_.share * largest_size_);
  }

  Part part_;
  const Frame& frame_;
  QueryBlock& block_;
  Index n_features_;
  Index tile_rows_;
  NominationError error_;
  float product_factor_;
  double largest_size_ = 0;  // of rows so far; infinite where it does not bound all errors
  bool bounded_ = true;
  Matrix<float> queries_;         // in the frame
  std::vector<double> errors_;    // what each query adds to the error of a score
  std::vector<float> limits_;     // of each query's scores
  std::vector<float> panels_;     // a tile of rows, packed for the matrix product
  std::vector<float> row_terms_;  // their |b|² (if compared), less what they add to the error
  Matrix<float> converted_;       // one panel's rows, in the frame
  Matrix<float> compared_;        // queries × rows of the tile; for norms their distances
};

constexpr float infinity = std::numeric_limits<float>::infinity();

// Rounded up, so that no candidate on the limit is lost.
float rounded_up(double limit) { return std::nextafter(static_cast<float>(limit), infinity); }

Index panels_of_a_tile(Index n_features) {
  return std::clamp<Index>(tile_elements / (panel_rows * n_features), 1, most_panels);
}

Float32Scan::Float32Scan(const Part& part, const Frame& frame, QueryBlock& block)
    : part_(part),
      frame_(frame),
      block_(block),
      n_features_(n_cols(part.rows)),
      tile_rows_(panels_of_a_tile(n_features_) * panel_rows),
      error_(part.metric, n_features_),
      product_factor_(part.metric.multiplies() ? -2.0F : 1.0F) {
  queries_.resize(block.size(), n_features_);
  frame.convert(block.queries(), block.range().begin, view(queries_));
  for (Index q = 0; q < block.size(); ++q) {
    const double size = nomination_size(part.metric, queries_.row(q).data(), n_features_);
    bounded_ = bounded_ && is_within_float32(size, n_features_);
    const double error = error_.share * size + error_.least + frame.absolute_error();
    errors_.push_back(error);
    block.nearest(q).expect({frame.scale(), error - (frame.compares_norms() ? size : 0)});
    limits_.push_back(rounded_up(block.nearest(q).limit()));
  }
  panels_.resize(static_cast<std::size_t>(tile_rows_ * n_features_));
  row_terms_.resize(static_cast<std::size_t>(tile_rows_));
  converted_.resize(panel_rows, n_features_);
  compared_.resize(std::min(sub_block, block.size()), tile_rows_);
}

void Float32Scan::run() {
  Pace pace(part_.watch, pairs_a_report(n_features_));
  for (Index begin = part_.range.begin; begin < part_.range.end; begin += tile_rows_) {
    const Range tile{begin, std::min(begin + tile_rows_, part_.range.end)};
    const bool any = part_.has_any(tile);
    if (any && !pack_tile(tile)) {
      Part these = part_;
      these.range = tile;
      scan_directly(these, block_, false);
      continue;
    }
    for (Index q = 0; any && q < block_.size(); q += sub_block) {
      nominate(tile, {q, std::min(q + sub_block, block_.size())});
    }
    pace.advance(static_cast<double>(tile.size() * block_.size()));
  }
  for (Index q = 0; q < block_.size(); ++q) {
    block_.nearest(q).exclude(slack(q));
    block_.nearest(q).settle(part_.first, block_.direct(q));
  }
}

bool Float32Scan::pack_tile(Range tile) {
  for (Index i = 0; i < tile.size(); i += panel_rows) {
    if (!pack_panel(tile.begin + i, std::min(panel_rows, tile.size() - i), i)) return false;
  }
  return true;
}

bool Float32Scan::pack_panel(Index begin, Index rows, Index at) {
  const MatrixView<float> converted = view(converted_).row_range(0, rows);
  const bool directed = frame_.convert(part_.rows, begin, converted);
  const double share = (frame_.compares_norms() ? 1 : 0) - error_.share;
  for (Index i = 0; i < rows; ++i) {
    const double size = nomination_size(part_.metric, converted.row(i), n_features_);
    if (!is_within_float32(size, n_features_)) return false;
    largest_size_ = directed ? std::max(largest_size_, size) : infinity;
    row_terms_[static_cast<std::size_t>(at + i)] = static_cast<float>(share * size);
  }
  linalg::pack_panel<float>({converted.data, 1, n_features_}, n_features_, rows,
                            panels_.data() + at * n_features_);
  return true;
}

void Float32Scan::nominate(Range tile, Range queries) {
  const linalg::Strided<float> block{queries_.row(queries.begin).data(), n_features_, 1};
  for (Index i = 0; i < tile.size(); i += panel_rows) {
    compare_panel(queries.size(), std::min(panel_rows, tile.size() - i), block,
                  panels_.data() + i * n_features_, compared_.data() + i);
  }
  for (Index q = 0; q < queries.size(); ++q) {
    offer_row(queries.begin + q, compared_.row(q).data(), tile);
  }
}

void Float32Scan::compare_panel(Index n_queries, Index rows, const linalg::Strided<float>& queries,
                                const float* panel, float* out) {
  switch (part_.metric.kind) {
    case MetricKind::manhattan:
      return linalg::combine_panel<float, linalg::AddDifference>(n_queries, rows, n_features_,
                                                                 queries, panel, out, tile_rows_);
    case MetricKind::chebyshev:
      return linalg::combine_panel<float, linalg::LargerDifference>(
          n_queries, rows, n_features_, queries, panel, out, tile_rows_);
    default:
      return linalg::combine_panel<float, linalg::MultiplyAdd>(n_queries, rows, n_features_,
                                                               queries, panel, out, tile_rows_);
  }
}

// For a first limit: the least scores of k lanes are those of k rows.
void Float32Scan::limit_by_minima(Index q, const float* compared, Index rows) {
  constexpr Index w = simd::width<float>;
  TopK& nearest = block_.nearest(q);
  if (part_.present != nullptr || nearest.k() > w || rows < w) return;
  auto least = simd::broadcast(infinity);
  for (Index i = 0; i + w <= rows; i += w) least = simd::pmin(least, scores(compared, i));
  std::array<float, w> lanes;
  simd::store(lanes.data(), least);
  const auto kth = lanes.begin() + (nearest.k() - 1);
  std::nth_element(lanes.begin(), kth, lanes.end());
  nearest.lower_limit(*kth + slack(q));
  limits_[static_cast<std::size_t>(q)] = rounded_up(nearest.limit());
}

// Offers the rows whose score is within the query's limit.
void Float32Scan::offer_row(Index q, const float* compared, Range tile) {
  constexpr Index w = simd::width<float>;
  const float& limit = limits_[static_cast<std::size_t>(q)];
  if (std::isinf(limit)) limit_by_minima(q, compared, tile.size());
  Index i = 0;
  for (; i + w <= tile.size(); i += w) {
    const auto score = scores(compared, i);
    if (!simd::predux_any(simd::pcmp_le(score, simd::broadcast(limit)))) continue;
    alignas(64) float lanes[w];
    simd::store(lanes, score);
    for (Index l = 0; l < w; ++l) {
      if (lanes[l] <= limit) offer(q, lanes[l], tile.begin + i + l);
    }
  }
  for (; i < tile.size(); ++i) {
    const float score = row_terms_[static_cast<std::size_t>(i)] + product_factor_ * compared[i];
    if (score <= limit) offer(q, score, tile.begin + i);
  }
}

void Float32Scan::offer(Index q, float score, Index row) {
  if (!part_.has(row)) return;
  TopK& nearest = block_.nearest(q);
  if (!nearest.offer(score, row)) return;
  nearest.exclude(slack(q));
  if (nearest.has_too_many()) nearest.shrink(part_.first, block_.direct(q));
  limits_[static_cast<std::size_t>(q)] = rounded_up(nearest.limit());
}

}  // namespace

void scan_float32(const Part& part, const Frame& frame, QueryBlock& block) {
  block.face(part.rows, part.metric);
  Float32Scan scan(part, frame, block);
  if (scan.is_bounded()) {
    scan.run();
  } else {
    scan_directly(part, block, false);
  }
}

}  // namespace fastnn::neighbors
