#include <algorithm>
#include <cmath>

#include "fastnn/linalg/gemm.h"
#include "fastnn/linalg/pack.h"
#include "fastnn/neighbors/scan.h"

namespace fastnn::neighbors {
namespace {

constexpr Index panel_rows = linalg::tile_cols<float>;
// The panels of a tile stay in level 2 while queries pass by, sub_block at a time.
constexpr Index tile_panels = 5;
constexpr Index tile_rows = tile_panels * panel_rows;
constexpr Index sub_block = 64;

class ProductScan {
 public:
  ProductScan(const Part& part, const ProductIndex& index, QueryBlock& block);

  // Whether float32 can say anything about the distances of all queries.
  bool is_bounded() const { return bounded_; }

  void run();

 private:
  void pack_tile(Range tile);
  void nominate(Range tile, Range queries);
  void offer_row(Index q, const float* products, Range tile);
  void offer(Index q, float score, Index row);

  Part part_;
  const ProductIndex& index_;
  QueryBlock& block_;
  Index n_features_;
  bool bounded_ = true;
  Matrix<float> queries_;      // in the frame
  std::vector<float> limits_;  // of each query's |a|² - 2 a·b
  std::vector<float> panels_;  // a tile of rows, packed for the matrix product
  Matrix<float> converted_;    // one panel's rows, in the frame
  Matrix<float> products_;     // queries × rows of the tile
};

// Rounded up, so that no candidate on the limit is lost.
float rounded_up(double limit) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  return std::nextafter(static_cast<float>(limit), infinity);
}

ProductScan::ProductScan(const Part& part, const ProductIndex& index, QueryBlock& block)
    : part_(part), index_(index), block_(block), n_features_(n_cols(part.rows)) {
  const Frame& frame = index.frame();
  queries_.resize(block.size(), n_features_);
  frame.convert(block.queries(), block.range().begin, view(queries_));
  for (Index q = 0; q < block.size(); ++q) {
    const double square = squared_norm(queries_.row(q).data(), n_features_);
    const double error = nomination_error(std::sqrt(square) + index.largest_norm(), n_features_) +
                         frame.absolute_error();
    bounded_ = bounded_ && std::isfinite(error);
    block.nearest(q).expect({frame.scale(), error - (frame.compares_norms() ? square : 0)});
    limits_.push_back(rounded_up(block.nearest(q).limit()));
  }
  panels_.resize(static_cast<std::size_t>(tile_rows * n_features_));
  converted_.resize(panel_rows, n_features_);
  products_.resize(sub_block, tile_rows);
}

void ProductScan::run() {
  Pace pace(part_.watch, pairs_a_report(n_features_));
  for (Index begin = part_.range.begin; begin < part_.range.end; begin += tile_rows) {
    const Range tile{begin, std::min(begin + tile_rows, part_.range.end)};
    if (part_.has_any(tile)) {
      pack_tile(tile);
      for (Index q = 0; q < block_.size(); q += sub_block) {
        nominate(tile, {q, std::min(q + sub_block, block_.size())});
      }
    }
    pace.advance(static_cast<double>(tile.size() * block_.size()));
  }
  for (Index q = 0; q < block_.size(); ++q) {
    block_.nearest(q).settle(part_.first, block_.direct(q));
  }
}

void ProductScan::pack_tile(Range tile) {
  for (Index i = 0; i < tile.size(); i += panel_rows) {
    const MatrixView<float> rows =
        view(converted_).row_range(0, std::min(panel_rows, tile.size() - i));
    index_.frame().convert(part_.rows, tile.begin + i, rows);
    linalg::pack_panel<float>({rows.data, 1, n_features_}, n_features_, rows.rows,
                              panels_.data() + i * n_features_);
  }
}

void ProductScan::nominate(Range tile, Range queries) {
  const linalg::Strided<float> block{queries_.row(queries.begin).data(), n_features_, 1};
  for (Index i = 0; i < tile.size(); i += panel_rows) {
    linalg::gemm_panel<float>(queries.size(), std::min(panel_rows, tile.size() - i), n_features_,
                              block, panels_.data() + i * n_features_, products_.data() + i,
                              tile_rows);
  }
  for (Index q = 0; q < queries.size(); ++q) {
    offer_row(queries.begin + q, products_.row(q).data(), tile);
  }
}

// Offers the rows whose |a|² - 2 a·b is within the query's limit.
void ProductScan::offer_row(Index q, const float* products, Range tile) {
  constexpr Index w = simd::width<float>;
  const float& limit = limits_[static_cast<std::size_t>(q)];
  const float* const norms = index_.squared_norms() + tile.begin;
  const auto minus_two = simd::broadcast(-2.0F);
  Index i = 0;
  for (; i + w <= tile.size(); i += w) {
    const auto score = simd::pmadd(minus_two, simd::load(products + i), simd::load(norms + i));
    if (!simd::predux_any(simd::pcmp_le(score, simd::broadcast(limit)))) continue;
    alignas(64) float lanes[w];
    simd::store(lanes, score);
    for (Index l = 0; l < w; ++l) {
      if (lanes[l] <= limit) offer(q, lanes[l], tile.begin + i + l);
    }
  }
  for (; i < tile.size(); ++i) {
    const float score = norms[i] - 2 * products[i];
    if (score <= limit) offer(q, score, tile.begin + i);
  }
}

void ProductScan::offer(Index q, float score, Index row) {
  if (!part_.has(row)) return;
  TopK& nearest = block_.nearest(q);
  if (!nearest.offer(score, row)) return;
  nearest.shrink(part_.first, block_.direct(q));
  limits_[static_cast<std::size_t>(q)] = rounded_up(nearest.limit());
}

}  // namespace

void scan_products(const Part& part, const ProductIndex& index, QueryBlock& block) {
  block.face(part.rows, part.metric);
  ProductScan scan(part, index, block);
  if (scan.is_bounded()) {
    scan.run();
  } else {
    scan_directly(part, block, false);
  }
}

}  // namespace fastnn::neighbors
