// What a network is to answer: a class index a row, or a row of outputs.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "fastnn/common/types.h"

namespace fastnn::nn {

struct Labels {
  const std::int64_t* data = nullptr;
  Index size = 0;
};

template <class T>
using Targets = std::variant<Labels, ConstMatrixView<T>>;

// Throws std::invalid_argument unless there is one target a row and each fits n_outputs outputs;
// a label may also be the `ignored` one.
template <class T>
void check_targets(const Targets<T>& targets, Index n_rows, Index n_outputs,
                   std::optional<std::int64_t> ignored = {});

}  // namespace fastnn::nn
