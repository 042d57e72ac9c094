#include "fastnn/linalg/finite.h"

#include <algorithm>
#include <atomic>

#include "fastnn/common/parallel.h"
#include "fastnn/common/simd.h"

namespace fastnn::linalg {
namespace {

constexpr Index chunk = 1 << 16;

}  // namespace

template <class T>
bool all_finite(const T* x, Index n, int n_threads) {
  std::atomic<bool> finite{true};
  // 0 · x is 0 for finite numbers, else NaN.
  const auto nothing = [](const simd::Packet<T>& v) {
    return simd::pmul(v, simd::broadcast(T(0)));
  };
  const Index chunks = (n + chunk - 1) / chunk;
  parallel_for(chunks, static_cast<int>(std::min<Index>(n_threads, chunks / 4 + 1)), [&](Index c) {
    if (!finite) return;
    const Index begin = c * chunk;
    const Index size = std::min(chunk, n - begin);
    if (simd::sum(size, T(0), nothing, x + begin) != T(0)) finite = false;
  });
  return finite;
}

template bool all_finite(const float*, Index, int);
template bool all_finite(const double*, Index, int);

}  // namespace fastnn::linalg
