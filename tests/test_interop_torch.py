"""Chains of PyTorch become models that compute the same."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="models are compared with PyTorch's own")

from fastnn.models import from_torch  # noqa: E402
from messages import raises  # noqa: E402

nn = torch.nn


@pytest.fixture
def rng():
    torch.manual_seed(4)
    return np.random.default_rng(4)


def assert_same_predictions(module, x, **tolerance):
    module.eval()
    with torch.no_grad():
        expected = module(torch.from_numpy(x)).numpy()
    model = from_torch(module, None if x.ndim == 2 else x.shape[1:])
    received = model.predict(x, verbose=0)
    assert received.dtype == expected.dtype
    np.testing.assert_allclose(received, expected, **tolerance)


def trained_batch_norm(n_features, **arguments):
    layer = nn.BatchNorm1d(n_features, **arguments)
    for _ in range(3):
        layer(torch.randn(8, n_features) * 2 + 1)
    return layer


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_chain_predicts_the_same(dtype, rng):
    module = nn.Sequential(
        nn.Flatten(),
        nn.Sequential(nn.Linear(8, 6), nn.LeakyReLU(0.3), nn.Identity()),
        trained_batch_norm(6, eps=0.1, momentum=0.3),
        nn.Dropout(0.4),
        nn.Linear(6, 5, bias=False),
        nn.LayerNorm(5, eps=0.01),
        nn.ELU(0.5),
        trained_batch_norm(5, affine=False),
        nn.LayerNorm(5, elementwise_affine=False),
        nn.Linear(5, 3),
        nn.Softmax(dim=-1),
    ).to(getattr(torch, dtype))
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    x = rng.normal(size=(9, 4, 2)).astype(dtype)
    assert_same_predictions(module, x, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    "activation",
    [
        nn.ReLU(), nn.ReLU6(), nn.SELU(), nn.SiLU(), nn.Sigmoid(), nn.Tanh(), nn.Softsign(),
        nn.LogSigmoid(), nn.Mish(), nn.Hardsigmoid(), nn.Hardswish(), nn.Tanhshrink(),
        nn.LeakyReLU(0.3), nn.ELU(0.5), nn.GELU(), nn.GELU(approximate="tanh"), nn.Softmax(dim=1),
        nn.LogSoftmax(dim=-1), nn.Softplus(), nn.Hardtanh(), nn.CELU(), nn.Softshrink(),
        nn.Hardshrink(),
    ],
    ids=str,
)  # fmt: skip
def test_every_activation_predicts_the_same(activation, rng):
    module = nn.Sequential(nn.Linear(4, 6), activation)
    x = rng.normal(scale=3, size=(50, 4)).astype(np.float32)
    assert_same_predictions(module, x, rtol=2e-5, atol=2e-6)


def test_the_running_means_move_as_in_torch(rng):
    # PyTorch's momentum is the share of the new, Keras's that of the old.
    model = from_torch(nn.Sequential(nn.BatchNorm1d(2, momentum=0.25)))
    assert model.layers[0].momentum == 0.75


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([nn.Linear(2, 2), nn.Bilinear(2, 2, 2)], "layer '1' of class 'Bilinear' is not built"),
        ([nn.Sequential(nn.LSTM(2, 2))], "layer '0.0' of class 'LSTM' is not built"),
        (
            [nn.Linear(2, 2), nn.Softmax(dim=0)],
            "layer '1' of class 'Softmax': dim=0 is not built, only -1",
        ),
        (
            [nn.BatchNorm1d(2, momentum=None)],
            "layer '0' of class 'BatchNorm1d': momentum=None is not built, only a number",
        ),
        (
            [nn.LayerNorm((2, 3))],
            "layer '0' of class 'LayerNorm': normalized_shape of several dimensions is not built, "
            "only one",
        ),
        (
            [nn.Linear(2, 2), nn.Softplus(beta=2)],
            "layer '1' of class 'Softplus': beta=2 is not built, only 1",
        ),
    ],
)
def test_the_first_layer_that_is_not_built_is_named(layers, message):
    with raises(NotImplementedError, message):
        from_torch(nn.Sequential(*layers))


def test_what_is_no_chain_is_refused():
    linear = nn.Linear(2, 2)
    with raises(TypeError, f"expected a torch.nn.Sequential. Received: {linear!r}"):
        from_torch(linear)
    with raises(ValueError, "expected input_shape, which no layer tells. Received: None"):
        from_torch(nn.Sequential(nn.ReLU()))
