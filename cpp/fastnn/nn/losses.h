// Loss functions: the value of each row and the gradient with respect to the network's outputs.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "fastnn/nn/targets.h"

namespace fastnn::nn {

// Formulas are those of Keras 3, its clipping included. o is an output, t its target, n the number
// of outputs of a row, s the label smoothing and ε = 1e-7.

// -Σ t log p with p = softmax(o) or, unless from logits, p = o / Σ o within [ε, 1 - ε];
// t becomes t (1 - s) + s / n.
struct CrossEntropy {
  bool from_logits = false;
  double label_smoothing = 0;
  std::optional<std::int64_t> ignore_class = std::nullopt;  // rows of this label cost nothing
};

// Lin et al. (2017): -Σ α (1 - p)^γ t log p, with p and t as in CrossEntropy.
struct FocalCrossEntropy {
  bool from_logits = false;
  double label_smoothing = 0;
  double alpha = 0.25;
  double gamma = 2;
};

// The mean of -t log p - (1 - t) log(1 - p) with p = sigmoid(o) or, unless from logits, o within
// [ε, 1 - ε]; t becomes t (1 - s) + s / 2.
struct BinaryCrossEntropy {
  bool from_logits = false;
  double label_smoothing = 0;
};

// The mean of the terms of BinaryCrossEntropy, each times |t - p|^γ and, with class balancing,
// times α where t = 1 and 1 - α where t = 0.
struct BinaryFocalCrossEntropy {
  bool from_logits = false;
  double label_smoothing = 0;
  double alpha = 0.25;
  double gamma = 2;
  bool apply_class_balancing = false;
};

// Means over the outputs of
struct SquaredError {};             // (o - t)²
struct AbsoluteError {};            // |o - t|
struct AbsolutePercentageError {};  // 100 |o - t| / max(|t|, ε)
struct SquaredLogarithmicError {};  // (log(1 + max(o, ε)) - log(1 + max(t, ε)))²
struct LogCosh {};                  // log cosh(o - t)
struct Huber {  // d² / 2 up to |d| = |o - t| = delta, then delta |d| - delta² / 2
  double delta = 1;
};
struct Poisson {};          // o - t log(o + ε)
struct PoissonDeviance {};  // half of it, of a rate whose logarithm is o: e^o - t o + t log t - t
struct Hinge {};            // max(1 - t o, 0); t is 1 or -1, and 0 stands for -1
struct SquaredHinge {};     // the same, squared

// max(1 + max (1 - t) o - Σ t o, 0)
struct CategoricalHinge {};
// Σ t log(t / o), both within [ε, 1]
struct KlDivergence {};
// -Σ t o / (‖t‖ ‖o‖); norms below ε count as ε
struct CosineSimilarity {};

using LossFunction =
    std::variant<CrossEntropy, FocalCrossEntropy, BinaryCrossEntropy, BinaryFocalCrossEntropy,
                 SquaredError, AbsoluteError, AbsolutePercentageError, SquaredLogarithmicError,
                 LogCosh, Huber, Poisson, PoissonDeviance, Hinge, SquaredHinge, CategoricalHinge,
                 KlDivergence, CosineSimilarity>;

// How the rows of a batch become one number: their sum divided by the number of rows, by the sum of
// their weights, or by 1.
enum class Reduction { mean, weighted_mean, sum };

struct Loss {
  LossFunction function;
  Reduction reduction = Reduction::mean;
};

// A loss without parameters by its name in Keras, such as mean_squared_error. Throws
// std::invalid_argument for another name.
Loss loss_from_name(std::string_view name);

// mean, mean_with_sample_weight or sum. Throws std::invalid_argument for another name.
Reduction reduction_from_name(std::string_view name);

// Throws std::invalid_argument unless there is one target a row, each fits n_outputs outputs, and
// only cross-entropy gets labels.
template <class T>
void check_targets(const Loss& loss, const Targets<T>& targets, Index n_rows, Index n_outputs);

// values[i] = loss of row i; gradient.row(i) = d values[i] / d outputs.row(i) · scale, left out
// where gradient.data is null. target_rows[i] names the row of the targets that belongs to row i,
// and of the weights that multiply values and gradient, unless row_weights is null. The derivative
// is 0 where a formula clips.
template <class T>
void evaluate_loss(const Loss& loss, ConstMatrixView<T> outputs, const Targets<T>& targets,
                   const std::int64_t* target_rows, const T* row_weights, T scale, double* values,
                   MatrixView<T> gradient);

// What the sum of a batch's values is divided by: the batch are the n_rows rows in target_rows.
// Ignored rows do not count. Infinity where nothing counts, so that the quotient is 0.
template <class T>
double loss_divisor(const Loss& loss, const Targets<T>& targets, const std::int64_t* target_rows,
                    Index n_rows, const T* row_weights);

}  // namespace fastnn::nn
