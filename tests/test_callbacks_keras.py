"""What callbacks decide is what Keras's decide that heard of the same epochs."""

import inspect
import json
from pathlib import Path

import numpy as np
import pytest

from fastnn import callbacks
from fastnn.callbacks import CallbackList, EarlyStopping
from fastnn.layers import Dense, Input
from fastnn.models import Sequential
from fixtures.callback_settings import SEQUENCES, SETTINGS, drive

RECORDED = json.loads((Path(__file__).parent / "fixtures" / "callbacks.json").read_text())
ENDING = ".safetensors"
UNBUILT = "io_u", "_at_", "_correlation"  # in the names of metrics that fastnn does not have
DIRECTIONS = {
    name: direction
    for name, direction in RECORDED["directions"].items()
    if not any(part in name for part in UNBUILT)
}
NOT_OURS = {"ReduceLROnPlateau": {"kwargs"}}  # Keras ignores what it does not know


def make_model():
    model = Sequential([Input((1,)), Dense(1, use_bias=False)], dtype="float64")
    model.compile("sgd", "mse", metrics=["accuracy"])
    return model


def decisions(setting, sequence):
    """Hear of a sequence of epochs, and of batches only where the callback asks for them."""
    kind, arguments = SETTINGS[setting]
    saved = []
    if kind == "ModelCheckpoint":
        arguments = {**arguments, "filepath": arguments["filepath"] + ENDING}
    callback = getattr(callbacks, kind)(**arguments)
    model = make_model()
    model.save = lambda path: saved.append(path.name.removesuffix(ENDING))
    by_batches = CallbackList(callback).hears_train_batches
    outcome = drive(callback, model, SEQUENCES[sequence], saved, by_batches=by_batches)
    if kind == "CSVLogger":
        outcome["text"] = Path(arguments["filename"]).read_bytes().decode()
    return outcome


@pytest.mark.parametrize("sequence", SEQUENCES)
@pytest.mark.parametrize("setting", SETTINGS)
def test_decisions_are_those_of_keras(setting, sequence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    received, expected = decisions(setting, sequence), RECORDED["decisions"][setting][sequence]
    for name in ("rates", "told"):
        np.testing.assert_allclose(received.pop(name), expected.pop(name), rtol=1e-12)
    received = {name: value for name, value in received.items() if name in expected}
    np.testing.assert_equal(received, expected)


def direction(name):
    """Whether larger or smaller values of a figure are better, or None if the name says nothing."""
    try:
        stopping = EarlyStopping(name)
    except ValueError:
        return None
    assert stopping._is_improvement(2.0, 1.0) != stopping._is_improvement(1.0, 2.0)
    return "up" if stopping._is_improvement(2.0, 1.0) else "down"


@pytest.mark.parametrize("name", DIRECTIONS)
def test_auto_goes_in_the_direction_that_keras_gives_a_metric(name):
    named_alike = {direction(name), direction(f"val_{name}"), direction(f"val_{name}_1")}
    assert named_alike == {DIRECTIONS[name]}


@pytest.mark.parametrize("kind", RECORDED["signatures"])
def test_arguments_are_keras_s_in_keras_s_order(kind):
    expected = [
        name for name in RECORDED["signatures"][kind] if name not in NOT_OURS.get(kind, set())
    ]
    received = list(inspect.signature(getattr(callbacks, kind)).parameters)
    if kind == "CallbackList":  # whose params may come as one mapping, too
        assert received[:4] == expected[:4]
    else:
        assert received == expected


@pytest.mark.parametrize("kind", [callbacks.Callback, CallbackList])
def test_hooks_are_keras_s(kind):
    assert {name for name in dir(kind) if name.startswith("on_")} == set(RECORDED["hooks"])
