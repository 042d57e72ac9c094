#include "fastnn/neighbors/block_search.h"

#include <algorithm>
#include <cmath>

#include "fastnn/linalg/gemm.h"
#include "fastnn/linalg/pack.h"

namespace fastnn::neighbors {
namespace {

constexpr Index panel_rows = linalg::tile_cols<float>;
// The panels of a tile stay in level 2 while queries pass by, sub_block at a time.
constexpr Index tile_panels = 5;
constexpr Index tile_rows = tile_panels * panel_rows;
constexpr Index sub_block = 64;

// A few queries do not pay for packing the rows.
constexpr Index least_queries_for_products = 8;

}  // namespace

BlockSearch::BlockSearch(const SearchIndex& index, const Samples& queries, Range block, Index k)
    : index_(index),
      queries_(queries),
      block_(block),
      direct_([this](Index row) { return direct_distance(row); }) {
  const Index n_features = index.n_features();
  query_rows_.resize(block.size(), n_features);
  index.frame_.convert(queries, block.begin, view(query_rows_));
  original_.resize(static_cast<std::size_t>(n_features));
  nearest_.reserve(static_cast<std::size_t>(block.size()));
  for (Index q = 0; q < block.size(); ++q) {
    const double square = squared_norm(query_rows_.data() + q * n_features, n_features);
    const double error = nomination_error(std::sqrt(square) + index.largest_norm_, n_features);
    nearest_.emplace_back(k, error, index.frame_.squared_scale(), square);
  }
}

void BlockSearch::run(MatrixView<double> distances, MatrixView<std::int64_t> indices) {
  const bool bounded = std::all_of(nearest_.begin(), nearest_.end(),
                                   [](const TopK& t) { return std::isfinite(t.error()); });
  if (bounded && block_.size() >= least_queries_for_products) {
    scan_by_products();
  } else {
    scan_directly();
  }
  for (Index q = 0; q < block_.size(); ++q) {
    selected_query_ = q;
    Index rank = 0;
    for (const Neighbor& neighbor : nearest_[q].finish(direct_)) {
      distances.row(q)[rank] =
          index_.metric_ == Metric::sqeuclidean ? neighbor.distance : std::sqrt(neighbor.distance);
      indices.row(q)[rank++] = neighbor.index;
    }
  }
}

void BlockSearch::scan_by_products() {
  const Index n_features = index_.n_features();
  panels_.resize(static_cast<std::size_t>(tile_rows * n_features));
  converted_.resize(panel_rows, n_features);
  products_.resize(sub_block, tile_rows);
  for (Index begin = 0; begin < index_.n_samples(); begin += tile_rows) {
    const Index count = std::min(tile_rows, index_.n_samples() - begin);
    pack_tile(begin, count);
    for (Index q = 0; q < block_.size(); q += sub_block) {
      nominate(begin, count, q, std::min(sub_block, block_.size() - q));
    }
  }
}

void BlockSearch::scan_directly() {
  for (Index q = 0; q < block_.size(); ++q) {
    selected_query_ = q;
    for (Index row = 0; row < index_.n_samples(); ++row) nearest_[q].measure(row, direct_);
  }
}

void BlockSearch::pack_tile(Index begin, Index count) {
  const Index n_features = index_.n_features();
  for (Index i = 0; i < count; i += panel_rows) {
    const MatrixView<float> rows = view(converted_).row_range(0, std::min(panel_rows, count - i));
    index_.frame_.convert(index_.samples_, begin + i, rows);
    linalg::pack_panel<float>({rows.data, 1, n_features}, n_features, rows.rows,
                              panels_.data() + i * n_features);
  }
}

void BlockSearch::nominate(Index tile_begin, Index tile_count, Index query_begin,
                           Index query_count) {
  const Index n_features = index_.n_features();
  const linalg::Strided<float> queries{query_rows_.data() + query_begin * n_features, n_features,
                                       1};
  for (Index i = 0; i < tile_count; i += panel_rows) {
    linalg::gemm_panel<float>(query_count, std::min(panel_rows, tile_count - i), n_features,
                              queries, panels_.data() + i * n_features, products_.data() + i,
                              tile_rows);
  }
  for (Index q = 0; q < query_count; ++q) {
    selected_query_ = query_begin + q;
    offer_row(query_begin + q, products_.data() + q * tile_rows, tile_begin, tile_count);
  }
}

// Offers the rows whose |a|² - 2 a·b is within the query's limit.
void BlockSearch::offer_row(Index query, const float* products, Index begin, Index count) {
  constexpr Index w = simd::width<float>;
  TopK& nearest = nearest_[query];
  const float* const norms = index_.squared_norms_.data() + begin;
  const auto minus_two = simd::broadcast(-2.0F);
  Index i = 0;
  for (; i + w <= count; i += w) {
    const auto approximate =
        simd::pmadd(minus_two, simd::load(products + i), simd::load(norms + i));
    const auto limit = simd::broadcast(nearest.limit());
    if (!simd::predux_any(simd::pcmp_le(approximate, limit))) continue;
    alignas(64) float lanes[w];
    simd::store(lanes, approximate);
    for (Index l = 0; l < w; ++l) {
      if (lanes[l] <= nearest.limit()) nearest.offer(lanes[l], begin + i + l, direct_);
    }
  }
  for (; i < count; ++i) {
    const float approximate = norms[i] - 2 * products[i];
    if (approximate <= nearest.limit()) nearest.offer(approximate, begin + i, direct_);
  }
}

double BlockSearch::direct_distance(Index row) {
  if (converted_query_ != selected_query_) {
    const auto convert = [&](const auto& queries) {
      std::copy_n(queries.row(block_.begin + selected_query_), queries.cols, original_.begin());
    };
    std::visit(convert, queries_);
    converted_query_ = selected_query_;
  }
  const auto measure = [&](const auto& samples) {
    return squared_distance(original_.data(), samples.row(row), samples.cols);
  };
  return std::visit(measure, index_.samples_);
}

}  // namespace fastnn::neighbors
