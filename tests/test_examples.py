"""What ``examples/`` show of neighbours is as published; for the others see TESTS."""

import re
from pathlib import Path

import pytest

from running import EXAMPLES, run_example

TESTS = "test_examples.py", "test_programs.py", "test_programs_sklearn.py"


def test_every_example_is_run_in_the_tests():
    tests = "".join(Path(__file__).with_name(name).read_text() for name in TESTS)
    for example in EXAMPLES.glob("*.py"):
        assert re.search(rf'run_example\(\s*"{example.name}"', tests), example.name


def test_k_nn_on_digits_agrees_with_scikit_learn():
    figures = re.findall(
        r"^(\d) +(\d\.\d{4}) +(\d\.\d{4})$", run_example("digits_knn.py"), re.MULTILINE
    )
    assert [k for k, _, _ in figures] == ["1", "3", "5", "7"]
    for _, ours, peers in figures:
        assert float(ours) == pytest.approx(float(peers), abs=0.0025)
        assert float(ours) > 0.97


def test_the_voters_on_fashion_mnist_are_those_of_the_prediction(fashion_mnist, tmp_path):
    picture = tmp_path / "voters.png"
    output = run_example("fashion_mnist_voters.py", "500", "--picture", str(picture))
    assert "440 of 500 test images" in output  # as scikit-learn answers, in float64
    told = re.findall(r"^test image \d+ is a (\S+); prediction: (\S+)$", output, re.MULTILINE)
    assert len(told) == 4
    assert all(truth != prediction for truth, prediction in told)
    for (_, prediction), block in zip(told, output.split("\n\n")[1:], strict=True):
        labels = [line.split()[-1] for line in block.splitlines()[2:]]
        assert len(labels) == 5
        assert labels.count(prediction) == max(map(labels.count, labels))
    assert picture.stat().st_size > 0


def test_one_search_for_all_k_gives_the_published_accuracies(tmp_path):
    picture = tmp_path / "k.png"
    output = run_example("choose_k.py", "--splits", "100", "--picture", str(picture))
    rows = re.findall(r"^ ?(\d+) +(0\.\d+) ± (0\.\d+) +(0\.\d+)$", output, re.MULTILINE)
    assert [int(k) for k, *_ in rows] == [1, 3, 5, 7, 9, 11, 13, 15]
    for _, mean, error, published in rows:
        assert abs(float(mean) - float(published)) < 4 * float(error)
    assert picture.stat().st_size > 0


def test_gradient_descent_with_smaller_batches_takes_fewer_epochs_to_the_same_loss():
    output = run_example("gradient_descent.py")
    rows = re.findall(
        r"^(\S.*?)  +(\d+) +(\d+) +(0\.\d{4}) +(0\.\d{4}) +\d+\.\d ms$", output, re.MULTILINE
    )
    assert [name for name, *_ in rows] == ["full batch", "mini-batch of 32", "stochastic"]
    epochs = [int(n_epochs) for _, n_epochs, *_ in rows]
    steps = [int(n_steps) for _, _, n_steps, *_ in rows]
    assert epochs == sorted(epochs, reverse=True)
    assert steps == [n * per_epoch for n, per_epoch in zip(epochs, (1, 14, 426), strict=True)]
    for *_, loss, accuracy in rows:
        assert float(loss) <= 0.1
        assert float(accuracy) > 0.95
    assert float(re.search(r"^minimum of the loss: (0\.\d{4})$", output, re.MULTILINE)[1]) < 0.1


def test_semantic_search_finds_what_the_words_describe():
    output = run_example("semantic_search.py")
    blocks = {block.splitlines()[0]: block.splitlines()[1:] for block in output.split("\n\n")}
    found = {
        title: [(float(distance), name) for distance, name in (line.split(None, 1) for line in of)]
        for title, of in blocks.items()
        if title.startswith(("nearest", "farthest"))
    }
    nearest, farthest = found["nearest, by 1 - cosine"], found["farthest"]
    assert {"DBSCAN", "OPTICS"} <= {name for _, name in nearest}
    distances = [distance for distance, _ in nearest]
    assert distances == sorted(distances)
    assert farthest[-1][0] > nearest[-1][0]
    masked = {name for _, name in found["nearest of those that predict"]}
    assert not {"DBSCAN", "OPTICS"} & masked
    assert "fastnn's KNeighborsClassifier" in output
    assert "from the file the same: True" in output


def test_the_table_of_classifiers_holds_every_model_on_every_version(mnist):
    output = run_example("compare_classifiers.py")
    tables = re.split(r"^MNIST ", output, flags=re.MULTILINE)[1:]
    assert [re.match(r"(.*?)  ", table)[1] for table in tables] == [
        "raw",
        "scaled",
        "standardised",
        "PCA 15",
    ]
    accuracies = [
        dict(re.findall(r"^(\S.*?)  +(0\.\d{4}) ", table, re.MULTILINE)) for table in tables
    ]
    for accuracy in accuracies:
        assert len(accuracy) == 7
        assert float(accuracy["3-NN"]) > float(accuracy["nearest centroid"]) > 0.6
    assert accuracies[0]["3-NN"] == accuracies[1]["3-NN"]  # a scale changes no neighbour


def test_neighbours_on_mnist_are_as_many_times_right_as_published(mnist, tmp_path):
    picture = tmp_path / "centroids.png"
    output = run_example("mnist_knn.py", "--picture", str(picture))
    rows = re.findall(
        r"^(\S.*?) +(raw|/256|standardised|PCA 15) +(0\.\d{4}) +\d+\.\d\d +(0\.\d{4})",
        output,
        re.MULTILINE,
    )
    assert len(rows) == 12
    for model, version, ours, published in rows:
        if version == "PCA 15":  # components depend on how they are computed
            assert float(ours) == pytest.approx(float(published), abs=0.001), model
        else:
            assert ours == published, (model, version)
    assert picture.stat().st_size > 0
