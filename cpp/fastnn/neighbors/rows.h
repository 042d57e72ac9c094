// The rows that are searched and the queries, dense or sparse, as they lie in the user's memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <variant>
#include <vector>

#include "fastnn/common/types.h"

namespace fastnn::neighbors {

// A sparse matrix in compressed rows: row i has values[starts[i]..starts[i + 1]) in `columns`.
template <class T>
struct CsrView {
  const T* values = nullptr;
  const std::int32_t* columns = nullptr;
  const std::int64_t* starts = nullptr;
  Index rows = 0;
  Index cols = 0;

  // Writes row i with all its zeros.
  void densify(Index i, T* out) const {
    std::fill_n(out, cols, T(0));
    for (std::int64_t e = starts[i]; e < starts[i + 1]; ++e) out[columns[e]] = values[e];
  }
};

using Rows = std::variant<ConstMatrixView<std::uint8_t>, ConstMatrixView<float>,
                          ConstMatrixView<double>, CsrView<float>, CsrView<double>>;

inline Index n_rows(const Rows& rows) {
  return std::visit([](const auto& v) { return v.rows; }, rows);
}
inline Index n_cols(const Rows& rows) {
  return std::visit([](const auto& v) { return v.cols; }, rows);
}

// Hands out single rows as contiguous elements, those of a sparse matrix from a buffer.
template <class View>
class RowReader {
 public:
  explicit RowReader(const View& view) : view_(view) {
    if constexpr (is_sparse) buffer_.resize(static_cast<std::size_t>(view.cols));
  }

  auto operator()(Index i) {
    if constexpr (is_sparse) {
      view_.densify(i, buffer_.data());
      return static_cast<const Element*>(buffer_.data());
    } else {
      return view_.row(i);
    }
  }

 private:
  static constexpr bool is_sparse = requires(View v) { v.starts; };
  template <class V>
  struct ElementOf;
  template <template <class> class V, class T>
  struct ElementOf<V<T>> {
    using type = std::remove_const_t<T>;
  };

 public:
  using Element = typename ElementOf<View>::type;

 private:
  View view_;
  std::vector<Element> buffer_;
};

// What a row takes in memory, with its zeros.
inline Index row_bytes(const Rows& rows) {
  return std::visit(
      []<class View>(const View& v) {
        return v.cols * static_cast<Index>(sizeof(typename RowReader<View>::Element));
      },
      rows);
}

// out = row i, in double.
inline void read_row(const Rows& rows, Index i, double* out) {
  std::visit(
      [&](const auto& view) {
        RowReader read(view);
        std::copy_n(read(i), view.cols, out);
      },
      rows);
}

}  // namespace fastnn::neighbors
