"""What is drawn while a network trains, on terminals of every kind."""

import io

import numpy as np
import pytest

from fastnn._progress import Progress, _clock, _per_step
from fastnn.layers import Dense, Input
from fastnn.models import Sequential


class Terminal(io.TextIOWrapper):
    """A terminal that remembers what was written, in its encoding."""

    def __init__(self, encoding):
        super().__init__(io.BytesIO(), encoding=encoding, newline="")

    def isatty(self):
        return True

    def text(self):
        return self.buffer.getvalue().decode(self.encoding)


@pytest.fixture
def open_terminal(monkeypatch):
    def replace_standard_output(encoding):
        terminal = Terminal(encoding)
        monkeypatch.setattr("sys.stdout", terminal)
        return terminal

    return replace_standard_output


def test_a_bar_grows_within_the_epoch_and_covers_what_was_there(open_terminal):
    terminal = open_terminal("utf-8")
    progress = Progress(n_steps=4, verbose=1)
    progress.update(2, {"loss": 0.5})
    progress.finish({"loss": 0.0005})
    _, first, last = terminal.text().split("\r")
    assert first.startswith("2/4 ━━━━━━━━━━──────────")
    assert first.endswith("/step - loss: 0.5000")
    assert last.startswith("4/4 ━━━━━━━━━━━━━━━━━━━━")
    assert last.rstrip().endswith("/step - loss: 5.0000e-04")
    assert len(last.rstrip("\n")) >= len(first)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_without_box_drawing_gets_plain_lines(open_terminal, encoding):
    terminal = open_terminal(encoding)
    model = Sequential([Input((2,)), Dense(1, name="dense")])
    model.summary()
    model.predict(np.zeros((3, 2)))
    assert "| dense (Dense)                   | (None, 1)              |             3 |" in (
        terminal.text()
    )
    assert "1/1 ==================== 0s" in terminal.text()


@pytest.mark.parametrize(
    ("seconds", "written"), [(0.4, "0s"), (61, "1:01"), (3599, "59:59"), (3661, "1:01:01")]
)
def test_the_time_left_is_written_as_in_keras(seconds, written):
    assert _clock(seconds) == written


@pytest.mark.parametrize(
    ("seconds", "written"), [(2.4, "2s/step"), (0.0124, "12ms/step"), (0.0000341, "34us/step")]
)
def test_the_time_of_a_step_is_written_as_in_keras(seconds, written):
    assert _per_step(seconds) == written


def test_the_core_reports_within_the_epoch_on_a_terminal_alone(open_terminal, capsys):
    assert not Progress(n_steps=4, verbose=1).is_live
    terminal = open_terminal("utf-8")
    assert Progress(n_steps=4, verbose=1).is_live
    assert not Progress(n_steps=4, verbose=2).is_live
    assert terminal.text() == capsys.readouterr().out == ""


def test_an_epoch_is_drawn_while_it_runs(open_terminal):
    terminal = open_terminal("utf-8")
    rng = np.random.default_rng(0)
    model = Sequential([Input((64,)), Dense(256, activation="relu"), Dense(1)])
    model.compile("adam", "mse", metrics=["accuracy"])
    # 40,000 steps: at the very least some microseconds each, and a report is due every 50 ms
    model.fit(rng.normal(size=(40_000, 64)), rng.normal(size=40_000), batch_size=1)
    drawn = terminal.text().split("\r")
    assert len(drawn) > 2
    steps = [int(line.split("/")[0]) for line in drawn[1:]]
    assert steps == sorted(steps)
    assert steps[-1] == 40_000
