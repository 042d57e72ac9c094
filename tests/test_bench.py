"""The command ``fastnn bench``: fastnn beside its peers, with very little work."""

import contextlib
import io
import json
import os
import signal
import statistics
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from bench_contenders import broken, working
from data_files import write_mnist
from fastnn import _cli
from fastnn._bench import cases, command, images, knn, report, timing

TINY = cases.Sizes(images=256, image_queries=20, points=300, point_queries=30, trained=256)


@pytest.fixture(autouse=True)
def nothing_is_waited_for(monkeypatch):
    monkeypatch.setattr(timing, "PAUSE", 0.0)


@pytest.fixture
def no_mnist(monkeypatch, tmp_path):
    monkeypatch.setenv("FASTNN_DATA_DIR", str(tmp_path))


@pytest.fixture
def hidden(monkeypatch):
    """Return a function that lets packages look as if they were not installed."""
    find_spec = timing.importlib.util.find_spec

    def hide(*names):
        monkeypatch.setattr(
            timing.importlib.util,
            "find_spec",
            lambda name: None if name in names else find_spec(name),
        )

    return hide


def printed(form, names, peers, n_runs=2):
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
        command.run(form, n_runs, names, peers, TINY)
    return output.getvalue()


def one_case(name, peers=cases.PEERS):
    """Return a case of the command; nothing has been measured."""
    return next(case for case in all_cases(peers) if case.name == name)


def all_cases(peers=cases.PEERS):
    made = images.Images("made", *(np.zeros((1, 784)) for _ in range(3)))
    return cases.cases(made, Path(os.devnull).parent, TINY, peers)


def result(name, outcomes, peers=cases.PEERS):
    """Return what was measured of a case, fastnn 1 ms and each other 1 ms more, without work."""
    timings = [
        timing.Timings(contender, [1e-3 * i], outcome)
        for i, (contender, outcome) in enumerate(outcomes.items(), 1)
    ]
    return command.Result(one_case(name, peers), timings)


@pytest.mark.usefixtures("no_mnist")
def test_json_has_the_machine_and_every_run_of_every_case_beside_scikit_learn():
    told = json.loads(printed("json", cases.NAMES, ("sklearn",)))
    assert told["cores"] == report.n_cores()
    assert told["peers"]["scikit-learn"] == report.machine(["sklearn"])["peers"]["scikit-learn"]
    assert {"date", "processor", "system", "python", "fastnn", "build"} < told.keys()
    assert [case["name"] for case in told["cases"]] == list(cases.NAMES)
    for case in told["cases"]:
        first, *others = case["contenders"]
        assert first["name"] == "fastnn"
        assert others, case["name"]
        assert all("scikit-learn" in other["name"] for other in others)
        for contender in case["contenders"]:
            assert len(contender["seconds"]) == 2
            assert min(contender["seconds"]) > 0
            assert contender["median_seconds"] == statistics.median(contender["seconds"])
            assert contender["times_as_long_as_fastnn"] == pytest.approx(
                contender["median_seconds"] / first["median_seconds"]
            )
            assert contender["agrees"] is True
        assert case["missing"] == {}
    assert images.MADE in told["cases"][0]["title"]


@pytest.mark.usefixtures("no_mnist")
def test_peers_that_are_not_installed_are_named_with_what_to_install(hidden):
    hidden("faiss", "sklearnex")
    text = printed("text", ["knn"], ("faiss", "sklearnex"), n_runs=1)
    assert (
        "Not measured: faiss (pip install faiss-cpu), "
        "scikit-learn-intelex (pip install scikit-learn-intelex)." in text
    )


def test_keras_needs_its_backend_as_well(hidden):
    hidden("jax", "tensorflow", "torch")
    outcomes = dict.fromkeys(["fastnn"], cases.training.Learned(0.2, 0.9))
    missing = result("training", outcomes, ["keras"]).missing
    assert missing["Keras on JAX"] == "pip install keras jax"
    assert missing["Keras on TensorFlow"] == "pip install keras tensorflow-cpu"
    assert missing["Keras on PyTorch"] == "pip install keras torch"
    hidden()
    assert "jax" in one_case("training").contenders[2].packages


LESS_WORK = {
    "knn": (0, 3, 900),
    "training": tuple(cases.training.Learned(loss, 0.9) for loss in (0.2, 0.22, 0.5)),
    "one-row": (0.0, 1e-7, 0.1),
}


@pytest.mark.parametrize("name", LESS_WORK)
def test_who_did_less_work_is_marked_in_every_form(name):
    measured = result(name, dict(zip(("fastnn", "same", "lazy"), LESS_WORK[name], strict=True)))
    for form in ("text", "markdown"):
        lines = command.FORMS[form]([measured]).splitlines()
        assert [("lazy" in line) for line in lines if "(!)" in line] == [True, False], form
        assert any("(!) is too far from fastnn's" in line for line in lines), form
    contenders = json.loads(command.FORMS["json"]([measured]))["cases"][0]["contenders"]
    assert [contender["agrees"] for contender in contenders] == [True, True, False]


def test_tables_tell_the_unit_the_medians_and_the_ratios():
    measured = result("one-row", {"fastnn": 0.0, "PyTorch": 1e-7})
    text = command.FORMS["text"]([measured])
    assert f"cores used\n- system: {report.machine([])['system']}" in text
    assert "Prediction: one row through 784-128-10, float32\n" in text
    rows = [line.split() for line in text.splitlines() if line.startswith(("fastnn", "PyTorch"))]
    assert rows[0] == ["fastnn", "1", "1", "to", "1", "1", "1.00", "×", "0.0e+00"]
    assert rows[1] == ["PyTorch", "2", "2", "to", "2", "1", "2.00", "×", "1.0e-07"]
    assert "median ms" in text
    markdown = command.FORMS["markdown"]([measured])
    assert "| PyTorch | 2 | 2 to 2 | 1 | 2.00 × | 1.0e-07 |" in markdown
    assert "### Prediction: one row through 784-128-10, float32\n" in markdown


@pytest.mark.parametrize(
    ("seconds", "unit", "shown"),
    [(2e-6, "µs", "2"), (0.01234, "ms", "12.3"), (1234.5, "s", "1,230")],
)
def test_the_unit_fits_the_fastest(seconds, unit, shown):
    measured = command.Result(one_case("one-row"), [timing.Timings("fastnn", [seconds], 0.0)])
    text = command.FORMS["text"]([measured])
    assert f"median {unit}" in text
    assert f"{shown} to {shown}" in text


def test_columns_of_a_table_for_the_terminal_are_as_wide_as_their_widest_cell():
    lines = report.aligned(("", "s"), [("a", "1"), ("long name", "1,000")]).splitlines()
    assert lines == ["               s", "a              1", "long name  1,000"]


def test_queries_with_a_wrong_neighbour_are_counted():
    rng = np.random.default_rng(0)
    arrays = {"x": rng.random((50, 4)), "queries": rng.random((9, 4))}
    distances = ((arrays["queries"][:, None] - arrays["x"]) ** 2).sum(axis=2)
    right = distances.argsort(axis=1)[:, :5]
    wrong = right.copy()
    wrong[[2, 7], 4] = distances.argsort(axis=1)[[2, 7], 5]
    search = knn.Search("", "", dict, ())
    timings = [timing.Timings("fastnn", [1.0], right), timing.Timings("other", [1.0], wrong)]
    knn.count_mistakes(search, arrays, timings)
    assert [timed.outcome for timed in timings] == [0, 2]
    with pytest.raises(AssertionError, match="fastnn missed 2 nearest neighbours"):
        knn.count_mistakes(
            search, arrays, [timing.Timings("fastnn", [], wrong), timing.Timings("", [], right)]
        )


WORKING = timing.Contender("working", ("numpy",), working)
BROKEN = timing.Contender("broken", ("numpy",), broken)


def test_contenders_run_by_turns_each_in_its_own_process(capsys):
    rivals = [WORKING, replace(WORKING, name="again"), replace(WORKING, name="once", max_runs=1)]
    with timing.started(rivals) as workers:
        timings = timing.run_in_turn(workers, 2, "task")
    processes, tasks = zip(*(timed.outcome for timed in timings), strict=True)
    assert len({os.getpid(), *processes}) == 4
    assert set(tasks) == {"task"}
    assert [timed.seconds for timed in timings] == [[0.5, 0.5], [0.5, 0.5], [0.5]]
    told = [line for line in capsys.readouterr().err.splitlines() if "run" in line]
    assert told == [
        f"{name}: run {run}, 0.5 s"
        for run, names in ((1, ("working", "again", "once")), (2, ("working", "again")))
        for name in names
    ]


def test_a_peer_that_fails_to_start_is_left_out_and_named(capsys):
    rivals = [WORKING, BROKEN]
    with timing.started(rivals) as workers:
        timings = timing.run_in_turn(workers, 1)
    assert [timed.name for timed in timings] == ["working"]
    assert "libmissing.so is not there" in capsys.readouterr().err
    case = replace(one_case("one-row"), contenders=rivals)
    assert command.Result(case, timings).missing == {"broken": "failed to start"}


def test_without_the_first_contender_there_is_nothing_to_compare():
    with (
        pytest.raises(timing.FailedError, match=r"libmissing\.so"),
        timing.started([BROKEN, WORKING]),
    ):
        pass


@pytest.mark.usefixtures("no_mnist")
def test_after_ctrl_c_what_is_done_is_printed(monkeypatch, capsys):
    def interrupt(_):
        raise KeyboardInterrupt

    done = result("one-row", {"fastnn": 0.0})
    chosen = [
        replace(done.case, measure=lambda _: done.timings),
        replace(one_case("knn"), name="one-row", measure=interrupt),
    ]
    monkeypatch.setattr(command, "cases", lambda *_: chosen)
    with pytest.raises(KeyboardInterrupt):
        command.run("text", 1, ["one-row"], [], TINY)
    output = capsys.readouterr().out
    assert "Prediction: one row" in output
    assert "k-NN" not in output


@pytest.mark.usefixtures("no_mnist")
@pytest.mark.parametrize(("given", "late", "expected"), [(None, 0, 1), (None, 60, 3), (5, 0, 5)])
def test_cases_that_begin_late_have_one_run_unless_more_are_asked_for(
    given, late, expected, monkeypatch, capsys
):
    asked = []
    done = result("one-row", {"fastnn": 0.0})
    case = replace(done.case, measure=lambda n_runs: asked.append(n_runs) or done.timings)
    monkeypatch.setattr(command, "cases", lambda *_: [case])
    monkeypatch.setattr(command, "LATE", late)
    command.run("text", given, ["one-row"], [], TINY)
    assert asked == [expected]
    assert "Prediction" in capsys.readouterr().out


INTERRUPTED = """
import sys
from fastnn._bench import cases, command
tiny = cases.Sizes(images=256, image_queries=20, points=300, point_queries=30, trained=256)
try:
    command.run("text", 10_000, ["one-row"], ["sklearn"], tiny)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.usefixtures("heard_sigint", "no_mnist")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends SIGINT to whole groups only")
def test_ctrl_c_ends_the_workers_silently():
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    program = [sys.executable, "-c", INTERRUPTED]
    with subprocess.Popen(program, start_new_session=True, **pipes) as bench:
        for line in bench.stderr:
            if line.startswith("fastnn: run 1"):
                break
        os.killpg(bench.pid, signal.SIGINT)  # as a terminal does
        output, error = bench.communicate()
    assert bench.returncode == 130
    assert output.startswith("- date: ")
    assert "Traceback" not in error  # nor did a worker keep the pipe open


def test_options_choose_form_runs_cases_and_peers(monkeypatch):
    calls = []
    monkeypatch.setattr(command, "run", lambda *given: calls.append(given))
    assert _cli.main(["bench"]) == 0
    assert _cli.main(["bench", "--markdown", "--runs", "9"]) == 0
    assert _cli.main(["bench", "--json", "--cases", "knn", "one-row", "--peers", "jax"]) == 0
    assert calls == [
        ("text", None, cases.NAMES, cases.PEERS),
        ("markdown", 9, cases.NAMES, cases.PEERS),
        ("json", None, ["knn", "one-row"], ["jax"]),
    ]


@pytest.mark.parametrize(
    "options", [["--markdown", "--json"], ["--cases", "all"], ["--peers", "mlx"], ["--runs", "0"]]
)
def test_other_options_are_refused(options, capsys):
    with pytest.raises(SystemExit) as stopped:
        _cli.main(["bench", *options])
    assert stopped.value.code == 2
    assert "usage: fastnn bench" in capsys.readouterr().err


def test_the_help_tells_of_every_case(capsys):
    with pytest.raises(SystemExit):
        _cli.main(["bench", "--help"])
    told = capsys.readouterr().out
    for name in cases.NAMES:
        assert f"\n  {name} " in told


def test_the_cases_are_those_that_can_be_chosen():
    assert tuple(case.name for case in all_cases()) == cases.NAMES
    packages = {rival.packages[0] for case in all_cases() for rival in case.contenders}
    assert packages == {"fastnn", *cases.PEERS}


def test_a_data_folder_that_is_not_there_is_one_line_and_exit_code_1(monkeypatch, capsys):
    monkeypatch.setenv("FASTNN_DATA_DIR", "nowhere")
    assert _cli.main(["bench"]) == 1
    output, error = capsys.readouterr()
    assert output == ""
    assert "fastnn: expected FASTNN_DATA_DIR to name a folder. Received: 'nowhere'" in error


def test_mnist_is_measured_where_its_files_are(monkeypatch, tmp_path):
    (x, y), (queries, _) = write_mnist(tmp_path / "mnist")
    monkeypatch.setenv("FASTNN_DATA_DIR", str(tmp_path))
    loaded = images.load(5, 3)
    assert loaded.title == "MNIST"
    np.testing.assert_array_equal(loaded.x, x[:5].reshape(5, 784))
    np.testing.assert_array_equal(loaded.y, y[:5])
    np.testing.assert_array_equal(loaded.queries, queries[:3].reshape(3, 784))


def test_made_images_are_like_those_of_mnist():
    x, y = images.make(2_500)
    assert (x.shape, x.dtype, y.dtype) == ((2_500, 784), np.uint8, np.int64)
    assert x.max() == 255
    assert 0.78 < (x == 0).mean() < 0.85  # 0.81 in MNIST
    variances = np.linalg.eigvalsh(np.cov(x, rowvar=False))[::-1]
    assert 0.82 < variances[:64].sum() / variances.sum() < 0.93  # 0.87 in MNIST
    right = KNeighborsClassifier(3).fit(x[:2_000], y[:2_000]).score(x[2_000:], y[2_000:])
    assert right > 0.4  # they are digits: 0.1 is chance
    np.testing.assert_array_equal(images.make(2_500)[0], x)
