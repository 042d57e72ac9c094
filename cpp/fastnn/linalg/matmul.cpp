#include "fastnn/linalg/matmul.h"

#include <stdexcept>
#include <string>

#include "fastnn/common/parallel.h"
#include "fastnn/linalg/gemm.h"

namespace fastnn::linalg {
namespace {

constexpr double flops_worth_a_thread = 4e6;

std::string shape(Index rows, Index cols) {
  return "(" + std::to_string(rows) + ", " + std::to_string(cols) + ")";
}

}  // namespace

template <class T>
void matmul(Index k, const Strided<T>& a, const Strided<T>& b, MatrixView<T> c, int n_threads) {
  const double flops =
      2.0 * static_cast<double>(c.rows) * static_cast<double>(c.cols) * static_cast<double>(k);
  // The longer side of C is split.
  const bool by_rows = c.rows > c.cols;
  const Index multiple = by_rows ? tile_rows : simd::width<T>;
  run_team(limit_threads(n_threads, flops, flops_worth_a_thread), [&](const Member& member) {
    const Range part = member.share(by_rows ? c.rows : c.cols, multiple);
    const Range r = by_rows ? part : Range{0, c.rows};
    const Range s = by_rows ? Range{0, c.cols} : part;
    gemm<T>(r.size(), s.size(), k, {a.at(r.begin, 0), a.row_stride, a.col_stride},
            {b.at(0, s.begin), b.row_stride, b.col_stride}, c.row(r.begin) + s.begin, c.stride);
  });
}

template <class T>
void matmul(ConstMatrixView<T> a, ConstMatrixView<T> b, MatrixView<T> c, int n_threads) {
  if (a.cols != b.rows) {
    throw std::invalid_argument("expected b of shape (" + std::to_string(a.cols) +
                                ", n) for a of shape " + shape(a.rows, a.cols) +
                                ". Received: " + shape(b.rows, b.cols));
  }
  matmul<T>(a.cols, {a.data, a.stride, 1}, {b.data, b.stride, 1}, c, n_threads);
}

template void matmul(Index, const Strided<float>&, const Strided<float>&, MatrixView<float>, int);
template void matmul(Index, const Strided<double>&, const Strided<double>&, MatrixView<double>,
                     int);
template void matmul(ConstMatrixView<float>, ConstMatrixView<float>, MatrixView<float>, int);
template void matmul(ConstMatrixView<double>, ConstMatrixView<double>, MatrixView<double>, int);

}  // namespace fastnn::linalg
