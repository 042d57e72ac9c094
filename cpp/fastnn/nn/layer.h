// A layer of the network, computed in blocks: each member of a team takes the block of the outputs,
// or of the inputs' gradient, that the layer gives it. The caller waits for the team where blocks
// meet.
#pragma once

#include <cstdint>
#include <vector>

#include "fastnn/common/parallel.h"
#include "fastnn/linalg/bfloat16_products.h"
#include "fastnn/nn/parameter.h"

namespace fastnn::nn {

// What one passage of a batch through the network is for.
struct Pass {
  bool training = false;
  std::uint64_t step = 0;  // random numbers are those of this step
};

// The values around a layer while a batch passes.
template <class T>
struct Flow {
  std::vector<MatrixView<T>> inputs;
  MatrixView<T> output;
  MatrixView<T> kept;                          // by the way there for the way back
  linalg::Bfloat16Pair* rounded = nullptr;     // room for rounded values; null if none are wanted
  std::vector<MatrixView<T>> input_gradients;  // data is null where nobody asks
  MatrixView<T> output_gradient;
  bool learns = true;  // whether the layer's parameters are to change

  const MatrixView<T>& input() const { return inputs.front(); }
};

template <class T>
class Layer {
 public:
  virtual ~Layer() = default;

  virtual Index output_size() const = 0;

  // Whether a block of the outputs needs the same block of the layer's only input alone.
  virtual bool elementwise() const { return false; }
  // Whether the way back reads the inputs, or the outputs; of layers that are elementwise and of
  // those before them.
  virtual bool needs_inputs_back() const { return true; }
  virtual bool needs_outputs_back() const { return false; }
  // Whether the outputs are the inputs.
  virtual bool passes_on(bool /*training*/) const { return false; }
  // The shape of Flow::kept.
  struct Shape {
    Index rows = 0;
    Index cols = 0;
  };
  virtual Shape kept_shape(Index /*n_rows*/) const { return {}; }

  virtual Block output_share(Index n_rows, const Member& member) const = 0;
  virtual Block input_share(Index n_rows, std::size_t input, const Member& member) const = 0;

  // The size of Flow::rounded, where products are to be of values rounded to bfloat16; 0 if the
  // layer has no products.
  virtual Index rounded_size(Index /*n_rows*/) const { return 0; }
  // This member's share of the rounding of what blocks have in common: before `forward`, and before
  // `backward_input`. The team waits in between.
  virtual void round_input(const Flow<T>& /*flow*/, const Member& /*member*/) const {}
  virtual void round_output_gradient(const Flow<T>& /*flow*/, const Member& /*member*/) const {}

  // Multiples of so many columns of a block may be computed one after the other at little cost; 0
  // if only all together.
  virtual Index separable_cols() const { return 0; }

  // The block of the outputs.
  virtual void forward(const Flow<T>& flow, const Pass& pass, const Block& block) const = 0;

  // The block of dL/dx of one of the inputs, from dL/dy, behind `forward`.
  virtual void backward_input(const Flow<T>& flow, const Pass& pass, std::size_t input,
                              const Block& block) const = 0;

  // Hands this member's share of dL/dw to `consumer`; the parameters have the numbers from `first`
  // on. What else training changes, changes here.
  virtual void backward_parameters(const Flow<T>& /*flow*/, const GradientConsumer<T>& /*consumer*/,
                                   std::size_t /*first*/, const Member& /*member*/) {}

  // In Keras's order; pointers stay valid as long as the layer.
  virtual std::vector<Parameter<T>*> parameters() = 0;

  // Floating-point operations of `forward` for one row.
  virtual double flops() const = 0;
};

}  // namespace fastnn::nn
