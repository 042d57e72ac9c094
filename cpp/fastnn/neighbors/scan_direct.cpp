#include <algorithm>
#include <array>

#include "fastnn/neighbors/scan.h"

namespace fastnn::neighbors {
namespace {

// Rows measured at a time; with several queries they should stay in level 2 meanwhile.
constexpr Index chunk_rows = 128;

}  // namespace

void scan_directly(const Part& part, QueryBlock& block, bool farthest) {
  block.face(part.rows, part.metric);
  const double sign = farthest ? -1 : 1;
  Pace pace(part.watch, pairs_a_report(n_cols(part.rows)));
  std::array<double, chunk_rows> reduced;
  for (Index begin = part.range.begin; begin < part.range.end; begin += chunk_rows) {
    const Range chunk{begin, std::min(begin + chunk_rows, part.range.end)};
    if (!part.has_any(chunk)) continue;
    for (Index q = 0; q < block.size(); ++q) {
      TopK& nearest = block.nearest(q);
      block.direct(q).to(chunk, reduced.data());
      for (Index i = 0; i < chunk.size(); ++i) {
        const double key = sign * reduced[static_cast<std::size_t>(i)];
        // A key that is no number counts as infinite.
        if (!(key > nearest.farthest()) && part.has(begin + i)) {
          nearest.insert({key, part.first + begin + i});
        }
      }
      pace.advance(static_cast<double>(chunk.size()));
    }
  }
}

}  // namespace fastnn::neighbors
