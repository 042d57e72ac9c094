// The search for the nearest neighbours; counted are the products of the plain distance matrix.
#include "fastnn/neighbors/search.h"
#include "report.h"

namespace fastnn::bench {
namespace {

constexpr Index n_samples = 20'000;
constexpr Index n_queries = 512;
constexpr Index k = 5;
constexpr Index feature_counts[] = {784, 32};

template <class T>
void search(benchmark::State& state, Index n_features, int n_threads) {
  const auto x = random_matrix<T>(n_samples, n_features);
  const auto queries = random_matrix<T>(n_queries, n_features);
  const neighbors::SearchIndex index(view(x), neighbors::Metric::euclidean, n_threads);
  Matrix<double> distances(n_queries, k);
  Matrix<std::int64_t> indices(n_queries, k);
  const double flops = 2.0 * static_cast<double>(n_samples * n_queries * n_features);
  run_flops<float>(state, flops, n_threads, [&] {
    index.search(view(queries), k, view(distances), view(indices), n_threads);
  });
}

template <class T>
void register_for() {
  for (const int n_threads : thread_counts()) {
    for (const Index n_features : feature_counts) {
      const auto name = "search/" + dtype<T> + "/" + shape(n_samples, n_features) +
                        "/queries:" + std::to_string(n_queries) +
                        "/threads:" + std::to_string(n_threads);
      benchmark::RegisterBenchmark(name.c_str(), search<T>, n_features, n_threads)
          ->UseRealTime()
          ->Unit(benchmark::kMillisecond);
    }
  }
}

}  // namespace

void register_neighbors() {
  register_for<float>();
  register_for<double>();
}

}  // namespace fastnn::bench
