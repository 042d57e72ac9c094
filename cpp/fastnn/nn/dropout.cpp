#include "fastnn/nn/dropout.h"

#include <stdexcept>
#include <string>

#include "fastnn/common/random.h"
#include "fastnn/common/simd.h"

namespace fastnn::nn {
namespace {

template <class T>
void multiply(ConstMatrixView<T> a, ConstMatrixView<T> b, MatrixView<T> product) {
  const auto times = [](const simd::Packet<T>& x, const simd::Packet<T>& y) {
    return simd::pmul(x, y);
  };
  for (Index i = 0; i < product.rows; ++i) {
    simd::transform(product.row(i), product.cols, times, a.row(i), b.row(i));
  }
}

}  // namespace

template <class T>
Dropout<T>::Dropout(Index size, double rate, std::uint64_t seed)
    : ElementwiseLayer<T>(size), rate_(rate), seed_(seed) {
  if (rate >= 0 && rate < 1) return;
  throw std::invalid_argument("expected rate in [0, 1). Received: " + std::to_string(rate));
}

// An element's number in the batch says which random word is its own.
template <class T>
void Dropout<T>::forward(const Flow<T>& flow, const Pass& pass, const Block& block) const {
  constexpr Index words = Philox::group_words;
  const Philox random(seed_, pass.step);
  const Index groups = (this->output_size() + words - 1) / words;
  const auto limit = static_cast<std::uint32_t>(rate_ * 0x1.0p32);
  const T grown = static_cast<T>(1 / (1 - rate_));
  std::uint32_t word[words];
  for (Index i = block.rows.begin; i < block.rows.end; ++i) {
    T* const factors = flow.kept.row(i);
    for (Index begin = block.cols.begin; begin < block.cols.end;) {
      const Index group = begin / words;
      const Index end = std::min(block.cols.end, (group + 1) * words);
      random.group(static_cast<std::uint64_t>(i * groups + group), word);
      for (; begin < end; ++begin) {
        factors[begin] = word[begin - group * words] < limit ? T(0) : grown;
      }
    }
  }
  multiply<T>(flow.input().block(block), flow.kept.block(block), flow.output.block(block));
}

template <class T>
void Dropout<T>::backward_input(const Flow<T>& flow, const Pass& /*pass*/, std::size_t input,
                                const Block& block) const {
  multiply<T>(flow.output_gradient.block(block), flow.kept.block(block),
              flow.input_gradients[input].block(block));
}

template class Dropout<float>;
template class Dropout<double>;

}  // namespace fastnn::nn
