"""What whole trainings promise: the figures of Keras, in its order, and its weights."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

import fastnn
from fixtures import fit_settings, output_settings
from fixtures.fit_settings import Lab, outcome

SETTINGS = fit_settings.SETTINGS | output_settings.SETTINGS
RECORDED = {
    setting: recorded
    for name in ("fits", "outputs")
    for setting, recorded in json.loads(
        (Path(__file__).parent / "fixtures" / f"{name}.json").read_text()
    ).items()
}
# Keras warns of the end of every generator, also where no steps were asked for.
NO_NEWS = "a generator"
# What Python counts of a name or a function is float32 unless it is told.
ROUNDED = "mean_gap']", "['Precision']"
TOLERANCES = [("float64", 1e-9), ("float32", 1e-5)]


def assert_alike(received, expected, tolerance, place=""):
    """The same names in the same order, and numbers that differ by the tolerance at most."""
    if isinstance(expected, dict):
        assert list(received) == list(expected), place
        for name, entry in expected.items():
            assert_alike(received[name], entry, tolerance, f"{place}[{name!r}]")
    elif isinstance(expected, list) and any(isinstance(entry, (list, dict)) for entry in expected):
        assert len(received) == len(expected), place
        for index, entry in enumerate(expected):
            assert_alike(received[index], entry, tolerance, f"{place}[{index}]")
    elif isinstance(expected, list) and expected and isinstance(expected[0], str):
        assert received == expected, place
    else:
        if place.endswith(ROUNDED):
            tolerance = max(tolerance, 1e-7)
        np.testing.assert_allclose(
            received, expected, rtol=tolerance, atol=tolerance, err_msg=place, strict=True
        )


@pytest.mark.parametrize(("dtype", "tolerance"), TOLERANCES)
@pytest.mark.parametrize("setting", SETTINGS)
def test_trainings_are_those_of_keras(setting, dtype, tolerance):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        received = outcome(SETTINGS[setting], Lab(fastnn, object, dtype=dtype))
    assert_alike(received, RECORDED[setting]["outcome"], tolerance)
    warned = [str(warning.message) for warning in caught]
    assert warned == [message for message in warned if message.startswith("the data ended")]
    assert bool(warned) == (RECORDED[setting]["warned"] and setting != NO_NEWS)
