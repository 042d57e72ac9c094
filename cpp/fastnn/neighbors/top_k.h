// The k nearest rows of one query, found among candidates nominated by an approximate distance.
//
// With an error of at most ε, a row whose approximate distance exceeds the k-th smallest
// approximate distance seen so far by more than 2 ε cannot be among the k nearest: k rows have a
// distance of at most that k-th plus ε. So the candidates within 2 ε are kept, and only they are
// measured directly. Where too many lie within 2 ε to be kept, those at hand are measured, and the
// k-th direct distance plus ε takes the place of the limit.
#pragma once

#include <functional>
#include <limits>
#include <vector>

#include "fastnn/common/types.h"

namespace fastnn::neighbors {

struct Neighbor {
  double distance;  // squared, a direct sum
  Index index;

  bool operator<(const Neighbor& other) const {
    return distance < other.distance || (distance == other.distance && index < other.index);
  }
};

// Measures the squared distance of a row directly.
using DirectDistance = std::function<double(Index)>;

class TopK {
 public:
  // Approximate distances are squared_scale times the direct ones, less `offset`, off by at most
  // `error`.
  TopK(Index k, double error, double squared_scale, double offset);

  // A row need be offered only if its approximate distance is at most this.
  float limit() const { return limit_; }

  void offer(float approximate, Index index, const DirectDistance& direct) {
    candidates_.push_back({approximate, index});
    if (candidates_.size() == capacity_) shrink(direct);
  }

  // A row of which no approximate distance is known.
  void measure(Index index, const DirectDistance& direct) {
    nearest_.push_back({direct(index), index});
    if (nearest_.size() == capacity_) keep_nearest();
  }

  double error() const { return error_; }

  // The k nearest in order. Nothing may be offered afterwards.
  const std::vector<Neighbor>& finish(const DirectDistance& direct);

  // Bytes that one query needs at most.
  static Index memory(Index k);

 private:
  struct Candidate {
    float approximate;
    Index index;
  };

  static std::size_t capacity(Index k);
  void shrink(const DirectDistance& direct);
  void drop_beyond_limit();
  void measure_candidates(const DirectDistance& direct);
  void keep_nearest();
  void lower_limit(double bound);

  Index k_;
  double error_;
  double squared_scale_;
  double offset_;
  std::size_t capacity_;
  float limit_ = std::numeric_limits<float>::infinity();
  std::vector<Candidate> candidates_;
  std::vector<Neighbor> nearest_;  // measured
};

}  // namespace fastnn::neighbors
