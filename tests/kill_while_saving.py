"""Kill a program many times while it saves a model, and look at what is left each time.

A child saves a model over and over, each time with all weights one higher, and tells the count
behind each save; it is killed at a random moment. The file must then hold the last model that was
told, or the one after it, whole. `python tests/kill_while_saving.py FOLDER 1000`
"""

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

from fastnn.layers import Dense, Input
from fastnn.models import Sequential, load_model

LONGEST = 0.03  # seconds until a child is killed; some hundred saves


def make_model(value):
    model = Sequential([Input((64,)), Dense(128), Dense(8, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(np.zeros((4, 64)), np.arange(4), verbose=0)
    fill(model, value)
    return model


def fill(model, value):
    """Set all weights and all that the optimizer remembers to one number."""
    model.set_weights([np.full(weight.shape, value) for weight in model.get_weights()])
    _, slots = model._network.optimizer_state()
    same = [[np.full_like(slot, value) for slot in of_one] for of_one in slots]
    model._network.set_optimizer_state(value, same)


def save_without_end(model, path, value, told):
    while True:
        value += 1
        fill(model, value)
        model.save(path)
        os.write(told, b".")


def killed_after(seconds, model, path, value):
    """Return how many saves a child has told when it was killed."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            save_without_end(model, path, value, write)
        finally:
            os._exit(1)
    os.close(write)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the child could not save"
    with os.fdopen(read, "rb") as pipe:
        return len(pipe.read())


def numbers_in(path):
    """Return every number that the model of the file holds beside its settings."""
    model = load_model(path)
    step, slots = model._network.optimizer_state()
    arrays = [*model.get_weights(), *(slot for of_one in slots for slot in of_one)]
    assert len(arrays) == 12
    return {step, *np.unique(np.concatenate([array.ravel() for array in arrays])).tolist()}


def main(folder, n_kills):
    path = Path(folder, "model.safetensors")
    value, n_in_the_midst = 1, 0
    model = make_model(value)
    model.save(path)
    rng = np.random.default_rng(5)
    for _ in range(n_kills):
        told = value + killed_after(rng.uniform(0, LONGEST), model, path, value)
        found = numbers_in(path)
        assert found in ({told}, {told + 1}), f"told {told}, found {found}"
        value = int(found.pop())
        left = [other for other in path.parent.iterdir() if other != path]
        n_in_the_midst += bool(left)
        for other in left:
            assert other.suffix != ".safetensors", "what is left must not look like a model"
            other.unlink()
    print(f"{n_kills} kills, {n_in_the_midst} of them with a half-written file, {value} saves")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
