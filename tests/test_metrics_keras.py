"""What metrics promise: the results that fixtures/make_metrics.py records from Keras."""

import json
from pathlib import Path

import numpy as np
import pytest

from fastnn import metrics
from fixtures.metric_settings import METRICS, make_metric, results

RECORDED = np.load(Path(__file__).parent / "fixtures" / "metrics.npz")
CONFIGS = json.loads(str(RECORDED["configs"]))
ENDS = dict(zip(METRICS, np.cumsum(RECORDED["widths"]), strict=True))
WIDTHS = dict(zip(METRICS, RECORDED["widths"], strict=True))
TOLERANCES = [("float64", 1e-9), ("float32", 1e-5)]
COUNTED_BY_CORE = {
    *("binary accuracy", "binary accuracy above 0.3", "binary accuracy of a column"),
    *("categorical accuracy", "sparse categorical accuracy", "top 2", "top 5", "sparse top 3"),
    *("mse", "mse of a column", "mae", "mape", "msle", "log cosh"),
    *("binary cross-entropy", "binary cross-entropy of logits", "categorical cross-entropy"),
    *("sparse cross-entropy", "sparse cross-entropy ignoring 2", "kl", "poisson"),
    *("hinge", "squared hinge", "categorical hinge"),
}


def inputs(setting, dtype="float64"):
    """The outputs in `dtype`, and the targets."""
    _, _, outputs, targets = METRICS[setting]
    return RECORDED[outputs].astype(dtype), RECORDED[targets]


@pytest.mark.parametrize(("dtype", "tolerance"), TOLERANCES)
@pytest.mark.parametrize("setting", METRICS)
def test_results_behind_every_batch_equal_those_of_keras(setting, dtype, tolerance):
    metric = make_metric(metrics, setting, dtype=dtype)
    outputs, y = inputs(setting, dtype)
    received = results(metric, outputs, y, RECORDED["weights"]).reshape(3, -1)
    columns = slice(ENDS[setting] - WIDTHS[setting], ENDS[setting])
    expected = RECORDED["results"][:, columns]
    np.testing.assert_allclose(received, expected, rtol=tolerance, atol=tolerance)
    assert metric.result().dtype == dtype


@pytest.mark.parametrize("setting", METRICS)
def test_a_metric_begins_anew_behind_a_reset(setting):
    metric, fresh = make_metric(metrics, setting), make_metric(metrics, setting)
    outputs, y = inputs(setting)
    metric.update_state(y[:10], outputs[:10])
    metric.reset_state()
    np.testing.assert_array_equal(metric.result(), fresh.result())
    np.testing.assert_array_equal(metric(y, outputs), fresh(y, outputs))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("setting", METRICS)
def test_the_core_counts_row_by_row_what_python_counts(core, setting, dtype):
    metric = make_metric(metrics, setting, dtype=dtype)
    outputs, y = inputs(setting, dtype)
    labels = y.dtype.kind == "i"
    in_core = metric._core_metric(labels)
    assert (in_core is not None) == (setting in COUNTED_BY_CORE)
    if in_core is None:
        return
    assert metric._core_metric(not labels) is None
    targets = y if labels else y.reshape(outputs.shape).astype(dtype)
    rows = core.evaluate_metric(in_core, outputs, targets)
    assert rows.shape == (len(y),)
    tolerance = dict(TOLERANCES)[dtype]
    assert rows.mean() == pytest.approx(metric(y, outputs), rel=tolerance, abs=tolerance)


@pytest.mark.parametrize("setting", METRICS)
def test_keras_describes_the_metrics_that_are_read(setting):
    metric = metrics.deserialize(CONFIGS[setting])
    described = CONFIGS[setting]["config"]
    unbuilt = {"axis": -1, "multi_label": False, "num_labels": None, "label_weights": None}
    expected = unbuilt | metric.get_config()
    assert type(metric).__name__ == METRICS[setting][0]
    assert {name: expected[name] for name in described} == described


@pytest.mark.parametrize("setting", METRICS)
def test_a_metric_survives_its_description(setting):
    metric = make_metric(metrics, setting, name="mine", dtype="float64")
    described = json.loads(json.dumps(metrics.serialize(metric)))
    again = metrics.deserialize(described)
    outputs, y = inputs(setting)
    assert described["module"] == "keras.metrics"
    assert type(again) is type(metric)
    assert again.get_config() == metric.get_config()
    np.testing.assert_array_equal(again(y, outputs), metric(y, outputs))
