// Layers that read several others: their sum, or their features side by side.
#pragma once

#include <numeric>
#include <vector>

#include "fastnn/common/simd.h"
#include "fastnn/nn/layer.h"

namespace fastnn::nn {

template <class T>
class Merge : public Layer<T> {
 public:
  explicit Merge(Index size) : size_(size) {}

  Index output_size() const override { return size_; }
  Block output_share(Index n_rows, const Member& member) const override {
    return {member.share(n_rows), {0, size_}};
  }
  std::vector<Parameter<T>*> parameters() override { return {}; }
  double flops() const override { return static_cast<double>(size_); }

 private:
  Index size_;
};

template <class T>
class Add final : public Merge<T> {
 public:
  using Merge<T>::Merge;

  Block input_share(Index n_rows, std::size_t /*input*/, const Member& member) const override {
    return this->output_share(n_rows, member);
  }
  void forward(const Flow<T>& flow, const Pass& /*pass*/, const Block& block) const override {
    using P = simd::Packet<T>;
    const auto plus = [](const P& a, const P& b) { return simd::padd(a, b); };
    for (Index i = block.rows.begin; i < block.rows.end; ++i) {
      T* const sum = flow.output.row(i);
      std::copy_n(flow.input().row(i), flow.output.cols, sum);
      for (std::size_t k = 1; k < flow.inputs.size(); ++k) {
        simd::transform(sum, flow.output.cols, plus, sum, flow.inputs[k].row(i));
      }
    }
  }
  void backward_input(const Flow<T>& flow, const Pass& /*pass*/, std::size_t input,
                      const Block& block) const override {
    for (Index i = block.rows.begin; i < block.rows.end; ++i) {
      std::copy_n(flow.output_gradient.row(i), flow.output.cols,
                  flow.input_gradients[input].row(i));
    }
  }
};

template <class T>
class Concatenate final : public Merge<T> {
 public:
  explicit Concatenate(const std::vector<Index>& sizes)
      : Merge<T>(std::accumulate(sizes.begin(), sizes.end(), Index{0})),
        sizes_(sizes),
        starts_(sizes.size()) {
    std::exclusive_scan(sizes.begin(), sizes.end(), starts_.begin(), Index{0});
  }

  Block input_share(Index n_rows, std::size_t input, const Member& member) const override {
    return {member.share(n_rows), {0, sizes_[input]}};
  }

  void forward(const Flow<T>& flow, const Pass& /*pass*/, const Block& block) const override {
    for (Index i = block.rows.begin; i < block.rows.end; ++i) {
      for (std::size_t k = 0; k < starts_.size(); ++k) {
        std::copy_n(flow.inputs[k].row(i), flow.inputs[k].cols, flow.output.row(i) + starts_[k]);
      }
    }
  }
  void backward_input(const Flow<T>& flow, const Pass& /*pass*/, std::size_t input,
                      const Block& block) const override {
    for (Index i = block.rows.begin; i < block.rows.end; ++i) {
      const MatrixView<T>& dx = flow.input_gradients[input];
      std::copy_n(flow.output_gradient.row(i) + starts_[input], dx.cols, dx.row(i));
    }
  }

 private:
  std::vector<Index> sizes_;
  std::vector<Index> starts_;  // of each input's features
};

}  // namespace fastnn::nn
