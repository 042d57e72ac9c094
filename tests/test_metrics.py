"""What metrics promise beyond single figures: names, weights, functions and metrics of your own."""

import numpy as np
import pytest

import fastnn
from fastnn import losses, metrics
from messages import raises

SHARES = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]])


def test_the_mean_weighs_samples_as_keras_does():
    mean = metrics.Mean(dtype="float64")
    assert mean.result() == 0
    assert mean([[1.0, 3.0], [5.0, 7.0]]) == 4
    assert mean(10.0) == pytest.approx((2 + 6 + 10) / 3)
    mean.reset_state()
    assert mean([[1.0, 3.0], [5.0, 7.0]], [1.0, 0.0]) == 2
    mean.reset_state()
    weights = [[1.0, 0.0], [0.0, 0.0]]
    assert mean([[1.0, 3.0], [5.0, 7.0]], weights) == pytest.approx(0.5 / 0.5)


def test_a_sum_adds_up_batches():
    total = metrics.Sum()
    total.update_state([[1.0, 3.0], [5.0, 7.0]])
    assert total([1.0, 1.0], [0.5, 2.0]) == 18.5


def test_many_small_batches_lose_no_digits():
    mean = metrics.Mean()
    for _ in range(1000):
        mean.update_state(np.full(1000, 0.1, np.float32))
    assert mean.result() == np.float32(0.1)


def test_an_output_equal_to_the_threshold_is_not_above_it():
    outputs = np.array([[0.1], [0.7]], np.float32)  # not the doubles of those names
    assert metrics.BinaryAccuracy(threshold=0.1)([[1], [1]], outputs) == 0.5
    assert metrics.Recall(thresholds=0.7)([[1], [1]], outputs) == 0
    assert metrics.TruePositives(thresholds=[0.1, 0.7])([[1], [1]], outputs).tolist() == [1, 0]


def test_ties_for_the_k_best_count_as_keras_counts_them():
    outputs, top = [[0.3, 0.3, 0.3, 0.1]], metrics.sparse_top_k_categorical_accuracy
    assert [top([label], outputs, k=1)[0] for label in range(4)] == [1, 1, 1, 0]
    assert [top([label], outputs, k=3)[0] for label in range(4)] == [1, 1, 1, 0]
    assert [top([label], [[np.nan, 0.5]], k=1)[0] for label in range(2)] == [0, 1]
    assert top([-1], outputs, k=4) == 0


def test_what_is_not_a_number_is_no_positive():
    outputs = [np.nan, 0.9]
    assert metrics.Precision()([0, 1], outputs) == 1
    assert metrics.FalseNegatives()([1, 1], outputs) == 1


def test_a_function_of_targets_and_outputs_is_a_metric():
    def meanDistance(y_true, y_pred):  # noqa: N802
        return np.abs(y_true - y_pred).mean(axis=-1)

    metric = metrics.get(meanDistance)
    assert metric.name == "mean_distance"
    assert metric([[0.0, 0.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, 3.0]]) == 0.75
    assert metric._core_metric(False) is None


def test_what_a_metric_of_your_own_changes_is_not_counted_by_the_core():
    class Percent(metrics.BinaryAccuracy):
        def result(self):
            return 100 * super().result()

    class Plain(metrics.BinaryAccuracy):
        pass

    assert Percent()([1, 0], [0.9, 0.8]) == 50
    assert Percent()._core_metric(False) is None
    assert Plain()._core_metric(False) is not None


def test_a_metric_of_your_own_needs_no_more_than_keras_asks_for():
    class Largest(metrics.Metric):
        def __init__(self, name="largest"):
            super().__init__(name=name)
            self.largest = 0.0

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.largest = max(self.largest, np.abs(np.subtract(y_true, y_pred)).max())

        def result(self):
            return self.largest

        def reset_state(self):
            self.largest = 0.0

    metric = metrics.get(Largest())
    assert metric([1.0], [3.0]) == 2
    assert metric([1.0], [1.5]) == 2
    metric.reset_state()
    assert metric.result() == 0
    assert metric._core_metric(False) is None


@pytest.mark.parametrize(
    ("identifier", "labels", "n_outputs", "kind", "name"),
    [
        ("accuracy", True, 10, metrics.SparseCategoricalAccuracy, "accuracy"),
        ("acc", False, 10, metrics.CategoricalAccuracy, "acc"),
        ("Accuracy", False, 1, metrics.BinaryAccuracy, "Accuracy"),
        ("mse", False, 3, metrics.MeanSquaredError, "mse"),
        ("AUC", False, 1, metrics.AUC, "AUC"),
        ("auc", False, 1, metrics.AUC, "auc"),
        (metrics.Recall(name="found"), False, 1, metrics.Recall, "found"),
        (metrics.MeanAbsoluteError, False, 1, metrics.MeanAbsoluteError, "mean_absolute_error"),
        (losses.huber, False, 2, metrics.MeanMetricWrapper, "huber"),
    ],
)
def test_names_mean_in_training_what_they_mean_to_keras(identifier, labels, n_outputs, kind, name):
    metric = metrics.resolve(identifier, labels=labels, n_outputs=n_outputs)
    assert type(metric) is kind
    assert metric.name == name


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("accuracy", metrics.Accuracy),
        ("binary_accuracy", metrics.BinaryAccuracy),
        ("KLDivergence", metrics.KLDivergence),
        ("kl_divergence", metrics.KLDivergence),
        ("f1_score", metrics.F1Score),
        ("log_cosh_error", metrics.LogCoshError),
        ("MAPE", metrics.MeanAbsolutePercentageError),
        ("bce", metrics.BinaryCrossentropy),
    ],
)
def test_metrics_are_found_by_the_names_of_keras(name, kind):
    assert type(metrics.get(name)) is kind


def test_names_of_metrics_are_numbered_from_the_second_on():
    first, second = fastnn.metrics.FalsePositives(), fastnn.metrics.FalsePositives()
    prefix = "false_positives"
    number = int(first.name.removeprefix(prefix).removeprefix("_") or 0)
    assert second.name == f"{prefix}_{number + 1}"


def test_an_adjusted_score_needs_more_values_than_regressors():
    score = metrics.R2Score(num_regressors=5)
    score.update_state([[1.0], [2.0], [4.0]], [[1.0], [2.0], [3.0]])
    message = "expected more than 6 values for an adjusted R2 score. Received: 3"
    with pytest.warns(UserWarning, match=message):
        assert score.result() == pytest.approx(1 - 1 / (14 / 3))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: metrics.get("acuracy"),
            ValueError,
            "expected metric to be one of 'accuracy', 'binary_accuracy', 'categorical_accuracy', "
            "'sparse_categorical_accuracy', 'top_k_categorical_accuracy', "
            "'sparse_top_k_categorical_accuracy', 'precision', 'recall', 'auc', "
            "'true_positives', 'true_negatives', 'false_positives', 'false_negatives', "
            "'f1_score', 'f_beta_score', 'mean_squared_error', 'root_mean_squared_error', "
            "'mean_absolute_error', 'mean_absolute_percentage_error', "
            "'mean_squared_logarithmic_error', 'log_cosh_error', 'cosine_similarity', "
            "'r2_score', 'binary_crossentropy', 'categorical_crossentropy', "
            "'sparse_categorical_crossentropy', 'kl_divergence', 'poisson', 'hinge', "
            "'squared_hinge', 'categorical_hinge', 'mean', 'sum'. Received: 'acuracy'",
        ),
        (
            lambda: metrics.get(None),
            TypeError,
            "expected metric to be a name, a function or a Metric. Received: None",
        ),
        (
            lambda: metrics.AUC(multi_label=True),
            NotImplementedError,
            "AUC(multi_label=...) is not built yet, only its default False",
        ),
        (
            lambda: metrics.AUC(num_thresholds=1),
            ValueError,
            "expected num_thresholds >= 2. Received: 1",
        ),
        (
            lambda: metrics.Precision(thresholds=[0.5, 1.5]),
            ValueError,
            "expected each threshold in [0, 1]. Received: 1.5",
        ),
        (
            lambda: metrics.Recall(class_id=3)(SHARES > 0.4, SHARES),
            ValueError,
            "expected y_pred with more than 3 classes, for class_id=3. Received shape: (2, 3)",
        ),
        (
            lambda: metrics.F1Score()([1, 0], [0.5, 0.2]),
            ValueError,
            "expected y_pred of shape (n_samples, n_classes). Received: (2,)",
        ),
        (
            lambda: metrics.CategoricalAccuracy()([1, 2], SHARES),
            ValueError,
            "expected y_true of shape (2, 3). Received: (2,)",
        ),
        (
            lambda: metrics.Precision()([1, 2, 0], SHARES),
            ValueError,
            "expected y_true of shape (2, 3). Received: (3,)",
        ),
        (
            lambda: metrics.MeanSquaredError(dtype="int8"),
            ValueError,
            "expected dtype to be one of 'float32', 'float64'. Received: 'int8'",
        ),
    ],
)
def test_a_metric_says_what_is_wrong_with_its_arguments(make, error, message):
    with raises(error, message):
        make()


@pytest.mark.parametrize("name", ["IoU", "io_u", "PrecisionAtRecall", "pearson_correlation"])
def test_metrics_that_are_not_built_are_refused_by_name(name):
    with pytest.raises(NotImplementedError, match=f"^metric '{name}' is not built yet, only "):
        metrics.get(name)
