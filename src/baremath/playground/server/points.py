"""The points of a page: drawn by name, or the user's own, on the square [-6, 6]²."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath import datasets
from baremath.playground.server.config import MOST_CLASSES, DataConfig, Own

Floats = NDArray[np.float32]

#: Half the width of the picture; a user's own columns are laid within `INNER` of its middle.
EDGE, INNER = 6.0, 5.0


@dataclass(frozen=True, eq=False)
class Points:
    """Points to learn from, and to test with.

    Parameters
    ----------
    X : ndarray of shape (n, n_columns)
        Within the square, whatever the units of the user's own columns.
    y : ndarray of shape (n,)
        -1 and 1 for two classes, 0, 1, 2, … for more, amounts in -1 … 1.
    train : ndarray of bool of shape (n,)
        Which are learned from.
    columns : tuple of str
    domain : ndarray of shape (n_columns, 2)
        What -6 and 6 are in the units of each column.
    classes : tuple of str or None
        Names of the classes, in the order of their numbers.
    y_range : (float, float)
        What -1 and 1 are in the units of the amounts.
    shown : (int, int)
        The columns of the picture.
    """

    X: Floats
    y: Floats
    train: NDArray[np.bool_]
    columns: tuple[str, ...]
    domain: NDArray[np.float64]
    classes: tuple[str, ...] | None
    y_range: tuple[float, float] = (-1.0, 1.0)
    shown: tuple[int, int] = (0, 1)

    @property
    def n_classes(self) -> int:
        """How many classes there are; 0 for amounts."""
        return len(self.classes or ())


def points_of(config: DataConfig, problem: str) -> Points:
    """Return the points that a page asks for: always the same for the same configuration.

    Raises
    ------
    ValueError
        If the points don't fit the problem.
    """
    if config.name == "own":
        if config.own is None:
            raise ValueError("data: there are no points of your own yet; paste or draw some.")
        return _own(config, config.own, problem)
    amounts = config.name.startswith("reg-")
    if amounts != (problem == "regression"):
        raise ValueError(f"data: {config.name} is not for {problem}; choose another data set.")
    X, y = _DRAWN[config.name](config.n, config.noise / 100, config.seed)
    classes = None if amounts else ("-1", "+1") if y.min() < 0 else _numbered(int(y.max()) + 1)
    return Points(
        X.astype(np.float32),
        y.astype(np.float32),
        _drawn_for_training(len(X), config),
        ("x1", "x2"),
        np.array([[-EDGE, EDGE]] * 2),
        classes,
    )


def _drawn_for_training(n: int, config: DataConfig) -> NDArray[np.bool_]:
    """Draw which points are learned from: a larger share keeps those of a smaller one."""
    place = np.random.default_rng([config.seed, n]).permutation(n)
    return place < max(1, min(n - 1, round(n * config.share / 100)))


def _own(config: DataConfig, own: Own, problem: str) -> Points:
    widths = {len(row) for row in own.X}
    if len(own.X) < 2:
        raise ValueError(f"data: {len(own.X)} points are too few; give at least 2.")
    if widths != {len(own.columns)} or len(own.y) != len(own.X):
        raise ValueError(
            f"data: {len(own.columns)} columns are named, rows have {sorted(widths)} numbers, and "
            f"there are {len(own.y)} targets for {len(own.X)} rows; they must agree."
        )
    shown = own.shown if len(own.columns) > 1 else (0, 0)
    if max(shown) >= len(own.columns):
        raise ValueError(f"data: there is no column {max(shown) + 1} to show.")
    table = np.array(own.X, np.float64)
    X, domain = (
        _laid_within(table) if own.laid else (table, np.array([[-EDGE, EDGE]] * len(own.columns)))
    )
    y, classes, y_range = _targets(own, problem)
    return Points(
        X.astype(np.float32),
        y.astype(np.float32),
        _drawn_for_training(len(X), config),
        own.columns,
        domain,
        classes,
        y_range,
        shown,
    )


def _laid_within(table: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lay each column on [-5, 5]; return it, and what -6 and 6 are in its units."""
    low, high = table.min(axis=0), table.max(axis=0)
    half = np.where(high > low, (high - low) / 2, 1.0)
    middle = (low + high) / 2
    reach = half * EDGE / INNER
    return (table - middle) / half * INNER, np.column_stack([middle - reach, middle + reach])


def _targets(
    own: Own, problem: str
) -> tuple[NDArray[np.float64], tuple[str, ...] | None, tuple[float, float]]:
    if problem == "regression":
        if not all(isinstance(value, int | float) for value in own.y):
            raise ValueError("data: the target holds words; choose classification for classes.")
        amounts = np.array(own.y, np.float64)
        low, high = float(amounts.min()), float(amounts.max())
        half = (high - low) / 2 or 1.0
        middle = (low + high) / 2
        return (amounts - middle) / half, None, (middle - half, middle + half)
    named = [_named(value) if isinstance(value, int | float) else value for value in own.y]
    classes = sorted(set(named), key=_by_number_then_name)
    if not 2 <= len(classes) <= MOST_CLASSES:
        raise ValueError(
            f"data: the target holds {len(classes)} different values; classification needs "
            f"between 2 and {MOST_CLASSES}. Choose regression for amounts."
        )
    number = {name: k for k, name in enumerate(classes)}
    y = np.array([number[name] for name in named], np.float64)
    return (2 * y - 1 if len(classes) == 2 else y), tuple(classes), (-1.0, 1.0)


def _named(value: float) -> str:
    """Return a number as the name of a class: no two have the same."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def _by_number_then_name(name: str) -> tuple[bool, float, str]:
    try:
        number = float(name)
    except ValueError:
        number = math.nan
    return (False, number, name) if math.isfinite(number) else (True, 0.0, name)


def _numbered(n_classes: int) -> tuple[str, ...]:
    return tuple(str(k) for k in range(n_classes))


def _three_spiral(n: int, noise: float, seed: int) -> tuple[Any, Any]:
    X, y = datasets.make_spirals(3, -(-n // 3), noise=0.4 * noise, random_state=seed)
    return INNER * X, y


def _gates(n: int, noise: float, seed: int) -> tuple[Any, Any]:
    X, y = datasets.make_logic("XOR", n, noise=noise, random_state=seed)
    return 6 * X - 3, 2 * y - 1


def _batman(n: int, noise: float, seed: int) -> tuple[Any, Any]:
    X, y = datasets.make_batman(n, random_state=seed)
    jitter = np.random.default_rng([seed, 1]).normal(size=X.shape)
    return X * (EDGE - 0.2) / 7.5 + noise * jitter, 2 * y - 1


def _playground(make: Callable[..., Any]) -> Callable[[int, float, int], tuple[Any, Any]]:
    def drawn(n: int, noise: float, seed: int) -> tuple[Any, Any]:
        X, y = make(n, noise=noise, random_state=seed)
        return X, y

    return drawn


_DRAWN: dict[str, Callable[[int, float, int], tuple[Any, Any]]] = {
    "circle": _playground(datasets.make_circle),
    "xor": _playground(datasets.make_xor),
    "gauss": _playground(datasets.make_gauss),
    "spiral": _playground(datasets.make_spiral),
    "three-spiral": _three_spiral,
    "gates": _gates,
    "batman": _batman,
    "reg-plane": _playground(datasets.make_reg_plane),
    "reg-gauss": _playground(datasets.make_reg_gauss),
}
