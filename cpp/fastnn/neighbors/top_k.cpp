#include "fastnn/neighbors/top_k.h"

#include <algorithm>
#include <cmath>

namespace fastnn::neighbors {

TopK::TopK(Index k, double error, double squared_scale, double offset)
    : k_(k), error_(error), squared_scale_(squared_scale), offset_(offset), capacity_(capacity(k)) {
  candidates_.reserve(capacity_);
}

std::size_t TopK::capacity(Index k) { return static_cast<std::size_t>(std::max<Index>(64, 3 * k)); }

Index TopK::memory(Index k) {
  return static_cast<Index>(sizeof(TopK) + capacity(k) * (sizeof(Candidate) + sizeof(Neighbor)));
}

void TopK::lower_limit(double bound) {
  // Rounded up, so that no candidate on the bound is lost.
  const float rounded =
      std::nextafter(static_cast<float>(bound), std::numeric_limits<float>::infinity());
  limit_ = std::min(limit_, rounded);
}

void TopK::drop_beyond_limit() {
  std::erase_if(candidates_, [&](const Candidate& c) { return c.approximate > limit_; });
}

void TopK::shrink(const DirectDistance& direct) {
  const auto kth = candidates_.begin() + (k_ - 1);
  std::nth_element(
      candidates_.begin(), kth, candidates_.end(),
      [](const Candidate& a, const Candidate& b) { return a.approximate < b.approximate; });
  lower_limit(static_cast<double>(kth->approximate) + 2 * error_);
  drop_beyond_limit();
  if (candidates_.size() > capacity_ * 2 / 3) measure_candidates(direct);
}

void TopK::measure_candidates(const DirectDistance& direct) {
  for (const Candidate& c : candidates_) nearest_.push_back({direct(c.index), c.index});
  candidates_.clear();
  keep_nearest();
  if (static_cast<Index>(nearest_.size()) == k_) {
    lower_limit(nearest_.back().distance * squared_scale_ - offset_ + error_);
  }
}

void TopK::keep_nearest() {
  const auto count = std::min(nearest_.size(), static_cast<std::size_t>(k_));
  std::partial_sort(nearest_.begin(), nearest_.begin() + static_cast<std::ptrdiff_t>(count),
                    nearest_.end());
  nearest_.resize(count);
}

const std::vector<Neighbor>& TopK::finish(const DirectDistance& direct) {
  if (static_cast<Index>(candidates_.size()) > k_) shrink(direct);
  measure_candidates(direct);
  return nearest_;
}

}  // namespace fastnn::neighbors
