// Brute force for one block of queries on one thread: tiles of matrix product in float32 nominate
// candidates, direct distances in double decide.
#pragma once

#include <vector>

#include "fastnn/neighbors/search.h"
#include "fastnn/neighbors/top_k.h"

namespace fastnn::neighbors {

class BlockSearch {
 public:
  BlockSearch(const SearchIndex& index, const Samples& queries, Range block, Index k);

  void run(MatrixView<double> distances, MatrixView<std::int64_t> indices);

 private:
  void scan_by_products();
  void scan_directly();
  void pack_tile(Index begin, Index count);
  void nominate(Index tile_begin, Index tile_count, Index query_begin, Index query_count);
  void offer_row(Index query, const float* products, Index begin, Index count);
  // Of the selected query and a row, as they came.
  double direct_distance(Index row);

  const SearchIndex& index_;
  const Samples& queries_;
  Range block_;
  std::vector<TopK> nearest_;     // of each query of the block
  Matrix<float> query_rows_;      // in the frame
  std::vector<float> panels_;     // a tile of rows, packed for the matrix product
  Matrix<float> converted_;       // one panel's rows, in the frame
  Matrix<float> products_;        // queries × rows of the tile
  std::vector<double> original_;  // the converted query as it came
  Index converted_query_ = -1;
  Index selected_query_ = -1;
  DirectDistance direct_;
};

}  // namespace fastnn::neighbors
