"""The command ``fastnn``: what a new user runs first."""

import re
import signal
import subprocess
import sys
import time

import matplotlib.image
import numpy as np
import pytest
from matplotlib import pyplot

import fastnn
from fastnn import _cli, _demo_data, _demo_picture

CONTENDERS = (
    "fastnn Sequential",
    "scikit-learn MLPClassifier",
    "fastnn KNeighborsClassifier",
    "scikit-learn KNeighborsClassifier",
)


def read_table(output):
    """Return the table's rows as {contender: [accuracy, fit seconds, predict seconds]}."""
    rows = re.findall(r"^(\S+ \S+) +([\d.]+) +([\d.]+) s +([\d.]+) s$", output, re.MULTILINE)
    return {name: [float(figure) for figure in figures] for name, *figures in rows}


@pytest.fixture(scope="module")
def digits_demo(tmp_path_factory):
    """Run the demo on digits for 30 epochs and return its folder and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    finished = subprocess.run(
        [sys.executable, "-m", "fastnn", "demo"], cwd=folder, capture_output=True, check=True
    )
    assert finished.stderr == b""
    return folder, finished.stdout.decode()


def test_the_demo_prints_accuracy_and_times_beside_scikit_learns(digits_demo):
    _, output = digits_demo
    table = read_table(output)
    assert tuple(table) == CONTENDERS
    for name, (accuracy, fit_seconds, predict_seconds) in table.items():
        assert accuracy > 0.95, name
        assert fit_seconds >= 0, name
        assert predict_seconds >= 0, name


def test_both_k_nn_of_the_demo_find_the_same(digits_demo):
    _, output = digits_demo
    table = read_table(output)
    assert table["fastnn KNeighborsClassifier"][0] == pytest.approx(
        table["scikit-learn KNeighborsClassifier"][0], abs=0.003
    )


def test_the_demo_says_on_what_and_how_it_trains(digits_demo):
    _, output = digits_demo
    header = output[: output.index("fastnn Sequential")]
    assert "1,437 images of 8 x 8 to train with, 360 to test with, 10 classes" in header
    assert "64-128-10, relu, softmax, Adam, batches of 32, 30 epochs" in header
    assert "Epoch 30/30" in output
    assert "val_accuracy" in output


def test_the_demo_draws_curves_and_wrongly_classified_images(digits_demo):
    folder, output = digits_demo
    path = folder / "fastnn-demo-digits.png"
    assert [entry.name for entry in folder.iterdir()] == [path.name]
    assert f"Picture: {path.name}" in output
    height, width, _ = matplotlib.image.imread(path).shape
    assert width == 1200
    assert height in {624, 828, 1032}  # one, two or three rows of images


def test_the_picture_shows_the_surest_mistakes_first_with_both_labels():
    labels = np.array([0, 1, 2, 0])
    probabilities = np.array([[0.9, 0.1, 0], [0.6, 0.4, 0], [0.5, 0.5, 0], [0.1, 0.2, 0.7]])
    pictures = np.arange(4 * 8 * 8, dtype=np.uint8).reshape(4, 8, 8)
    curve = [0.5, 0.25]
    figure = _demo_picture.draw(
        "title",
        history=dict.fromkeys(("loss", "val_loss", "accuracy", "val_accuracy"), curve),
        pictures=pictures,
        probabilities=probabilities,
        labels=labels,
        classes=("cat", "dog", "frog"),
    )
    curves, grid = figure.subfigs
    assert [axes.get_title() for axes in curves.axes] == ["loss", "accuracy"]
    assert [line.get_ydata().tolist() for line in curves.axes[0].lines] == [curve, curve]
    assert grid.get_suptitle().startswith("3 of 4 test images classified wrongly")
    assert len(grid.axes) == 8
    assert not any(axes.axison for axes in grid.axes)
    shown = {axes.get_title(): axes.images[0].get_array() for axes in grid.axes if axes.images}
    assert list(shown) == [
        "label: cat\nanswer: frog",
        "label: dog\nanswer: cat",
        "label: frog\nanswer: cat",
    ]
    for image, index in zip(shown.values(), (3, 1, 2), strict=True):
        np.testing.assert_array_equal(image, pictures[index])


def test_options_choose_epochs_and_folder_and_pyplot_is_left_alone(tmp_path, capsys):
    folder = tmp_path / "new" / "folder"
    assert _cli.main(["demo", "--epochs", "1", "--output", str(folder)]) == 0
    assert "batches of 32, 1 epochs" in capsys.readouterr().out
    assert (folder / "fastnn-demo-digits.png").exists()
    assert pyplot.get_fignums() == []


def test_without_matplotlib_the_demo_says_how_to_get_the_picture(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "fastnn._demo_picture", None)
    assert _cli.main(["demo", "--epochs", "1", "--output", str(tmp_path)]) == 0
    output = capsys.readouterr().out
    assert "No picture: it needs matplotlib, `pip install fastnn[plot]`" in output
    assert tuple(read_table(output)) == CONTENDERS
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10"])
def test_missing_data_is_one_line_and_exit_code_1(name, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("FASTNN_DATA_DIR", str(tmp_path))
    assert _cli.main(["demo", "--data", name, "--output", str(tmp_path)]) == 1
    output, error = capsys.readouterr()
    assert output == ""
    assert error.startswith(f"fastnn: expected the file {tmp_path}")
    assert error.count("\n") == 1


def test_broken_data_is_one_line_and_exit_code_1(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("FASTNN_DATA_DIR", str(tmp_path))
    images = tmp_path / "mnist" / "train-images-idx3-ubyte.gz"
    images.parent.mkdir()
    images.write_bytes(b"cut")
    (tmp_path / "mnist" / "train-labels-idx1-ubyte.gz").touch()
    assert _cli.main(["demo", "--data", "mnist", "--output", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"fastnn: expected {images} to be a whole gz file. Received: 3 bytes")
    assert error.count("\n") == 1


def test_a_folder_that_cannot_be_made_is_one_line_and_exit_code_1(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert _cli.main(["demo", "--output", str(tmp_path / "file" / "folder")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.usefixtures("heard_sigint")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends SIGINT to whole groups only")
@pytest.mark.parametrize("contender", ["fastnn Sequential", "scikit-learn MLPClassifier"])
def test_ctrl_c_ends_the_demo_with_exit_code_130(contender, tmp_path):
    program = [sys.executable, "-u", "-m", "fastnn", "demo", "--epochs", "300"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    with subprocess.Popen(program, cwd=tmp_path, **pipes) as demo:
        for line in demo.stdout:
            if line == f"{contender}: training ...\n":
                break
        time.sleep(0.1)  # into the training itself, which takes longer
        demo.send_signal(signal.SIGINT)
        output, error = demo.communicate()
    assert demo.returncode == 130
    assert error == "\nfastnn: interrupted\n"
    assert f"{contender}: trained" not in output


@pytest.mark.parametrize("epochs", ["0", "-1", "1.5", "many"])
def test_a_number_of_epochs_below_one_is_refused(epochs, capsys):
    with pytest.raises(SystemExit) as stopped:
        _cli.main(["demo", f"--epochs={epochs}"])
    assert stopped.value.code == 2
    expected = f"argument --epochs: expected a number from 1 on. Received: '{epochs}'"
    assert expected in capsys.readouterr().err


def test_every_data_set_of_the_demo_has_ten_classes_and_pixels_from_0_to_1():
    for name, data_set in _demo_data.DATA_SETS.items():
        assert len(data_set.classes) == 10, name
    images = _demo_data.load("digits")
    assert images.x_train.shape == (1437, 64)
    assert images.x_train.dtype == np.float32
    assert (images.x_train.min(), images.x_train.max()) == (0, 1)


def test_info_prints_the_configuration(capsys):
    assert _cli.main(["info"]) == 0
    printed = capsys.readouterr().out
    fastnn.show_config()
    assert printed == capsys.readouterr().out
    assert fastnn.__version__ in printed


def test_version_is_printed(capsys):
    with pytest.raises(SystemExit) as stopped:
        _cli.main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"fastnn {fastnn.__version__}\n"


def test_without_a_command_the_usage_is_shown(capsys):
    with pytest.raises(SystemExit) as stopped:
        _cli.main([])
    assert stopped.value.code == 2
    assert "usage: fastnn" in capsys.readouterr().err
