// Rows that a k-d tree parts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "fastnn/common/types.h"

namespace fastnn::neighbors {

inline Index ceil_div(Index a, Index b) { return (a + b - 1) / b; }

// Some rows, feature by feature, and an order of them. T is float or double.
template <class T>
class Bunch {
 public:
  using Number = std::uint32_t;

  Bunch(Index size, Index n_features)
      : features_(n_features, size), order_(size), middle_(size), upper_(size), classes_(size) {
    std::iota(order_.begin(), order_.end(), Number{0});
  }

  template <class U>
  void set(Index row, const U* features) {
    for (Index f = 0; f < features_.rows(); ++f) features_(f, row) = static_cast<T>(features[f]);
  }

  Index size() const { return features_.cols(); }
  // The row that is the i-th in order.
  Number row(Index i) const { return order_[i]; }
  T value(Index i, Index feature) const { return features_(feature, order_[i]); }

  // Cuts a range in two by the feature in which its rows spread most, which is returned: its first
  // `left` rows become those of the lowest values, and of the lowest numbers among equal values.
  Index cut(Range range, Index left) {
    Spread widest = spread(range, 0);
    Index feature = 0;
    for (Index f = 1; f < features_.rows(); ++f) {
      const Spread s = spread(range, f);
      if (s.high - s.low <= widest.high - widest.low) continue;
      widest = s;
      feature = f;
    }
    select(range, left, &features_(feature, 0), widest);
    return feature;
  }

 private:
  static constexpr Index most_classes = 256;

  struct Spread {
    T low;
    T high;
  };

  // Of some of the rows.
  Spread spread(Range range, Index feature) const {
    constexpr Index looked_at = 64;
    const T* const x = &features_(feature, 0);
    Spread s{x[order_[range.begin]], x[order_[range.begin]]};
    const Index step = ceil_div(range.size(), looked_at);
    for (Index i = range.begin + step; i < range.end; i += step) {
      s.low = std::min(s.low, x[order_[i]]);
      s.high = std::max(s.high, x[order_[i]]);
    }
    return s;
  }

  // Puts the values into classes of equal width. Only the rows of the class in which the cut falls
  // are compared with one another: without its branches this takes half the time of nth_element.
  void select(Range range, Index left, const T* x, const Spread& s) {
    const Index n_classes = range.size() > 512 ? most_classes : 64;
    const T scale = static_cast<T>(n_classes) / (s.high - s.low);
    const T last = static_cast<T>(n_classes - 1);
    Number* const order = order_.data() + range.begin;
    Number counts[most_classes] = {};
    for (Index i = 0; i < range.size(); ++i) {
      const T place = (x[order[i]] - s.low) * scale;
      classes_[i] = static_cast<std::uint8_t>(place > 0 ? (place < last ? place : last) : T(0));
      ++counts[classes_[i]];
    }
    Index begin = 0;
    Index cut_class = 0;
    while (begin + counts[cut_class] <= left) begin += counts[cut_class++];
    const Index end = begin + counts[cut_class];
    part(order, range.size(), cut_class);
    std::nth_element(order + begin, order + left, order + end,
                     [x](Number i, Number j) { return x[i] < x[j] || (x[i] == x[j] && i < j); });
  }

  // The rows below a class, those in it, those above. Each row is written to all three, and stays
  // where the end moves on.
  void part(Number* order, Index n, Index cut_class) {
    Index n_below = 0;
    Index n_middle = 0;
    Index n_upper = 0;
    for (Index i = 0; i < n; ++i) {
      const Number row = order[i];
      const Index c = classes_[i];
      order[n_below] = middle_[n_middle] = upper_[n_upper] = row;
      n_below += static_cast<Index>(c < cut_class);
      n_middle += static_cast<Index>(c == cut_class);
      n_upper += static_cast<Index>(c > cut_class);
    }
    std::copy_n(middle_.data(), n_middle, order + n_below);
    std::copy_n(upper_.data(), n_upper, order + n_below + n_middle);
  }

  Matrix<T> features_;
  std::vector<Number> order_;
  std::vector<Number> middle_;
  std::vector<Number> upper_;
  std::vector<std::uint8_t> classes_;
};

}  // namespace fastnn::neighbors
