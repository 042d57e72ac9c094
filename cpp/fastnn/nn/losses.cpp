#include "fastnn/nn/losses.h"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "fastnn/nn/cross_entropy.h"
#include "fastnn/nn/elementwise_losses.h"
#include "fastnn/nn/row_losses.h"

namespace fastnn::nn {
namespace {

std::optional<std::int64_t> ignored_class(const Loss& loss) {
  const auto* cross_entropy = std::get_if<CrossEntropy>(&loss.function);
  return cross_entropy == nullptr ? std::nullopt : cross_entropy->ignore_class;
}

}  // namespace

Loss loss_from_name(std::string_view name) {
  static const std::array<std::pair<std::string_view, LossFunction>, 12> functions{{
      {"mean_squared_error", SquaredError{}},
      {"mean_absolute_error", AbsoluteError{}},
      {"mean_absolute_percentage_error", AbsolutePercentageError{}},
      {"mean_squared_logarithmic_error", SquaredLogarithmicError{}},
      {"log_cosh", LogCosh{}},
      {"poisson", Poisson{}},
      {"poisson_deviance", PoissonDeviance{}},
      {"hinge", Hinge{}},
      {"squared_hinge", SquaredHinge{}},
      {"categorical_hinge", CategoricalHinge{}},
      {"kl_divergence", KlDivergence{}},
      {"cosine_similarity", CosineSimilarity{}},
  }};
  for (const auto& [known, function] : functions) {
    if (known == name) return {function};
  }
  throw std::invalid_argument("expected the name of a loss without parameters. Received: " +
                              std::string(name));
}

Reduction reduction_from_name(std::string_view name) {
  if (name == "mean") return Reduction::mean;
  if (name == "mean_with_sample_weight") return Reduction::weighted_mean;
  if (name == "sum") return Reduction::sum;
  throw std::invalid_argument(
      "expected reduction to be mean, mean_with_sample_weight or sum. Received: " +
      std::string(name));
}

template <class T>
void check_targets(const Loss& loss, const Targets<T>& targets, Index n_rows, Index n_outputs) {
  if (std::holds_alternative<Labels>(targets) &&
      !std::holds_alternative<CrossEntropy>(loss.function)) {
    throw std::invalid_argument("expected y as rows of outputs for this loss. Received: labels");
  }
  check_targets(targets, n_rows, n_outputs, ignored_class(loss));
}

template <class T>
void evaluate_loss(const Loss& loss, ConstMatrixView<T> outputs, const Targets<T>& targets,
                   const std::int64_t* target_rows, const T* row_weights, T scale, double* values,
                   MatrixView<T> gradient) {
  const Index n = outputs.cols;
  const auto for_each_row = [&](const auto& loss_of_row) {
    for (Index i = 0; i < outputs.rows; ++i) {
      const std::int64_t row = target_rows[i];
      const T weight = row_weights == nullptr ? T(1) : row_weights[row];
      T* const slope = gradient.data == nullptr ? nullptr : gradient.row(i);
      values[i] = weight * loss_of_row(outputs.row(i), row, scale * weight, slope);
    }
  };
  if (const auto* labels = std::get_if<Labels>(&targets)) {
    const auto& cross_entropy = std::get<CrossEntropy>(loss.function);
    for_each_row([&](const T* output, std::int64_t row, T row_scale, T* slope) {
      return label_loss(cross_entropy, output, labels->data[row], n, row_scale, slope);
    });
    return;
  }
  const auto& y = std::get<ConstMatrixView<T>>(targets);
  std::visit(
      [&]<class L>(const L& function) {
        if constexpr (is_elementwise<T, L>) {
          if (n == 1) {
            const SingleOutputs<T> rows{outputs, y, target_rows, row_weights, scale};
            single_output_losses<T>(function, rows, values, gradient);
            return;
          }
        }
        for_each_row([&](const T* output, std::int64_t row, T row_scale, T* slope) {
          return row_loss(function, output, y.row(row), n, row_scale, slope);
        });
      },
      loss.function);
}

template <class T>
double loss_divisor(const Loss& loss, const Targets<T>& targets, const std::int64_t* target_rows,
                    Index n_rows, const T* row_weights) {
  if (loss.reduction == Reduction::sum) return 1;
  const auto* labels = std::get_if<Labels>(&targets);
  const auto ignored = ignored_class(loss);
  const bool by_weight = loss.reduction == Reduction::weighted_mean && row_weights != nullptr;
  const bool counts_all = labels == nullptr || !ignored;
  if (counts_all && !by_weight) return static_cast<double>(n_rows);
  double divisor = 0;
  for (Index i = 0; i < n_rows; ++i) {
    const std::int64_t row = target_rows[i];
    if (counts_all || labels->data[row] != ignored) divisor += by_weight ? row_weights[row] : T(1);
  }
  return divisor == 0 ? std::numeric_limits<double>::infinity() : divisor;
}

template void check_targets(const Loss&, const Targets<float>&, Index, Index);
template void check_targets(const Loss&, const Targets<double>&, Index, Index);
template void evaluate_loss(const Loss&, ConstMatrixView<float>, const Targets<float>&,
                            const std::int64_t*, const float*, float, double*, MatrixView<float>);
template void evaluate_loss(const Loss&, ConstMatrixView<double>, const Targets<double>&,
                            const std::int64_t*, const double*, double, double*,
                            MatrixView<double>);
template double loss_divisor(const Loss&, const Targets<float>&, const std::int64_t*, Index,
                             const float*);
template double loss_divisor(const Loss&, const Targets<double>&, const std::int64_t*, Index,
                             const double*);

}  // namespace fastnn::nn
