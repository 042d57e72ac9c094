// The search for the nearest neighbours: each way through the rows on one thread, what it builds,
// and the whole. Counted are the products of the plain distance matrix, also where most are saved.
#include "fastnn/neighbors/search.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "report.h"

namespace fastnn::bench {
namespace {

using neighbors::Metric;
using neighbors::MetricKind;
using neighbors::Rows;

constexpr Index n_samples = 20'000;
constexpr Index n_queries = 256;
constexpr Index n_neighbors = 5;
constexpr Metric euclidean{MetricKind::euclidean};

struct NamedMetric {
  const char* name;
  Index n_features;
};

constexpr NamedMetric metrics[] = {{"euclidean", 64},     {"manhattan", 64},    {"chebyshev", 64},
                                   {"minkowski", 64},     {"cosine", 64},       {"hamming", 64},
                                   {"canberra", 64},      {"braycurtis", 64},   {"haversine", 2},
                                   {"inner_product", 64}, {"nan_euclidean", 64}};

// Rows and queries; `rank` below n_features leaves little outside a space of so many dimensions.
struct Data {
  Data(Index n_features, Index rank)
      : x(spread(n_features, rank)),
        queries(x.topRows(n_queries) + 0.01F * random_matrix<float>(n_queries, n_features)),
        rows(view(std::as_const(x))),
        query_rows(view(std::as_const(queries))) {}
  explicit Data(Index n_features) : Data(n_features, n_features) {}
  Data(const Data&) = delete;
  Data& operator=(const Data&) = delete;

  static Matrix<float> spread(Index n_features, Index rank) {
    if (rank == n_features) return random_matrix<float>(n_samples, n_features);
    return random_matrix<float>(n_samples, rank) * random_matrix<float>(rank, n_features) +
           0.1F * random_matrix<float>(n_samples, n_features);
  }

  double flops() const { return 2.0 * n_queries * static_cast<double>(x.size()); }

  Matrix<float> x;
  Matrix<float> queries;
  Rows rows;
  Rows query_rows;
};

Watch nobody() {
  return Watch([](double) {});
}

void add(const std::string& name, const std::function<void(benchmark::State&)>& run) {
  benchmark::RegisterBenchmark(name.c_str(), run)->UseRealTime()->Unit(benchmark::kMicrosecond);
}

std::string name_of(const std::string& what, Index n_features) {
  return what + "/float32/" + shape(n_samples, n_features);
}

// One task of a search, on one thread: all queries as a block, through all rows.
template <class Scan>
void run_scan(benchmark::State& state, const Data& data, const Metric& metric, const Scan& scan) {
  Watch watch = nobody();
  watch.expect(std::numeric_limits<double>::infinity());
  const neighbors::Part part{data.rows, metric, 0, {0, n_samples}, nullptr, watch};
  run_flops<float>(state, data.flops(), 1, [&] {
    neighbors::QueryBlock block(data.query_rows, {0, n_queries}, n_neighbors,
                                std::numeric_limits<double>::infinity());
    scan(part, block);
  });
}

void scan_directly(benchmark::State& state, const NamedMetric& named) {
  const Data data(named.n_features);
  run_scan(state, data, Metric::named(named.name, 3),
           [](const auto& part, auto& block) { neighbors::scan_directly(part, block, false); });
}

void scan_float32(benchmark::State& state, Index n_features) {
  const Data data(n_features);
  const neighbors::Frame frame(data.rows, euclidean);
  run_scan(state, data, euclidean,
           [&](const auto& part, auto& block) { neighbors::scan_float32(part, frame, block); });
}

// The dimensions of the projections, 0 for none.
struct Quantized {
  Index n_features;
  Index rank;
  Index coarse_dims;
  Index fine_dims;

  std::string name() const {
    return "/coarse:" + std::to_string(coarse_dims) + "/fine:" + std::to_string(fine_dims);
  }
};

constexpr Quantized quantized[] = {
    {64, 64, 0, 0}, {784, 784, 0, 0}, {784, 24, 0, 31}, {784, 24, 31, 127}};

neighbors::QuantizedIndex quantize(const Data& data, const Quantized& q, int n_threads) {
  neighbors::Survey survey(data.rows, euclidean, n_neighbors, n_threads);
  if (q.coarse_dims > 0) survey.project(n_threads);
  Watch watch = nobody();
  return {data.rows, survey.coder(q.fine_dims, q.coarse_dims, n_threads), n_threads, watch};
}

void scan_quantized(benchmark::State& state, const Quantized& q) {
  const Data data(q.n_features, q.rank);
  const auto index = quantize(data, q, 1);
  run_scan(state, data, euclidean,
           [&](const auto& part, auto& block) { neighbors::scan_quantized(part, index, block); });
}

void scan_tree(benchmark::State& state, Index n_features) {
  const Data data(n_features);
  Watch watch = nobody();
  const neighbors::KdTree tree(data.rows, euclidean, 1, watch);
  run_scan(state, data, euclidean,
           [&](const auto& part, auto& block) { neighbors::scan_tree(part, tree, block); });
}

// Products of 8-bit integers whose limits none reaches, against what the level allows: with VNNI an
// instruction takes four times the features of one for float32.
void byte_products(benchmark::State& state, Index n_features, bool allow_vnni) {
  const std::vector<std::uint8_t> panel(
      static_cast<std::size_t>(n_features * linalg::byte_panel_rows), 129);
  const Matrix<std::int8_t> rows = Matrix<std::int8_t>::Ones(1, n_features);
  const linalg::ByteRow row{rows.data(), static_cast<std::int32_t>(n_features)};
  const std::vector<linalg::ByteRow> block(linalg::byte_block_rows, row);
  const std::vector<std::int32_t> start(linalg::byte_panel_rows, 0);
  const std::vector<std::int32_t> limits(linalg::byte_block_rows, 1 << 29);
  std::vector<std::uint64_t> hits(linalg::byte_block_rows);
  std::vector<std::int32_t> products(linalg::byte_block_rows * linalg::byte_panel_rows);
  linalg::ByteProducts kernel(n_features, allow_vnni);
  kernel.select(panel.data());
  const Stopwatch stopwatch;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        kernel.reach(block, start.data(), limits.data(), hits.data(), products.data()));
  }
  const double operations =
      2.0 * static_cast<double>(n_features * linalg::byte_panel_rows * linalg::byte_block_rows);
  const double rate = 1e-9 * operations * static_cast<double>(state.iterations());
  const bool vnni = allow_vnni && linalg::ByteProducts::has_vnni();
  report(state, "GOP/s", rate / stopwatch.seconds(), peak(1).gflops<float>() * (vnni ? 4 : 1));
}

void convert(benchmark::State& state, Index n_features) {
  const Data data(n_features);
  const neighbors::Frame frame(data.rows, euclidean);
  Matrix<float> out(n_queries, n_features);
  Index begin = 0;
  run_bytes(state, 2.0 * sizeof(float) * static_cast<double>(out.size()), 1, [&] {
    frame.convert(data.rows, begin, view(out));
    begin = (begin + n_queries) % (n_samples - n_queries);
  });
}

// Reads every row once, as a share of what memory allows.
template <class Build>
void run_build(benchmark::State& state, const Data& data, int n_threads, const Build& build) {
  run_bytes(state, sizeof(float) * static_cast<double>(data.x.size()), n_threads,
            [&] { build(data, n_threads); });
}

void build_tree(const Data& data, int n_threads) {
  Watch watch = nobody();
  const neighbors::KdTree tree(data.rows, euclidean, n_threads, watch);
  benchmark::DoNotOptimize(tree.leaf_of(std::vector<double>(64).data()));
}

void survey(const Data& data, int n_threads) {
  neighbors::Survey survey(data.rows, euclidean, n_neighbors, n_threads);
  survey.project(n_threads);
  benchmark::DoNotOptimize(survey.options().data());
}

// Builds and searches, as a user's first call does.
void search(benchmark::State& state, Index n_features, Index rank, int n_threads) {
  const Data data(n_features, rank);
  run_flops<float>(state, data.flops(), n_threads, [&] {
    const neighbors::SearchIndex index(data.rows, euclidean, neighbors::Strategy::automatic);
    Watch watch = nobody();
    benchmark::DoNotOptimize(
        index.nearest(data.query_rows, {.k = n_neighbors}, n_threads, watch).data());
  });
}

void register_scans() {
  for (const NamedMetric& metric : metrics) {
    add(name_of(std::string("scan_directly/") + metric.name, metric.n_features),
        [metric](benchmark::State& state) { scan_directly(state, metric); });
  }
  for (const Index n_features : {32, 784}) {
    add(name_of("scan_float32", n_features),
        [n_features](benchmark::State& state) { scan_float32(state, n_features); });
    add(name_of("frame_convert", n_features),
        [n_features](benchmark::State& state) { convert(state, n_features); });
  }
  for (const Quantized& q : quantized) {
    add(name_of("scan_quantized", q.n_features) + q.name(),
        [q](benchmark::State& state) { scan_quantized(state, q); });
  }
  for (const Index n_features : {3, 8}) {
    add(name_of("scan_tree", n_features),
        [n_features](benchmark::State& state) { scan_tree(state, n_features); });
  }
  for (const Index n_features : {32, 128, 784}) {
    for (const bool allow_vnni : {true, false}) {
      if (allow_vnni && !linalg::ByteProducts::has_vnni()) continue;
      add(std::string("byte_products/") + (allow_vnni ? "vnni/" : "float32/") +
              std::to_string(n_features),
          [=](benchmark::State& state) { byte_products(state, n_features, allow_vnni); });
    }
  }
}

void register_builds(int n_threads) {
  const std::string threads = "/threads:" + std::to_string(n_threads);
  const auto add_build = [&](const std::string& what, Index n_features, const auto& build) {
    add(name_of("build_" + what, n_features) + threads,
        [=](benchmark::State& state) { run_build(state, Data(n_features), n_threads, build); });
  };
  add_build("tree", 3, build_tree);
  add_build("tree", 8, build_tree);
  add_build("survey", 784, survey);
  for (const Quantized& q : quantized) {
    add(name_of("build_survey_and_quantized", q.n_features) + q.name() + threads,
        [=](benchmark::State& state) {
          run_build(state, Data(q.n_features, q.rank), n_threads,
                    [&](const Data& data, int n) { (void)quantize(data, q, n); });
        });
  }
}

void register_searches(int n_threads) {
  struct Shape {
    Index n_features, rank;
  };
  for (const Shape s : {Shape{3, 3}, Shape{32, 32}, Shape{784, 784}, Shape{784, 24}}) {
    add(name_of("search", s.n_features) + "/rank:" + std::to_string(s.rank) +
            "/threads:" + std::to_string(n_threads),
        [=](benchmark::State& state) { search(state, s.n_features, s.rank, n_threads); });
  }
}

}  // namespace

void register_neighbors() {
  register_scans();
  for (const int n_threads : thread_counts()) {
    register_builds(n_threads);
    register_searches(n_threads);
  }
}

}  // namespace fastnn::bench
