#include "fastnn/neighbors/distance.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "fastnn/common/parallel.h"
#include "fastnn/neighbors/terms.h"

namespace fastnn::neighbors {
namespace {

constexpr double differences_worth_a_thread = 1e5;

// What follows the processor fetches by itself.
constexpr Index prefetched_bytes = 2048;

// combine(term(x[i], y[i])) over all features in the order of `fold` (terms.h). term(0, 0) is 0.
template <class T, class Term, class Combine>
double fold_rows(const double* x, const T* y, Index n, const Term& term, const Combine& combine) {
  Lanes sums;
  Index i = 0;
  for (; i + Lanes::count <= n; i += Lanes::count) {
    sums = combine(sums, term(Lanes::load(x + i), Lanes::load(y + i)));
  }
  if (n < Lanes::count) {
    sums = combine(sums, term(Lanes::load(x, n), Lanes::load(y, n)));
  } else if (i < n) {
    constexpr Index last = Lanes::count;
    const Lanes terms = term(Lanes::load(x + n - last), Lanes::load(y + n - last));
    sums = combine(sums, terms.keep_last(n - i));
  }
  return join_chains(sums.elements().data(), combine);
}

template <class T, class Term>
double sum_rows(const double* x, const T* y, Index n, const Term& term) {
  return fold_rows(x, y, n, term, std::plus<>());
}

const auto product = [](const Lanes& a, const Lanes& b) { return a * b; };
const auto second_squared = [](const Lanes&, const Lanes& b) { return b * b; };
const auto unequal = [](const Lanes& a, const Lanes& b) { return Lanes(1) - equal(a, b); };
const auto sizes = [](const Lanes& a, const Lanes& b) { return magnitude(a) + magnitude(b); };
const auto canberra_term = [](const Lanes& a, const Lanes& b) {
  const Lanes size = sizes(a, b);
  return magnitude(a - b) / (size + equal(size, Lanes()));
};
// NaN stands for a missing value.
const auto missing = [](const Lanes& a, const Lanes& b) { return unequal(a - b, a - b); };
const auto present_square = [](const Lanes& a, const Lanes& b) {
  const Lanes difference = zero_where_nan(a - b);
  return difference * difference;
};

template <class T>
double cosine_distance(const double* x, const T* y, Index n, double squared_norm) {
  const double norms = std::sqrt(squared_norm) * std::sqrt(sum_rows(x, y, n, second_squared));
  return norms == 0 ? 1 : std::clamp(1 - sum_rows(x, y, n, product) / norms, 0.0, 2.0);
}

template <class T>
double braycurtis_distance(const double* x, const T* y, Index n) {
  const double size = sum_rows(x, y, n, sizes);
  return size == 0 ? 0 : sum_rows(x, y, n, Difference()) / size;
}

// Features that are missing in either row count as those that are there do on average. Without any
// that is there the distance is no number, which comes last among the nearest and the farthest.
template <class T>
double nan_squared_distance(const double* x, const T* y, Index n) {
  const auto features = static_cast<double>(n);
  const double present = features - sum_rows(x, y, n, missing);
  if (present == 0) return std::numeric_limits<double>::quiet_NaN();
  return sum_rows(x, y, n, present_square) * (features / present);
}

// The square of half the chord, of (latitude, longitude) in radians.
template <class T>
double haversine(const double* x, const T* y) {
  const auto latitude = static_cast<double>(y[0]);
  const double vertical = std::sin((x[0] - latitude) / 2);
  const double horizontal = std::sin((x[1] - static_cast<double>(y[1])) / 2);
  return vertical * vertical + std::cos(x[0]) * std::cos(latitude) * horizontal * horizontal;
}

// Whole numbers add up exactly in any order: this equals the sum of squares in double.
double squared_pixel_distance(const std::int16_t* x, const std::uint8_t* y, Index n) {
  constexpr Index chunk = 16384;  // whose squares fit 31 bits
  double sum = 0;
  for (Index begin = 0; begin < n; begin += chunk) {
    const Index end = std::min(n, begin + chunk);
    std::int32_t part = 0;
    for (Index i = begin; i < end; ++i) {
      const auto d = static_cast<std::int16_t>(x[i] - y[i]);
      part += d * d;
    }
    sum += part;
  }
  return sum;
}

bool is_pixel(double x) { return x >= 0 && x <= 255 && x == std::floor(x); }

}  // namespace

DirectDistance::DirectDistance(const Rows& rows, const Metric& metric)
    : rows_(rows), metric_(metric) {
  if (metric.kind == MetricKind::haversine && n_cols(rows) != 2) {
    throw std::invalid_argument("expected X of shape (n_samples, 2) for haversine. Received: (" +
                                std::to_string(n_rows(rows)) + ", " + std::to_string(n_cols(rows)) +
                                ")");
  }
}

void DirectDistance::from(const double* query) {
  query_ = query;
  const Index n = n_cols(rows_);
  if (metric_.kind == MetricKind::cosine) squared_norm_ = sum_rows(query, query, n, product);
  pixels_.clear();
  if (metric_.squares() && std::holds_alternative<ConstMatrixView<std::uint8_t>>(rows_) &&
      std::all_of(query, query + n, is_pixel)) {
    pixels_.assign(query, query + n);
  }
}

void DirectDistance::prefetch(Index row) const {
  constexpr Index line = 64;
  const auto ask = [&](const auto& view) {
    if constexpr (requires { view.row(row); }) {
      const auto* const begin = reinterpret_cast<const char*>(view.row(row));
      const auto* const end = reinterpret_cast<const char*>(view.row(row) + view.cols);
      for (const char* p = begin; p < std::min(end, begin + prefetched_bytes); p += line) {
        Eigen::internal::prefetch(p);
      }
    }
  };
  std::visit(ask, rows_);
}

void DirectDistance::to(Range range, double* reduced) {
  std::visit([&](const auto& view) { measure(view, range, reduced); }, rows_);
}

template <class View>
void DirectDistance::measure(const View& view, Range range, double* reduced) {
  RowReader<View> read(view);
  const double* const x = query_;
  const Index n = view.cols;
  const auto each = [&](const auto& distance) {
    for (Index i = range.begin; i < range.end; ++i) reduced[i - range.begin] = distance(read(i));
  };
  const auto each_sum = [&](const auto& term) {
    each([&](const auto* y) { return sum_rows(x, y, n, term); });
  };
  switch (metric_.kind) {
    case MetricKind::euclidean:
    case MetricKind::sqeuclidean:
      if constexpr (std::is_same_v<View, ConstMatrixView<std::uint8_t>>) {
        if (!pixels_.empty()) {
          return each([&](const auto* y) { return squared_pixel_distance(pixels_.data(), y, n); });
        }
      }
      return each_sum(Square());
    case MetricKind::manhattan:
      return each_sum(Difference());
    case MetricKind::chebyshev:
      return each([&](const auto* y) { return fold_rows(x, y, n, Difference(), Larger()); });
    case MetricKind::minkowski:
      return each_sum(Power(metric_.p));
    case MetricKind::cosine:
      return each([&](const auto* y) { return cosine_distance(x, y, n, squared_norm_); });
    case MetricKind::inner_product:
      return each([&](const auto* y) { return -sum_rows(x, y, n, product); });
    case MetricKind::hamming:
      return each(
          [&](const auto* y) { return sum_rows(x, y, n, unequal) / static_cast<double>(n); });
    case MetricKind::canberra:
      return each_sum(canberra_term);
    case MetricKind::braycurtis:
      return each([&](const auto* y) { return braycurtis_distance(x, y, n); });
    case MetricKind::nan_euclidean:
      return each([&](const auto* y) { return nan_squared_distance(x, y, n); });
    case MetricKind::haversine:
      return each([&](const auto* y) { return haversine(x, y); });
  }
}

template <class T>
void pairwise_distances(ConstMatrixView<T> x, ConstMatrixView<T> y, const Metric& metric,
                        MatrixView<T> d, int n_threads) {
  if (x.cols != y.cols) {
    throw std::invalid_argument("expected Y of shape (n_samples, " + std::to_string(x.cols) +
                                "). Received: (" + std::to_string(y.rows) + ", " +
                                std::to_string(y.cols) + ")");
  }
  const double work =
      static_cast<double>(x.rows) * static_cast<double>(y.rows) * static_cast<double>(x.cols);
  const int threads = limit_threads(n_threads, work, differences_worth_a_thread);
  parallel_for(x.rows, threads, [&](Index i) {
    const std::vector<double> row(x.row(i), x.row(i) + x.cols);
    DirectDistance direct(y, metric);
    std::vector<double> reduced(static_cast<std::size_t>(y.rows));
    direct.from(row.data());
    direct.to({0, y.rows}, reduced.data());
    for (Index j = 0; j < y.rows; ++j) d.row(i)[j] = static_cast<T>(metric.distance(reduced[j]));
  });
}

template void pairwise_distances(ConstMatrixView<float>, ConstMatrixView<float>, const Metric&,
                                 MatrixView<float>, int);
template void pairwise_distances(ConstMatrixView<double>, ConstMatrixView<double>, const Metric&,
                                 MatrixView<double>, int);

}  // namespace fastnn::neighbors
