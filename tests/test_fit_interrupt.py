"""Ctrl-C ends the work of a model behind a whole batch, and the model goes on working."""

import os
import subprocess
import sys

import pytest

# Work that would take minutes; each is interrupted after a while. Without shuffling and with SGD,
# the weights must be those after as many batches as the optimizer has counted.
INTERRUPT = """
import itertools, os, signal, sys, threading
import numpy as np
from fastnn.callbacks import LambdaCallback
from fastnn.layers import Dense, Input
from fastnn.models import Sequential

signal.signal(signal.SIGINT, signal.default_int_handler)
rng = np.random.default_rng(0)
x, y = rng.normal(size=(64, 300)).astype("float32"), rng.integers(0, 3, size=64)
many_x, many_y = np.tile(x, (1500, 1)), np.tile(y, 1500)

def make():
    model = Sequential([Input((300,)), Dense(200, "tanh"), Dense(200, "tanh"), Dense(3, "softmax")])
    shapes = [weight.shape for weight in model.get_weights()]
    draw = np.random.default_rng(1)
    model.set_weights([draw.normal(scale=0.05, size=shape) for shape in shapes])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model

def batches():
    while True:
        yield x, y

def forever(function):
    while True:
        function()

model = make()
model.predict(x, verbose=0)
model.evaluate(x, y, verbose=0)
given = {"batch_size": 64, "epochs": 10**6, "shuffle": False, "verbose": 0}
hook = LambdaCallback(on_train_batch_end=lambda batch, logs: None)
work = {
    "fit": lambda: model.fit(many_x, many_y, **given),
    "callbacks": lambda: model.fit(many_x, many_y, callbacks=[hook], **given),
    "batches": lambda: model.fit(batches(), verbose=0),
    "evaluate": lambda: forever(lambda: model.evaluate(many_x, many_y, verbose=0)),
    "predict": lambda: forever(lambda: model.predict(many_x, verbose=0)),
}[sys.argv[1]]
timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
timer.start()
try:
    work()
except KeyboardInterrupt:
    timer.join()
else:
    sys.exit("it was not interrupted")

n_steps = model.optimizer.iterations
again = make()
if n_steps:
    again.fit(itertools.islice(batches(), n_steps), verbose=0)
assert again.optimizer.iterations == n_steps
for own, wanted in zip(model.get_weights(), again.get_weights(), strict=True):
    np.testing.assert_array_equal(own, wanted)
model.fit(x, y, batch_size=64, verbose=0)
assert model.optimizer.iterations == n_steps + 1
assert np.isfinite(model.predict(x, verbose=0)).all()
print(n_steps)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no os.kill that raises KeyboardInterrupt")
@pytest.mark.parametrize("work", ["fit", "callbacks", "batches", "evaluate", "predict"])
def test_an_interrupt_ends_the_work_behind_a_whole_batch(work):
    finished = subprocess.run(
        [sys.executable, "-c", INTERRUPT, work],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    n_steps = int(finished.stdout)
    assert (n_steps == 0) == (work in ("evaluate", "predict"))
