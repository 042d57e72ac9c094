"""A few seconds that tell whether an installed wheel works at all."""

import json
import subprocess
import sys

import numpy as np
import pytest

import fastnn
from fastnn import ops
from fastnn.layers import Dense
from fastnn.neighbors import KNeighborsClassifier


def test_the_wheel_computes_searches_and_learns():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(-2, 1, (50, 4)), rng.normal(2, 1, (50, 4))])
    y = np.repeat([0, 1], 50)

    np.testing.assert_allclose(ops.matmul(X, X.T), X @ X.T, rtol=1e-12)
    assert KNeighborsClassifier(3).fit(X, y).score(X, y) > 0.95

    fastnn.utils.set_random_seed(0)
    model = fastnn.Sequential([Dense(8, activation="relu"), Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(X, y, epochs=60, verbose=0).history
    assert history["loss"][-1] < history["loss"][0] / 2
    assert history["accuracy"][-1] > 0.9


@pytest.mark.parametrize("form", ["json", "markdown"])
def test_the_wheel_measures_itself_beside_what_it_depends_on(form, tmp_path):
    shortest = ["--cases", "one-row", "--runs", "1", "--peers", "sklearn"]
    told = subprocess.run(
        [sys.executable, "-m", "fastnn", "bench", f"--{form}", *shortest],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    if form == "json":
        (case,) = json.loads(told)["cases"]
        assert [contender["agrees"] for contender in case["contenders"]] == [True, True]
    else:
        rows = [line.split("|")[1].strip() for line in told.splitlines() if line.startswith("| ")]
        assert {"fastnn", "scikit-learn"} <= set(rows)
