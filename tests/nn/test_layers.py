"""The layers: values and gradients, against differences and PyTorch; what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from baremath import autodiff, nn
from baremath.autodiff import check_gradient, random, tensor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 3))
X3 = RNG.normal(size=(4, 3, 2))

# Each layer, and rows for it.
LAYERS: dict[str, tuple[Any, np.ndarray]] = {
    "linear": (lambda: nn.Linear(3, 2), X),
    "linear without bias": (lambda: nn.Linear(3, 2, bias=False), X),
    "linear of stacks": (lambda: nn.Linear(2, 4), X3),
    "batch norm": (lambda: nn.BatchNorm1d(3), X),
    "batch norm of stacks": (lambda: nn.BatchNorm1d(3), X3),
    "batch norm, predicting": (lambda: nn.BatchNorm1d(3).eval(), X),
    "batch norm, not affine": (lambda: nn.BatchNorm1d(3, affine=False), X),
    "layer norm": (lambda: nn.LayerNorm(3), X),
    "layer norm of two dimensions": (lambda: nn.LayerNorm((3, 2)), X3),
    "layer norm, not affine": (lambda: nn.LayerNorm(3, elementwise_affine=False), X),
    "flatten": (lambda: nn.Flatten(), X3),
    "residual": (lambda: nn.Residual(nn.Sequential(nn.Linear(3, 3), nn.Tanh())), X),
    "sequential": (lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), X),
    "dropout": (lambda: nn.Dropout(0.5), X),
    "dropout, predicting": (lambda: nn.Dropout(0.5).eval(), X),
}
every = pytest.mark.parametrize("name", list(LAYERS))


@pytest.fixture
def layer(name: str) -> nn.Module:
    made: nn.Module = LAYERS[name][0]()
    rng = np.random.default_rng(1)
    made.load_state_dict(
        {path: rng.uniform(0.5, 1.5, t.shape) for path, t in made.state_dict().items()}
    )
    return made


def test_every_layer_is_tested_here() -> None:
    made = {type(part) for f, _ in LAYERS.values() for part in f().named_modules().values()}
    public = [getattr(nn, name) for name in nn.__all__]
    modules = {m for m in public if isinstance(m, type) and issubclass(m, nn.Module)}
    others = (nn.Activation, nn.Loss)  # they have tests of their own
    assert made >= {m for m in modules if not issubclass(m, others)} - {nn.Module}


@every
def test_derivatives_are_those_of_differences(layer: nn.Module, name: str) -> None:
    def f(layer: nn.Module, x: Any) -> Any:
        with random.stream(seed=0):
            return autodiff.square(layer(x))

    check_gradient(f, layer, LAYERS[name][1], order=2)


# PyTorch's layer, where it has one.
PYTORCHS: dict[str, Any] = {
    "linear": lambda torch: torch.nn.Linear(3, 2),
    "linear without bias": lambda torch: torch.nn.Linear(3, 2, bias=False),
    "linear of stacks": lambda torch: torch.nn.Linear(2, 4),
    "batch norm": lambda torch: torch.nn.BatchNorm1d(3),
    "batch norm of stacks": lambda torch: torch.nn.BatchNorm1d(3),
    "batch norm, predicting": lambda torch: torch.nn.BatchNorm1d(3).eval(),
    "batch norm, not affine": lambda torch: torch.nn.BatchNorm1d(3, affine=False),
    "layer norm": lambda torch: torch.nn.LayerNorm(3),
    "layer norm of two dimensions": lambda torch: torch.nn.LayerNorm((3, 2)),
    "layer norm, not affine": lambda torch: torch.nn.LayerNorm(3, elementwise_affine=False),
    "flatten": lambda torch: torch.nn.Flatten(),
}


@pytest.mark.parametrize("name", list(PYTORCHS))
def test_values_gradients_and_buffers_are_pytorchs(layer: nn.Module, name: str) -> None:
    torch = pytest.importorskip("torch")
    theirs = PYTORCHS[name](torch)
    state = {path: torch.tensor(array) for path, array in layer.state_dict().items()}
    theirs.load_state_dict(state)  # the same names
    theirs.double()
    layer.astype(np.float64)
    rows = LAYERS[name][1]
    x, their_x = tensor(rows, requires_grad=True), torch.tensor(rows, requires_grad=True)
    for _ in range(2):  # the second time the running averages have moved
        y, their_y = layer(x), theirs(their_x)
        np.testing.assert_allclose(y.detach().numpy(), their_y.detach().numpy(), atol=1e-12)
    weights = np.random.default_rng(2).normal(size=y.shape)
    (y * weights).sum().backward()
    (their_y * torch.tensor(weights)).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), their_x.grad.numpy(), atol=1e-12)
    for path, p in layer.named_parameters().items():
        expected = dict(theirs.named_parameters())[path].grad.numpy()
        np.testing.assert_allclose(p.grad.numpy(), expected, atol=1e-12, err_msg=path)
    for path, buffer in layer.named_buffers().items():
        expected = theirs.state_dict()[path].numpy()
        np.testing.assert_allclose(buffer.numpy(), expected, atol=1e-12, err_msg=path)


def test_a_state_of_pytorchs_is_taken_and_given_back() -> None:
    torch = pytest.importorskip("torch")
    theirs = torch.nn.LayerNorm(3)
    torch.nn.init.normal_(theirs.weight)
    layer = nn.LayerNorm(3)
    layer.load_state_dict(theirs.state_dict())
    for path, array in layer.state_dict().items():
        np.testing.assert_array_equal(array, theirs.state_dict()[path].numpy())


@every
def test_float32_stays_float32(layer: nn.Module, name: str) -> None:
    x = tensor(LAYERS[name][1], requires_grad=True, dtype=np.float32)
    y = layer(x)
    y.sum().backward()
    assert y.dtype == x.grad.dtype == np.float32
    assert {t.dtype for t in layer.state_dict().values()} <= {np.dtype(np.float32)}


@pytest.mark.parametrize("n", [0, 1])
@every
def test_no_rows_and_one_row(layer: nn.Module, name: str, n: int) -> None:
    rows = tensor(LAYERS[name][1][:n])
    layer.eval().astype(np.float64)
    few = layer(rows)
    assert few.shape[0] == n
    if n:
        whole = layer(tensor(LAYERS[name][1]))
        np.testing.assert_allclose(few.detach().numpy(), whole.detach().numpy()[:1], atol=1e-12)


def test_dropout_drops_its_share_and_keeps_the_mean() -> None:
    with random.stream(seed=3, step=0):
        y = nn.Dropout(0.2)(tensor(np.ones((200, 100)))).numpy()
    assert set(np.unique(y)) == {0.0, 1.25}
    assert abs((y == 0).mean() - 0.2) < 0.015
    assert abs(y.mean() - 1) < 0.02


def test_dropout_masks_depend_on_seed_and_step_only() -> None:
    layer, x = nn.Dropout(0.5), tensor(np.ones((4, 8)))

    def masks(seed: int, step: int) -> list[Any]:
        with random.stream(seed=seed, step=step):
            return [layer(x).tolist(), layer(x).tolist()]

    assert masks(0, 1) == masks(0, 1)
    first, second = masks(0, 1)
    assert len({str(m) for m in (first, second, masks(0, 2)[0], masks(1, 1)[0])}) == 4


def test_what_dropout_drops_has_no_gradient() -> None:
    x = tensor(np.ones(50), requires_grad=True)
    y = nn.Dropout(0.5)(x)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())


def test_dropout_of_nothing_is_nothing_and_its_rate_can_change() -> None:
    layer = nn.Dropout(0)
    np.testing.assert_array_equal(layer(tensor(X)).numpy(), X)
    layer.p = 0.999
    assert (layer(tensor(X)).numpy() == 0).sum() > 10


def test_running_averages_have_no_history() -> None:
    layer = nn.BatchNorm1d(3)
    for _ in range(3):
        layer(tensor(X, requires_grad=True, dtype=np.float32))
    assert not layer.running_mean.requires_grad
    assert list(layer.named_buffers()) == ["running_mean", "running_var"]


def test_predicting_leaves_the_running_averages_alone() -> None:
    layer = nn.BatchNorm1d(3).eval()
    layer(tensor(X, dtype=np.float32))
    np.testing.assert_array_equal(layer.running_mean.numpy(), 0)


def test_batch_norm_refuses_to_measure_one_row_and_stays_as_it_was() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))
    message = (
        r"layers\.1 \(BatchNorm1d\) measures a variance in training, and 1 value of each feature "
        "has none: use batches of at least 2 rows, or call eval"
    )
    with pytest.raises(ValueError, match=message):
        model(X[:1])
    np.testing.assert_array_equal(model[1].running_mean.numpy(), 0)


def test_sequential_is_a_list_of_its_layers() -> None:
    first, second = nn.Linear(2, 3), nn.ReLU()
    model = nn.Sequential([first, second])
    assert (len(model), model[0], model[-1]) == (2, first, second)
    assert list(model) == [first, second]
    assert model.append(nn.Linear(3, 1)) is model
    assert list(model.named_parameters())[-1] == "layers.2.bias"
    assert list(model[:2]) == [first, second]
    np.testing.assert_array_equal(nn.Sequential()(X), X)
    with pytest.raises(IndexError):
        model[3]


@pytest.mark.parametrize(
    ("compute", "error", "message"),
    [
        (
            lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(5, 2))(X),
            ValueError,
            r"linear: layers\.2 \(Linear\) expects 5 features, got 4",
        ),
        (lambda: nn.Linear(2, 1)([1.0, 2.0, 3.0]), ValueError, "Linear expects 2 features, got 3"),
        (lambda: nn.Linear(2, 1)(np.array(3.0)), ValueError, "expects 2 features, got one number"),
        (lambda: nn.Linear(0, 1), ValueError, "in_features must be a whole number of at least 1"),
        (lambda: nn.Linear(2, 1.5), ValueError, "out_features must be a whole number .* not 1.5"),
        (lambda: nn.Linear(2, True), ValueError, "out_features must be a whole number"),
        (lambda: nn.Linear(2, 1, weight_init="he"), ValueError, "weight_init='he' is not one of"),
        (lambda: nn.Linear(2, 1, weight_init=None), TypeError, "weight_init is a name"),
        (lambda: nn.Linear(2, 1, bias_init="he_normal"), ValueError, "needs a shape"),
        (lambda: nn.Linear(2, 1, weight_init=lambda *_: 0), ValueError, r"weight_init returned the "
         r"shape \(\); what is asked is \(1, 2\)"),
        (lambda: nn.Dropout(1), ValueError, "p must be a number at least 0 and below 1, not 1"),
        (lambda: nn.Dropout(-0.1), ValueError, "p must be a number"),
        (lambda: nn.Dropout("half"), ValueError, "p must be a number"),
        (lambda: nn.Dropout(float("nan")), ValueError, "p must be a number"),
        (lambda: nn.BatchNorm1d(3, momentum=2), ValueError, "momentum must be .* at most 1, not 2"),
        (lambda: nn.BatchNorm1d(3, eps=-1), ValueError, "eps must be a number at least 0, not -1"),
        (lambda: nn.BatchNorm1d(2)(X), ValueError, r"expects x of shape \(n, 2\) or \(n, 2, m\), "),
        (lambda: nn.LayerNorm(2)(X), ValueError, r"LayerNorm expects x of shape \(…, 2\), got \(5"),
        (lambda: nn.LayerNorm((4, 3))(X[0]), ValueError, r"expects x of shape \(…, 4, 3\), got"),
        (lambda: nn.LayerNorm(0), ValueError, "normalized_shape must be a whole number"),
        (lambda: nn.LayerNorm(()), ValueError, "normalized_shape must have at least one dimension"),
        (lambda: nn.Linear(2, 1, weight_init=np.nan), ValueError, "gave something other than fini"),
        (lambda: nn.Flatten()(np.array(1.0)), ValueError, "Flatten expects rows"),
        (lambda: nn.Residual(nn.Linear(3, 1))(X), ValueError, r"of shape \(5, 3\) to f\(x\) of"),
        (lambda: nn.Residual([nn.ReLU()]), TypeError, "several layers go into an nn.Sequential"),
        (lambda: nn.Sequential(nn.ReLU), TypeError, r"layer 0 is the class ReLU: write nn\.ReLU\("),
        (lambda: nn.Sequential(nn.ReLU(), np.tanh), TypeError, "layer 1 is the function tanh; S"),
        (lambda: nn.Sequential().append(3), TypeError, "layer 0 is a int"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(compute: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        compute()


def test_an_error_inside_an_operation_names_the_layer() -> None:
    class Wrong(nn.Module):
        def forward(self, x: Any) -> Any:
            return x @ np.ones((7, 7))

    model = nn.Sequential(nn.Linear(3, 3), nn.Sequential(nn.ReLU(), Wrong()))
    with pytest.raises(ValueError, match="matmul") as caught:
        model(X)
    assert caught.value.__notes__ == ["in layers.1.layers.1 (Wrong)"]


@pytest.mark.parametrize(
    "given", ["relu", np.maximum, nn.ReLU, np.tanh], ids=["name", "other", "class", "function"]
)
def test_sequential_says_which_layer_was_meant(given):
    meant = {"tanh": r"write nn\.Tanh\(\)", "maximum": r"such as nn\.Linear\(2, 4\)"}
    needed = meant.get(getattr(given, "__name__", ""), r"write nn\.ReLU\(\)")
    with pytest.raises(TypeError, match=needed):
        nn.Sequential(nn.Linear(2, 2), given)


def test_shared_layers_are_shown_as_such():
    assert "(layers.1): Linear, the same as layers.0\n" in repr(
        nn.Sequential([nn.Linear(2, 2)] * 3)
    )
