#include "fastnn/neighbors/top_k.h"

#include <algorithm>

namespace fastnn::neighbors {

TopK::TopK(Index k, double largest) : k_(k), capacity_(capacity(k)), farthest_(largest) {}

std::size_t TopK::capacity(Index k) {
  // Beyond some thousands (all rows within a radius) there is no worth in waiting for more.
  return static_cast<std::size_t>(std::clamp<Index>(4 * k, 40, 4096));
}

Index TopK::memory(Index k) {
  return static_cast<Index>(sizeof(TopK) + largest_capacity(k) * sizeof(Candidate)) +
         k * static_cast<Index>(sizeof(Neighbor));
}

void TopK::expect(const ScoreBound& bound) {
  bound_ = bound;
  limit_ = bound_(farthest_);
  candidates_.reserve(capacity_);
}

void TopK::keep(const Neighbor& neighbor) {
  if (static_cast<Index>(nearest_.size()) < k_) {
    nearest_.push_back(neighbor);
    if (static_cast<Index>(nearest_.size()) < k_) return;
    std::make_heap(nearest_.begin(), nearest_.end());
  } else {
    if (!(neighbor < nearest_.front())) return;
    std::pop_heap(nearest_.begin(), nearest_.end());
    nearest_.back() = neighbor;
    std::push_heap(nearest_.begin(), nearest_.end());
  }
  farthest_ = std::min(farthest_, nearest_.front().reduced);
  limit_ = std::min(limit_, bound_(farthest_));
}

std::vector<Neighbor> TopK::take() {
  std::sort(nearest_.begin(), nearest_.end());
  return std::move(nearest_);
}

}  // namespace fastnn::neighbors
