"""What pictures of classifiers say: regions of the plane, its image in a layer, confusion."""

import matplotlib as mpl
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from fastnn import plot
from fastnn.layers import Activation, Dense, Input
from fastnn.models import Model, Sequential
from fastnn.neighbors import KNeighborsClassifier
from messages import raises

mpl.use("agg")
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def close_pictures():
    yield
    plt.close("all")


def linear_model(kernel, bias, *activation):
    kernel = np.asarray(kernel, float)
    dense = Dense(kernel.shape[1], *activation, name="inner")
    model = Sequential([Input((2,)), dense], dtype="float64")
    model.set_weights([kernel, np.asarray(bias, float)])
    return model


SQUARE = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])


def mesh_of(axes):
    """The centres (n, 2) of the cells of a picture, and their values."""
    (mesh,) = [c for c in axes.collections if type(c).__name__ == "QuadMesh"]
    corners = mesh.get_coordinates()
    centres = (corners[:-1, :-1] + corners[1:, 1:]) / 2
    return centres.reshape(-1, 2), np.ravel(mesh.get_array())


def points_of(axes):
    """The points of each class, by its label."""
    return {
        c.get_label(): c.get_offsets().tolist()
        for c in axes.collections
        if type(c).__name__ == "PathCollection"
    }


@pytest.mark.parametrize("targets", ["labels", "one-hot"])
def test_regions_are_those_of_the_largest_output(targets):
    model = linear_model([[1, -1, 0], [0, 0, 0]], [0, 0, 0.5])  # borders at x₀ = ± 0.5
    labels = np.array([1, 1, 0, 0])
    y = labels if targets == "labels" else np.eye(3)[labels]
    axes = plot.decision_regions(model, SQUARE, y, resolution=41)
    centres, codes = mesh_of(axes)
    across = centres[:, 0]
    np.testing.assert_array_equal(codes, np.select([across > 0.5, across < -0.5], [0, 1], 2))
    assert (centres.min(), centres.max()) == pytest.approx((-1.2, 1.2))
    assert points_of(axes) == {"0": SQUARE[2:].tolist(), "1": SQUARE[:2].tolist()}


@pytest.mark.parametrize("y", [[0, 0, 1, 1], [[0], [0], [1], [1]]])
def test_one_output_means_class_one_above_a_half(y):
    model = linear_model([[4], [0]], [1], "sigmoid")  # the border is at x₀ = −1/4
    centres, codes = mesh_of(plot.decision_regions(model, SQUARE, y, resolution=31))
    np.testing.assert_array_equal(codes, centres[:, 0] > -0.25)


def test_regions_of_estimators_are_drawn_with_their_labels():
    y = ["left", "left", "right", "right"]
    model = KNeighborsClassifier(1).fit(SQUARE, y)
    axes = plot.decision_regions(model, SQUARE, y, resolution=30)
    centres, codes = mesh_of(axes)
    np.testing.assert_array_equal(codes, centres[:, 0] > 0)
    assert points_of(axes) == {"left": SQUARE[:2].tolist(), "right": SQUARE[2:].tolist()}


def test_points_have_the_colours_of_their_regions():
    y = [0, 1, 2, 3]
    axes = plot.decision_regions(KNeighborsClassifier(1).fit(SQUARE, y), SQUARE, y, resolution=50)
    (mesh,) = [c for c in axes.collections if type(c).__name__ == "QuadMesh"]
    points = [c for c in axes.collections if type(c).__name__ == "PathCollection"]
    of_regions = [mesh.cmap(mesh.norm(code))[:3] for code in range(4)]
    assert [tuple(c.get_facecolor()[0][:3]) for c in points] == of_regions
    assert len(set(of_regions)) == 4


@pytest.mark.parametrize("n_classes", [10, 40])
def test_many_classes_have_different_colours(n_classes):
    x = np.stack([np.arange(n_classes), np.arange(n_classes)], axis=1)
    y = np.arange(n_classes)
    axes = plot.decision_regions(KNeighborsClassifier(1).fit(x, y), x, y, resolution=60)
    colors = [tuple(handle.get_facecolor()[0]) for handle in axes.get_legend().legend_handles]
    assert len(set(colors)) == n_classes


def test_probabilities_are_those_of_the_class_that_is_asked_for():
    one_output = linear_model([[1], [2]], [0], "sigmoid")
    several = linear_model([[0, 1], [0, 2]], [0, 0], "softmax")
    estimator = LogisticRegression().fit(SQUARE, ["a", "a", "b", "b"])
    estimator.coef_, estimator.intercept_ = np.array([[1.0, 2.0]]), np.array([0.0])
    for model, label in ((one_output, 1), (several, 1), (estimator, "b")):
        y = ["a", "a", "b", "b"] if label == "b" else [0, 0, 1, 1]
        axes = plot.decision_regions(model, SQUARE, y, probability_of=label, resolution=9)
        centres, values = mesh_of(axes)
        expected = 1 / (1 + np.exp(-centres @ [1, 2]))
        np.testing.assert_allclose(values, expected, rtol=1e-9)
        first = mesh_of(
            plot.decision_regions(
                model, SQUARE, y, probability_of="a" if label == "b" else 0, resolution=9
            )
        )
        np.testing.assert_allclose(first[1], 1 - expected, rtol=1e-9)


def test_lines_of_the_plane_go_where_the_layer_sends_them():
    kernel, bias = np.array([[1.0, 2.0], [0.0, -1.0]]), np.array([0.5, 0.0])
    model = linear_model(kernel, bias)
    model.add(Activation("tanh"))
    axes = plot.plane_map(model, "inner", bounds=(0, 2, -1, 1), n_lines=3)
    upright, level = axes.collections
    for lines, starts, ends in (
        (upright, [[0, -1], [1, -1], [2, -1]], [[0, 1], [1, 1], [2, 1]]),
        (level, [[0, -1], [0, 0], [0, 1]], [[2, -1], [2, 0], [2, 1]]),
    ):
        segments = lines.get_segments()
        assert len(segments) == 3
        for segment, start, end in zip(segments, starts, ends, strict=True):
            way = np.linspace(start, end, len(segment))
            np.testing.assert_allclose(segment, way @ kernel + bias, atol=1e-12)
    assert axes.get_title() == "the plane in inner"


@pytest.mark.parametrize("layer", ["last", "object", "index", None])
def test_layers_are_named_in_any_way(layer):
    x = Input((2,), dtype="float64")
    last = Dense(2, activation="tanh", name="last")
    model = Model(x, last(Dense(4)(x)))
    chosen = {"last": "last", "object": last, "index": -1, None: None}[layer]
    axes = plot.plane_map(model, chosen, SQUARE, [0, 0, 1, 1])
    expected = model.predict(SQUARE, verbose=0)
    received = points_of(axes)
    np.testing.assert_allclose(received["0"], expected[:2])
    np.testing.assert_allclose(received["1"], expected[2:])


def test_a_layer_of_the_plane_has_two_inputs_and_two_outputs():
    with raises(ValueError, "expected a layer with two outputs. Received: (None, 3)"):
        plot.plane_map(Sequential([Input((2,)), Dense(3)]))
    with raises(ValueError, "expected a model that reads two numbers. Received: (None, 4)"):
        plot.plane_map(Sequential([Input((4,)), Dense(2)]))


@pytest.mark.parametrize("kind", ["model", "estimator"])
def test_a_confusion_matrix_counts_labels_from_top_to_bottom(kind):
    model = linear_model([[1, -1, 0], [0, 0, 0]], [0, 0, 0.5])
    if kind == "estimator":
        model = KNeighborsClassifier(1).fit([[1, 0], [-1, 0], [0, 0]], [0, 1, 2])
    x = [[1, 0], [2, 0], [-1, 0], [0, 0], [0.1, 0]]  # which are taken for 0, 0, 1, 2, 2
    axes = plot.confusion_matrix(model, np.array(x), np.eye(3)[[0, 1, 1, 2, 0]])
    assert [text.get_text() for text in axes.texts] == list("101110001")


def test_a_confusion_matrix_may_have_shares_and_names():
    model = KNeighborsClassifier(1).fit([[0], [1]], [0, 1])
    axes = plot.confusion_matrix(
        model, [[0], [0], [1]], [0, 0, 0], normalize="true", class_names=["cat", "dog"]
    )
    assert [text.get_text() for text in axes.texts] == ["0.67", "0.33", "0.00", "0.00"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["cat", "dog"]


def test_names_below_a_confusion_matrix_do_not_run_into_each_other():
    model = KNeighborsClassifier(1).fit([[0], [1]], [0, 1])
    for name, rotation in (("dog", 0), ("a dog of one of the larger breeds", 90)):
        axes = plot.confusion_matrix(model, [[0], [1]], [0, 1], class_names=["cat", name])
        axes.figure.canvas.draw()
        boxes = [tick.get_window_extent() for tick in axes.get_xticklabels()]
        assert boxes[0].x1 < boxes[1].x0
        assert [tick.get_rotation() for tick in axes.get_xticklabels()] == [rotation, rotation]


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (
            lambda: plot.decision_regions(linear_model([[1], [1]], [0]), SQUARE, [0, 1]),
            "expected y of 4 rows. Received: 2",
        ),
        (
            lambda: plot.decision_regions(linear_model([[1], [1]], [0]), [[1.0]], [0]),
            "expected x of shape (n_samples, 2). Received: (1, 1)",
        ),
        (
            lambda: plot.decision_regions(
                linear_model([[1], [1]], [0]), SQUARE, [0, 1, 0, 1], probability_of=2
            ),
            "expected probability_of in [0, 2). Received: 2",
        ),
    ],
)
def test_what_cannot_be_drawn_is_told(draw, message):
    with raises(ValueError, message):
        draw()
