"""What a bias–variance decomposition found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from baremath.maths import Derivation

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Parts:
    """The loss and what it is made of: numbers, or an array with one number for each point.

    Parameters
    ----------
    loss, noise, bias2, variance : float or ndarray of shape (n_points,)
        ``loss = noise + bias2 + variance``.
    unbiased_variance, biased_variance : float, ndarray or None
        Domingos' two kinds of variance, ``variance = unbiased_variance - biased_variance``: that
        where the main prediction is right, and which costs, and that where it is wrong, and which
        helps. None in the other decompositions.
    """

    loss: Any
    noise: Any
    bias2: Any
    variance: Any
    unbiased_variance: Any = None
    biased_variance: Any = None

    def map(self, change: Callable[[Any], Any]) -> Parts:
        """Return the parts with each of those that there are changed."""
        return Parts(
            **{name: change(part) for name, part in vars(self).items() if part is not None}
        )


@dataclass(frozen=True)
class Labels:
    """How often each class is said, and how often it is right, at each point.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        The classes, sorted.
    votes : ndarray of shape (n_points, n_classes)
        P, the share of the rounds that predict the class.
    shares : ndarray of shape (n_points, n_classes)
        p, the share of the labels that are the class: known, or those in the test sample.
    best : ndarray of shape (n_points, n_classes)
        q, one for the class that is the best answer and zero for the others. Where the label is
        wrong at a given rate, an estimate of that, which may be negative.
    """

    classes: NDArray[Any]
    votes: Floats
    shares: Floats
    best: Floats


@dataclass(frozen=True)
class BiasVarianceDecomposition:
    """The expected loss of a learning algorithm as noise + bias² + variance.

    What `bias_variance_decomposition` returns. A point is a row of the test sample, or all rows
    with the same features where the noise is found from them.

    Attributes
    ----------
    name : {"squared error", "0–1 loss, Domingos", "0–1 loss, Kohavi–Wolpert"}
        Which decomposition it is.
    loss, noise, bias2, variance : float
        Means over the test sample; ``loss = noise + bias2 + variance``.
    mean : Parts
        The same, with Domingos' two kinds of variance.
    standard_error : Parts
        The standard error of each mean.
    per_point : Parts
        Each part at each point, shape (n_points,). An estimate at one point may be negative.
    noise_from : {None, "given", "replicates"}
        Where the noise comes from; None where it is not known and counts as bias.
    predictions : ndarray of shape (n_rounds, n_points)
        What the model of each round predicts; for 0–1 loss the place of the class in
        ``labels.classes``.
    main_prediction : ndarray of shape (n_points,)
        The mean of the predictions, or the class most often predicted.
    y_test : ndarray of shape (n_test,)
        The target of each row of the test sample.
    point : ndarray of int, shape (n_test,)
        The point that each row of the test sample belongs to.
    labels : Labels or None
        For 0–1 loss: the shares of the classes.
    kohavi_wolpert : BiasVarianceDecomposition or None
        For 0–1 loss: the decomposition of Kohavi and Wolpert, beside Domingos'.
    """

    name: str
    mean: Parts
    standard_error: Parts
    per_point: Parts = field(repr=False)
    noise_from: str | None
    predictions: NDArray[Any] = field(repr=False)
    main_prediction: NDArray[Any] = field(repr=False)
    y_test: NDArray[Any] = field(repr=False)
    point: NDArray[np.intp] = field(repr=False)
    labels: Labels | None = field(default=None, repr=False)
    kohavi_wolpert: BiasVarianceDecomposition | None = field(default=None, repr=False)

    @property
    def loss(self) -> float:
        """The mean loss."""
        return float(self.mean.loss)

    @property
    def noise(self) -> float:
        """What no model can avoid; 0 where it is not known."""
        return float(self.mean.noise)

    @property
    def bias2(self) -> float:
        """What the main prediction costs beyond the noise."""
        return float(self.mean.bias2)

    @property
    def variance(self) -> float:
        """What is lost because each training sample gives another model."""
        return float(self.mean.variance)

    @property
    def n_rounds(self) -> int:
        """How many models were fitted."""
        return len(self.predictions)

    def explain(self, row: int = 0) -> Derivation:
        """Show how the parts at one point are found, with its numbers put in the formulas.

        Parameters
        ----------
        row : int, default=0
            The place of the point.

        Returns
        -------
        Derivation
            Text when printed; also LaTeX, HTML and JSON.

        Raises
        ------
        IndexError
            If there is no such point.
        """
        from baremath.model_selection._explain import explain

        return explain(self, row)

    def __repr__(self) -> str:
        rounds, points = self.predictions.shape
        bias = "bias" if self.mean.biased_variance is not None else "bias²"
        words = {
            "loss": "loss",
            "noise": "noise",
            "bias2": bias if self.noise_from else f"{bias}, with the noise, which is not known",
            "variance": "variance",
            "unbiased_variance": "  where the main prediction is right",
            "biased_variance": "  less that where it is wrong",
        }
        decimals = max(3 - int(np.floor(np.log10(self.loss))), 0) if self.loss > 0 else 4
        lines = [f"Bias–variance decomposition: {self.name}, {rounds:,} rounds, {points:,} points"]
        for part, value in vars(self.mean).items():
            if value is not None and (part != "noise" or self.noise_from):
                error = getattr(self.standard_error, part)
                lines.append(f"  {value:12,.{decimals}f} ± {error:<9,.{decimals}f} {words[part]}")
        return "\n".join(lines)
