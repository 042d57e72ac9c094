"""Perceptrons as models of layers, with callbacks, and with optimizers of fastnn."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

from fastnn import callbacks, layers, models, optimizers
from fastnn._core import has_bfloat16
from fastnn.neural_network import MLPClassifier, MLPRegressor
from fastnn.optimizers.schedules import PiecewiseConstantDecay, PolynomialDecay
from messages import raises

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)
SEVERAL = np.column_stack([Y == 0, Y != 1, X[:, 0] > 0]).astype(int)
CURVE = np.abs(np.column_stack([X[:, 0] ** 2, X[:, 1] + X[:, 2]]))
CASES = [
    (MLPClassifier, Y, {}),
    (MLPClassifier, Y == 1, {"batch_normalization": True}),
    (MLPClassifier, SEVERAL, {"dropout": (0.1, 0.2)}),
    (MLPClassifier, Y == 1, {"loss": "focal"}),
    (MLPClassifier, Y == 1, {"loss": "hinge"}),
    (MLPClassifier, Y == 1, {"loss": "squared_error", "solver": "sgd"}),
    (MLPRegressor, CURVE, {"solver": "rmsprop"}),
    (MLPRegressor, CURVE, {"loss": "poisson"}),
    (MLPRegressor, CURVE, {"loss": "huber", "solver": "adamw", "activation": "silu"}),
    (MLPRegressor, CURVE, {"loss": "absolute_error"}),
]


def small(estimator=MLPClassifier, **settings):
    defaults = {"hidden_layer_sizes": (8, 6), "max_iter": 5, "random_state": 2, "batch_size": 50}
    return estimator(**(defaults | settings))


def weights(estimator):
    return list(estimator._weights().arrays())


def assert_same(one, other, rtol=0.0):
    for expected, received in zip(one, other, strict=True):
        np.testing.assert_allclose(received, expected, rtol, atol=rtol)


def outputs(estimator, rows):
    if isinstance(estimator, MLPRegressor):
        return estimator.predict(rows)
    if estimator.loss == "hinge":
        return estimator.decision_function(rows)
    return estimator.predict_proba(rows)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("kind", "y", "settings"), CASES)
class TestModels:
    def test_a_model_and_back_predict_bit_for_bit(self, kind, y, settings, dtype):
        rows = X.astype(dtype)
        estimator = small(kind, **settings).fit(rows, y)
        model = estimator.to_sequential()
        predicted, expected = model.predict(rows, verbose=0), outputs(estimator, rows)
        if model.output_shape == (None, 1):
            predicted, expected = predicted[:, 0], expected.reshape(len(rows), -1)[:, -1]
        np.testing.assert_array_equal(predicted, expected)
        back = kind.from_sequential(model)
        np.testing.assert_array_equal(outputs(back, rows), outputs(estimator, rows))
        np.testing.assert_array_equal(back.predict(rows), estimator.predict(rows))
        assert back.loss == estimator.loss
        assert_same(weights(back), weights(estimator))

    def test_a_model_trains_as_the_estimator_does(self, kind, y, settings, dtype):
        rows = X.astype(dtype)
        estimator = small(kind, shuffle=False, alpha=0.5, **settings)
        first = {"classes": np.unique(y) if y.ndim == 1 else range(3)}
        # Steps that move nothing, so that both begin with the same weights.
        estimator.set_params(learning_rate_init=1e-30)
        estimator.partial_fit(rows, y, **(first if kind is MLPClassifier else {}))
        estimator._core_network.core.reset_optimizer()
        estimator._descent.optimizer.learning_rate = 0.01
        estimator.set_params(learning_rate_init=0.01)
        model = estimator.to_sequential()
        model.fit(rows, y, batch_size=50, epochs=3, shuffle=False, verbose=0)
        for _ in range(3):
            estimator.partial_fit(rows, y)
        ours = kind.from_sequential(model)
        rtol = 1e-4 if dtype == np.float32 else 1e-9
        if estimator.loss == "poisson":
            rtol = 1e-4  # Keras adds 1e-7 to the rates before it takes their logarithms
        assert_same(weights(ours), weights(estimator), rtol)


class TestFromModels:
    def test_labels_and_dense_activations_are_taken_over(self):
        model = models.Sequential(
            [layers.Dense(8, "gelu", input_dim=4), layers.Dropout(0.5), layers.Dense(3, "softmax")]
        )
        model.compile(optimizers.SGD(0.1), "sparse_categorical_crossentropy")
        model.fit(X, Y, epochs=3, verbose=0)
        classifier = MLPClassifier.from_sequential(model, classes=["a", "b", "c"])
        expected = model.predict(X, verbose=0)
        rows = X.astype(np.float32)
        np.testing.assert_array_equal(classifier.predict_proba(rows), expected)
        np.testing.assert_array_equal(
            classifier.predict(X), np.array(["a", "b", "c"])[expected.argmax(1)]
        )
        assert (classifier.activation, classifier.dropout) == ("gelu", 0.5)
        assert classifier.solver.learning_rate == 0.1
        assert classifier.partial_fit(X, np.array(["a", "b", "c"])[Y]).t_ == 150

    @pytest.mark.parametrize(
        "stack",
        [
            [layers.Dense(3, use_bias=False, input_dim=4, name="odd")],
            [layers.Dense(3, input_dim=4), layers.LayerNormalization(name="odd"), layers.Dense(2)],
            [layers.Dense(3, input_dim=4), layers.Activation("softmax"),
             layers.Activation("tanh", name="odd")],
            [layers.Dense(3, layers.LeakyReLU(0.3), input_dim=4, name="odd"), layers.Dense(2)],
            [layers.Dense(3, input_dim=4), layers.BatchNormalization(scale=False, name="odd"),
             layers.Dense(2)],
            [layers.Dropout(0.1, input_dim=4, name="odd"), layers.Dense(2)],
        ],
    )  # fmt: skip
    def test_layers_that_do_not_fit_are_named(self, stack):
        with pytest.raises(ValueError, match=r"^expected layers as .* Received: layer 'odd', "):
            MLPRegressor.from_sequential(models.Sequential(stack))

    def test_outputs_that_do_not_fit_are_named(self):
        model = models.Sequential([layers.Dense(3, "softmax", input_dim=4)])
        with pytest.raises(ValueError, match=r"to be 'linear' .* Received: 'softmax'$"):
            MLPRegressor.from_sequential(model)
        with pytest.raises(ValueError, match=r"^expected classes of shape \(3,\)"):
            MLPClassifier.from_sequential(model, classes=[0, 1])
        with raises(TypeError, "expected model to be a Sequential. Received: 3"):
            MLPRegressor.from_sequential(3)


class Batches(callbacks.Callback):
    def __init__(self):
        self.batches, self.epochs, self.iterations = [], [], []

    def on_train_batch_end(self, batch, logs=None):
        self.batches.append((batch, logs["loss"]))

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(dict(logs))
        self.iterations.append(self.model.optimizer.iterations)


class TestCallbacks:
    def test_they_hear_what_the_curves_tell(self):
        heard, history = Batches(), callbacks.History()
        classifier = small().fit(X, Y, X_val=X, y_val=Y, callbacks=[heard, history])
        assert [logs["loss"] for logs in heard.epochs] == classifier.loss_curve_
        assert history.history["val_loss"] == classifier.validation_loss_curve_
        assert history.history["val_accuracy"] == classifier.validation_scores_
        assert [batch for batch, _ in heard.batches] == [0, 1, 2] * 5
        assert heard.batches[-1][1] == classifier.loss_
        assert heard.iterations == [3, 6, 9, 12, 15]

    def test_they_change_nothing_by_listening(self):
        plain, heard = small(dropout=0.2).fit(X, Y), small(dropout=0.2)
        seen = []

        def look(epoch, logs):
            watch.model.evaluate(X, Y, verbose=0)
            seen.append((heard.score(X, Y), watch.model.predict(X, verbose=0)))

        watch = callbacks.LambdaCallback(on_epoch_end=look)
        heard.fit(X, Y, callbacks=[watch, Batches()])
        assert_same(weights(plain), weights(heard))
        assert plain.loss_curve_ == heard.loss_curve_
        np.testing.assert_array_equal(seen[-1][1], heard.predict_proba(X))

    @pytest.mark.parametrize("batch_size", [150, 40])
    def test_their_model_has_the_penalty_of_training(self, batch_size):
        told = []

        def look(*_):
            told.append(watch.model.evaluate(X, Y, batch_size=batch_size, verbose=0))

        watch = callbacks.LambdaCallback(on_train_end=look)
        classifier = small(alpha=30.0).fit(X, Y, callbacks=watch)
        losses = -np.log(classifier.predict_proba(X)[np.arange(150), Y])
        penalty = 15.0 * sum((coef**2).sum() for coef in classifier.coefs_)
        n_batches = -(-150 // batch_size)  # each has the penalty once
        assert told == [pytest.approx(losses.mean() + n_batches * penalty / 150, rel=1e-9)]

    def test_early_stopping_restores_the_best_weights(self):
        stopping = callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)
        classifier = small(solver="sgd", learning_rate_init=2.0, max_iter=50)
        classifier.fit(X, Y, X_val=X, y_val=Y, callbacks=stopping)
        curve = classifier.validation_loss_curve_
        assert classifier.n_iter_ == len(curve) < 50
        losses = -np.log(classifier.predict_proba(X)[np.arange(150), Y])
        assert losses.mean() == pytest.approx(min(curve), rel=1e-9)

    def test_learning_rates_are_set(self):
        settings = {"solver": "sgd", "shuffle": False, "max_iter": 2, "momentum": 0.0}
        scheduler = callbacks.LearningRateScheduler(lambda epoch, rate: 0.1 / (epoch + 1))
        scheduled = small(**settings).fit(X, Y, callbacks=scheduler)
        by_hand = small(**settings, learning_rate_init=0.1)
        by_hand.partial_fit(X, Y, classes=[0, 1, 2])
        by_hand._descent.optimizer.learning_rate = 0.05
        by_hand.partial_fit(X, Y)
        assert_same(weights(scheduled), weights(by_hand))

    def test_checkpoints_hold_the_optimizer(self, tmp_path):
        path = tmp_path / "{epoch}.safetensors"
        classifier = small(max_iter=2).fit(X, Y, callbacks=callbacks.ModelCheckpoint(str(path)))
        model = models.load_model(tmp_path / "2.safetensors")
        np.testing.assert_array_equal(model.predict(X, verbose=0), classifier.predict_proba(X))
        assert model.optimizer.iterations == 6

    def test_a_fit_with_callbacks_is_copied_without_them(self):
        classifier = small().fit(X, Y, callbacks=Batches())
        other = pickle.loads(pickle.dumps(classifier))
        assert_same(weights(classifier.partial_fit(X, Y)), weights(other.partial_fit(X, Y)))
        clone(copy.deepcopy(classifier)).fit(X, Y)

    def test_what_cannot_work_is_refused(self):
        with raises(ValueError, "expected no callbacks with solver='lbfgs', which has no epochs"):
            small(solver="lbfgs").fit(X, Y, callbacks=[Batches()])
        anew = callbacks.LambdaCallback(on_epoch_end=lambda *_: anew.model.compile("sgd", "mse"))
        with pytest.raises(ValueError, match=r"called compile\(\) in on_epoch_end$"):
            small().fit(X, Y, callbacks=anew)

    @pytest.mark.parametrize("solver", ["adam", "lbfgs"])
    def test_a_bar_counts_epochs(self, solver, capsys):
        small(solver=solver, progress_bar=True).fit(X, Y)
        drawn = capsys.readouterr().err
        assert "5/5" in drawn
        assert "loss=" in drawn


class TestSolvers:
    @pytest.mark.parametrize(
        ("name", "made"),
        [
            ("adam", optimizers.Adam(0.001, epsilon=1e-8)),
            ("adamw", optimizers.AdamW(0.001, epsilon=1e-8)),
            ("rmsprop", optimizers.RMSprop(0.001, epsilon=1e-8)),
            ("sgd", optimizers.SGD(0.001, 0.9, True)),
        ],
    )
    def test_names_stand_for_optimizers(self, name, made):
        assert_same(*(weights(small(solver=solver).fit(X, Y)) for solver in (name, made)))

    def test_an_optimizer_is_copied(self):
        given = optimizers.Lion(0.01)
        estimator = small(solver=given)
        estimator.fit(X, Y)
        assert given.iterations == 0
        assert estimator._descent.optimizer.iterations == 15
        assert_same(weights(estimator), weights(clone(estimator).fit(X, Y)))

    def test_decay_leaves_out_what_is_excluded(self):
        def fitted(**excluded):
            optimizer = optimizers.AdamW(1e-9, weight_decay=1e7)  # 1 % a step
            optimizer.exclude_from_weight_decay(**excluded)
            return small(solver=optimizer, alpha=0.0, max_iter=1).fit(X, Y)

        start = small(learning_rate_init=1e-12, max_iter=1).fit(X, Y)
        for excluded, share in (({}, 0.99**3), ({"var_names": ["bias"]}, 1.0)):
            estimator = fitted(**excluded)
            np.testing.assert_allclose(estimator.coefs_[0], 0.99**3 * start.coefs_[0], 1e-5)
            np.testing.assert_allclose(
                estimator.intercepts_[0], share * start.intercepts_[0], 1e-5, atol=1e-7
            )

    @pytest.mark.parametrize("solver", ["sgd", "adam", "rmsprop", "adamw"])
    def test_schedules_count_batches(self, solver):
        # The rate falls behind the first epoch of three batches.
        schedule = PiecewiseConstantDecay([2], [0.01, 0.001])
        settings = {"solver": solver, "shuffle": False, "max_iter": 2}
        scheduled = small(learning_rate_init=schedule, **settings).fit(X, Y)
        by_hand = small(learning_rate_init=0.01, **settings)
        by_hand.partial_fit(X, Y, classes=[0, 1, 2])
        by_hand._descent.optimizer.learning_rate = 0.001
        by_hand.partial_fit(X, Y)
        assert_same(weights(scheduled), weights(by_hand))

    def test_a_schedule_needs_a_constant_learning_rate(self):
        message = (
            "expected learning_rate='constant' with a schedule as learning_rate_init. Received: "
        )
        with raises(ValueError, message + "'adaptive'"):
            small(
                solver="sgd", learning_rate="adaptive", learning_rate_init=PolynomialDecay(0.1, 9)
            ).fit(X, Y)

    @pytest.mark.parametrize(
        ("name", "value"),
        [("dropout", 0.5), ("batch_normalization", True), ("compute_dtype", "bfloat16")],
    )
    def test_lbfgs_refuses_what_it_cannot_follow(self, name, value):
        with pytest.raises(ValueError, match=f"^expected no {name} with solver='lbfgs'"):
            small(solver="lbfgs", **{name: value}).fit(X, Y)

    def test_lbfgs_goes_on_from_adam_with_the_penalty_of_all_rows(self):
        classifier = small(alpha=30.0, warm_start=True).fit(X, Y)
        classifier.set_params(solver="lbfgs").fit(X, Y)
        losses = -np.log(classifier.predict_proba(X)[np.arange(150), Y])
        penalty = 15.0 * sum((coef**2).sum() for coef in classifier.coefs_) / 150
        assert classifier.loss_ == pytest.approx(losses.mean() + penalty, rel=1e-9)


class TestRounding:
    def test_training_rounds_its_products_or_says_that_it_cannot(self):
        rows = X.astype(np.float32)
        estimator = small(compute_dtype="bfloat16")
        if not has_bfloat16():
            with pytest.raises(RuntimeError, match=r"^expected a CPU with AVX512-BF16"):
                estimator.fit(rows, Y)
            return
        exact = small().fit(rows, Y)
        difference = np.abs(estimator.fit(rows, Y).coefs_[0] - exact.coefs_[0]).max()
        assert 1e-6 < difference < 1e-2

    def test_it_is_for_float32_alone(self):
        message = "expected a float32 model for compute_dtype='bfloat16'. Received: float64"
        with raises(ValueError, message):
            small(compute_dtype="bfloat16").fit(X, Y)
        message = "expected compute_dtype to be None or 'bfloat16'. Received: 'float16'"
        with raises(ValueError, message):
            small(compute_dtype="float16").fit(X, Y)
