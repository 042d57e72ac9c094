"""The x86-64 levels: which one is loaded, and that all of them answer alike."""

import os
import platform
import shutil
import subprocess
import sys

import numpy as np
import pytest

from fastnn import _cpu, _isa

LEVELS = _isa.supported_levels()
needs_x86 = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="levels are those of x86-64"
)


def run_python(code, command=(), **environment):
    return subprocess.run(
        [*command, sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_the_highest_supported_level_is_loaded(monkeypatch):
    monkeypatch.delenv("FASTNN_ISA", raising=False)
    assert _isa.preferred_level() == LEVELS[-1]


@pytest.mark.parametrize("level", LEVELS)
def test_fastnn_isa_chooses_the_level(level):
    run = run_python("import fastnn._core as c; print(c.isa)", FASTNN_ISA=level)
    assert run.stdout.strip() == level, run.stderr


def test_an_unknown_level_is_an_import_error():
    run = run_python("import fastnn", FASTNN_ISA="v5")
    expected = f"expected FASTNN_ISA to be one of {', '.join(LEVELS)}. Received: v5 (no such level)"
    assert run.stderr.splitlines()[-1] == f"ImportError: {expected}"


@needs_x86
def test_a_level_that_the_machine_lacks_is_an_import_error(monkeypatch):
    monkeypatch.setattr(_cpu, "highest_level", lambda: "v3")
    monkeypatch.setattr(_cpu, "built_levels", "v2,v3,v4")
    monkeypatch.setenv("FASTNN_ISA", "v4")
    with pytest.raises(ImportError) as caught:
        _isa.preferred_level()
    assert str(caught.value) == (
        "expected FASTNN_ISA to be one of v2, v3. Received: v4 (this machine has v3)"
    )


@needs_x86
def test_a_machine_below_every_level_is_an_import_error(monkeypatch):
    monkeypatch.setattr(_cpu, "highest_level", lambda: "v1")
    monkeypatch.setattr(_cpu, "built_levels", "v2,v3,v4")
    monkeypatch.delenv("FASTNN_ISA", raising=False)
    with pytest.raises(ImportError) as caught:
        _isa.preferred_level()
    assert str(caught.value) == "fastnn was built for v2, v3, v4; this machine has v1"


ARITHMETIC = """
import numpy as np
from fastnn import _core, ops
x = np.linspace(-3, 3, 60).reshape(12, 5)
print(_core.isa, ops.knn(x, x, 2)[1][0].tolist(), round(float(ops.softmax(x).sum()), 9))
np.testing.assert_allclose(ops.matmul(x, np.ones((5, 2)))[:, 1], x.sum(axis=1), rtol=1e-12)
"""


@needs_x86
@pytest.mark.skipif("v2" not in LEVELS, reason=f"built for {_cpu.built_levels} only")
@pytest.mark.skipif(shutil.which("qemu-x86_64") is None, reason="qemu-x86_64 is not on the PATH")
def test_a_machine_without_avx_computes():
    # NumPy's OpenBLAS mistakes the emulated Nehalem for something newer, hence its own override.
    run = run_python(
        ARITHMETIC,
        command=("qemu-x86_64", "-cpu", "Nehalem"),
        OPENBLAS_CORETYPE="Nehalem",
        FASTNN_ISA="",
        LD_PRELOAD="",
    )
    assert run.stdout.strip() == "v2 [0, 1] 12.0", run.stderr


def train(core, dtype):
    rng = np.random.default_rng(5)
    x = rng.standard_normal((70, 9)).astype(dtype)
    y = rng.integers(0, 4, 70)
    layer = core.LayerFloat32 if dtype == np.float32 else core.LayerFloat64
    layers = [
        layer.dense(9, 21, True),
        layer.activation(21, "tanh"),
        layer.dense(21, 4, True),
        layer.activation(4, "softmax"),
    ]
    for dense in layers[::2]:
        weights = [rng.standard_normal(w.shape).astype(dtype) / 2 for w in dense.parameters()]
        dense.set_parameters(weights)
    network_type = core.NetworkFloat32 if dtype == np.float32 else core.NetworkFloat64
    network = network_type([9], layers, [[0], [1], [2], [3]], [4], [True] * 4)
    loss = core.Loss.cross_entropy(False, 0.0)
    adam = core.Optimizer.adam(0.9, 0.999, 1e-7, False)
    network.set_objective([core.WeightedLoss(loss)], [], [])
    rates = np.full(5, 0.01)
    for epoch in range(3):
        order = core.permutation(70, 3, epoch)
        network.train([x], [y], [None], order, 16, adam, rates, core.Tally())
    return network.predict([x])[0]


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-13)])
def test_all_levels_agree_in_one_process(dtype, tolerance):
    rng = np.random.default_rng(4)
    a = rng.standard_normal((37, 53)).astype(dtype)
    b = rng.standard_normal((53, 29)).astype(dtype)
    cores = [_isa.load(level) for level in LEVELS]
    assert [core.isa for core in cores] == LEVELS
    for core in cores:
        np.testing.assert_allclose(core.matmul(a, b), a @ b, rtol=0, atol=20 * tolerance)
        for name in ("sigmoid", "tanh", "softmax", "log_softmax"):
            expected = cores[0].activate(a, name)
            np.testing.assert_allclose(core.activate(a, name), expected, rtol=tolerance)
        np.testing.assert_allclose(train(core, dtype), train(cores[0], dtype), atol=10 * tolerance)
