// How rows spread, which tells what a tree can exclude.
#pragma once

#include "fastnn/neighbors/metric.h"
#include "fastnn/neighbors/rows.h"

namespace fastnn::neighbors {

struct Spread {
  // In how many dimensions, whatever the number of features: from the distances of some rows to the
  // nearest of a sample, which are the more alike the more dimensions there are. E. Levina, P. J.
  // Bickel, "Maximum likelihood estimation of intrinsic dimension", NIPS 2004.
  double dimension;
  // The share of the rows that are at most twice as far away as those.
  double near_share;
};

Spread spread_of(const Rows& rows, const Metric& metric);

// The pairs of rows that this measures.
inline constexpr double pairs_for_spread = 32.0 * 512.0;

}  // namespace fastnn::neighbors
