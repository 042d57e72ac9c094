// The native benchmarks of the core, each as GFLOP/s or GB/s and as a share of the peak of this
// machine.
#include <sstream>

#include "report.h"

namespace fastnn::bench {
namespace {

std::string describe(const Peak& peak) {
  std::ostringstream text;
  text.precision(4);
  text << peak.float32_gflops << " GFLOP/s float32, " << peak.float64_gflops << " GFLOP/s float64, "
       << peak.read_gbytes << " GB/s read";
  return text.str();
}

void add_context() {
  benchmark::AddCustomContext("level", FASTNN_LEVEL_NAME);
  benchmark::AddCustomContext("compiler", FASTNN_COMPILER);
  benchmark::AddCustomContext("Eigen", std::to_string(EIGEN_WORLD_VERSION) + "." +
                                           std::to_string(EIGEN_MAJOR_VERSION) + "." +
                                           std::to_string(EIGEN_MINOR_VERSION));
  for (const int n_threads : thread_counts()) {
    benchmark::AddCustomContext("peak, threads:" + std::to_string(n_threads),
                                describe(peak(n_threads)));
  }
}

}  // namespace
}  // namespace fastnn::bench

int main(int argc, char** argv) {
  using namespace fastnn::bench;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  add_context();
  register_matmul();
  register_dense();
  register_activations();
  register_losses();
  register_optimizers();
  register_training();
  register_neighbors();
  benchmark::RunSpecifiedBenchmarks();
}
