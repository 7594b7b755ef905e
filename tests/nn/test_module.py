"""The tree: what is in it, under which names; what is shared; setting, copying and showing it."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import Any

import numpy as np
import polars as pl
import pytest

from baremath import autodiff, nn
from baremath.autodiff import AnomalyError, detect_anomaly, grad, tensor
from baremath.autodiff.recording import mode

X = np.random.default_rng(0).normal(size=(5, 2))


class Tied(nn.Module):
    """The same layer twice, and one tensor in two layers."""

    def __init__(self) -> None:
        self.first = nn.Linear(2, 2)
        self.second = nn.Linear(2, 2)
        self.second.weight = self.first.weight
        self.again = self.first
        self.parts = {"a": nn.Tanh(), "b": nn.PReLU()}
        self.scale = tensor(2.0)

    def forward(self, x: Any) -> Any:
        y = self.second(self.parts["a"](self.first(x)))
        return self.parts["b"](self.again(y)) * self.scale


def network() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Sequential(nn.Tanh(), nn.Linear(3, 1))
    )


def test_what_is_shared_counts_once_by_its_first_path() -> None:
    model = Tied()
    assert list(model.named_parameters()) == [
        "first.weight", "first.bias", "second.bias", "parts.b.weight",
    ]  # fmt: skip
    assert list(model.named_modules()) == ["", "first", "second", "parts.a", "parts.b"]
    assert list(model.named_buffers()) == ["scale"]
    assert [p.shape for p in model.parameters()] == [(2, 2), (2,), (2,), (1,)]
    assert list(model.children()) == ["first", "second", "again", "parts.a", "parts.b"]


def test_a_shared_tensor_is_replaced_wherever_it_is() -> None:
    model = Tied().astype(np.float64)
    w = np.array([[0.5, -1.0], [2.0, 0.3]])

    def value(w: Any) -> Any:
        with model.using({"first.weight": w}):
            return autodiff.sum(autodiff.square(model(X)))

    step = 1e-6 * np.eye(4).reshape(4, 2, 2)
    differences = [(value(w + d).item() - value(w - d).item()) / 2e-6 for d in step]
    gradient = grad(value)(w)
    np.testing.assert_allclose(gradient.detach().numpy().ravel(), differences, rtol=1e-6)
    assert model.first.weight is model.second.weight


def test_a_module_is_an_argument_to_differentiate_by() -> None:
    model = network()
    gradient = grad(lambda m: autodiff.sum(autodiff.square(m(X))))(model)
    (model(X) ** 2).sum().backward()
    for path, p in model.named_parameters().items():
        np.testing.assert_allclose(gradient[path], p.grad.numpy(), rtol=1e-5, atol=1e-6)


def test_using_puts_everything_back_even_after_an_error() -> None:
    model = network()
    before = dict(model.named_parameters())
    with model.using({"layers.0.bias": np.zeros(3)}):
        assert isinstance(model[0].bias, np.ndarray)
    with pytest.raises(ValueError, match="features"), model.using({"layers.0.bias": np.zeros(3)}):
        model(np.ones((1, 9)))
    assert all(p is before[path] for path, p in model.named_parameters().items())
    with pytest.raises(ValueError, match=r"this module has no layers\.9\.bias"):
        model.using({"layers.0.bias": np.zeros(3), "layers.9.bias": np.zeros(3)}).__enter__()
    assert model[0].bias is before["layers.0.bias"]


def test_arrays_in_place_of_parameters_give_arrays() -> None:
    model = network().eval()
    with model.using(model.state_dict()):
        y = model(X.astype(np.float32))
    assert isinstance(y, np.ndarray)
    np.testing.assert_allclose(y, model(X).detach().numpy(), rtol=1e-5)


def test_the_same_seed_gives_the_same_weights_and_keeps_the_tensors() -> None:
    model = network().astype(np.float64)
    before = model.parameters()
    model(X)
    first = model.initialise(1).state_dict()
    assert all(p is q for p, q in zip(before, model.parameters(), strict=True))
    assert {a.dtype for a in first.values()} == {np.dtype(np.float64)}
    np.testing.assert_array_equal(first["layers.1.running_mean"], 0)
    again, other = network().initialise(1).state_dict(), network().initialise(2).state_dict()
    for path, array in first.items():
        np.testing.assert_allclose(array, again[path], rtol=1e-7)
    assert (first["layers.0.weight"] != other["layers.0.weight"]).all()
    tied = Tied().initialise(0)
    assert tied.first.weight is tied.second.weight


def test_a_state_comes_back() -> None:
    model, other = network(), network()
    other.load_state_dict(model.state_dict())
    np.testing.assert_array_equal(
        model.eval()(X).detach().numpy(), other.eval()(X).detach().numpy()
    )
    state = model.state_dict()
    state["layers.0.bias"][:] = 7  # a copy
    assert (model[0].bias.detach().numpy() != 7).all()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"layers.0.bias": None}, ValueError, r"the state has no layers\.0\.bias"),
        ({"layers.7.bias": np.zeros(3)}, ValueError, r"this module has no layers\.7\.bias"),
        ({"layers.2.layers.1.weight": np.zeros((3, 1))}, ValueError, r"has shape \(1, 3\); the st"),
        ({"layers.2.layers.1.weight": [["a", "b", "c"]]}, TypeError, "it must be numbers"),
        ({"layers.2.layers.1.weight": np.zeros((1, 3), complex)}, TypeError, "it must be numbers"),
    ],
    ids=["missing", "unknown", "shape", "text", "complex"],
)
def test_a_state_that_does_not_fit_changes_nothing(
    change: dict[str, Any], error: Any, message: str
) -> None:
    model = network()
    before = model.state_dict()
    state = {path: array + 1 for path, array in before.items()} | change
    state = {path: array for path, array in state.items() if array is not None}
    with pytest.raises(error, match=message):
        model.load_state_dict(state)
    for path, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[path])


def test_astype_converts_the_whole_tree() -> None:
    model = Tied()
    model(X).sum().backward()
    assert model.astype(np.float64) is model
    assert {t.dtype for t in model.state_dict().values()} == {a.dtype for a in [np.zeros(1)]}
    assert model.first.weight is model.second.weight
    assert model.first.weight.grad is None
    assert model.first.weight.name == "weight"
    assert model(tensor(X)).dtype == np.float64
    with pytest.raises(TypeError, match="parameters are floats: float32 or float64, not int64"):
        model.astype(int)


def test_what_is_frozen_is_not_learned_until_it_thaws() -> None:
    model = network()
    names = list(model.named_parameters())
    model[0].freeze().freeze()
    assert [n for n in names if n not in model.named_parameters()] == names[:2]
    assert "layers.0.weight" in model.state_dict()
    model(X).sum().backward()
    model.unfreeze()
    assert list(model.named_parameters()) == names
    assert model[0].weight.name == "weight"
    assert list(model.named_buffers()) == ["layers.1.running_mean", "layers.1.running_var"]


def test_training_and_predicting_reach_the_whole_tree() -> None:
    model = network()
    assert model.eval() is model
    assert not any(m.training for m in model.named_modules().values())
    assert all(m.training for m in model.train().named_modules().values())


@pytest.mark.parametrize("way", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_is_the_same_and_apart(way: Any) -> None:
    model = Tied()
    model(X).sum().backward()
    twin = way(model)
    np.testing.assert_array_equal(twin(X).detach().numpy(), model(X).detach().numpy())
    assert twin.first.weight is twin.second.weight
    assert twin.first is twin.again
    assert twin.first.weight is not model.first.weight
    # Both in one computation: each has its own gradient.
    for m in (model, twin):
        for p in m.parameters():
            p.grad = None
    (model(X) - 2 * twin(X)).sum().backward()
    np.testing.assert_allclose(
        twin.first.weight.grad.numpy(), -2 * model.first.weight.grad.numpy(), rtol=1e-5
    )
    twin.initialise(0)
    assert (twin.first.weight.detach().numpy() != model.first.weight.detach().numpy()).all()


@pytest.mark.parametrize(
    ("value", "kind"),
    [(np.zeros((3, 2)), "ndarray"), (1.5, "float"), ("zero", "str"), ([[1.0, 2.0]], "list")],
    ids=["array", "number", "text", "list"],
)
def test_a_parameter_can_be_replaced_by_a_tensor_only(value: Any, kind: str) -> None:
    layer = nn.Linear(2, 3)
    with pytest.raises(TypeError, match=rf"Linear\.weight is a tensor, and a {kind} in its place"):
        layer.weight = value
    layer.weight = nn.parameter(np.ones((3, 2)))
    layer.bias = None
    assert layer(X).shape == (5, 3)


def test_parameters_in_a_list_are_refused() -> None:
    class Wrong(nn.Module):
        def __init__(self) -> None:
            self.weights = [nn.parameter([1.0])]

    with pytest.raises(TypeError, match=r"Wrong\.weights holds parameters, and those in a list"):
        Wrong()


def test_modules_in_lists_of_lists_are_learned_too() -> None:
    class Blocks(nn.Module):
        def __init__(self) -> None:
            self.blocks = [{"a": nn.Linear(2, 2)}, [nn.Linear(2, 2), (nn.Linear(2, 1, False),)]]

        def forward(self, x: Any) -> Any:
            first, (second, (third,)) = self.blocks
            return third(second(first["a"](x)))

    model = Blocks()
    assert list(model.named_parameters()) == [
        "blocks.0.a.weight", "blocks.0.a.bias", "blocks.1.0.weight", "blocks.1.0.bias",
        "blocks.1.1.0.weight",
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"blocks\.0\.a \(Linear\) expects 2 features, got 3"):
        model(np.ones((4, 3)))
    with pytest.raises(TypeError, match="would not be learned"):
        model.more = [[nn.parameter([1.0])]]


def test_a_slice_goes_by_the_names_of_the_whole() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    part = model[1:]
    assert list(part.named_parameters()) == ["layers.1.weight", "layers.1.bias"]
    for called in (part, model[2]):
        with pytest.raises(ValueError, match=r"layers\.2 \(Linear\) expects 3 features, got 5"):
            called(np.ones((4, 5)))


def test_a_layer_of_a_model_takes_lists_too() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    assert model[1]([[1.0, 2.0, 3.0], [2.0, 3.0, 5.0]]).shape == (2, 3)


def test_a_module_of_ones_own_prints_the_arguments_that_it_keeps() -> None:
    class Own(nn.Module):
        def __init__(self, width: int, steep: bool = False, cap: float | None = 3.0) -> None:
            self.cap = cap
            self.steep = steep

    assert repr(Own(3)) == "Own()"
    assert repr(Own(3, True, None)) == "Own(steep=True, cap=None)"


def test_a_module_without_forward_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r"Module has no forward\(x\)"):
        nn.Module()(X)


def test_a_thread_knows_the_path_of_the_layer_that_computes() -> None:
    seen = []

    class Spy(nn.Module):
        def forward(self, x: Any) -> Any:
            seen.append((threading.get_ident(), ".".join(mode.path)))
            return x

    model = nn.Sequential(Spy(), nn.Residual(nn.Sequential(Spy())))
    model(X)
    assert [path for _, path in seen] == ["layers.0", "layers.1.module.layers.0"]
    assert mode.path == []
    other = threading.Thread(target=model, args=(X,))
    other.start()
    other.join()
    assert len({ident for ident, _ in seen}) == 2


def test_the_path_is_left_as_it_was_after_an_error() -> None:
    with pytest.raises(ValueError, match="expects 2 features"):
        nn.Sequential(nn.Sequential(nn.Linear(2, 1)))(np.ones((1, 3)))
    assert mode.path == []


def test_an_anomaly_names_the_layer() -> None:
    model = network()
    model.load_state_dict({path: array * np.nan for path, array in model.state_dict().items()})
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        model(X)
    assert "layers.0" in str(caught.value) + str(getattr(caught.value, "__notes__", ""))


def test_a_tree_is_printed_with_shapes_and_counts() -> None:
    assert str(network()) == (
        "Sequential(\n"
        "  (layers.0): Linear(2, 3)    # weight 3 × 2, bias 3: 9 parameters\n"
        "  (layers.1): BatchNorm1d(3)    # weight 3, bias 3, running_mean 3, running_var 3: "
        "6 parameters\n"
        "  (layers.2): Sequential(\n"
        "    (layers.0): Tanh()\n"
        "    (layers.1): Linear(3, 1)    # weight 1 × 3, bias 1: 4 parameters\n"
        "  )    # 4 parameters\n"
        ")    # 19 parameters"
    )
    assert repr(nn.Linear(2, 3, bias=False, weight_init="he_normal")) == (
        "Linear(2, 3, bias=False, weight_init='he_normal')    # weight 3 × 2: 6 parameters"
    )
    assert repr(nn.Dropout(0.2)) == "Dropout(p=0.2)"
    assert repr(nn.CrossEntropyLoss(0.1)) == "CrossEntropyLoss(label_smoothing=0.1)"


def test_a_summary_has_each_layer_and_the_total() -> None:
    model = network()
    before = model.state_dict()
    summary = model.summary((2,))
    assert [(r.layer, r.kind, r.output, r.parameters) for r in summary.rows] == [
        ("layers.0", "Linear(2, 3)", (3,), 9),
        ("layers.1", "BatchNorm1d(3)", (3,), 6),
        ("layers.2.layers.0", "Tanh()", (3,), 0),
        ("layers.2.layers.1", "Linear(3, 1)", (1,), 4),
    ]
    assert summary.n_parameters == 19
    assert "and 6 numbers in buffers" in str(summary)
    assert '<td style="text-align: right">9</td>' in summary._repr_html_()
    assert all(m.training for m in model.named_modules().values())
    np.testing.assert_array_equal(model.state_dict()["layers.1.running_mean"], 0)
    assert before.keys() == model.state_dict().keys()


def test_a_summary_counts_what_is_shared_once() -> None:
    rows = Tied().summary(2).rows
    assert [(row.layer, row.parameters) for row in rows] == [
        ("first", 6), ("parts.a", 0), ("second", 2), ("first", 0), ("parts.b", 1), ("", 0),
    ]  # fmt: skip


@pytest.mark.parametrize("shape", [0, -1, "2", (2, 0), 1.5, ()], ids=repr)
def test_an_input_shape_is_whole_numbers(shape: Any) -> None:
    with pytest.raises(ValueError, match="input_shape must"):
        network().summary(shape)


def test_a_summary_watches_modules_that_take_options() -> None:
    class Scaled(nn.Module):
        def forward(self, x: Any, *, by: float) -> Any:
            return x * by

    class Model(nn.Module):
        def __init__(self) -> None:
            self.scaled = Scaled()

        def forward(self, x: Any) -> Any:
            return self.scaled(x, by=2.0)

    assert [row.layer for row in Model().summary(np.int64(2)).rows] == ["scaled"]


def test_a_summary_of_the_wrong_shape_names_the_layer() -> None:
    with pytest.raises(ValueError, match=r"layers\.0 \(Linear\) expects 2 features, got 3"):
        network().summary(3)


@pytest.mark.parametrize(
    "layer", [nn.Linear(2, 3), nn.BatchNorm1d(2), nn.LayerNorm(2), nn.Dropout(0), nn.Flatten()]
)
def test_lists_and_tables_are_taken_for_arrays(layer: nn.Module) -> None:
    rows = [[1.0, 2.0], [3.0, 5.0]]
    expected = layer(np.array(rows)).tolist()
    assert layer(rows).tolist() == expected
    assert layer(pl.DataFrame(rows, orient="row")).tolist() == expected


def test_a_column_of_a_table_is_a_target() -> None:
    y = pl.Series([1.0, 3.0])
    assert nn.MSELoss()(np.array([1.0, 5.0]), y) == nn.MSELoss()(tensor([1.0, 5.0]), y).item() == 2
