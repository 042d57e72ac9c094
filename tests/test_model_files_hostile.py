"""What is no file of a model is refused with a message: no crash, no code, little memory."""

import json
import math
import struct

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from fastnn import layers
from fastnn.layers import Concatenate, Dense, Dropout, Input
from fastnn.models import Model, Sequential, load_model


@pytest.fixture(scope="module", name="whole")
def a_saved_model(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "model.safetensors"
    x = Input((4,), name="x")
    h = layers.BatchNormalization(name="scaled")(Dense(5, "relu", name="first")(x))
    inner = Sequential([Input((5,)), Dropout(0.2), layers.Rescaling(0.5)], name="inner")
    model = Model(x, Dense(3, "softmax", name="end")(inner(h)), name="whole")
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["acc"])
    model.fit(np.random.default_rng(0).normal(size=(20, 4)), np.arange(20) % 3, verbose=0)
    model.save(path)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def refused(why=""):
    return pytest.raises(
        ValueError, match=rf"(?s)^expected a file that Model\.save has written\..*{why}"
    )


@pytest.mark.parametrize("part", range(50))
def test_a_file_that_was_cut_off_is_refused(part, whole, path):
    path.write_bytes(whole[: len(whole) * part // 50])
    with refused():
        load_model(path)


def test_a_file_with_something_behind_it_is_refused(whole, path):
    path.write_bytes(whole + b"\0")
    with refused():
        load_model(path)


@pytest.mark.parametrize("seed", range(20))
def test_a_header_with_other_bytes_is_refused_or_read(seed, whole, path):
    rng = np.random.default_rng(seed)
    end = 8 + struct.unpack("<Q", whole[:8])[0]
    messages = []
    for _ in range(20):
        changed = bytearray(whole)
        for place in rng.integers(0, end, size=rng.integers(1, 4)):
            changed[place] ^= 1 << rng.integers(8)
        path.write_bytes(changed)
        try:
            model = load_model(path)
        except ValueError as error:
            messages.append(str(error))
        else:
            assert model.count_params() == 63
    assert messages
    assert all(m.startswith("expected a file that Model.save has written.") for m in messages)


def changed(whole, path, change):
    """Write the file anew with what `change` makes of architecture, settings, state, tensors."""
    path.write_bytes(whole)
    with safe_open(path, framework="numpy") as file:
        header = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    parts = {name: json.loads(header[name]) for name in ("architecture", "compile", "state")}
    change(parts["architecture"]["config"]["layers"], parts, tensors)
    save_file(tensors, path, header | {name: json.dumps(part) for name, part in parts.items()})


def set_config(index, **settings):
    return lambda found, parts, tensors: found[index]["config"].update(settings)


def set_class(index, class_name):
    return lambda found, parts, tensors: found[index].update(class_name=class_name)


def set_state(**values):
    return lambda found, parts, tensors: parts["state"].update(values)


def set_tensor(name, change):
    return lambda found, parts, tensors: tensors.update({name: change(tensors[name])})


def read_first(layers_read):
    """Let the first Dense read what these layers say."""

    def change(found, parts, tensors):
        found[1]["inbound_nodes"] = layers_read

    return change


ENORMOUS = [10**12, 10**30, 2**63 - 1, 2**31, -1, 0, math.nan, math.inf, 3.5, "5", None, [5]]


@pytest.mark.parametrize("units", ENORMOUS, ids=repr)
@pytest.mark.parametrize("orthogonal", [False, True])
def test_units_that_the_tensors_do_not_have_are_refused(orthogonal, units, whole, path):
    def change(found, parts, tensors):
        found[1]["config"]["units"] = units
        if orthogonal:  # which would draw a matrix for a long time
            found[1]["config"]["kernel_initializer"]["class_name"] = "Orthogonal"

    changed(whole, path, change)
    with refused():
        load_model(path)


@pytest.mark.parametrize("size", ENORMOUS, ids=repr)
def test_inputs_that_the_tensors_do_not_have_are_refused(size, whole, path):
    changed(whole, path, set_config(0, batch_shape=[None, size]))
    with refused():
        load_model(path)


@pytest.mark.parametrize(
    "change",
    [
        set_class(1, "Conv2D"),
        set_class(1, "os.system"),
        set_class(1, "Layer"),
        set_class(1, "InputLayer"),
        set_class(1, ["Dense"]),
        set_config(1, units=6),
        set_config(1, activation="eval"),
        set_config(1, activation={"class_name": "Dropout", "config": {"rate": 0.5}}),
        set_config(1, use_bias=False),
        set_config(1, dtype="float64"),
        set_config(1, more=1),
        set_config(1, name={}),
        set_config(1, kernel_initializer={"class_name": "function", "config": "print"}),
        set_config(2, epsilon=math.nan),
        set_config(2, momentum=2),
        set_config(2, axis=0),
        set_config(3, layers=[]),
        set_config(3, layers=7),
        read_first([]),
        read_first([{"args": [], "kwargs": {}}]),
        read_first([{"args": ["x"], "kwargs": {}}]),
        read_first("x"),
        set_state(seeds=[]),
        set_state(seeds=[None, None, -1, None, None]),
        set_state(seeds=[None, None, 2**70, None, None]),
        set_state(learns=[True]),
        set_state(learns=[1, 1, 1, 1, 1]),
        set_state(step=-1),
        set_state(step=2**62),
        set_state(step=1.5),
        set_state(step=None),
        set_state(n_slots=[2]),
        set_state(n_slots=[10**12]),
        set_state(n_slots=[[]]),
        set_state(n_slots=None),
        set_tensor("weights/0.first/0", lambda x: x[:, :-1].copy()),
        set_tensor("weights/0.first/0", lambda x: x.T.copy()),
        set_tensor("weights/0.first/0", lambda x: x.astype(np.int32)),
        set_tensor("weights/0.first/0", lambda x: x.astype(np.float16)),
        set_tensor("weights/0.first/0", lambda x: np.full(x.shape, 1e300)),
        set_tensor("optimizer/0/0", lambda x: x[:-1].copy()),
        set_tensor("optimizer/0/0", lambda x: x.astype(np.int64)),
        lambda found, parts, tensors: tensors.pop("weights/0.first/0"),
        lambda found, parts, tensors: tensors.update({"weights/9.more/0": np.ones(3)}),
        lambda found, parts, tensors: tensors.pop("optimizer/0/0"),
        lambda found, parts, tensors: found.clear(),
        lambda found, parts, tensors: found.append(found[1]),
        lambda found, parts, tensors: parts["architecture"].update(class_name="Dense"),
        lambda found, parts, tensors: parts.update(architecture=[]),
        lambda found, parts, tensors: parts.update(architecture=None),
        lambda found, parts, tensors: parts.update(state={}),
        lambda found, parts, tensors: parts.update(state=3),
        lambda found, parts, tensors: parts.update(compile={}),
        lambda found, parts, tensors: parts["compile"].update(optimizer="adam"),
        lambda found, parts, tensors: parts["compile"]["optimizer"].update(class_name="open"),
        lambda found, parts, tensors: parts["compile"]["loss"].update(class_name="open"),
        lambda found, parts, tensors: parts["compile"].update(metrics=["open"]),
        lambda found, parts, tensors: parts["compile"].update(metrics=7),
        lambda found, parts, tensors: parts["compile"].update(
            metrics=[{"class_name": "AUC", "config": {"num_thresholds": 10**12}}]
        ),
        lambda found, parts, tensors: parts["compile"].update(
            metrics=[{"class_name": "function", "config": "print"}]
        ),
        set_state(seed="x"),
        lambda found, parts, tensors: parts["compile"]["optimizer"]["config"].update(beta_1="x"),
    ],
)  # fmt: skip
def test_a_file_that_was_tampered_with_is_refused(change, whole, path):
    changed(whole, path, lambda *parts: None)
    assert load_model(path).count_params() == 63
    changed(whole, path, change)
    with refused():
        load_model(path)


def test_a_variance_below_zero_is_refused(path):
    model = Sequential([Input((2,)), layers.Normalization()])
    with pytest.raises(ValueError, match="expected a variance of at least 0"):
        model.set_weights([np.zeros(2), np.array([1.0, -1.0]), 3])
    model.save(path)
    with safe_open(path, framework="numpy") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        header = file.metadata()
    name = next(name for name in tensors if name.endswith("/1"))
    save_file(tensors | {name: -tensors[name]}, path, header)
    with refused("expected a variance of at least 0"):
        load_model(path)


def rewritten(path, **header):
    with safe_open(path, framework="numpy") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        save_file(tensors, path, file.metadata() | header)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[" * 100_000, '{"a":' * 100_000, "9" * 5000, "NaN", '"\\ud800"',
        json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": []}}),
        json.dumps({"class_name": "__import__", "config": {}}),
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
@pytest.mark.parametrize("part", ["architecture", "compile", "state", "format"])
def test_headers_of_other_text_are_refused(part, text, whole, path):
    path.write_bytes(whole)
    rewritten(path, **{part: text})
    with refused():
        load_model(path)


def test_models_within_models_without_end_are_refused(whole, path):
    begin = '{"class_name": "Sequential", "config": {"name": "s", "layers": ['
    end = "]}}"
    for depth in (300, 2000, 10**5):
        path.write_bytes(whole)
        within = begin * depth + '{"class_name": "Flatten", "config": {}}' + end * depth
        rewritten(path, architecture=within)
        with refused():
            load_model(path)


def test_a_graph_that_doubles_at_every_level_is_refused(path):
    x = Input((1,), name="x")
    model = Model(x, Dropout(0.5)(Dropout(0.5)(x)))
    for _ in range(40):
        y = Input((1,))
        model = Model(y, model(model(y)))
    model.save(path)
    with refused("more than 65536 calls of layers"):
        load_model(path)


def test_numbers_beside_the_weights_are_counted_before_they_are_made(path):
    x = Input((1,), name="x")
    model = Model(x, layers.Rescaling(2.0)(Concatenate()([x, x])))
    model.save(path)
    assert load_model(path).output_shape == (None, 2)
    with safe_open(path, framework="numpy") as file:
        text = file.metadata()["architecture"]
    assert '"batch_shape": [null, 1]' in text
    for size in (2**22, 10**12, 10**30):
        rewritten(path, architecture=text.replace("[null, 1]", f"[null, {size}]"))
        with refused("layers that need more than 16777216 numbers beside the weights"):
            load_model(path)


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 8, b"PK\3\4" + b"\0" * 100, b"\xff" * 100, bytes(range(256)) * 40]
)
def test_files_of_another_kind_are_refused(content, path):
    path.write_bytes(content)
    with refused():
        load_model(path)
    model = Sequential([Input((2,)), Dense(1)])
    with refused():
        model.load_weights(path)


def test_a_file_of_neighbours_is_refused(path):
    from fastnn.neighbors import NearestNeighbors

    NearestNeighbors().fit([[0.0], [1.0]]).save(path)
    with refused("not of the format fastnn.models 1"):
        load_model(path)
