#include "fastnn/nn/batch_run.h"

#include <algorithm>
#include <numeric>

#include "fastnn/common/simd.h"

namespace fastnn::nn {
namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

template <class T>
void add(ConstMatrixView<T> part, MatrixView<T> sum) {
  for (Index i = 0; i < sum.rows; ++i) simd::add(sum.row(i), part.row(i), sum.cols);
}

// How many of a block's rows, computed from so many columns, go through together: so many that
// level 2 keeps those columns while they meet all the weights, but not so few that reading the
// weights again takes long. Parts are about equal.
template <class T>
Index rows_together(Index n_rows, Index n_cols) {
  constexpr Index kept = (Index{1} << 19) / sizeof(T);
  const Index most = std::max<Index>(256, kept / std::max<Index>(1, n_cols));
  const Index parts = (n_rows - 1) / most + 1;
  return (n_rows / parts / linalg::tile_rows + 1) * linalg::tile_rows;
}

// compute(part) for all of a block, part by part where the layer allows it: what several layers do
// with a part finds it in the cache. Between parts the watch is asked, if there is one.
template <class T, class Compute>
void in_parts(const Layer<T>& layer, const Block& block, Index n_cols, Watch* watch,
              const Compute& compute) {
  const Index part_cols = layer.separable_cols();
  if (part_cols == 0) {
    compute(block);
    return;
  }
  const Index n_rows = rows_together<T>(block.rows.size(), n_cols);
  for (Index i = block.rows.begin; i < block.rows.end; i += n_rows) {
    const Range rows{i, std::min(block.rows.end, i + n_rows)};
    for (Index j = block.cols.begin; j < block.cols.end; j += part_cols) {
      compute(Block{rows, {j, std::min(block.cols.end, j + part_cols)}});
      if (watch != nullptr) watch->advance(0);
    }
  }
}

// Looks at the watch before each piece of a gradient goes on.
template <class T>
class WatchedGradients final : public GradientConsumer<T> {
 public:
  WatchedGradients(const GradientConsumer<T>& consumer, Watch& watch)
      : consumer_(consumer), watch_(watch) {}

  void consume(std::size_t number, Parameter<T>& parameter, Index offset, T* gradient,
               Index count) const override {
    watch_.advance(0);
    consumer_.consume(number, parameter, offset, gradient, count);
  }
  Arrays<T> arrays(std::size_t number, const Parameter<T>& parameter) const override {
    return consumer_.arrays(number, parameter);
  }
  double loss_scale() const override { return consumer_.loss_scale(); }

 private:
  const GradientConsumer<T>& consumer_;
  Watch& watch_;
};

}  // namespace

template <class T>
BatchRun<T>::BatchRun(const Network<T>& network, Index most_rows,
                      const std::vector<std::size_t>& places, const std::vector<std::size_t>& heads,
                      Mode mode)
    : network_(network), mode_(mode), most_rows_(most_rows), n_rows_(most_rows) {
  find_roots();
  for (const std::size_t head : heads) heads_.push_back({roots_[head], {}});
  const std::vector<bool> needed = places_before(places);
  values_.resize(roots_.size());
  gradients_.resize(roots_.size());
  step_of_.assign(roots_.size(), none);
  rooms_.resize(roots_.size());
  std::iota(rooms_.begin(), rooms_.end(), 0);
  gradient_rooms_ = rooms_;
  for (std::size_t i = network.n_inputs(); i < roots_.size(); ++i) {
    if (roots_[i] == i && needed[i]) make_step(i - network.n_inputs());
  }
  const std::vector<bool> before_heads = places_before(heads);
  for (Step& step : steps_) step.comes_back = before_heads[place(step)];
  if (mode == Mode::training) plan_way_back();
  give_room(places);
  set_rows(most_rows);
}

template <class T>
void BatchRun<T>::find_roots() {
  for (std::size_t i = 0; i < network_.n_inputs(); ++i) roots_.push_back(i);
  for (const Node<T>& node : network_.nodes()) {
    const bool same = node.layer->passes_on(mode_ == Mode::training);
    roots_.push_back(same ? roots_[node.inputs.front()] : roots_.size());
  }
}

template <class T>
std::vector<bool> BatchRun<T>::places_before(const std::vector<std::size_t>& places) const {
  std::vector<bool> before(roots_.size(), false);
  for (const std::size_t place : places) before[roots_[place]] = true;
  for (std::size_t i = roots_.size(); i-- > network_.n_inputs();) {
    if (!before[i]) continue;
    for (const std::size_t input : network_.nodes()[i - network_.n_inputs()].inputs) {
      before[roots_[input]] = true;
    }
  }
  return before;
}

template <class T>
void BatchRun<T>::make_step(std::size_t node) {
  const Node<T>& n = network_.nodes()[node];
  Step step{node, {}, std::vector<bool>(n.inputs.size(), false)};
  step.flow.learns = n.trainable;
  step.flow.input_gradients.resize(n.inputs.size());
  step.flow.inputs.resize(n.inputs.size());
  step.fused =
      n.layer->elementwise() && !steps_.empty() && root_of_input(step, 0) == place(steps_.back());
  const auto [rows, cols] = n.layer->kept_shape(most_rows_);
  kept_.emplace_back(rows, cols);
  const bool rounds = mode_ == Mode::training && network_.rounds();
  rounded_.emplace_back(rounds ? n.layer->rounded_size(most_rows_) : 0);
  if (rounded_.back().size() > 0) step.flow.rounded = rounded_.back().data();
  step_of_[place(step)] = steps_.size();
  steps_.push_back(std::move(step));
}

// Gives room to the gradients that somebody needs, the same one to both ends of a fused step. Where
// several steps read the same values, the first on the way back writes their gradient and the
// others add to it; where a head is, all do.
template <class T>
void BatchRun<T>::plan_way_back() {
  std::vector<int> writers(roots_.size(), 0);
  std::vector<bool> has_head(roots_.size(), false);
  for (Head& head : heads_) {
    has_head[head.root] = true;
    BatchValues<T>& gradient = writers[head.root]++ == 0 ? gradients_[head.root] : head.part;
    gradient = {most_rows_, network_.size(head.root)};
  }
  for (std::size_t s = steps_.size(); s-- > 0;) {
    Step& step = steps_[s];
    if (!step.comes_back) continue;
    for (std::size_t i = 0; i < step.adds.size(); ++i) {
      const std::size_t root = root_of_input(step, i);
      if (!network_.learns_behind(root)) continue;
      step.adds[i] = writers[root]++ > 0;
      if (step.adds[i]) parts_.emplace_back(most_rows_, network_.size(root));
      gradients_[root] = {most_rows_, network_.size(root)};
    }
  }
  for (Step& step : steps_) {
    step.fused_back = layer(step).elementwise() && writers[place(step)] == 1 &&
                      !has_head[place(step)] && network_.learns_behind(root_of_input(step, 0));
  }
  for (std::size_t s = steps_.size(); s-- > 0;) {
    const std::size_t root = root_of_input(steps_[s], 0);
    if (!steps_[s].fused_back || writers[root] > 1) continue;
    gradient_rooms_[root] = gradient_rooms_[place(steps_[s])];
    gradients_[root] = {};
  }
}

// An elementwise layer writes over its inputs where nobody needs them any more.
template <class T>
void BatchRun<T>::give_room(const std::vector<std::size_t>& places) {
  std::vector<int> readers(roots_.size(), 0);
  for (const std::size_t place : places) ++readers[roots_[place]];
  for (const Step& step : steps_) {
    for (std::size_t i = 0; i < step.adds.size(); ++i) ++readers[root_of_input(step, i)];
  }
  for (std::size_t s = 1; s < steps_.size(); ++s) {
    const Step& step = steps_[s];
    const bool comes_back = mode_ == Mode::training && (layer(step).needs_inputs_back() ||
                                                        layer(steps_[s - 1]).needs_outputs_back());
    const std::size_t root = root_of_input(step, 0);
    if (step.fused && readers[root] == 1 && !comes_back) rooms_[place(step)] = rooms_[root];
  }
  const auto give = [&](std::size_t i) { values_[i] = {most_rows_, network_.size(i)}; };
  for (std::size_t i = 0; i < network_.n_inputs(); ++i) give(i);
  for (const Step& step : steps_) {
    if (rooms_[place(step)] == place(step)) give(place(step));
  }
}

template <class T>
void BatchRun<T>::set_rows(Index n_rows) {
  n_rows_ = n_rows;
  auto part = parts_.begin();
  for (std::size_t s = steps_.size(); s-- > 0;) {
    const Step& step = steps_[s];
    Flow<T>& flow = steps_[s].flow;
    flow.output = values_of(place(step));
    flow.output_gradient = gradient_of(place(step));
    flow.kept = {kept_[s].data(), layer(step).kept_shape(n_rows).rows, kept_[s].cols()};
    for (std::size_t i = 0; i < step.adds.size(); ++i) {
      const std::size_t root = root_of_input(step, i);
      flow.inputs[i] = values_of(root);
      flow.input_gradients[i] = step.adds[i] ? (part++)->first_rows(n_rows_) : gradient_of(root);
    }
  }
}

template <class T>
MatrixView<T> BatchRun<T>::head_gradient(std::size_t head, const Range& rows) {
  if (heads_.empty()) return {};
  auto& [root, part] = heads_[head];
  const MatrixView<T> gradient = part.is_empty() ? gradient_of(root) : part.first_rows(n_rows_);
  return gradient.row_range(rows.begin, rows.size());
}

template <class T>
void BatchRun<T>::add_heads(const Range& rows) {
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    if (heads_[i].part.is_empty()) continue;
    add<T>(head_gradient(i, rows), gradient_of(heads_[i].root).row_range(rows.begin, rows.size()));
  }
}

template <class T>
void BatchRun<T>::forward(std::uint64_t step_number, const Member& member, Watch* watch) const {
  const Pass pass{mode_ == Mode::training, step_number};
  for (auto step = steps_.begin(); step != steps_.end();) {
    const auto end = std::find_if(step + 1, steps_.end(), [](const Step& s) { return !s.fused; });
    member.wait();
    if (step->flow.rounded != nullptr) {
      layer(*step).round_input(step->flow, member);
      member.wait();
    }
    in_parts(layer(*step), layer(*step).output_share(n_rows_, member), step->flow.input().cols,
             watch, [&](const Block& part) {
               std::for_each(step, end,
                             [&](const Step& each) { layer(each).forward(each.flow, pass, part); });
             });
    step = end;
  }
  member.wait();
}

template <class T>
void BatchRun<T>::backward_input(const Step& step, std::size_t input, const Pass& pass,
                                 const Block& block) {
  layer(step).backward_input(step.flow, pass, input, block);
  const std::size_t root = root_of_input(step, input);
  if (step.adds[input]) {
    add<T>(step.flow.input_gradients[input].block(block), gradient_of(root).block(block));
  }
  if (step_of_[root] == none) return;
  const Step& before = steps_[step_of_[root]];
  if (before.fused_back) backward_input(before, 0, pass, block);
}

template <class T>
void BatchRun<T>::backward(std::uint64_t step_number, const GradientConsumer<T>& consumer,
                           const Member& member, Watch* watch) {
  if (watch != nullptr) {
    const WatchedGradients<T> watched(consumer, *watch);
    go_back(step_number, watched, member, watch);
  } else {
    go_back(step_number, consumer, member, watch);
  }
}

template <class T>
void BatchRun<T>::go_back(std::uint64_t step_number, const GradientConsumer<T>& consumer,
                          const Member& member, Watch* watch) {
  const Pass pass{mode_ == Mode::training, step_number};
  for (std::size_t s = steps_.size(); s-- > 0;) {
    const Step& step = steps_[s];
    if (!step.comes_back || !network_.learns_behind(place(step)) || step.fused_back) continue;
    const bool asked =
        std::any_of(step.flow.input_gradients.begin(), step.flow.input_gradients.end(),
                    [](const MatrixView<T>& gradient) { return gradient.data != nullptr; });
    if (asked && step.flow.rounded != nullptr) {
      layer(step).round_output_gradient(step.flow, member);
      member.wait();
    }
    for (std::size_t i = 0; i < step.adds.size(); ++i) {
      if (step.flow.input_gradients[i].data == nullptr) continue;
      in_parts(layer(step), layer(step).input_share(n_rows_, i, member),
               step.flow.output_gradient.cols, watch,
               [&](const Block& part) { backward_input(step, i, pass, part); });
    }
    // The weights are needed as they were, so the team waits before anyone changes them.
    if (asked) member.wait();
    if (!step.flow.learns) continue;
    layer(step).backward_parameters(step.flow, consumer, network_.first_parameter(step.node),
                                    member);
  }
}

template class BatchRun<float>;
template class BatchRun<double>;

}  // namespace fastnn::nn
