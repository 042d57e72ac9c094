// The names that every part of the core shares: indices, matrices, and the user's rows as they lie
// in memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <Eigen/Core>
#include <variant>

namespace fastnn {

using Index = std::ptrdiff_t;

// Row-major throughout, as NumPy's default.
template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// An interval [begin, end) of rows, columns or tasks.
struct Range {
  Index begin = 0;
  Index end = 0;
  Index size() const { return end - begin; }
};

// Some rows and columns of a matrix.
struct Block {
  Range rows;
  Range cols;
};

// A matrix that lies in somebody else's memory: rows are contiguous, `stride` elements apart.
template <class T>
struct MatrixView {
  T* data = nullptr;
  Index rows = 0;
  Index cols = 0;
  Index stride = 0;

  MatrixView() = default;
  MatrixView(T* data_, Index rows_, Index cols_) : MatrixView(data_, rows_, cols_, cols_) {}
  MatrixView(T* data_, Index rows_, Index cols_, Index stride_)
      : data(data_), rows(rows_), cols(cols_), stride(stride_) {}
  // NOLINTNEXTLINE(google-explicit-constructor): a view of const elements is a weaker promise
  operator MatrixView<const T>() const { return {data, rows, cols, stride}; }

  T* row(Index i) const { return data + i * stride; }
  MatrixView block(const Block& b) const {
    return {row(b.rows.begin) + b.cols.begin, b.rows.size(), b.cols.size(), stride};
  }
  MatrixView row_range(Index begin, Index count) const { return {row(begin), count, cols, stride}; }
};

template <class T>
using ConstMatrixView = MatrixView<const T>;

template <class T>
MatrixView<T> view(Matrix<T>& m) {
  return {m.data(), m.rows(), m.cols()};
}
template <class T>
ConstMatrixView<T> view(const Matrix<T>& m) {
  return {m.data(), m.rows(), m.cols()};
}

template <class T>
void copy_rows(ConstMatrixView<T> from, MatrixView<T> to) {
  for (Index i = 0; i < from.rows; ++i) std::copy_n(from.row(i), from.cols, to.row(i));
}

// The user's samples, never copied as a whole: converted a tile or a batch at a time.
template <class... Ts>
using AnyMatrixView = std::variant<ConstMatrixView<Ts>...>;
using Samples = AnyMatrixView<std::uint8_t, float, double>;

template <class... Ts>
Index rows(const std::variant<MatrixView<Ts>...>& samples) {
  return std::visit([](const auto& v) { return v.rows; }, samples);
}
template <class... Ts>
Index cols(const std::variant<MatrixView<Ts>...>& samples) {
  return std::visit([](const auto& v) { return v.cols; }, samples);
}

}  // namespace fastnn
