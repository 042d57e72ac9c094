// What layers have in common that compute element by element and have no parameters.
#pragma once

#include "fastnn/nn/layer.h"

namespace fastnn::nn {

template <class T>
class ElementwiseLayer : public Layer<T> {
 public:
  explicit ElementwiseLayer(Index size) : size_(size) {}

  Index output_size() const override { return size_; }
  bool elementwise() const override { return true; }
  Block output_share(Index n_rows, const Member& member) const override {
    return {member.share(n_rows), {0, size_}};
  }
  Block input_share(Index n_rows, std::size_t /*input*/, const Member& member) const override {
    return output_share(n_rows, member);
  }
  std::vector<Parameter<T>*> parameters() override { return {}; }
  double flops() const override { return static_cast<double>(size_); }

 private:
  Index size_;
};

}  // namespace fastnn::nn
