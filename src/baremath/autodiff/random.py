"""Random numbers that are functions of a seed, a step, the draw within the step and the element.

>>> from baremath.autodiff import random
>>> with random.stream(seed=1, step=5):
...     first = random.uniform((2, 2))
...     second = random.uniform((2, 2))
>>> with random.stream(seed=1, step=5):  # the same step again
...     again = random.uniform((2, 2))
>>> (first.numpy() == again.numpy()).all(), (first.numpy() == second.numpy()).any()
(np.True_, np.False_)
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from baremath.autodiff.ops import astype, sampling, where
from baremath.autodiff.recording import mode
from baremath.autodiff.symbol import Symbol, is_symbol, refuse
from baremath.autodiff.tensor import Tensor

Shape = int | tuple[int, ...]


class Stream:
    """A step of a stream, and how many arrays were drawn in it."""

    def __init__(self, seed: Any, step: Any) -> None:
        _refuse_no_word_pair(seed, "seed")
        _refuse_no_word_pair(step, "step")
        self.seed = seed
        self.step = step
        self.draws = itertools.count()


class _Current(threading.local):
    stream: Stream | None = None


class _Default:
    """What is drawn from outside a stream."""

    def __init__(self, seed: int) -> None:
        _refuse_no_word_pair(seed, "seed")
        self.seed = seed
        self.rng = np.random.default_rng(seed)
        self.steps = itertools.count()


_current = _Current()


def manual_seed(seed: int) -> None:
    """Begin the default stream, and the generator of first weights, anew.

    Parameters
    ----------
    seed : int in [0, 2⁶⁴)
        The same seed gives the same numbers.
    """
    _default["stream"] = _Default(seed)


def default_rng() -> np.random.Generator:
    """Return the NumPy generator that layers draw their first weights from."""
    if mode.recorder is not None:
        _refuse_frozen(None)
    return _default["stream"].rng


@contextmanager
def stream(seed: Any, step: Any = 0) -> Iterator[None]:
    """Draw, in this thread, the numbers of a step of a stream.

    Parameters
    ----------
    seed : int in [0, 2⁶⁴) or Tensor
        Which stream.
    step : int in [0, 2⁶⁴) or Tensor, default=0
        Which step of it: the numbers of two steps are independent.
    """
    before = _current.stream
    _current.stream = Stream(seed, step)
    try:
        yield
    finally:
        _current.stream = before


def uniform(
    shape: Shape = (), low: Any = 0.0, high: Any = 1.0, *, dtype: DTypeLike = np.float32
) -> Tensor:
    """Return numbers that are equally likely anywhere in [low, high).

    Parameters
    ----------
    shape : int or tuple of int, default=()
        Of the result; the same numbers in the same order whatever the shape.
    low, high : float, default=0.0 and 1.0
        The bounds; a number that rounding would bring to `high` becomes `low`.
    dtype : {float32, float64}, default=float32
        Of the result.

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        If `low` isn't below `high`.
    """
    if isinstance(low, int | float) and isinstance(high, int | float) and not low < high:
        raise ValueError(f"uniform(low={low}, high={high}): low must be below high")
    numbers: Tensor = _draw(sampling.uniform, shape, dtype)
    if type(low) is type(high) is float and (low, high) == (0.0, 1.0):
        return numbers
    scaled = numbers * (high - low) + low
    below: Tensor = where(scaled < high, scaled, low)
    return below


def normal(
    shape: Shape = (), mean: Any = 0.0, std: Any = 1.0, *, dtype: DTypeLike = np.float32
) -> Tensor:
    """Return numbers from the normal distribution.

    Parameters
    ----------
    shape : int or tuple of int, default=()
        Of the result; the same numbers in the same order whatever the shape.
    mean, std : float, default=0.0 and 1.0
        Mean and standard deviation.
    dtype : {float32, float64}, default=float32
        Of the result.

    Returns
    -------
    Tensor
    """
    numbers: Tensor = _draw(sampling.normal, shape, dtype)
    if type(mean) is type(std) is float and (mean, std) == (0.0, 1.0):
        return numbers
    scaled: Tensor = numbers * std + mean
    return scaled


def bernoulli(p: Any, shape: Shape = (), *, dtype: DTypeLike = np.float32) -> Tensor:
    """Return ones with probability p, and zeros.

    Parameters
    ----------
    p : float in [0, 1] or Tensor
        How likely a one is, to a multiple of 2⁻²⁴.
    shape : int or tuple of int, default=()
        Of the result; the same numbers in the same order whatever the shape.
    dtype : dtype, default=float32
        Of the result.

    Returns
    -------
    Tensor
    """
    if isinstance(p, float | int) and not 0 <= p <= 1:
        raise ValueError(f"bernoulli(p={p}): a probability is a number from 0 to 1")
    numbers: Tensor = _draw(sampling.uniform, shape, np.float32)
    ones: Tensor = astype(numbers < (astype(p, np.float32) if isinstance(p, Tensor) else p), dtype)
    return ones


def _draw(operation: Any, shape: Shape, dtype: DTypeLike) -> Any:
    """Draw the next array of the current stream; the default one makes each draw a step."""
    shape = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
    here = _current.stream
    if mode.recorder is not None:
        _refuse_frozen(here)
    if here is None:
        here = Stream(_default["stream"].seed, next(_default["stream"].steps))
    seed, step = _word_pair(here.seed), _word_pair(here.step)
    return operation(seed, step, shape=shape, draw=next(here.draws), dtype=dtype)


def _refuse_frozen(stream: Stream | None) -> None:
    """Refuse, in a trace, numbers that would be the same at every call."""
    if stream is None or not (is_symbol(stream.seed) or is_symbol(stream.step)):
        raise refuse(
            "random numbers would be drawn once, and be the same at every call",
            "draw them inside `with random.stream(seed, step)`, where seed or step is an argument "
            "of the function",
        )


def _refuse_no_word_pair(number: Any, name: str) -> None:
    """Raise an error for a seed or a step that is neither a tensor nor fits into 64 bits."""
    if isinstance(number, int | np.integer):
        if not 0 <= number < 2**64:
            raise ValueError(f"{name}={number} is not in [0, 2**64)")
    elif not hasattr(number, "dtype"):
        raise TypeError(f"{name} is a whole number, not {number!r}")


def _word_pair(number: Any) -> Any:
    """Return a seed or a step as a tensor of 64 bits; a tensor as it is."""
    if isinstance(number, int | np.integer):
        return Tensor(np.array(number, np.uint64))
    return Tensor(number) if isinstance(number, Symbol) else number


_default = {"stream": _Default(0)}
