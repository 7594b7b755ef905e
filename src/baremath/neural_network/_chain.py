"""A network as a chain of layers, with the numbers that one row makes in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted, validate_data

from baremath import nn
from baremath.autodiff import no_grad
from baremath.estimator import Floats, check_row, target_of_row
from baremath.neural_network._formulas import Formula, of_activation
from baremath.nn import Module

UNSEEN = (nn.Dropout, nn.Identity, nn.Flatten)  # what changes no number of one row at prediction


@dataclass(frozen=True)
class Asked:
    """What `explain` was given: the row, its number, the columns' names, the row's target."""

    x: Floats
    row: int
    names: list[str]
    target: NDArray[Any] | None


@dataclass(frozen=True)
class Layer:
    """A layer of neurons, and what one row makes of it.

    Parameters
    ----------
    place : int
        Counted from 1.
    path : str
        Of the `Linear` in its module.
    W, b : ndarray
        Weights (n_out, n_in) and biases (n_out,).
    inputs : ndarray
        What goes in.
    z : ndarray
        The sums.
    value, slope : Formula or None
        f and f' of the activation; None where there is none.
    slopes : ndarray
        f'(z).
    a : ndarray
        What comes out.
    """

    place: int
    path: str
    W: Floats
    b: Floats
    inputs: Floats
    z: Floats
    value: Formula | None
    slope: Formula | None
    slopes: Floats
    a: Floats

    def named(self, letter: str, back: int = 0) -> str:
        """Return a letter with the place of this layer, or of one before it."""
        return f"{letter}^{{({self.place - back})}}"

    @property
    def delta(self) -> str:
        """The name of the gradient of the loss by the sums."""
        return self.named(r"\delta")

    @property
    def weight_path(self) -> str:
        """The weights' path in the module."""
        return f"{self.path}.weight" if self.path else "weight"

    @property
    def bias_path(self) -> str:
        """The biases' path in the module."""
        return f"{self.path}.bias" if self.path else "bias"

    @property
    def input_name(self) -> str:
        """What goes in: x, or the activations of the layer before."""
        return "x" if self.place == 1 else self.named("a", 1)


def asked(model: Any, X: ArrayLike, y: ArrayLike | None, row: int, feature_names: Any) -> Asked:
    """Check what `explain` was given.

    Raises
    ------
    IndexError
        When X has no such row.
    TypeError
        When `row` isn't a whole number.
    ValueError
        When X, y or the names don't fit the model or each other.
    """
    check_is_fitted(model)
    table = validate_data(model, X, dtype=np.float64, reset=False)
    place = check_row(row, len(table))
    if feature_names is None:
        plain = [f"x_{column}" for column in range(1, table.shape[1] + 1)]
        feature_names = getattr(model, "feature_names_in_", plain)
    names = [str(text) for text in feature_names]
    if len(names) != table.shape[1]:
        raise ValueError(f"feature_names has {len(names)} names; X has {table.shape[1]} columns.")
    target = None
    if y is not None:
        own = np.asarray(target_of_row(y, place, len(table)))
        target = model._read_targets(own[None], np.ones(1))[0]
    return Asked(table[place], place, names, target)


def layers_of(module: Module, x: Floats) -> list[Layer] | None:
    """Return the layers of a network that is a chain of them, and None of any other.

    Each is a `Linear` and an activation whose formula is known, or none. What does nothing to a
    single row when it predicts is passed over.
    """
    parts = [(path, part) for path, part in _parts("", module) if not isinstance(part, UNSEEN)]
    layers: list[Layer] = []
    while parts:
        path, linear = parts.pop(0)
        if type(linear) is not nn.Linear or linear.bias is None:
            return None
        W, b = (t.detach().numpy().astype(np.float64) for t in (linear.weight, linear.bias))
        z = a = W @ x + b
        value, slope, slopes = None, None, np.ones_like(z)
        if parts and isinstance(parts[0][1], nn.Activation):
            activation: Any = parts.pop(0)[1]
            known = of_activation(activation, z)
            if known is None:
                return None
            value, slope = known
            slopes = activation.derivative(z)
            with no_grad():
                a = np.asarray(activation(z[np.newaxis]))[0]
        layers.append(Layer(len(layers) + 1, path, W, b, x, z, value, slope, slopes, a))
        x = a
    return layers if layers and layers[-1].value is None else None


def _parts(path: str, module: Module) -> list[tuple[str, Module]]:
    """Return what a `Sequential` is made of, and what the ones in it are made of."""
    if type(module) is not nn.Sequential:
        return [(path, module)]
    return [
        found
        for name, child in module.children().items()
        for found in _parts(f"{path}.{name}" if path else name, child)
    ]
