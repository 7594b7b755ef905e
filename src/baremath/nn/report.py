"""What goes wrong in the activations of a network, measured."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from baremath import autodiff
from baremath.autodiff import Tensor, enable_grad, sweep, tensor
from baremath.nn.activations import (
    Activation,
    Heaviside,
    Identity,
    LeakyReLU,
    LogSoftmax,
    PReLU,
    Sigmoid,
    Softmax,
    Softsign,
    Tanh,
)
from baremath.nn.linear import Linear
from baremath.nn.losses import Loss
from baremath.nn.module import Module
from baremath.nn.table import Table
from baremath.nn.watching import Call, predicting, watching

# From where on something is said to be wrong.
MANY_DEAD = 0.2
MANY_SATURATED = 0.3
VANISHED, EXPLODED = 0.01, 100.0
CENTRED = 0.3  # |mean| as a share of the standard deviation

SQUASHING = (Sigmoid, Tanh, Softsign)


class ActivationRow(NamedTuple):
    """One activation layer in an `ActivationReport`.

    Parameters
    ----------
    layer : str
        Its path in the model.
    activation : str
        Its class and what it was made with.
    units : int
        Its neurons.
    saturated : float
        The share of its outputs at which its slope is at most a twentieth of its largest: of a
        sigmoid those near 0 and 1, of a ReLU those at 0.
    dead : float
        The share of its neurons that are so for every row: they have (almost) no gradient.
    mean : float
        The mean output.
    zero_centred : bool
        Whether the mean is within 0.3 standard deviations of zero.
    gradient_norm : float
        The norm of the gradient of the loss by the neurons' sums, before the activation, over all
        rows.
    advice : tuple of str
        What is wrong and what would help there; empty if nothing is.
    """

    layer: str
    activation: str
    units: int
    saturated: float
    dead: float
    mean: float
    zero_centred: bool
    gradient_norm: float
    advice: tuple[str, ...]


class ActivationReport(Table):
    """What `activation_report` found; it prints as a table.

    Attributes
    ----------
    rows : list of ActivationRow
        The table as data, in the order in which the layers compute.
    """

    def __init__(self, rows: list[ActivationRow]) -> None:
        self.rows = rows
        layers: dict[str, dict[str, None]] = {}  # by what is to be said of them
        for row in rows:
            for advice in row.advice:
                layers.setdefault(advice, {})[row.layer] = None
        super().__init__(
            ["layer", "activation", " units", " saturated", " dead", " mean", " ‖gradient‖"],
            [
                [
                    row.layer,
                    row.activation,
                    f"{row.units:,}",
                    f"{row.saturated:.0%}",
                    f"{row.dead:.0%}",
                    f"{round(row.mean, 2) + 0.0:.2f} {'≈ 0' if row.zero_centred else '≠ 0'}",
                    f"{row.gradient_norm:.2g}",
                ]
                for row in rows
            ],
            notes=[f"{', '.join(names)}: {advice}" for advice, names in layers.items()],
        )


def activation_report(
    model: Module, X: ArrayLike, y: ArrayLike | None = None, *, loss: Loss | None = None
) -> ActivationReport:
    r"""Measure, layer by layer, what can go wrong with activations.

    Saturated neurons pass hardly any gradient on; dead ones are so for every row, and never learn
    again; outputs that aren't centred on zero make the gradients of the next layer's weights agree
    in sign, so that descent zigzags; and from layer to layer gradients vanish or explode.

    Parameters
    ----------
    model : Module
        Its activations are layers such as `nn.ReLU()`; it computes as in predicting, and is left
        as it was.
    X : array_like of shape (n_rows, ...)
        The rows to measure with.
    y : array_like, optional
        Their targets, for `loss`.
    loss : Loss, optional
        What the gradients are of. Without one it is half the mean square of the rows,
        :math:`\frac{1}{2n} \sum_i \|\hat y_i\|^2`, whose gradient by an output is the output.

    Returns
    -------
    ActivationReport

    Raises
    ------
    ValueError
        If the model has no activation layers, X no rows or numbers that aren't finite, or y is no
        target of the loss.

    References
    ----------
    Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural
    networks.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> model = nn.Sequential(nn.Linear(2, 8), nn.Sigmoid(), nn.Linear(8, 8), nn.ReLU())
    >>> report = nn.activation_report(model.initialise(0), X)
    >>> report.rows[0].zero_centred
    False
    >>> report.rows[0].advice
    ('All outputs are positive, so the next layer learns in zigzags: Tanh is centred on 0.',)
    """
    if (loss is None) != (y is None):
        raise ValueError("y and loss go together: give both or neither")
    rows = _rows(model, X)
    with predicting(model), watching(model, _is_seen) as seen, enable_grad():
        output = model(rows)
        if loss is None:
            value = autodiff.sum(output * output) * (0.5 / len(rows))
        else:
            loss.check(output.shape, y)
            value = loss(output, y)
    places = [i for i, call in enumerate(seen) if isinstance(call.module, Activation)]
    if not places:
        raise ValueError(
            "the model has no activation layers to measure; they are modules such as nn.Tanh(), "
            "and not methods such as x.tanh()"
        )
    begun = {_drawn(call.module) for call in seen[: places[-1]] if isinstance(call.module, Linear)}
    calls = [seen[i] for i in places]
    nodes = [call.x.node for call in calls if call.x.node is not None]
    gradients = sweep(value, np.ones(value.shape, value.dtype), wanted=nodes)
    norms = [float(np.linalg.norm(gradients.get(call.x.node, 0.0))) for call in calls]
    steps = [i for i, call in enumerate(calls) if isinstance(call.module, Heaviside)]
    blocked = steps[-1] if steps else -1  # up to here no gradient can arrive
    shares = [n / norms[-1] if norms[-1] and i > blocked else math.nan for i, n in enumerate(norms)]
    return ActivationReport(
        [
            _row(call, norm, share, begun, last=call.y is output)
            for call, norm, share in zip(calls, norms, shares, strict=True)
        ]
    )


def _is_seen(module: Module) -> bool:
    return isinstance(module, Activation | Linear)


def _drawn(linear: Linear) -> str:
    """Return how the weights were drawn: "he", "xavier", or another first word."""
    how = linear.weight_init
    return str(getattr(how, "__name__", how)).partition("_")[0]


def _rows(model: Module, X: ArrayLike) -> Tensor:
    """Return the rows as a tensor, by which everything computed from it has a gradient."""
    values = np.asarray(X)
    if values.ndim == 0 or len(values) == 0:
        raise ValueError(f"X has shape {values.shape}: there must be at least one row")
    if values.dtype.kind not in "fiub" or not np.isfinite(values).all():
        raise ValueError("X must be finite numbers; leave other rows out")
    dtype = next((p.dtype for p in model.parameters()), np.dtype(np.float32))
    return tensor(values, requires_grad=True, dtype=dtype)


def _row(call: Call, norm: float, share: float, begun: set[str], last: bool) -> ActivationRow:
    """Measure one layer.

    Parameters
    ----------
    call : Call
        What it was given and what it returned.
    norm, share : float
        The norm of its gradient, and the same as a share of the last layer's.
    begun : set of str
        How the weights of the hidden layers were drawn.
    last : bool
        Whether its outputs are the model's.
    """
    activation, x, y = call.module, call.x.data, call.y.data
    assert isinstance(activation, Activation)
    flat = activation.saturated(x)
    row = ActivationRow(
        layer=call.path or "the model",
        activation=f"{type(activation).__name__}({activation.settings()})",
        units=math.prod(x.shape[1:]),
        saturated=float(flat.mean()),
        dead=float(flat.all(axis=0).mean()),
        mean=float(y.mean()),
        zero_centred=bool(abs(y.mean()) <= CENTRED * y.std()),
        gradient_norm=norm,
        advice=(),
    )
    return row._replace(advice=tuple(_advice(activation, row, share, begun, last)))


def _advice(
    activation: Activation, row: ActivationRow, share: float, begun: set[str], last: bool
) -> Iterator[str]:
    """Yield what is wrong with a layer, each with what helps there; no numbers, see the table."""
    if isinstance(activation, Softmax | LogSoftmax):
        return
    if isinstance(activation, Heaviside):
        yield "The slope is 0 everywhere, and the layers before learn nothing: take Tanh."
        return
    squashing = isinstance(activation, SQUASHING)
    kind = "xavier" if squashing or isinstance(activation, Identity) else "he"
    drawn = "" if begun <= {kind} else f"weight_init='{kind}_uniform'"
    if row.dead >= MANY_DEAD:
        yield f"Many neurons are flat for every row: {_revived(activation, drawn)}."
    elif squashing and row.saturated >= MANY_SATURATED:
        yield f"Many outputs are saturated: {_revived(activation, drawn)}."
    elif share < VANISHED:
        yield (
            f"Less than {VANISHED:.0%} of the last layer's gradient arrives: it vanishes; "
            f"{_restored(activation, drawn)}."
        )
    if share > EXPLODED:
        begin = f"begin with {drawn}, " if drawn else ""
        yield (
            f"More than {EXPLODED:g} times the last layer's gradient arrives: it explodes; "
            f"{begin}clip the gradient, or add BatchNorm1d."
        )
    if isinstance(activation, Sigmoid) and not last:
        yield "All outputs are positive, so the next layer learns in zigzags: Tanh is centred on 0."


def _revived(activation: Activation, drawn: str) -> str:
    """Return what helps against neurons where their activation is flat."""
    begin = f"begin with {drawn}, " if drawn else ""
    if isinstance(activation, SQUASHING):
        return f"scale the inputs, {begin}or lower the learning rate"
    if isinstance(activation, LeakyReLU | PReLU):
        return f"{begin}lower the learning rate, or take a steeper slope below 0"
    return f"{begin}lower the learning rate, or take LeakyReLU"


def _restored(activation: Activation, drawn: str) -> str:
    """Return what helps against a gradient that vanishes."""
    if isinstance(activation, Sigmoid):
        slope = f"{activation.largest_slope:g}"
        return f"a sigmoid's slope is at most {slope}: take Tanh{drawn and f' with {drawn}'}"
    return f"begin with {drawn}" if drawn else "Residual or BatchNorm1d would help"
