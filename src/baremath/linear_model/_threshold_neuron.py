"""The McCulloch–Pitts neuron: weights, a threshold, and what one can't do and two layers can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from baremath.linear_model._blocks import Floats
from baremath.maths import Derivation, Step, Terms, number, product_sum


@dataclass(frozen=True)
class ThresholdNeuron:
    r"""A neuron that fires when the weighted sum of its inputs reaches a threshold.

    .. math:: f(x) = \left[\, \sum_j w_j x_j \ge \theta \,\right]

    Parameters
    ----------
    weights : tuple of float
        w.
    threshold : float
        θ.

    References
    ----------
    McCulloch and Pitts (1943), A logical calculus of the ideas immanent in nervous activity,
    Bulletin of Mathematical Biophysics 5.
    """

    weights: tuple[float, ...]
    threshold: float

    def __call__(self, X: ArrayLike) -> NDArray[np.intp]:
        """Return 1 for each row that makes the neuron fire, else 0.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_inputs) or (n_inputs,)
            The inputs; one row is enough.

        Returns
        -------
        ndarray of int of shape (n_samples,), or an int array of shape ()
            What it says.

        Raises
        ------
        ValueError
            When there are more or fewer inputs than weights.
        """
        table: Floats = np.asarray(X, dtype=np.float64)
        if table.shape[-1:] != (len(self.weights),):
            raise ValueError(
                f"the neuron has {len(self.weights)} weights; X of shape {table.shape} does not "
                "have as many columns."
            )
        return np.asarray(table @ np.array(self.weights) >= self.threshold).astype(np.intp)

    def explain(self, x: Sequence[float]) -> Derivation:
        """Show the sum for one row of inputs, and whether it reaches the threshold.

        Parameters
        ----------
        x : sequence of float of shape (n_inputs,)
            The inputs.

        Returns
        -------
        Derivation
            Two steps.
        """
        fires = int(self(x))
        total = float(np.dot(self.weights, x))
        inputs = {"w": list(self.weights), "x": [float(value) for value in x]}
        return Derivation(
            title="A threshold neuron",
            steps=(
                Step(
                    title="The weighted sum of the inputs",
                    symbol="z",
                    formula=r"\sum_j w_j x_j",
                    substituted=product_sum(None, self.weights, x),
                    value=total,
                    expression="sum(w * x)",
                    inputs=inputs,
                ),
                Step(
                    title="Does it reach the threshold?",
                    symbol="f(x)",
                    formula=r"[\, z \ge \theta \,]",
                    substituted=rf"[\, {number(total)} \ge {number(self.threshold)} \,]",
                    value=float(fires),
                    expression="float(z >= theta)",
                    inputs={"z": total, "theta": self.threshold},
                    note="The neuron fires." if fires else "The neuron stays silent.",
                ),
            ),
        )


@dataclass(frozen=True)
class ThresholdNetwork:
    """Layers of threshold neurons: each reads what the layer before it says.

    Parameters
    ----------
    layers : tuple of tuple of ThresholdNeuron
        From the inputs to the output.
    """

    layers: tuple[tuple[ThresholdNeuron, ...], ...]

    def __call__(self, X: ArrayLike) -> NDArray[np.intp]:
        """Return what the last layer says.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_inputs) or (n_inputs,)
            The inputs.

        Returns
        -------
        ndarray of int of shape (n_samples,) or (n_samples, n_neurons)
            0 or 1; one column is returned flat.
        """
        signal: NDArray[np.generic] = np.asarray(X, dtype=np.float64)
        for layer in self.layers:
            signal = np.stack([neuron(signal) for neuron in layer], axis=-1)
        last = signal.astype(np.intp)
        return last[..., 0] if last.shape[-1] == 1 else last


def threshold_neuron(weights: Sequence[float], threshold: float) -> ThresholdNeuron:
    """Return a McCulloch–Pitts neuron.

    Parameters
    ----------
    weights : sequence of float of shape (n_inputs,)
        One for each input.
    threshold : float
        What the weighted sum must reach.

    Returns
    -------
    ThresholdNeuron
        Call it with a table of inputs.

    Raises
    ------
    ValueError
        When there is no weight, or a number is not finite.

    Examples
    --------
    >>> both = threshold_neuron([1, 1], 1.5)
    >>> both([[0, 0], [0, 1], [1, 0], [1, 1]])
    array([0, 0, 0, 1])
    """
    numbers = tuple(float(weight) for weight in weights)
    if not numbers or not np.isfinite([*numbers, threshold]).all():
        raise ValueError(
            f"a neuron needs one finite weight at least and a finite threshold; got weights "
            f"{numbers} and threshold {threshold}."
        )
    return ThresholdNeuron(numbers, float(threshold))


def logic_neuron(name: str) -> ThresholdNeuron:
    """Return the neuron that is AND, OR or NOT.

    Parameters
    ----------
    name : {"AND", "OR", "NOT"}
        Which; NOT has one input, the others two.

    Returns
    -------
    ThresholdNeuron
        AND has weights (1, 1) and threshold 1.5, OR the same with 0.5, NOT has -1 and -0.5.

    Raises
    ------
    ValueError
        For any other name; for XOR it says why.

    Examples
    --------
    >>> logic_neuron("OR")([[0, 0], [0, 1], [1, 0], [1, 1]])
    array([0, 1, 1, 1])
    """
    neurons = {
        "AND": ThresholdNeuron((1.0, 1.0), 1.5),
        "OR": ThresholdNeuron((1.0, 1.0), 0.5),
        "NOT": ThresholdNeuron((-1.0,), -0.5),
    }
    if name.upper() == "XOR":
        raise ValueError(
            "no neuron is XOR: why_not_xor() shows it; use xor_by_product() or xor_by_layers()."
        )
    if name.upper() not in neurons:
        raise ValueError(f"name={name!r} is not known; choose one of {', '.join(neurons)}.")
    return neurons[name.upper()]


def xor_by_product() -> ThresholdNeuron:
    r"""Return the neuron that is XOR of :math:`x_1, x_2` when it also gets :math:`x_1 x_2`.

    Returns
    -------
    ThresholdNeuron
        Weights (1, 1, -2) and threshold 0.5, for the columns x₁, x₂ and x₁x₂.

    Examples
    --------
    >>> xor_by_product()([[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 1]])
    array([0, 1, 1, 0])
    """
    return ThresholdNeuron((1.0, 1.0, -2.0), 0.5)


def xor_by_layers() -> ThresholdNetwork:
    """Return XOR as two layers: OR and NOT-AND, and then AND of the two.

    Returns
    -------
    ThresholdNetwork
        Three neurons.

    Examples
    --------
    >>> xor_by_layers()([[0, 0], [0, 1], [1, 0], [1, 1]])
    array([0, 1, 1, 0])
    """
    not_and = ThresholdNeuron((-1.0, -1.0), -1.5)
    return ThresholdNetwork(((logic_neuron("OR"), not_and), (logic_neuron("AND"),)))


def why_not_xor() -> Derivation:
    r"""Show that no weights and threshold make one neuron XOR.

    The four rows of the truth table ask for :math:`0 < \theta`, :math:`w_2 \ge \theta`,
    :math:`w_1 \ge \theta` and :math:`w_1 + w_2 < \theta`; the middle two add up to
    :math:`w_1 + w_2 \ge 2\theta > \theta`.

    Returns
    -------
    Derivation
        The inequalities and their contradiction.

    References
    ----------
    Minsky and Papert (1969), Perceptrons.
    """
    rows = tuple(
        (f"{a} XOR {b} = {a ^ b}", f"{left} {'≥' if a ^ b else '<'} θ")
        for (a, b), left in zip(
            product((0, 1), repeat=2), ("0", "w₂", "w₁", "w₁ + w₂"), strict=True
        )
    )
    return Derivation(
        title="Why one neuron can't be XOR",
        steps=(
            Step(
                title="What each row of the truth table asks for",
                symbol="f(x)",
                formula=r"[\, w_1 x_1 + w_2 x_2 \ge \theta \,]",
                substituted="",
                value=None,
                expression="",
                terms=Terms(
                    columns=(r"\text{row}", r"\text{what it asks for}"),
                    rows=rows,
                ),
            ),
            Step(
                title="The two middle rows, added",
                symbol="w_1 + w_2",
                formula=r"2\theta > \theta",
                substituted="",
                value=None,
                expression="",
                note="The first row says θ > 0, so 2θ > θ: but the last row asks for less than θ. "
                "No weights do both. With x₁x₂ as a third input, or with a second layer, it works.",
                relation=r"\ge",
            ),
        ),
    )
