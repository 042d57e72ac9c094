// The first step to a k-d tree: the rows are parted into cells, by all threads at once.
#pragma once

#include <cstdint>
#include <vector>

#include "fastnn/common/watch.h"
#include "fastnn/neighbors/rows.h"

namespace fastnn::neighbors {

// The numbers of the rows in each cell, in ascending order. Cells have a few thousand rows; where
// very many rows are equal, or very many there are, they have more, and others may have none.
struct KdCells {
  std::vector<std::uint32_t> rows;
  std::vector<Index> starts;

  Index size() const { return std::ssize(starts) - 1; }
  Range operator[](Index cell) const { return {starts[cell], starts[cell + 1]}; }
};

// The cells do not depend on the number of threads. T is float or double.
template <class T>
KdCells part_into_cells(const Rows& rows, int n_threads, Watch& watch);

}  // namespace fastnn::neighbors
