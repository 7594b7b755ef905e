"""Rows to learn from: converted once, checked once, drawn in batches."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from baremath.autodiff import Tensor, no_grad
from baremath.training.checks import check_output
from baremath.training.step import Batch

#: Keys from which the orders of some epochs are drawn together: one by one takes ten times as long.
_KEYS_DRAWN = 1 << 14


class Data:
    """Inputs, targets and weights of the same rows, in the module's dtype.

    Parameters
    ----------
    X : array_like of shape (n_rows, ...)
        Inputs.
    y : array_like of shape (n_rows, ...)
        Targets: numbers, or classes as integers 0, 1, 2, …
    sample_weight : array_like of shape (n_rows,), optional
        What each row counts, at least 0. A row of weight 0 is left out.
    dtype : dtype
        Of the module.
    name : str, default=""
        What messages put before ``X`` and ``y``: ``"validation "``.

    Raises
    ------
    ValueError
        If they aren't finite numbers, are empty, or differ in length; names the argument and what
        to do.
    """

    def __init__(
        self, X: Any, y: Any, sample_weight: Any = None, *, dtype: DTypeLike, name: str = ""
    ) -> None:
        self.name = name
        self.X = numbers(f"{name}X", X, dtype)
        self.y = numbers(f"{name}y", y, dtype, keep_integers=True)
        self.sample_weight: NDArray[Any] | None = None
        self._orders = np.empty((0, 0), np.uint32)
        self._orders_of: tuple[int, int] | None = None
        if len(self.y) != len(self.X):
            raise ValueError(
                f"{name}X has {len(self.X)} rows and {name}y has {len(self.y)}: give one target "
                "for each row."
            )
        if sample_weight is not None:
            self._weigh(numbers(f"{name}sample_weight", sample_weight, dtype), name)

    def _weigh(self, weights: NDArray[Any], name: str) -> None:
        if weights.shape != (len(self.X),):
            raise ValueError(
                f"{name}sample_weight has shape {weights.shape}; for {len(self.X)} rows it must be "
                f"({len(self.X)},)."
            )
        if (weights < 0).any():
            raise ValueError(
                f"{name}sample_weight is {weights.min():g} in row {int(weights.argmin())}; weights "
                "are 0 or more."
            )
        counts = weights > 0
        if not counts.any():
            raise ValueError(f"{name}sample_weight is 0 everywhere: no row is left to learn from.")
        if not counts.all():
            self.X, self.y, weights = self.X[counts], self.y[counts], weights[counts]
        self.sample_weight = weights

    def __len__(self) -> int:
        return len(self.X)

    def part(self, rows: NDArray[np.integer] | slice) -> Data:
        """Return some of the rows."""
        part = object.__new__(Data)
        part.name = self.name
        part.X, part.y = _rows(self.X, rows), _rows(self.y, rows)
        weights = self.sample_weight
        part.sample_weight = None if weights is None else _rows(weights, rows)
        part._orders, part._orders_of = self._orders[:0], None
        return part

    def split(self, share: Any, seed: int) -> tuple[Data, Data]:
        """Draw a share of the rows at random, and return the others and those."""
        is_share = isinstance(share, float | np.floating) and 0 < share < 1
        held_out = round(share * len(self)) if is_share else 0
        if not 0 < held_out < len(self):
            given = f"validation={share!r}" if np.isscalar(share) else "validation"
            raise ValueError(
                f"{given} must be (X, y), (X, y, sample_weight), or a share between 0 and 1 that "
                f"leaves both parts at least one of the {len(self)} rows."
            )
        order = np.random.default_rng([seed, len(self)]).permutation(len(self))
        return self.part(np.sort(order[held_out:])), self.part(np.sort(order[:held_out]))

    def drawn(self, first: int, last: int, epoch: int, seed: int, shuffle: bool) -> Data:
        """Return the rows of a batch: a function of seed and epoch.

        All rows at once keep their own order, and aren't copied.
        """
        if last - first == len(self):
            return self
        if not shuffle:
            return self.part(slice(first, last))
        return self.part(self.order(epoch, seed, shuffle)[first:last])

    def order(self, epoch: int, seed: int, shuffle: bool) -> NDArray[np.uint32]:
        """Return the numbers of the rows in the order of an epoch."""
        return (
            self.orders(epoch, epoch + 1, seed)
            if shuffle
            else np.arange(len(self), dtype=np.uint32)
        )

    def orders(self, first: int, last: int, seed: int) -> NDArray[np.uint32]:
        """Return the numbers of the rows in the orders of some epochs, one after the other."""
        together = max(1, _KEYS_DRAWN // len(self))
        parts = []
        for block in range(first // together, (last - 1) // together + 1):
            start = block * together
            within = slice(max(first - start, 0), last - start)
            parts.append(self._drawn(block, together, seed)[within].reshape(-1))
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _drawn(self, block: int, together: int, seed: int) -> NDArray[np.uint32]:
        """Return the orders of some epochs, a row an epoch: those of random keys that grow."""
        if self._orders_of != (seed, block):
            keys = np.random.default_rng((seed, block)).integers(
                1 << 32, size=(together, len(self)), dtype=np.uint64
            )
            numbered = keys << np.uint64(32) | np.arange(len(self), dtype=np.uint64)
            numbered.sort(axis=1)
            self._orders, self._orders_of = numbered.astype(np.uint32), (seed, block)
        return self._orders

    def as_batch(self, seed: Any, step: Any) -> Batch:
        """Return the rows as constant tensors."""
        weights = None if self.sample_weight is None else Tensor(self.sample_weight)
        return Batch(Tensor(self.X), Tensor(self.y), weights, seed, step)

    @property
    def weight(self) -> float:
        """What the rows count together."""
        return float(len(self) if self.sample_weight is None else self.sample_weight.sum())

    def check(self, module: Callable[..., Any], loss: Callable[..., Any]) -> None:
        """Compute the output of the first rows, and let the loss look at the targets.

        Raises
        ------
        ValueError
            If the rows don't fit the module, or the targets don't fit the loss.
        """
        first = self.part(slice(0, 2)).as_batch(0, 0)
        with no_grad(), np.errstate(all="ignore"):
            try:
                output = module(first.X)
            except ValueError as error:
                raise ValueError(
                    f"{self.name}X of shape {self.X.shape} doesn't fit the module: {error}"
                ) from error
            check_output(output)
            if output.shape[:1] != first.X.shape[:1]:
                raise ValueError(
                    f"{self.name}X of shape {self.X.shape} doesn't fit the module: from "
                    f"{len(first.X)} rows it makes an output of shape {output.shape}."
                )
            self._check_targets((len(self), *output.shape[1:]), loss)
            if self.sample_weight is not None:
                _check_takes_weights(loss)
            value = first.loss(loss, output)
        if not isinstance(value, Tensor):
            raise ValueError(
                f"the loss must return a tensor, made by operations, and returned {value!r}."
            )
        if value.size != 1:
            advice = 'use reduction="mean"' if hasattr(loss, "reduction") else "take the mean"
            raise ValueError(f"a loss is one number, and this one gives several: {advice}.")

    def _check_targets(self, output: tuple[int, ...], loss: Callable[..., Any]) -> None:
        """Refuse targets that the loss can't compare with outputs of this shape."""
        if hasattr(loss, "check"):
            try:
                loss.check(output, self.y)
            except ValueError as error:
                raise ValueError(f"{self.name}y: {error}") from error
        elif self.y.shape != output and self.y.size == math.prod(output):
            # A column beside a row of numbers, which a plain function would broadcast
            raise ValueError(
                f"{self.name}y has shape {self.y.shape} and the module's output {output}; write "
                f"y.reshape{output}."
            )


def _rows(array: NDArray[Any], rows: NDArray[np.integer] | slice) -> NDArray[Any]:
    return array[rows] if isinstance(rows, slice) else array.take(rows, axis=0)  # the quicker way


def _check_takes_weights(loss: Callable[..., Any]) -> None:
    try:
        signature = inspect.signature(loss)
    except (TypeError, ValueError):  # what is written in C may have none
        return
    try:
        signature.bind("output", "y", "sample_weight")
    except TypeError as error:
        raise ValueError(
            "sample_weight: the loss takes no weights; write it as loss(output, y, sample_weight)."
        ) from error


def numbers(name: str, values: Any, dtype: DTypeLike, keep_integers: bool = False) -> NDArray[Any]:
    """Return a finite array of this dtype; integers stay integers where they may be classes.

    Raises
    ------
    ValueError
        If they are no numbers, none at all, or not finite.
    """
    try:
        array = np.asarray(values)
        array = array.astype(dtype) if array.dtype == object else array
    except (TypeError, ValueError):
        array = np.asarray(None)
    if array.dtype.kind not in "fiub":
        advice = "number the classes 0, 1, 2, …" if keep_integers else "encode what isn't a number"
        raise ValueError(f"{name} must hold real numbers{_instead_of(array)}; {advice}.")
    if array.ndim == 0:
        raise ValueError(f"{name} must have a row for each example; it is a single number.")
    if array.size == 0:
        raise ValueError(f"{name} is empty, of shape {array.shape}; give at least one row.")
    if keep_integers and array.dtype.kind in "iu":
        return np.ascontiguousarray(array, np.int64)
    with np.errstate(over="ignore"):
        array = np.ascontiguousarray(array, dtype)
    finite = np.isfinite(array)
    if not finite.all():
        at = tuple(map(int, np.argwhere(~finite)[0]))
        raise ValueError(
            f"{name} is {array[at]:g} at {list(at)}; drop such rows, fill them in, or scale down "
            f"what is too large for {array.dtype}."
        )
    return array


def _instead_of(array: NDArray[Any]) -> str:
    """Say what an array holds that isn't numbers, if it is known."""
    kind = "text" if array.dtype.kind in "SU" else str(array.dtype)
    return "" if kind == "object" else f", not {kind}"
