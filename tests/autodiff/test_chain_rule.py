"""Every number of a derivation is computed again from what is written beside it."""

import json

import numpy as np
import pytest

from baremath import autodiff as ad
from baremath.autodiff import tensor
from baremath.autodiff.chain_rule import derivation
from baremath.autodiff.ops import OPERATIONS

NUMPY = {name: getattr(np, name) for name in dir(np) if not name.startswith("_")}
NAMESPACE = NUMPY | {"OPERATIONS": OPERATIONS, "slice": slice, "__builtins__": {}}


def recomputed(step):
    inputs = {
        name: np.array(value) if isinstance(value, list) else value
        for name, value in step["inputs"].items()
    }
    return eval(step["expression"], NAMESPACE | inputs)


def assert_recomputed(found, rtol=1e-9):
    for step in json.loads(found.to_json())["steps"]:
        if step["value"] is not None:
            with np.errstate(all="ignore"):
                value = recomputed(step)
            np.testing.assert_allclose(value, step["value"], rtol=rtol, atol=1e-9, err_msg=step)
    for view in (found.to_text(), found.to_html(), found.to_latex()):
        assert found.title in view
    return {step.title: step for step in found.steps}


def number(value, name=""):
    return tensor(value, requires_grad=True, dtype=float, name=name)


def test_the_circuit_of_the_lectures():
    start = {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0}
    w0, x0, w1, x1, w2 = [number(v, k) for k, v in start.items()]
    steps = assert_recomputed(derivation(1 / (1 + ad.exp(-(w0 * x0 + w1 * x1 + w2)))))
    assert steps["out: divide"].value == pytest.approx(0.73, abs=0.005)
    gradients = {"w₀": -0.20, "x₀": 0.39, "w₁": -0.39, "x₁": -0.59, "w₂": 0.20}
    for name, gradient in gradients.items():
        assert steps[f"The gradient by {name}"].value == pytest.approx(gradient, abs=0.005)
    assert steps["The gradient by w₀"].substituted == r"0.19661 \cdot (-1)"


def test_the_arrays_of_the_lectures():
    x = number([[1.0, 2.0], [3.0, 4.0]], "x")
    y = x - 2
    z = 3 * y**2
    found = derivation(z.mean(), names={"y": y, "z": z})
    steps = assert_recomputed(found)
    np.testing.assert_allclose(steps["The gradient by x"].value, 1.5 * (x.data - 2))
    assert steps["out: mean"].value == 4.5
    assert "∂out/∂x = ∂out/∂y ⊙ ∂y/∂x" in found.to_text()


def test_where_paths_meet_the_terms_add_up():
    x = number(3.0, "x")
    y = x * x
    steps = assert_recomputed(derivation(ad.sin(y) * y + x, names={"y": y}))
    last = steps["The gradient by x"]
    assert last.value == pytest.approx(2 * 3 * (9 * np.cos(9) + np.sin(9)) + 1)
    assert last.expression.count("+") == 2
    assert "x is used 3 times" in last.note
    assert "∂y/∂x = x" in last.note


def test_broadcasting_is_a_sum():
    b = number([1.0, 2.0], "b")
    x = np.arange(6.0).reshape(3, 2)
    steps = assert_recomputed(derivation(ad.sum((b + x) * x)))
    np.testing.assert_allclose(steps["The gradient by b"].value, x.sum(axis=0))
    assert steps["The gradient by b"].formula.startswith(r"\sum ")


@pytest.mark.parametrize("name", [n for n, op in OPERATIONS.items() if op.differentiable])
def test_every_operation(name):
    def wrapped(x):
        if isinstance(x, list | tuple) and x and isinstance(x[0], np.ndarray):
            return type(x)(map(wrapped, x))
        is_float = isinstance(x, np.ndarray | np.floating) and x.dtype.kind == "f"
        return tensor(x, requires_grad=True) if is_float else x

    rng, checked = np.random.default_rng(0), 0
    for inputs, attributes in OPERATIONS[name].samples(rng):
        y = OPERATIONS[name](*map(wrapped, inputs), **attributes)
        if isinstance(y, ad.Tensor) and y.requires_grad:
            assert_recomputed(derivation(y, rng.normal(size=y.shape)), rtol=1e-6)
            checked += 1
    assert checked


def test_layers_of_a_network():
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(5, 3)), number(rng.normal(size=(2, 3)), "w"), number([0.1, 0.2], "b")
    steps = assert_recomputed(derivation(ad.mean(ad.tanh(ad.linear(x, w, b)) ** 2)))
    out = ad.mean(ad.tanh(ad.linear(x, w, b)) ** 2)
    out.backward()
    np.testing.assert_allclose(steps["The gradient by w"].value, w.grad.data)
    np.testing.assert_allclose(steps["The gradient by b"].value, b.grad.data)


def test_of_large_arrays_there_are_formulas_and_shapes():
    rng = np.random.default_rng(0)
    w = number(rng.normal(size=(3, 2)), "w")
    found = derivation(ad.sum(ad.tanh(rng.normal(size=(200, 3)) @ w)))
    steps = assert_recomputed(found)
    first = found.steps[0]
    assert first.value is None
    assert "v₁ has the shape (200, 2)" in first.note
    assert np.shape(steps["The gradient by w"].value) == (3, 2)
    assert "200" not in str(steps["The gradient by w"].inputs)


def test_what_is_left_out_is_a_number_of_its_own():
    x = number(0.5, "x")
    y = x
    for _ in range(300):
        y = ad.sin(y) + x * 0.01
    found = derivation(y, max_nodes=8)
    steps = assert_recomputed(found)
    assert "earlier operations not shown" in found.steps[0].note
    assert steps["The gradient by x"].formula.endswith(r"+ \cdots")
    y.backward()
    assert steps["The gradient by x"].value == pytest.approx(x.grad.item())


def test_without_one_number_the_values_stand_alone():
    x = number([1.0, 2.0], "x")
    found = derivation(x * x)
    assert [step.title for step in found.steps] == ["out: multiply"]
    assert "No gradients" in found.steps[0].note
    steps = assert_recomputed(derivation(x * x, [1.0, 10.0]))
    np.testing.assert_allclose(steps["The gradient by x"].value, [2, 40])


@pytest.mark.parametrize("name", ["sum", "e", "lambda", "<script>", "w w", "OPERATIONS", "1", ""])
def test_any_name_can_be_put_in_an_expression(name):
    a, b = number(2.0, name), number(5.0, name)
    found = derivation(ad.sum(a * b) + a)
    assert_recomputed(found)
    assert "<script" not in found.to_html()


def test_choice_and_functions_that_numpy_lacks():
    x = number([-1.0, 0.5, 2.0], "x")
    out = ad.sum(ad.where(x > 0, ad.erf(x), ad.sigmoid(x) * ad.maximum(x, 0.1)))
    assert_recomputed(derivation(out))


def test_a_leaf_is_where_it_begins_and_ends():
    steps = derivation(number(2.0, "w")).steps
    assert [step.value for step in steps] == [1.0]


def test_what_is_rearranged_says_where_it_goes_back():
    x = tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    text = str(
        ad.show(np.sum(np.concatenate([np.reshape(x.T, (4, 1)), np.pad(x[:, :1], 1)[:, 1:2]])))
    )
    for back in ("gᵀ", "reshape(g)", "scatterᵢ(g)", "crop(g)", "part(g)"):
        assert f"g ↦ {back}" in text


def test_indices_are_written_as_python_does():
    w = tensor([1.0, 2.0, 3.0], requires_grad=True, name="w")
    a = tensor(np.arange(6.0).reshape(2, 3), requires_grad=True, name="a")
    for y, formula in [
        (w[0], "out = w₀\n"),
        (w[-1], "out = w[−1]\n"),
        (a[1:, 0], "out = a[1:, 0]\n"),
        (a[..., ::2], "out = a[..., ::2]\n"),
        (a[None, 1, 2], "out = a[None, 1, 2]\n"),
        (w[np.array([0, 2])], "out = w[c₀]\n"),
        (a[:, np.array([0, 2])], "out = a[:, c₀]\n"),
        (np.exp(w)[1], "out = v₁[1]\n"),
    ]:
        text = str(derivation(y))
        assert formula in text
        assert formula.strip() in str(ad.show(y))
        assert "pattern" not in f"{text}{ad.show(y)}"
    text = str(derivation(w[0] * 2.0))
    assert "1. v₁: getitem\n   v₁ = w₀\n" in text
    assert "∂v₁/∂w = 1" not in text
    assert "⎢2⎥[0]" in text


def test_a_vector_added_to_each_row_of_a_matrix_is_a_row():
    a = tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True, name="a")
    b = tensor([7.0, 8.0, 9.0], requires_grad=True, name="b")
    assert "= ⎡1  2  3⎤ + [7  8  9]\n" in str(derivation(np.sum(a + b)))
    assert "⎢8⎥" in str(derivation(a @ b, np.ones(2)))  # a product is one with a column


def test_an_exponent_keeps_its_index():
    w = tensor([1.0, 2.0], requires_grad=True, name="w")
    text = str(derivation(np.sum(ad.log_softmax(2 * w) * np.array([1.0, 0.0]))))
    assert "e^(v₂)" in text
    assert "e₂ᵛ" not in text
    x = tensor(-1.5, requires_grad=True)
    assert "= e^(−1.5)\n" in str(derivation(np.exp(x)))


def test_a_derivative_of_one_stands_beside_no_array_of_numbers():
    w = tensor([1.0, 3.0], requires_grad=True, name="w")
    for y in (np.max(w), np.sum(w), w[1]):
        assert "Here ∂out/∂w = 1" not in str(derivation(y))
