"""What a function reads beside its arguments, and changes: the next call computes with the new."""

from __future__ import annotations

import array
import functools
import itertools
import random
import types
from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest

import baremath as bm
from baremath import nn
from baremath.autodiff import Tensor, gather, grad
from baremath.compiler.trace import TraceError, trace

X = np.arange(1.0, 5.0)


class Rates:
    rate = 2.0
    table: ClassVar[list[float]] = [2.0]

    def scaled(self, x: Any) -> Any:
        return x * self.rate

    @classmethod
    def by_class(cls, x: Any) -> Any:
        return x * cls.rate

    @staticmethod
    def by_table(x: Any) -> Any:
        return x * Rates.table[0]


class Faster(Rates):
    def doubled(self, x: Any) -> Any:
        return super().scaled(x) * 2


class Slotted:
    __slots__ = ("rate",)

    def __init__(self) -> None:
        self.rate = 2.0


class Holder:
    """Gives a number in every way that Python has without naming it."""

    def __init__(self) -> None:
        self.items = [2.0]

    def __getitem__(self, k: int) -> float:
        return self.items[k]

    def __iter__(self) -> Any:
        return iter(self.items)

    def __float__(self) -> float:
        return self.items[0]

    def __enter__(self) -> float:
        return self.items[0]

    def __exit__(self, *_: object) -> None:
        pass

    def __mul__(self, x: Any) -> Any:
        return x * self.items[0]


def entered(holder: Any, x: Any) -> Any:
    with holder as rate:
        return x * rate


class Scaled(nn.Module):
    scale = 2.0

    def forward(self, x: Any) -> Any:
        return x * self.scale


def with_default(x: Any, rate: float = 2.0) -> Any:
    return x * rate


def with_attribute(x: Any) -> Any:
    return x * with_attribute.rate  # type: ignore[attr-defined]


def helper(x: Any) -> Any:
    return x * 2


def typed_in() -> Any:
    module = types.ModuleType("typed_in")
    module.rate = 2.0  # type: ignore[attr-defined]
    return module


def once(read: Callable[[Any, Any], Any], owner: Any, change: Callable[[Any], Any]) -> Any:
    """Return a function of an array that reads an owner, and what changes the owner."""
    return lambda x: read(owner, x), lambda: change(owner)


def put(key: str, value: Any) -> Callable[[Any], None]:
    return lambda owner: setattr(owner, key, value)


def put_item(key: Any, value: Any) -> Callable[[Any], None]:
    return lambda owner: owner.__setitem__(key, value)


def first(owner: Any, x: Any) -> Any:
    return x * owner[0]


def kinds() -> dict[str, Any]:
    """Return, for each kind of what is read, a function and what changes it."""
    rates, items = type("Own", (Rates,), {"rate": 2.0}), put_item(0, 5.0)
    changed_items = lambda holder: holder.items.__setitem__(0, 5.0)  # noqa: E731
    list_of_one = [2.0]
    return {
        "a class": once(lambda c, x: x * c.rate, rates, put("rate", 5.0)),
        "a class method": once(lambda c, x: c.by_class(x), rates, put("rate", 5.0)),
        "a class's own": once(lambda o, x: o.scaled(x), rates(), lambda o: put("rate", 5)(type(o))),
        "an attribute that hides the class's": once(
            lambda o, x: o.scaled(x), rates(), put("rate", 5.0)
        ),
        "an inherited method": once(
            lambda o, x: o.doubled(x), Faster(), put("rate", 5.0)
        ),
        "a slot": once(lambda o, x: x * o.rate, Slotted(), put("rate", 5.0)),
        "a module": once(lambda m, x: x * m.rate, typed_in(), put("rate", 5.0)),
        "a name in a text": once(
            lambda o, x: x * getattr(o, "rate"),  # noqa: B009
            types.SimpleNamespace(rate=2.0),
            put("rate", 5.0),
        ),
        "a deque": once(first, deque([2.0]), items),
        "bytes": once(first, bytearray(b"\x02"), put_item(0, 5)),
        "a plain array": once(first, array.array("d", [2.0]), items),
        "an item of an object": once(first, Holder(), changed_items),
        "a loop over an object": once(lambda o, x: sum(x * k for k in o), Holder(), changed_items),
        "a float of an object": once(lambda o, x: x * float(o), Holder(), changed_items),
        "a context": once(entered, Holder(), changed_items),
        "an operator of an object": once(lambda o, x: o * x, Holder(), changed_items),
        "a part of a partial": (
            functools.partial(first, list_of_one),
            lambda: items(list_of_one),
        ),
        "a class attribute of a layer": once(
            lambda m, x: m(x), type("OwnScaled", (Scaled,), {"scale": 2.0})(), put("scale", 5.0)
        ),
    }  # fmt: skip


@pytest.mark.parametrize("kind", list(kinds()))
def test_what_changes_is_read_again(kind: str) -> None:
    f, change = kinds()[kind]
    compiled = bm.compile(f)
    np.testing.assert_array_equal(compiled(X), f(X))
    before = f(X)
    change()
    assert (f(X) != before).all()
    np.testing.assert_array_equal(compiled(X), f(X))


def test_what_a_static_method_reads() -> None:
    compiled = bm.compile(lambda x: Rates.by_table(x))
    compiled(X)
    Rates.table[0] = 5.0
    np.testing.assert_array_equal(compiled(X), 5 * X)
    Rates.table[0] = 2.0


@pytest.mark.parametrize(
    ("f", "owner", "key", "value"),
    [
        (with_default, with_default, "__defaults__", (5.0,)),
        (with_attribute, with_attribute, "rate", 5.0),
        (lambda x: helper(x), helper, "__code__", (lambda x: x * 5).__code__),
    ],
)
def test_what_belongs_to_a_function(
    f: Any, owner: Any, key: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if key == "rate":
        monkeypatch.setattr(owner, key, 2.0, raising=False)
    compiled = bm.compile(f)
    np.testing.assert_array_equal(compiled(X), 2 * X)
    monkeypatch.setattr(owner, key, value)
    np.testing.assert_array_equal(compiled(X), 5 * X)


def test_what_is_not_read_may_change() -> None:
    owner = Rates()
    owner.step = 0  # type: ignore[attr-defined]
    traced = trace(lambda x: owner.scaled(x), X)
    owner.step = 1  # type: ignore[attr-defined]
    assert traced.stale() == ""


@pytest.mark.parametrize(
    "source",
    [
        iter([1.0, 2.0, 3.0]),
        itertools.count(),
        map(float, [1, 2, 3]),
    ],
)
def test_an_iterator_would_be_read_once(source: Any) -> None:
    with pytest.raises(TraceError, match=r"source, from around .*, has changed"):
        trace(lambda x: x * next(source), X)


@pytest.mark.parametrize("generator", [np.random.RandomState(0), random.Random(0)])
def test_a_generator_of_random_numbers_would_be_drawn_from_once(generator: Any) -> None:
    with pytest.raises(TraceError, match=r"generator, from around .*, has changed"):
        trace(lambda x: x * generator.uniform(0, 1), X)


def test_a_class_that_counts() -> None:
    own = type("Own", (Rates,), {"calls": 0})

    def f(x: Any) -> Any:
        own.calls += 1  # type: ignore[attr-defined]
        return x

    with pytest.raises(TraceError, match="calls has changed from 0 to 1"):
        trace(f, X)


def test_what_an_operation_remembers_of_itself_may_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "_unread", {})

    def slope(x: Any) -> Any:
        return grad(lambda x: gather(x, np.array([0, 2]), 0).sum())(x)

    assert trace(slope, Tensor(X)).stale() == ""
    assert gather._unread
