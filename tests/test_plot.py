"""What is drawn is what the data says: read back from the artists of each picture."""

import sys

import matplotlib as mpl
import numpy as np
import pytest

from fastnn import plot
from fastnn.callbacks import CallbackList, History, LivePlot
from fastnn.layers import Activation, Dense, Flatten, Input, Reshape
from fastnn.models import Sequential
from messages import raises

mpl.use("agg")
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure


@pytest.fixture(autouse=True)
def close_pictures():
    yield
    plt.close("all")


def told(*epochs, first_epoch=0):
    history = History()
    for epoch, logs in enumerate(epochs, first_epoch):
        history.on_epoch_end(epoch, logs)
    return history


def curves(axes):
    """The points of each line, by its label."""
    return {line.get_label(): line.get_xydata().tolist() for line in axes.lines}


# Curves


def test_a_history_is_drawn_with_a_panel_for_each_figure():
    history = told(
        {"loss": 0.5, "accuracy": 0.7, "val_loss": 0.6, "val_accuracy": 0.65},
        {"loss": 0.25, "accuracy": 0.9, "val_loss": 0.5, "val_accuracy": 0.75},
    )
    axes = plot.history(history)
    assert [panel.get_title() for panel in axes] == ["loss", "accuracy"]
    assert curves(axes[0]) == {
        "training": [[1, 0.5], [2, 0.25]],
        "validation": [[1, 0.6], [2, 0.5]],
    }
    assert curves(axes[1]) == {
        "training": [[1, 0.7], [2, 0.9]],
        "validation": [[1, 0.65], [2, 0.75]],
    }


def test_figures_of_some_epochs_are_drawn_where_they_belong():
    history = told({"loss": 0.5}, {"loss": 0.4, "val_loss": 0.6}, {"loss": 0.3}, first_epoch=4)
    (axes,) = history.plot()
    assert curves(axes) == {
        "training": [[5, 0.5], [6, 0.4], [7, 0.3]],
        "validation": [[6, 0.6]],
    }


def test_figures_may_be_chosen_and_drawn_into_a_picture_of_one_s_own():
    _, mine = plt.subplots()
    (axes,) = plot.history({"loss": [0.5], "accuracy": [0.7]}, "accuracy", ax=mine)
    assert axes is mine
    assert curves(mine) == {"training": [[1, 0.7]]}


@pytest.mark.parametrize("metrics", ["acc", ["loss", "acc"], [], "val_loss"])
def test_a_figure_that_there_is_not_is_told(metrics):
    with raises(ValueError, f"expected metrics among 'loss'. Received: {metrics!r}"):
        plot.history({"loss": [0.5], "val_loss": [0.5]}, metrics)


def test_each_figure_needs_axes_of_its_own():
    _, mine = plt.subplots()
    with raises(ValueError, "expected ax of 2 Axes. Received: 1"):
        plot.history({"loss": [0.5], "accuracy": [0.7]}, ax=mine)


def test_a_live_plot_ends_with_all_epochs():
    live = LivePlot()
    callbacks = CallbackList(live)
    callbacks.on_train_begin()
    drawn = []
    for epoch in range(50):
        callbacks.on_epoch_end(epoch, {"loss": 1 / (1 + epoch), "val_loss": 0.5})
        drawn.append(len(live.figure.axes[0].lines[0].get_xdata()))
    callbacks.on_train_end()
    assert drawn[0] == 1
    assert len(set(drawn)) < 50  # it does not hold up a fast training
    assert curves(live.figure.axes[0]) == {
        "training": [[1 + epoch, 1 / (1 + epoch)] for epoch in range(50)],
        "validation": [[1 + epoch, 0.5] for epoch in range(50)],
    }


def test_a_live_plot_begins_anew_with_each_training():
    live = LivePlot("loss")
    for loss in (0.5, 0.25):
        live.on_train_begin()
        live.on_epoch_end(0, {"loss": loss, "accuracy": 0.5})
        live.on_train_end()
        assert curves(live.figure.axes[0]) == {"training": [[1, loss]]}
    assert len(plt.get_fignums()) == 2


def test_a_live_plot_changes_its_place_in_a_notebook(monkeypatch):
    """IPython is played by a module that notes what it is asked to show."""
    shown = []

    class Handle:
        def update(self, figure):
            shown.append(("update", figure))

    def display(figure, display_id):
        shown.append(("display", figure))
        return Handle()

    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    ipython = type(sys)("IPython")
    ipython.display = type(sys)("IPython.display")
    ipython.display.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", ipython.display)
    live = LivePlot()
    live.on_train_begin()
    live.on_epoch_end(0, {"loss": 0.5})
    live.on_epoch_end(1, {"loss": 0.25})
    live.on_train_end()
    assert shown == [("display", live.figure), ("update", live.figure)]
    assert plt.get_fignums() == []  # else the notebook shows it a second time


# Images


def pixels_of(panel):
    return np.asarray(panel.images[0].get_array())


PICTURES = np.random.default_rng(0).integers(0, 256, size=(5, 4, 6), dtype=np.uint8)


@pytest.mark.parametrize("form", ["images", "one channel", "flat"])
def test_images_are_drawn_in_their_order(form):
    x = {
        "images": PICTURES,
        "one channel": PICTURES[..., np.newaxis],
        "flat": PICTURES.reshape(5, 24),
    }[form]
    shape = (4, 6) if form == "flat" else None
    axes = plot.images(x, image_shape=shape, n_images=3, n_columns=2)
    assert axes.shape == (3,)
    for panel, picture in zip(axes, PICTURES, strict=False):
        np.testing.assert_array_equal(pixels_of(panel), picture)
    assert len(axes[0].figure.axes) == 3


def test_flat_rows_are_square_unless_told_otherwise():
    rows = np.arange(32.0).reshape(2, 16)
    np.testing.assert_array_equal(pixels_of(plot.images(rows)[1]), rows[1].reshape(4, 4))


def test_images_may_have_colours():
    x = np.random.default_rng(0).random((2, 3, 4, 3))
    np.testing.assert_array_equal(pixels_of(plot.images(x)[1]), x[1])


@pytest.mark.parametrize("names", [None, ["cat", "dog", "owl"]])
def test_images_that_were_taken_for_others_stand_out(names):
    outputs = np.eye(3)[[0, 2, 2]]
    axes = plot.images(PICTURES[:3], [[0], [1], [2]], outputs, class_names=names)
    cat, dog, owl = names or ["0", "1", "2"]
    assert [panel.get_title() for panel in axes] == [cat, f"{owl}, not {dog}", owl]
    colors = [to_rgba(panel.title.get_color()) for panel in axes]
    assert colors == [to_rgba("black"), to_rgba("red"), to_rgba("black")]


@pytest.mark.parametrize("argument", ["labels", "predicted"])
def test_labels_alone_are_written_as_they_are(argument):
    axes = plot.images(PICTURES[:2], **{argument: ["cat", "dog"]})
    assert [panel.get_title() for panel in axes] == ["cat", "dog"]


@pytest.mark.parametrize("front", ["flat", "image"])
def test_templates_are_the_weights_of_each_unit(front):
    first = [Input((16,)), Reshape((16,))] if front == "flat" else [Input((4, 4)), Flatten()]
    model = Sequential([*first, Dense(3), Dense(2)])
    kernel = model.get_weights()[0]
    axes = plot.templates(model)
    assert axes.shape == (3,)
    for unit, panel in enumerate(axes):
        np.testing.assert_array_equal(pixels_of(panel), kernel[:, unit].reshape(4, 4))
        assert panel.images[0].get_clim() == pytest.approx((-abs(kernel).max(), abs(kernel).max()))


def test_templates_of_coloured_images_have_grey_for_zero():
    model = Sequential([Input((2, 3, 3)), Flatten(), Dense(1)], dtype="float64")
    kernel = np.linspace(-1, 2, 18)
    model.set_weights([kernel[:, np.newaxis], [0]])
    (panel,) = plot.templates(model)
    np.testing.assert_allclose(pixels_of(panel), 0.5 + kernel.reshape(2, 3, 3) / 4)


# What does not fit


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (
            lambda: plot.images(np.zeros((2, 15))),
            "expected image_shape of 15 pixels. Received: None",
        ),
        (
            lambda: plot.images(np.zeros((2, 3, 4, 2))),
            "expected x of shape (n_samples, height, width) or (n_samples, height, width, 3). "
            "Received: (2, 3, 4, 2)",
        ),
        (
            lambda: plot.images(PICTURES, [1, 2]),
            "expected a label for each image. Received: 2",
        ),
        (
            lambda: plot.templates(Sequential([Input((4,)), Activation("relu")], name="bare")),
            "expected a Dense layer in 'bare'. Received: None",
        ),
    ],
)
def test_what_cannot_be_drawn_is_told(draw, message):
    with raises(ValueError, message):
        draw()


def test_a_live_plot_is_shown_in_a_window(monkeypatch):
    """The window is played by a canvas that says it has one."""
    shown = []
    monkeypatch.setattr(FigureCanvasAgg, "required_interactive_framework", "a window")
    monkeypatch.setattr(FigureCanvasAgg, "flush_events", lambda canvas: shown.append("drawn"))
    monkeypatch.setattr(Figure, "show", lambda figure: shown.append(("shown", figure)))
    live = LivePlot()
    live.on_train_begin()
    live.on_epoch_end(0, {"loss": 0.5})
    live.on_train_end()
    assert shown == [("shown", live.figure), "drawn"]


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    message = (
        "expected matplotlib to draw. Received: no such module. Run `pip install fastnn[plot]`"
    )
    for draw in (
        lambda: plot.history({"loss": [0.5]}),
        lambda: plot.images(PICTURES),
        lambda: plot.plane_map(Sequential([Input((2,)), Dense(2)])),
        LivePlot().on_train_begin,
    ):
        with raises(ImportError, message):
            draw()
