#include "fastnn/neighbors/votes.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "fastnn/common/parallel.h"

namespace fastnn::neighbors {
namespace {

constexpr double votes_worth_a_thread = 1e5;

}  // namespace

void class_votes(ConstMatrixView<std::int64_t> classes, ConstMatrixView<double> weights,
                 MatrixView<double> votes, int n_threads) {
  const double work =
      static_cast<double>(classes.rows) * static_cast<double>(classes.cols + votes.cols);
  const int threads = limit_threads(n_threads, work, votes_worth_a_thread);
  run_team(threads, [&](const Member& member) {
    const Range part = member.share(classes.rows);
    for (Index i = part.begin; i < part.end; ++i) {
      double* const row = votes.row(i);
      std::fill_n(row, votes.cols, 0.0);
      for (Index j = 0; j < classes.cols; ++j) {
        const std::int64_t c = classes.row(i)[j];
        if (c < 0 || c >= votes.cols) {
          throw std::invalid_argument("expected classes from 0 to " +
                                      std::to_string(votes.cols - 1) +
                                      ". Received: " + std::to_string(c));
        }
        row[c] += weights.data == nullptr ? 1.0 : weights.row(i)[j];
      }
    }
  });
}

}  // namespace fastnn::neighbors
