"""Too simple, too flexible: noise, bias² and variance over a parameter of the model."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone

from baremath.model_selection import BiasVarianceDecomposition, bias_variance_decomposition
from baremath.plotting import _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D


class BiasVarianceDisplay:
    """The loss and its parts over a parameter: a U between too much bias and too much variance.

    A band is one standard error to each side; a ring marks the least loss. Where the noise is not
    known it has no line, and is a part of the bias.

    Parameters
    ----------
    param_name : str
        The parameter's name.
    param_range : sequence
        Its values. Numbers stand at their place, anything else at even distances.
    decompositions : sequence of BiasVarianceDecomposition
        The decomposition for each value.
    log_x : bool, default=False
        Whether the parameter's axis is logarithmic; all values must be above 0.

    Attributes
    ----------
    best : object
        The value with the least loss.
    ax_ : matplotlib.axes.Axes
        The axes, once plotted.
    figure_ : matplotlib.figure.Figure
        The figure they are in.
    lines_ : dict of str to matplotlib.lines.Line2D
        The lines of loss, noise, bias2 and variance.
    bands_ : dict of str to matplotlib.collections.PolyCollection
        Their bands.

    Raises
    ------
    ValueError
        If there are no values, not one decomposition for each, decompositions of different kinds,
        or `log_x` is asked for values that aren't numbers above 0.

    Examples
    --------
    >>> from baremath.datasets import make_polynomial
    >>> from baremath.plotting import BiasVarianceDisplay
    >>> from matplotlib.figure import Figure
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> display = BiasVarianceDisplay.from_estimator(
    ...     DecisionTreeRegressor(),
    ...     make_polynomial,
    ...     param_name="max_depth",
    ...     param_range=[1, 2, 4, 8],
    ...     noise=0.01,
    ...     n_rounds=30,
    ...     random_state=0,
    ...     ax=Figure().add_subplot(),
    ... )
    >>> [round(float(each.bias2), 2) for each in display.decompositions]
    [0.05, 0.03, 0.0, 0.0]
    >>> display.figure_.savefig("bias_variance.png")  # doctest: +SKIP
    """

    ax_: Axes
    figure_: Figure
    lines_: dict[str, Line2D]
    bands_: dict[str, PolyCollection]

    def __init__(
        self,
        param_name: str,
        param_range: Sequence[Any],
        decompositions: Sequence[BiasVarianceDecomposition],
        *,
        log_x: bool = False,
    ) -> None:
        self.param_name = param_name
        self.param_range = _values(param_name, param_range)
        self.decompositions = list(decompositions)
        self.log_x = log_x
        if len(self.decompositions) != len(self.param_range):
            raise ValueError(
                f"param_range has {len(self.param_range)} values and there are "
                f"{len(self.decompositions)} decompositions; give one for each value"
            )
        kinds = {(each.name, each.noise_from) for each in self.decompositions}
        if len(kinds) > 1:
            raise ValueError(
                "decompositions of different kinds can't be compared: "
                + "; ".join(sorted(f"{name}, noise from {noise}" for name, noise in kinds))
            )
        if log_x and not (self._in_numbers and min(self.param_range) > 0):
            raise ValueError(
                f"log_x needs values of {param_name} that are numbers above 0; "
                f"got {self.param_range!r}"
            )
        self.best = self.param_range[int(np.argmin([each.loss for each in self.decompositions]))]

    @property
    def _in_numbers(self) -> bool:
        return all(isinstance(v, Real) and not isinstance(v, bool) for v in self.param_range)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: ArrayLike | None = None,
        *,
        param_name: str,
        param_range: Sequence[Any],
        log_x: bool = False,
        ax: Axes | None = None,
        random_state: Any = None,
        **settings: Any,
    ) -> Self:
        """Decompose the loss for each value of a parameter, and draw the parts.

        All values meet the same training and test samples, so that their differences are those of
        the models.

        Parameters
        ----------
        estimator : estimator
            It is cloned; it need not be fitted.
        X : array-like, table or generator
            The features, or where samples come from.
        y : array-like of shape (n_samples,), default=None
            The target; None for a generator.
        param_name : str
            The parameter, as `set_params` knows it: ``"max_depth"``, ``"knn__n_neighbors"``.
        param_range : sequence
            The values to try.
        log_x : bool, default=False
            Whether the parameter's axis is logarithmic.
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.
        random_state : int, RandomState, Generator or None, default=None
            Seed of all sampling.
        **settings
            `loss`, `n_rounds`, `noise` and all else that `bias_variance_decomposition` takes.

        Returns
        -------
        BiasVarianceDisplay

        Raises
        ------
        TypeError, ValueError
            As `bias_variance_decomposition`; if the estimator has no such parameter.
        """
        if not isinstance(random_state, int | np.integer):
            random_state = _shared_seed(random_state)
        decompositions = [
            bias_variance_decomposition(
                clone(estimator).set_params(**{param_name: value}),
                X,
                y,
                random_state=random_state,
                **settings,
            )
            for value in _values(param_name, param_range)
        ]
        return cls(param_name, param_range, decompositions, log_x=log_x).plot(ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw the lines and their bands.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.

        Returns
        -------
        BiasVarianceDisplay
            This display, with `ax_`, `figure_` and the artists set.
        """
        self.figure_, ax = _style.figure_and_axes(ax)
        self.ax_ = ax
        places = np.arange(len(self.param_range))
        if self._in_numbers:
            places = np.asarray(self.param_range, dtype=np.float64)
        order = np.argsort(places)
        self.lines_, self.bands_ = {}, {}
        for part, (words, colour, style) in self._parts().items():
            value = np.array([getattr(each.mean, part) for each in self.decompositions])[order]
            error = np.array([getattr(each.standard_error, part) for each in self.decompositions])
            error = error[order]
            (self.lines_[part],) = ax.plot(
                places[order],
                value,
                color=colour,
                linestyle=style,
                linewidth=2,
                marker="o" if len(places) <= 30 else None,
                markersize=4,
                label=words,
            )
            self.bands_[part] = ax.fill_between(
                places[order], value - error, value + error, color=colour, alpha=0.15, linewidth=0
            )
        least = int(np.argmin([each.loss for each in self.decompositions]))
        ax.plot(
            places[least],
            self.decompositions[least].loss,
            marker="o",
            markersize=10,
            markerfacecolor="none",
            markeredgecolor=_style.DARK,
            linestyle="none",
        )
        name = _style.label(self.param_name.rpartition("__")[2])
        if not self._in_numbers:
            ax.set_xticks(places, [_style.label(value) for value in self.param_range])
        elif self.log_x:
            ax.set_xscale("log")
            ax.xaxis.set_major_formatter(lambda x, _position: _style.amount(x))
        elif all(float(place).is_integer() for place in places):
            ax.locator_params(axis="x", integer=True)
        _style.dress(
            ax,
            title=f"Least loss at {name} = {_style.label(self.best)}",
            x_label=f"{name} (logarithmic)" if self.log_x else name,
            y_label=self.decompositions[0].name.partition(",")[0],
            legend=list(self.lines_.values()),
        )
        return self

    def _parts(self) -> dict[str, tuple[str, str, str]]:
        """Return for each part that is drawn its words, colour and style of line."""
        known = self.decompositions[0].noise_from is not None
        squared = "" if self.decompositions[0].mean.biased_variance is not None else "²"
        parts = {
            "loss": ("loss", _style.DARK, "-"),
            "noise": ("noise", _style.GREEN, ":"),
            "bias2": (f"bias{squared}" if known else f"bias{squared} + noise", _style.BLUE, "--"),
            "variance": ("variance", _style.VERMILION, "-."),
        }
        if not known:
            del parts["noise"]
        return parts


def _values(param_name: str, param_range: Sequence[Any]) -> list[Any]:
    values = param_range.tolist() if isinstance(param_range, np.ndarray) else list(param_range)
    if not values:
        raise ValueError(f"param_range is empty; give the values of {param_name} to try")
    return values


def _shared_seed(random_state: Any) -> int:
    """Return one seed for all values, drawn from what was given."""
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    return int(np.random.default_rng(random_state).integers(2**31 - 1))
