// Exact products of 8-bit integers: rows packed in panels against a few other rows at a time.
//
// With VNNI one instruction multiplies and adds four of them for each of 16 rows: four times what
// float32 allows. Elsewhere the same integers go through the float32 product, which is exact for
// them as long as the sums stay below 2^24.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fastnn/common/types.h"

namespace fastnn::linalg {

// The rows of a panel, and the features of a row that lie together in it.
inline constexpr Index byte_panel_rows = 48;
inline constexpr Index byte_group = 4;
// The other rows that go through at a time.
inline constexpr Index byte_block_rows = 8;
// So many features at most, or products might not fit 32 bits.
inline constexpr Index byte_features = 16384;

// A panel of n features (a multiple of byte_group, filled up with 128) holds the values of its rows
// plus 128, in [1, 255]: that of feature f and row r at this place.
constexpr Index byte_place(Index f, Index r) {
  return (f / byte_group * byte_panel_rows + r) * byte_group + f % byte_group;
}

// One of the other rows.
struct ByteRow {
  const std::int8_t* values;  // in [-127, 127]
  std::int32_t sum;           // of the values
};

class ByteProducts {
 public:
  // `allow_vnni` false takes the way of processors that lack it.
  explicit ByteProducts(Index n_features, bool allow_vnni = true);

  static bool has_vnni();

  // What follows is about this panel, which stays the caller's.
  void select(const std::uint8_t* panel);

  // products(i, r) = start[r] + Σ panel(f, r) · rows[i].values[f], for up to byte_block_rows rows.
  // Bit r of hits[i] says whether product (i, r) reaches limits[i], |limits[i]| < 2^30. Returns
  // whether any does; only then are the products stored, those of a row byte_panel_rows apart,
  // unless null is given.
  bool reach(std::span<const ByteRow> rows, const std::int32_t* start, const std::int32_t* limits,
             std::uint64_t* hits, std::int32_t* products);

 private:
  bool reach_by_floats(std::span<const ByteRow> rows, const std::int32_t* start,
                       const std::int32_t* limits, std::uint64_t* hits, std::int32_t* products);
  void multiply_floats(Index n_rows, Index begin, Index count);

  Index n_features_;
  bool vnni_;
  const std::uint8_t* panel_ = nullptr;
  std::vector<float> floats_;  // the panel as panels of the float32 product
  std::vector<float> rows_;    // a block of rows
  std::vector<float> float_products_;
  std::vector<std::int32_t> sums_of_products_;
};

}  // namespace fastnn::linalg
