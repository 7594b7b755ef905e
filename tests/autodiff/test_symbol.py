"""Symbols stand where arrays stand, and tell a recorder what is done with them."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from baremath.autodiff import Tensor, sweep, tanh
from baremath.autodiff.recording import mode, recording_by, tracing
from baremath.autodiff.symbol import Symbol, TraceError, as_array, is_symbol


class Notes:
    """A recorder that writes the names of operations down."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.refused: TraceError | None = None

    def record(self, operation: Any, arrays: Any, attributes: Any, given: Any) -> Symbol:
        self.names.append(operation.name)
        like = operation.result(*arrays, **attributes)
        return Symbol(self, None, like.shape, like.dtype)

    def known(self, array: Any) -> Symbol:
        return Symbol(self, None, array.shape, array.dtype)

    def check(self, x: Symbol, test: Any) -> None:
        """Do nothing: there are no calls."""

    def symbol(self, *shape: int, dtype: Any = np.float32, **options: Any) -> Symbol:
        return Symbol(self, None, shape, np.dtype(dtype), **options)


@pytest.fixture(name="notes")
def fixture_notes() -> Any:
    notes = Notes()
    with recording_by(notes):
        yield notes
    assert not tracing
    assert mode.recorder is None


@pytest.mark.parametrize(
    ("f", "names", "shape", "dtype"),
    [
        (lambda x: x + 1, ["add"], (2, 3), "f4"),
        (lambda x: 2.0 / x, ["divide"], (2, 3), "f4"),
        (lambda x: np.ones(3) * x, ["multiply"], (2, 3), "f8"),
        (lambda x: np.float32(2) - x, ["subtract"], (2, 3), "f4"),
        (lambda x: x**2, ["square"], (2, 3), "f4"),
        (lambda x: x @ x.T, ["transpose", "matmul"], (2, 2), "f4"),
        (lambda x: x.dot(np.ones(3, "f4")), ["matmul"], (2,), "f4"),
        (lambda x: np.ones((1, 2), "f4") @ x, ["matmul"], (1, 3), "f4"),
        (lambda x: np.exp(x), ["exp"], (2, 3), "f4"),
        (lambda x: np.sum(x, axis=0), ["sum"], (3,), "f4"),
        (lambda x: x.sum(0), ["sum"], (3,), "f4"),
        (lambda x: x.mean(-1, keepdims=True), ["mean"], (2, 1), "f4"),
        (lambda x: np.zeros_like(x), ["full_like"], (2, 3), "f4"),
        (lambda x: x.reshape(3, 2), ["reshape"], (3, 2), "f4"),
        (lambda x: np.ravel(x), ["reshape"], (6,), "f4"),
        (lambda x: np.squeeze(x[:1]), ["getitem", "reshape"], (3,), "f4"),
        (lambda x: x.astype(int), ["astype"], (2, 3), "i8"),
        (lambda x: x[0, 1:], ["getitem"], (2,), "f4"),
        (lambda x: list(x)[1], ["getitem", "getitem"], (3,), "f4"),
        (lambda x: x > 0, ["greater"], (2, 3), "?"),
        (
            lambda x: ~(x == x) | (x != 1),
            ["equal", "logical_not", "not_equal", "logical_or"],
            (2, 3),
            "?",
        ),
        (lambda x: np.concatenate([x, np.ones((1, 3), "f4")]), ["concatenate"], (3, 3), "f4"),
        (lambda x: np.where(x > 0, x, 0), ["greater", "where"], (2, 3), "f4"),
    ],
)
def test_it_speaks_numpy(f: Any, names: Any, shape: Any, dtype: Any, notes: Any) -> None:
    x = notes.symbol(2, 3)
    y = f(x)
    assert type(y) is Symbol
    assert (y.shape, y.ndim, y.size, y.dtype) == (
        shape, len(shape), int(np.prod(shape)), np.dtype(dtype),
    )  # fmt: skip
    assert notes.names == names
    notes.names.clear()
    made = f(Tensor(x))
    assert type(made) is Tensor
    assert made.shape == shape


def test_it_has_methods_of_arrays_that_tensors_have_not(notes: Any) -> None:
    x = notes.symbol(2, 1)
    assert x.copy() is x
    assert x.ravel().shape == x.squeeze(1).shape == x.squeeze().shape == (2,)


def test_derivatives_run_on_symbols(notes: Any) -> None:
    x = Tensor(notes.symbol(100))
    x.requires_grad = True
    y = tanh(x)
    (g,) = sweep(y, notes.symbol(100)).values()
    assert type(g) is Symbol
    (g,) = sweep(y, notes.symbol(100), create_graph=True).values()
    assert isinstance(g, Tensor)
    assert g.requires_grad


@pytest.mark.parametrize(
    "look",
    [
        bool, float, int, complex, np.asarray, np.array, np.any, np.all, range, "{:.2f}".format,
        pickle.dumps,
        lambda x: x.item(), lambda x: x.tolist(), lambda x: [1, 2][x],
        lambda x: np.allclose(x, 1.0),
    ],
)  # fmt: skip
def test_it_has_no_values(look: Any, notes: Any) -> None:
    x = notes.symbol(dtype=np.int64)
    for given in (x, Tensor(x)):
        with pytest.raises(TraceError, match=r"^test_symbol.py:\d+: .* while a function is traced"):
            look(given)


def test_it_is_never_written_to(notes: Any) -> None:
    x = notes.symbol(2)
    for operator in ("iadd", "isub", "imul", "itruediv", "ipow", "imatmul"):
        with pytest.raises(TraceError, match="would write to an array"):
            getattr(x, f"__{operator}__")(1.0)
    number = notes.symbol(weak=True)
    number *= 2
    assert notes.names == ["multiply"]


def test_what_is_one(notes: Any) -> None:
    x = notes.symbol(3)
    assert is_symbol(x)
    assert is_symbol(Tensor(x))
    assert not is_symbol(Tensor(np.ones(2)))
    assert as_array(x) is x
    assert repr(Tensor(x)) == "tensor(<symbol: float32[3]>)"
    assert len({x, x}) == 1
    assert len(x) == 3
    with pytest.raises(TypeError, match="no length"):
        len(notes.symbol())


def test_nothing_is_recorded_of_arrays_alone(notes: Any) -> None:
    assert tanh(Tensor(np.ones(2))).data.shape == (2,)
    assert not notes.names
