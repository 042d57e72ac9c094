#include "fastnn/neighbors/survey.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "fastnn/common/parallel.h"
#include "fastnn/linalg/matmul.h"
#include "fastnn/neighbors/projection.h"

namespace fastnn::neighbors {
namespace {

constexpr Index probes = 128;
// One coordinate more, the length left out, makes them whole vectors of bytes.
constexpr std::array<Index, 6> projections = {31, 63, 95, 127, 191, 255};

// So many show the range of their coordinates.
constexpr Index turned_rows = 256;

Matrix<float> sample_of(const Rows& rows, const Frame& frame) {
  const Index count = Survey::sample_size(n_rows(rows));
  Matrix<float> sample(count, n_cols(rows));
  for (Index i = 0; i < count; ++i) {
    frame.convert(rows, n_rows(rows) * i / count, view(sample).row_range(i, 1));
    bound_frame_error(sample.row(i).data(), sample.cols());
  }
  return sample;
}

// Squared distances between rows of a and of b, from their products in float32.
Matrix<float> squared_distances(const Matrix<float>& a, const Matrix<float>& b, int n_threads) {
  Matrix<float> squares(a.rows(), b.rows());
  linalg::matmul<float>(a.cols(), {a.data(), a.cols(), 1}, {b.data(), 1, b.cols()}, view(squares),
                        n_threads);
  squares *= -2;
  squares.colwise() += a.rowwise().squaredNorm();
  squares.rowwise() += b.rowwise().squaredNorm().transpose();
  return squares.cwiseMax(0);
}

Matrix<float> every_so_many(const Matrix<float>& rows, Index count) {
  Matrix<float> chosen(count, rows.cols());
  for (Index i = 0; i < count; ++i) chosen.row(i) = rows.row(rows.rows() * i / count);
  return chosen;
}

// The k-th nearest of n rows, from the distances to a sample of them. Where the sample is too
// coarse, distances grow with the rank as in a space of the dimension that the sample shows: the
// larger one of near and far rows, as the first rows of small clusters and those behind look like
// few dimensions.
double expected_reach(Eigen::RowVectorXf squares, double k, Index n) {
  constexpr double middle = 4;
  constexpr double known = 16;
  const double rank = k * static_cast<double>(squares.size()) / static_cast<double>(n);
  const Index last = squares.size() - 1;
  const auto place = [&](double r) { return std::min(static_cast<Index>(std::ceil(r)), last); };
  // The first is the probe itself.
  std::partial_sort(squares.begin(), squares.begin() + std::max(place(known), place(rank)) + 1,
                    squares.end());
  const auto distance = [&](double r) { return std::sqrt(static_cast<double>(squares[place(r)])); };
  if (rank >= 1 || !(distance(1) > 0)) return distance(rank);
  const auto growth = [&](double from, double to) {
    return std::log(distance(to) / distance(from)) / std::log(to / from);
  };
  return distance(1) * std::pow(rank, std::min(growth(1, middle), growth(middle, known)));
}

}  // namespace

Index Survey::largest_projection(Index n_features) {
  const auto fits = [&](Index dims) { return 3 * dims <= n_features; };
  const auto past = std::partition_point(projections.begin(), projections.end(), fits);
  return past == projections.begin() ? 0 : *std::prev(past);
}

double Survey::pairs(Index n_rows) {
  const Index rows = sample_size(n_rows);
  return static_cast<double>(std::min(probes, rows) * rows);
}

Survey::Survey(const Rows& rows, const Metric& metric, Index k, int n_threads)
    : frame_(rows, metric), n_rows_(n_rows(rows)), sample_(sample_of(rows, frame_)) {
  const Matrix<float> chosen = every_so_many(sample_, std::min(probes, sample_.rows()));
  const Matrix<float> squares = squared_distances(chosen, sample_, n_threads);
  reaches_.resize(static_cast<std::size_t>(chosen.rows()));
  parallel_for(chosen.rows(), n_threads, [&](Index i) {
    reaches_[static_cast<std::size_t>(i)] =
        expected_reach(squares.row(i), static_cast<double>(k), n_rows_);
  });
  mean_square_ = squares.mean();
  for (const double reach : reaches_) mean_reach_square_ += reach * reach / std::ssize(reaches_);
  options_.push_back({0, survivors_unprojected(n_threads)});
}

// A projection excludes rows if what it keeps of their squared distances is more than the reach:
// what a few directions keep, and of the rest as much as any directions do of rows that spread
// alike in all.
bool Survey::may_gain_by_projection(int n_threads) {
  if (may_gain_) return *may_gain_;
  constexpr Index few = 8;
  const auto features = static_cast<double>(sample_.cols());
  const auto most = static_cast<double>(largest_projection(sample_.cols()));
  if (most == 0) return false;
  const Matrix<float> directions =
      principal_directions(view(std::as_const(sample_)), few, n_threads).cast<float>();
  Matrix<float> places(sample_.rows(), few);
  linalg::matmul<float>(view(sample_), view(directions), view(places), n_threads);
  const double by_few = places.squaredNorm() / std::max(sample_.squaredNorm(), 1e-30F);
  const double kept = by_few + (1 - by_few) * (most - few) / (features - few);
  may_gain_ = kept * mean_square_ > mean_reach_square_;
  return *may_gain_;
}

void Survey::project(int n_threads) {
  projected_ = true;
  const Index most = largest_projection(sample_.cols());
  if (most == 0) return;
  directions_ = principal_directions(view(std::as_const(sample_)), most, n_threads);
  const Matrix<float> basis = directions_.cast<float>();
  Matrix<float> places(sample_.rows(), basis.cols());
  linalg::matmul<float>(view(sample_), view(basis), view(places), n_threads);
  Eigen::VectorXf left_out = sample_.rowwise().squaredNorm();
  Index done = 0;
  const Index n_probes = std::ssize(reaches_);
  Matrix<float> bounds = Matrix<float>::Zero(n_probes, sample_.rows());
  for (const Index dims : projections) {
    if (dims > basis.cols()) break;
    const Matrix<float> added = places.middleCols(done, dims - done);
    bounds += squared_distances(every_so_many(added, n_probes), added, n_threads);
    left_out -= added.rowwise().squaredNorm();
    done = dims;
    const Eigen::VectorXf lengths = left_out.cwiseMax(0).cwiseSqrt();
    Matrix<float> with_lengths = bounds;
    for (Index i = 0; i < n_probes; ++i) {
      const float own = lengths[sample_.rows() * i / n_probes];
      with_lengths.row(i).array() += (lengths.array() - own).square().transpose();
    }
    options_.push_back({dims, share_within(with_lengths, rounding_slack(places.leftCols(dims)))});
  }
}

// Where few features hold much, the integers are clamped: so these are the integers themselves.
double Survey::survivors_unprojected(int n_threads) const {
  const Quantizer quantizer(sample_);
  Matrix<std::int8_t> integers(sample_.rows(), quantizer.size());
  std::vector<double> errors(static_cast<std::size_t>(sample_.rows()));
  quantizer.quantize(sample_, view(integers), errors.data());
  const Matrix<float> rounded = integers.cast<float>() * static_cast<float>(quantizer.step());
  const Matrix<float> chosen = every_so_many(rounded, std::ssize(reaches_));
  const double error = std::accumulate(errors.begin(), errors.end(), 0.0);
  return share_within(squared_distances(chosen, rounded, n_threads),
                      2 * error / static_cast<double>(errors.size()));
}

// How far a row and a query may be off together, of rows that would be turned at random.
double Survey::rounding_slack(const Matrix<float>& places) {
  const Matrix<float> turned = every_so_many(places, std::min(turned_rows, places.rows())) *
                               random_turn(places.cols()).cast<float>();
  const auto dims = static_cast<double>(places.cols() + 1);
  return 2 * Quantizer(turned).step() * std::sqrt(dims / 12);
}

// The share of pairs whose bound, less the slack, is within the probe's reach.
double Survey::share_within(const Matrix<float>& squares, double slack) const {
  double count = 0;
  for (Index i = 0; i < squares.rows(); ++i) {
    const double reach = reaches_[static_cast<std::size_t>(i)] + slack;
    count +=
        static_cast<double>((squares.row(i).array() <= static_cast<float>(reach * reach)).count()) -
        1;
  }
  return std::max(count, 0.0) / static_cast<double>(squares.size());
}

RowCoder Survey::coder(Index fine_dims, Index coarse_dims, int n_threads) const {
  return {frame_, sample_, directions_, n_rows_, fine_dims, coarse_dims, n_threads};
}

}  // namespace fastnn::neighbors
