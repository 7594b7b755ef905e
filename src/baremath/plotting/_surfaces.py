"""Landscapes to descend: functions of two numbers, each with one difficulty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from baremath.optim import (
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    GradientDescent,
    Momentum,
    Nesterov,
    Optimizer,
    RMSProp,
)

Point = tuple[float, float]

# SGD is gradient descent here: a surface has no rows to draw a batch from.
_EVERY_RULE: tuple[Optimizer, ...] = (
    GradientDescent(),
    Momentum(),
    Nesterov(),
    Adagrad(),
    Adadelta(),
    RMSProp(),
    Adam(),
    AdamW(),
)


@dataclass(frozen=True)
class Surface:
    """A function of two numbers, and what to show of it.

    Parameters
    ----------
    function : callable
        ``function(x, y)``, in operators and operations of `baremath.autodiff`. It is given numbers
        and grids of them.
    start : (float, float)
        Where the descent begins.
    window : (float, float, float, float)
        Left, right, bottom and top of the picture.
    minima : sequence of (float, float), default=()
        Where it is lowest, as far as is known.
    title : str, default="Optimizers"
        What it is called.
    formula : str, default=""
        The function in LaTeX.
    n_steps : int, default=100
        How many steps tell the story.
    optimizers : sequence of Optimizer, default=every rule at its defaults
        Those that race, with learning rates that suit this surface.

    Raises
    ------
    ValueError
        If the window's left isn't left of its right, or its bottom not below its top.

    Examples
    --------
    >>> from baremath.autodiff import sin
    >>> from baremath.optim import Adam, Momentum
    >>> from baremath.plotting import OptimizerRace, Surface
    >>> waves = Surface(
    ...     lambda x, y: sin(3 * x) + x**2 + y**2,
    ...     start=(1.8, 1.0),
    ...     window=(-2, 2, -1.5, 1.5),
    ...     optimizers=[Momentum(0.02), Adam(0.1)],
    ... )
    >>> race = OptimizerRace.from_surface(waves)
    >>> [path.shape for path in race.paths]
    [(101, 2), (101, 2)]
    """

    function: Callable[[Any, Any], Any]
    start: Point
    window: tuple[float, float, float, float]
    minima: Sequence[Point] = ()
    title: str = "Optimizers"
    formula: str = ""
    n_steps: int = 100
    optimizers: Sequence[Optimizer] = _EVERY_RULE

    def __post_init__(self) -> None:
        left, right, bottom, top = self.window
        if not (left < right and bottom < top):
            raise ValueError(f"window={self.window} must be left, right, bottom, top, in order.")


def _beale(x: Any, y: Any) -> Any:
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


#: The surfaces that `OptimizerRace` knows by name.
# The learning rates are tried out, so that within the steps given each rule shows what it is known
# for: descent zigzags across a valley and lingers on a saddle, momentum overshoots, those that
# divide by the size of the gradient leave along the diagonal, decay holds AdamW back. Adadelta has
# no rate to speak of: its epsilon is where its steps begin.
SURFACES: dict[str, Surface] = {
    "valley": Surface(
        lambda x, y: (x**2 + 20 * y**2) / 2,
        start=(-4.0, 1.0),
        window=(-4.6, 1.8, -1.5, 1.5),
        minima=[(0.0, 0.0)],
        title="A long valley",
        formula=r"\frac{1}{2} (x^2 + 20 y^2)",
        n_steps=60,
        optimizers=[
            GradientDescent(0.092),  # beyond 2/20 it would diverge
            Momentum(0.02),
            Nesterov(0.02),
            Adagrad(0.5),
            Adadelta(epsilon=1e-3),
            RMSProp(0.05),
            Adam(0.2),
            AdamW(0.2, weight_decay=0.1),
        ],
    ),
    "saddle": Surface(
        lambda x, y: x**2 / 2 - y**2 / 2 + y**4 / 4,
        start=(-1.6, 0.01),
        window=(-1.9, 1.1, -0.8, 1.5),
        minima=[(0.0, 1.0), (0.0, -1.0)],
        title="A saddle between two minima",
        formula=r"\frac{1}{2} x^2 - \frac{1}{2} y^2 + \frac{1}{4} y^4",
        n_steps=40,
        optimizers=[
            GradientDescent(0.1),
            Momentum(0.02),
            Nesterov(0.02),
            Adagrad(0.3),
            Adadelta(epsilon=1e-3),
            RMSProp(0.015),
            Adam(0.1),
            AdamW(0.1, weight_decay=0.3),
        ],
    ),
    "ravine": Surface(
        lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
        start=(-1.2, 1.0),
        window=(-1.6, 1.5, -0.6, 1.8),
        minima=[(1.0, 1.0)],
        title="Rosenbrock's ravine",
        formula=r"(1 - x)^2 + 100 (y - x^2)^2",
        n_steps=300,
        optimizers=[
            GradientDescent(0.002),
            Momentum(0.0005),
            Nesterov(0.0005),
            Adagrad(0.4),
            Adadelta(epsilon=1e-4),
            RMSProp(0.03),
            Adam(0.2),
            AdamW(0.2, weight_decay=0.1),
        ],
    ),
    "beale": Surface(
        _beale,
        start=(1.0, 1.5),
        window=(-0.4, 4.4, -1.9, 2.0),
        minima=[(3.0, 0.5)],
        title="Beale's function",
        formula=r"(1.5 - x + x y)^2 + (2.25 - x + x y^2)^2 + (2.625 - x + x y^3)^2",
        n_steps=200,
        optimizers=[
            GradientDescent(0.02),
            Momentum(0.003),
            Nesterov(0.003),
            Adagrad(0.5),
            Adadelta(epsilon=1e-4),
            RMSProp(0.03),
            Adam(0.2),
            AdamW(0.2, weight_decay=0.1),
        ],
    ),
}
