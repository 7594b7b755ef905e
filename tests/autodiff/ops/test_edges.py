"""Where functions have corners, poles and infinities, and what is said of inputs that don't fit."""

import numpy as np
import pytest

from baremath.autodiff import Tensor, ops, tensor

INF = np.inf


def slope(f, x, dtype=np.float64):
    """Return the gradient of the sum of f(x)."""
    x = tensor(x, requires_grad=True, dtype=dtype)
    ops.sum(f(x)).backward()
    return x.grad.tolist()


def second(f, x):
    """Return the diagonal of second derivatives, added up over each row of the Hessian."""
    x = tensor(x, requires_grad=True, dtype=np.float64)
    ops.sum(f(x)).backward(create_graph=True)
    first, x.grad = x.grad, None
    first.sum().backward()
    return x.grad.tolist()


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (ops.relu, [-1.0, 0.0, 2.0], [0, 0, 1]),
        (ops.abs, [-1.0, 0.0, 2.0], [-1, 0, 1]),
        (lambda x: ops.maximum(x, 0.0), [-1.0, 0.0, 2.0], [0, 0.5, 1]),
        (lambda x: ops.minimum(x, 0.0), [-1.0, 0.0, 2.0], [1, 0.5, 0]),
        (lambda x: ops.maximum(x, x), [1.0, 2.0], [1, 1]),
        (lambda x: ops.clip(x, -1, 1), [-2.0, -1.0, 0.5, 1.0, 2.0], [0, 1, 1, 1, 0]),
        (ops.max, [1.0, 3.0, 3.0], [0, 0.5, 0.5]),
        (ops.min, [1.0, 1.0, 3.0], [0.5, 0.5, 0]),
        (ops.norm, [0.0, 0.0], [0, 0]),
        (ops.norm, [3.0, 4.0], [0.6, 0.8]),
        (lambda x: ops.norm(x, 1), [3.0, 0.0, -4.0], [1, 0, -1]),
        (lambda x: ops.norm(x, INF), [3.0, -4.0], [0, -1]),
        (lambda x: ops.power(x, 0), [0.0, 2.0], [0, 0]),
        (lambda x: ops.power(x, 1), [0.0, 2.0], [1, 1]),
        (lambda x: x**2, [0.0, -2.0], [0, -4]),
        (lambda x: x**3, [0.0, -2.0], [0, 12]),
        (lambda x: ops.power(0.0, x), [1.0, 2.0], [0, 0]),
        (lambda x: ops.power(ops.zeros_like(x), x), [1.0, 2.0], [0, 0]),
        (lambda x: ops.where(x > 0, ops.log(ops.where(x > 0, x, 1.0)), x), [-1.0, 2.0], [1, 0.5]),
        (ops.softplus, [-1000.0, 0.0, 1000.0], [0, 0.5, 1]),
        (ops.sigmoid, [-1000.0, 0.0, 1000.0], [0, 0.25, 0]),
        (lambda x: ops.logaddexp(x, 0.0), [-1000.0, 0.0, 1000.0, -INF], [0, 0.5, 1, 0]),
    ],
)
def test_derivative_at_corners(f, x, expected):
    np.testing.assert_allclose(slope(f, x), expected, atol=1e-12)


@pytest.mark.parametrize(
    "x",
    [[2.0, 3.0, 4.0], [2.0, 0.0, 4.0], [0.0, 3.0, 0.0], [0.0, 0.0, 0.0], [5.0], []],
    ids=["none", "one", "two", "all", "single", "empty"],
)
def test_prod_of_zeros(x):
    """The gradient is the product of the others, the Hessian that of all but two."""
    n = range(len(x))
    others = [np.prod([x[j] for j in n if j != i]) for i in n]
    rest = [sum(np.prod([x[k] for k in n if k not in (i, j)]) for j in n if j != i) for i in n]
    np.testing.assert_allclose(slope(ops.prod, x), others)
    if len(x) > 1:
        np.testing.assert_allclose(second(ops.prod, x), rest)


def test_prod_of_many_is_the_product_of_the_others():
    x = np.random.default_rng(0).uniform(0.5, 1.5, (3, 37))
    expected = x.prod(1, keepdims=True) / x
    np.testing.assert_allclose(slope(lambda x: ops.prod(x, 1), x), expected)


MASKED = [1.0, -INF, 2.0]
SHARES = np.exp([1.0, -INF, 2.0]) / np.exp([1.0, -INF, 2.0]).sum()


def test_masked_scores():
    x = tensor(MASKED, dtype=np.float64)
    np.testing.assert_allclose(ops.softmax(x), SHARES)
    np.testing.assert_allclose(np.exp(ops.log_softmax(x).numpy()), SHARES)
    np.testing.assert_allclose(ops.logsumexp(x), np.log(np.exp(1) + np.exp(2)))
    np.testing.assert_allclose(slope(ops.logsumexp, MASKED), SHARES)
    np.testing.assert_allclose(slope(lambda x: ops.softmax(x)[2], MASKED)[1], 0)
    np.testing.assert_allclose(slope(lambda x: ops.log_softmax(x)[2], MASKED)[1], 0)
    for f in (ops.logsumexp, lambda x: ops.softmax(x)[0], lambda x: ops.log_softmax(x)[0]):
        np.testing.assert_allclose(second(f, MASKED), [0, 0, 0], atol=1e-12)  # rows add up to 0


@pytest.mark.parametrize(
    ("x", "value", "gradient"),
    [
        ([-INF, -INF], -INF, [0, 0]),
        ([INF, 0.0], INF, None),
        ([np.nan, 0.0], np.nan, None),
        ([1000.0, 1000.0], 1000 + np.log(2), [0.5, 0.5]),
        ([-1000.0, -1000.0], -1000 + np.log(2), [0.5, 0.5]),
    ],
)
def test_logsumexp_of_extremes(x, value, gradient):
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(ops.logsumexp(np.array(x)), value)
        if gradient is not None:
            np.testing.assert_allclose(slope(ops.logsumexp, x), gradient)


@pytest.mark.parametrize("f", [ops.softmax, ops.log_softmax, ops.logsumexp], ids=lambda f: f.name)
def test_large_scores_do_not_overflow(f):
    x = np.array([1e4, 1e4 - 1, -1e4], np.float32)
    expected = f(x.astype(float) - 1e4) + (1e4 if f is ops.logsumexp else 0)
    np.testing.assert_allclose(f(x), expected, rtol=1e-6)
    assert f(np.array([1, 2])).dtype == np.float64


@pytest.mark.parametrize(
    "name",
    ["sum", "prod", "max", "min", "mean", "var", "std", "cumsum", "argmax", "argmin", "clip"],
)
def test_nan_behaves_as_in_numpy(name):
    x = np.array([1.0, np.nan, 3.0])
    given = (x, 0, 2) if name == "clip" else (x,)
    np.testing.assert_array_equal(getattr(ops, name)(*given), getattr(np, name)(*given))
    np.testing.assert_array_equal(
        getattr(ops, name)(tensor(x), *given[1:]), getattr(np, name)(*given)
    )


def test_infinite_gradient_leaves_the_branch_not_taken_alone():
    x = tensor([1.0, 2.0], requires_grad=True)
    y = ops.where(np.array([True, False]), x, 0.0)
    y.backward(np.array([INF, INF], np.float32))
    assert x.grad.tolist() == [INF, 0.0]


def test_empty_arrays():
    x = tensor(np.zeros((0, 3)), requires_grad=True)
    for f in (ops.sum, ops.prod, ops.softmax, ops.cumsum, ops.square, lambda x: x @ x.T):
        x.grad = None
        ops.sum(f(x)).backward()
        assert x.grad.shape == (0, 3)
    assert ops.sum(np.zeros((0, 3)), 0).tolist() == [0, 0, 0]
    assert np.isnan(ops.mean(np.zeros(0)))
    assert ops.logsumexp(np.zeros((2, 0)), 1).tolist() == [-INF, -INF]


def test_python_numbers_are_weak_on_both_sides():
    x = tensor([1.0, 2.0], requires_grad=True)
    for f in (
        lambda x: 2.0**x,
        lambda x: x**0.5,
        lambda x: 1 / x,
        lambda x: 3 - x,
        lambda x: ops.maximum(1.5, x),
        lambda x: ops.where(x > 1, x, 0.5),
        lambda x: ops.logaddexp(0.5, x),
        lambda x: np.float64(2) * x * np.arange(2),
    ):
        x.grad = None
        y = f(x)
        assert y.dtype == np.float32
        y.backward(np.ones(2, np.float32))
        assert x.grad.dtype == np.float32


def test_indices_of_integers_stay_integers():
    x = tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    best = ops.argmax(x, 1, keepdims=True)
    assert best.dtype == np.int64
    assert not best.requires_grad
    assert ops.gather(x, best, 1).tolist() == [[2.0], [4.0]]
    assert x[best[:, 0], 0].tolist() == [3.0, 3.0]
    assert x[x > 2].tolist() == [3.0, 4.0]
    assert not x.astype(int).requires_grad


def test_index_picked_twice_gets_both_gradients():
    x = tensor([1.0, 2.0, 3.0], requires_grad=True)
    (x[[0, 0, 2]] * np.array([1, 10, 100])).sum().backward()
    assert x.grad.tolist() == [11, 0, 100]


def test_caller_may_change_the_index_afterwards():
    x, index = tensor([1.0, 2.0, 3.0], requires_grad=True), np.array([0, 1])
    y = x[index].sum()
    index[:] = 2
    y.backward()
    assert x.grad.tolist() == [1, 1, 0]


def test_scatter_add_leaves_its_input():
    x = np.zeros(3)
    assert ops.scatter_add(x, np.array([1, 1]), np.array([2.0, 3.0])).tolist() == [0, 5, 0]
    assert x.tolist() == [0, 0, 0]


def test_reversed_cumsum():
    assert ops.cumsum(np.array([1, 2, 3]), reverse=True).tolist() == [6, 5, 3]


@pytest.mark.parametrize("f", [ops.max, ops.min], ids=lambda f: f.name)
def test_nan_has_no_winner(f):
    assert slope(lambda x: f(x, 1), [[1.0, np.nan], [1.0, 1.0]]) == [[0, 0], [0.5, 0.5]]


def test_relu_of_nan_is_nan():
    assert np.isnan(ops.relu(np.array([np.nan]))).all()


def test_lists_are_arrays():
    assert ops.mean([1.0, 2.0]) == 1.5
    np.testing.assert_array_equal(ops.pad([1.0], 1), [0, 1, 0])
    np.testing.assert_array_equal(ops.linear([[1.0, 2.0]], ((3.0, 4.0),), [5.0]), [[16]])
    assert ops.linear([[1.0, 2.0]], t(1, 2), t(1)).dtype == t().dtype


ERRORS = {
    "matmul": (lambda: ops.matmul(t(2, 3), t(4, 5)), r"a \(2, 3\) and b \(4, 5\).*3.*4"),
    "matmul-vector": (lambda: t(2, 3) @ t(4), r"that of b is 4"),
    "matmul-number": (lambda: t(2, 3) @ t(), r"multiply numbers with \*"),
    "matmul-stack": (lambda: t(2, 3, 3) @ t(4, 3, 3), "before the last two"),
    "linear": (lambda: ops.linear(t(5, 2), t(4, 3), t(4)), r"w \(4, 3\).*here 3"),
    "linear-bias": (lambda: ops.linear(t(5, 3), t(4, 3), t(1)), r"b \(1,\)"),
    "linear-number": (lambda: ops.linear(t(5, 3), t(4, 3), 0.5), r"w \(4, 3\) and b \(\)"),
    "linear-of-number": (lambda: ops.linear(2.0, t(4, 3), t(4)), r"linear of x \(\)"),
    "linear-vector": (lambda: ops.linear(t(5, 3), t(3), t(3)), r"w \(3,\).*\(n_out, n_in\)"),
    "broadcast": (lambda: t(2, 3) + t(2), "dimension -1 is 3 and 2"),
    "axis": (lambda: ops.sum(t(2, 3), 2), "sum along axis 2 .* 2 dimensions: its axes are -2 … 1"),
    "axes-twice": (lambda: ops.transpose(t(2, 3), (0, 0)), "each of its 2 axes once"),
    "reshape": (lambda: ops.reshape(t(2, 3), (4,)), "6 elements"),
    "broadcast-to": (lambda: ops.broadcast_to(t(2), (3,)), "equal or 1"),
    "squeeze": (lambda: ops.squeeze(t(2, 3), 0), "length is not 1"),
    "expand": (lambda: ops.expand_dims(t(2), 5), "expand_dims along axis 5"),
    "concatenate": (lambda: ops.concatenate([t(2, 3), t(2, 4)]), r"\(2, 3\), \(2, 4\)"),
    "concatenate-none": (lambda: ops.concatenate([]), "at least one"),
    "concatenate-axis": (lambda: ops.concatenate([t(2)], 1), "stack"),
    "stack": (lambda: ops.stack([t(2), t(3)]), r"\(2,\), \(3,\)|\(3,\), \(2,\)"),
    "stack-none": (lambda: ops.stack([]), "empty list"),
    "split": (lambda: ops.split(t(5), 2), "don't divide"),
    "pad": (lambda: ops.pad(t(2, 3), (1, 2, 3)), "before, after"),
    "pad-negative": (lambda: ops.pad(t(2), -1), "how many elements"),
    "gather": (lambda: ops.gather(t(2, 3), np.array([0]), 1), "as many dimensions"),
    "gather-rows": (lambda: ops.gather(t(2, 3), np.zeros((3, 1), int), 1), "same lengths"),
    "axis-twice": (lambda: ops.sum(t(2, 3), (0, -2)), "name each once"),
    "axis-none": (lambda: ops.softmax(t()), "it has none"),
    "moveaxis": (lambda: ops.moveaxis(t(2, 3), 5, 0), "moveaxis along axis 5"),
    "swapaxes": (lambda: ops.swapaxes(t(2, 3), 0, 2), "swapaxes along axis 2"),
    "scatter-add": (
        lambda: ops.scatter_add(t(2, 3), np.array([[0], [1]]), np.ones((3, 1)), 1),
        r"updates \(3, 1\).* need the shape \(2, 1\)",
    ),
    "take": (lambda: ops.take(t(2), 0, 3), "axis 3"),
    "norm": (lambda: ops.norm(t(2), 3), "1, 2 and inf"),
    "clip": (lambda: ops.clip(t(2)), "low, high"),
    "solve-square": (lambda: ops.solve(t(2, 3), t(2)), "square"),
    "solve-rows": (lambda: ops.solve(t(2, 2), t(3)), "2 rows"),
    "solve-singular": (lambda: ops.solve(t(2, 2), t(2)), "singular"),
    "einsum-count": (lambda: ops.einsum("ij,jk", t(2, 3)), "2 operands and was given 1"),
    "einsum-axes": (lambda: ops.einsum("ijk->i", t(2, 3)), r"3 axes.*\(2, 3\)"),
    "einsum-lengths": (lambda: ops.einsum("ij,jk->ik", t(2, 3), t(4, 5)), "'j' is 3 and 4"),
    "einsum-result": (lambda: ops.einsum("ij->ik", t(2, 3)), "each letter to keep"),
    "einsum-odd": (lambda: ops.einsum("i1->i", t(2, 3)), "a letter for each axis"),
}


def t(*shape):
    return Tensor(np.ones(shape))


@pytest.mark.parametrize(("call", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_misfit_says_what_and_where(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("index", "message"),
    [(1.5, "floating|float64"), (np.array([0.5]), "astype"), (5, "out of bounds")],
    ids=["number", "array", "range"],
)
def test_bad_index(index, message):
    with pytest.raises(IndexError, match=message):
        t(3)[index]


def test_gather_out_of_range():
    with pytest.raises(IndexError, match="out of bounds"):
        ops.gather(t(2, 3), np.array([[3], [0]]), 1)


@pytest.mark.parametrize("index", [[[0.0], [1.0]], [[True], [False]]], ids=["floats", "mask"])
def test_gather_needs_integers(index):
    with pytest.raises(IndexError, match="index of integers, not of"):
        ops.gather(t(2, 3), np.array(index), 1)


@pytest.mark.parametrize("operand", ["a", None, 1j], ids=str)
def test_operand_that_is_no_number(operand):
    with pytest.raises(TypeError, match="not an array of numbers"):
        t(2) + operand


def test_cast_to_text():
    with pytest.raises(TypeError, match="floats, integers or truth"):
        t(2).astype(str)


def test_einsum_needs_its_subscripts_first():
    with pytest.raises(TypeError, match="subscripts as a text"):
        ops.einsum(t(2), [0])
