"""The network that a page asks for: layers, loss, rule; and weights that move to another."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, takewhile
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from baremath import nn, optim
from baremath.autodiff import equal, where
from baremath.playground.server.config import Config, Layer, OptimizerConfig
from baremath.playground.server.points import EDGE, Floats, Points

_FEATURES: dict[str, Callable[[Any, Any], Any]] = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1^2": lambda x1, x2: x1 * x1,
    "x2^2": lambda x1, x2: x2 * x2,
    "x1x2": lambda x1, x2: x1 * x2,
    "sin x1": lambda x1, x2: np.sin(x1),
    "sin x2": lambda x1, x2: np.sin(x2),
}


def features_of(names: tuple[str, ...], X: NDArray[Any]) -> Floats:
    """Return the network's inputs for some points, a column a feature.

    Parameters
    ----------
    names : tuple of str
        ``"x1"``, ``"x2"``, …: a column; or a function of the first two.
    X : ndarray of shape (n, n_columns)

    Raises
    ------
    ValueError
        If there is no such feature.
    """
    columns = []
    for name in names:
        number = name.removeprefix("x")
        if number.isdigit() and 1 <= int(number) <= X.shape[1]:
            columns.append(X[:, int(number) - 1])
        elif name in _FEATURES and X.shape[1] >= 2:
            columns.append(_FEATURES[name](X[:, 0], X[:, 1]))
        else:
            known = [*(f"x{k + 1}" for k in range(X.shape[1])), *list(_FEATURES)[2:]]
            raise ValueError(f"features: there is no {name!r}; choose among {', '.join(known)}.")
    return np.column_stack(columns).astype(np.float32)


def n_outputs(points: Points) -> int:
    """Return how many outputs a network for these points has: one, or one for each class."""
    return points.n_classes if points.n_classes > 2 else 1


def output_activation(config: Config, points: Points) -> str:
    """Return what the outputs shown have gone through."""
    if config.problem == "regression":
        return "linear"
    if points.n_classes > 2:
        return "softmax"
    return "tanh" if config.loss == "squared" else "sigmoid"


def module_of(config: Config, points: Points) -> nn.Sequential:
    """Return the network, with its first weights.

    The last layer gives what the loss is computed of: amounts, values between -1 and 1,
    probabilities, or with the cross-entropy logarithms of odds.
    """
    layers: list[nn.Module] = []
    width = len(config.features)
    for hidden in config.layers:
        layers += [_linear(width, hidden.units, config), *_after(hidden)]
        width = hidden.units
    layers.append(_linear(width, n_outputs(points), config))
    if config.loss == "squared":
        last: dict[str, type[nn.Module]] = {"tanh": nn.Tanh, "softmax": nn.Softmax}
        kind = last.get(output_activation(config, points))
        layers += [] if kind is None else [kind()]
    return nn.Sequential(layers).initialise(config.seed)


def _linear(n_in: int, n_out: int, config: Config) -> nn.Linear:
    initialisers = {
        "playground": "playground",
        "xavier": "xavier_uniform",
        "he": "he_normal",
        "zeros": "zeros",
    }
    return nn.Linear(n_in, n_out, weight_init=initialisers[config.init])


def _after(hidden: Layer) -> list[nn.Module]:
    after: list[nn.Module] = []
    if hidden.activation != "linear":
        after.append(nn.ACTIVATIONS[hidden.activation]())
    if hidden.dropout:
        after.append(nn.Dropout(hidden.dropout))
    return after


def loss_of(config: Config, points: Points) -> nn.Loss:
    """Return what the network makes small."""
    if config.problem == "regression" or config.loss == "squared":
        return nn.MSELoss(half=True)
    return nn.CrossEntropyLoss() if points.n_classes > 2 else nn.BCEWithLogitsLoss()


def targets_of(config: Config, points: Points) -> NDArray[Any]:
    """Return the targets as the loss wants them."""
    if points.n_classes > 2:
        numbers = points.y.astype(np.int64)
        one_hot = np.eye(points.n_classes, dtype=np.float32)
        return numbers if config.loss == "cross-entropy" else one_hot[numbers]
    column = points.y[:, np.newaxis]
    both = config.problem == "classification" and config.loss == "cross-entropy"
    return (column + 1) / 2 if both else column


def shown(config: Config, points: Points, outputs: NDArray[Any]) -> NDArray[Any]:
    """Return the outputs as they are drawn: -1 … 1, or the probability of each class."""
    if config.problem == "regression" or config.loss == "squared":
        return outputs
    if points.n_classes > 2:
        with np.errstate(invalid="ignore"):  # of weights that are large beyond all bounds
            powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
            shares: NDArray[Any] = powers / powers.sum(axis=1, keepdims=True)
        return shares
    return np.tanh(outputs / 2)


def decided(points: Points, outputs: NDArray[Any]) -> NDArray[np.intp]:
    """Return the class that each row of shown outputs says."""
    return outputs.argmax(axis=1) if points.n_classes > 2 else (outputs[:, 0] > 0).astype(np.intp)


class Held(optim.Optimizer):
    """A rule under which some weights are held where they are: those whose ``"held"`` is not 0."""

    def init(self, params: Any) -> Any:
        """Return the state before the first step: nothing is held."""
        return {**super().init(params), "held": np.zeros(params.shape, params.dtype)}

    def update(self, params: Any, gradient: Any, state: Any) -> Any:
        """Take one step with all but those that are held."""
        held = state["held"]
        after, memory = super().update(params, gradient, state)
        return where(equal(held, 0), after, params), {**memory, "held": held}


_NAMES = ("sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "adamw")
_RULES: dict[str, type[Any]] = {name: optim.OPTIMIZERS[name] for name in _NAMES}
_HELD: dict[str, type[Any]] = {
    name: type(f"Held{rule.__name__}", (Held, rule), {}) for name, rule in _RULES.items()
}


def optimizer_of(
    config: OptimizerConfig, learning_rate: float, *, held: bool = False
) -> optim.Optimizer:
    """Return the rule of a step; one that can hold weights, if that is asked for."""
    asked = {
        "momentum": ("momentum",),
        "nesterov": ("momentum",),
        "adadelta": ("rho",),
        "rmsprop": ("rho",),
        "adam": ("beta_1", "beta_2"),
        "adamw": ("beta_1", "beta_2", "weight_decay"),
    }.get(config.name, ())
    rule = (_HELD if held else _RULES)[config.name]
    made: optim.Optimizer = rule(learning_rate, **{name: getattr(config, name) for name in asked})
    return made


def schedule_of(config: Config) -> Callable[[float], float] | None:
    """Return the factor on the learning rate as a function of the epochs; None if it is one."""
    schedule = config.schedule
    made: dict[str, Callable[[], Callable[[float], float]]] = {
        "step": lambda: optim.StepDecay(schedule.epochs, schedule.factor),
        "exponential": lambda: optim.ExponentialDecay(schedule.factor ** (1 / schedule.epochs)),
        "inverse": lambda: optim.InverseTimeDecay(1 / schedule.epochs),
        "cosine": lambda: optim.CosineDecay(schedule.epochs),
        "warm-up": lambda: optim.WarmUp(schedule.epochs),
    }
    return made[schedule.name]() if schedule.name in made else None


def penalty_of(config: Config) -> nn.Penalty | None:
    """Return what large weights cost."""
    kinds = {"L1": nn.L1Penalty, "L2": nn.L2Penalty}
    kind = kinds.get(config.penalty.name)
    return None if kind is None else kind(config.penalty.rate)


Shape = tuple[int, ...]


def layers_of(flat: NDArray[Any], shape: Shape) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Cut a flat vector into the weights (units × inputs) and biases of each layer: views."""
    layers, first = [], 0
    for n_in, n_out in pairwise(shape):
        last = first + n_in * n_out
        layers.append((flat[first:last].reshape(n_out, n_in), flat[last : last + n_out]))
        first = last + n_out
    return layers


def place_of(shape: Shape, layer: int, unit: int, source: int | None) -> int:
    """Return where in the flat vector a weight lies, or with no source a bias.

    Raises
    ------
    ValueError
        If the network has no such weight.
    """
    sizes = list(pairwise(shape))
    if not (layer < len(sizes) and unit < sizes[layer][1]) or (source or 0) >= sizes[layer][0]:
        raise ValueError(
            f"there is no weight {source} of unit {unit} in layer {layer}: the network is "
            f"{'-'.join(map(str, shape))}."
        )
    before = sum((n_in + 1) * n_out for n_in, n_out in sizes[:layer])
    n_in, n_out = sizes[layer]
    return before + (n_in * n_out + unit if source is None else unit * n_in + source)


class Architecture(NamedTuple):
    """What the units of a network are known by.

    Parameters
    ----------
    inputs : tuple of str
    layers : tuple of Layer
        The hidden ones.
    n_outputs : int
    """

    inputs: tuple[str, ...]
    layers: tuple[Layer, ...]
    n_outputs: int

    @property
    def shape(self) -> Shape:
        """The number of inputs, of units of each hidden layer, and of outputs."""
        return len(self.inputs), *(layer.units for layer in self.layers), self.n_outputs


def transplanted(
    old: NDArray[Any], of: Architecture, fresh: NDArray[Any], to: Architecture
) -> NDArray[Any]:
    """Return the numbers of another network, with those of the units and links that both have."""
    found = fresh.copy()
    before, after = layers_of(old, of.shape), layers_of(found, to.shape)
    inputs = [(of.inputs.index(name), k) for k, name in enumerate(to.inputs) if name in of.inputs]
    pairs = [*_same_layers(of.layers, to.layers), (len(of.layers), len(to.layers))]
    last = (-1, -1)  # the inputs are before the first layer
    for k, its in pairs:
        (w, b), (w_new, b_new) = before[k], after[its]
        units = min(len(b), len(b_new))
        b_new[:units] = b[:units]
        if last == (k - 1, its - 1):
            sources = min(w.shape[1], w_new.shape[1])
            columns = inputs if k == 0 else [(j, j) for j in range(sources)]
            for column, its_column in columns:
                w_new[:units, its_column] = w[:units, column]
        last = (k, its)
    return found


def _same_layers(layers: tuple[Layer, ...], others: tuple[Layer, ...]) -> list[tuple[int, int]]:
    """Return the places of the hidden layers that two networks have both.

    Of as many, those at the same place. If some were removed or are new, those at the front that
    are alike, then those at the back, and what is between at the same distance from the front.
    """
    n = min(len(layers), len(others))
    front = _alike(layers, others) if len(layers) != len(others) else n
    back = min(n - front, _alike(layers[::-1], others[::-1]))
    from_front = [(k, k) for k in range(n - back)]
    return from_front + [(len(layers) - k, len(others) - k) for k in range(back, 0, -1)]


def _alike(layers: tuple[Layer, ...], others: tuple[Layer, ...]) -> int:
    """Return how many layers are alike before the first that is another."""
    return len([*takewhile(lambda pair: pair[0] == pair[1], zip(layers, others, strict=False))])


def grid(side: int, n_columns: int, across: tuple[int, int]) -> Floats:
    """Return the points of a picture, row by row from the top; other columns are in the middle."""
    centres = ((np.arange(side) + 0.5) / side * 2 - 1) * EDGE
    table = np.zeros((side * side, n_columns), np.float32)
    down = across[1] if n_columns > 1 else None
    table[:, across[0]] = np.tile(centres, side)
    if down is not None:
        table[:, down] = np.repeat(centres[::-1], side)
    return table
