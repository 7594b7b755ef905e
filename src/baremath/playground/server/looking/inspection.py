"""A look inside: one point's way through the network and back, with every number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from baremath import nn
from baremath.autodiff import Tensor, sweep, tensor
from baremath.playground.server import network
from baremath.playground.server.plan import Plan
from baremath.training.eager import one_step
from baremath.training.progress import Progress

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LayerSeen:
    """What one point makes of a layer; the gradients are None without a target.

    Parameters
    ----------
    W, b : ndarray of shape (n_units, n_inputs) and (n_units,)
        Weights and biases.
    inputs : ndarray of shape (n_inputs,)
        What goes in.
    z, a : ndarray of shape (n_units,)
        The sums; what comes out. Of the last layer, a is the output as it is shown.
    activation : Module or None
        What makes a of z; None where it is z itself.
    dz, da, dw, db : ndarray or None
        Derivatives of the loss, without the penalty.
    penalty_dw : ndarray or None
        Derivative of the penalty; None where there is none.
    """

    W: Array
    b: Array
    inputs: Array
    z: Array
    a: Array
    activation: nn.Module | None
    dz: Array | None
    da: Array | None
    dw: Array | None
    db: Array | None
    penalty_dw: Array | None


@dataclass(frozen=True, eq=False)
class Seen:
    """What one point makes of the network.

    Parameters
    ----------
    sample : int or None
        The number of the point, if it is one of the plan's.
    target : ndarray or None
        On the scale of `prediction`.
    prediction : ndarray
        The outputs as they are shown.
    loss : float or None
        Without the penalty.
    layers : list of LayerSeen
        The hidden ones, then the output.
    before, after : Progress
        Before and after one step by this point alone; the latter None without a target.
    """

    sample: int | None
    target: Array | None
    prediction: Array
    loss: float | None
    layers: list[LayerSeen]
    before: Progress
    after: Progress | None


def inspected(
    plan: Plan, now: Progress, sample: int | None, point: tuple[float, ...] | None
) -> dict[str, Any]:
    r"""Return the forward and the backward pass of one point, as a message holds them.

    All is computed as the network predicts, without dropout, and the step is taken without it too,
    so that with plain descent ``new_w`` is w - alpha (dw + penalty_dw). The gradients, dw and db
    among them, are those of the loss; what the penalty adds is ``penalty_dw``.

    Networks that learn by the cross-entropy end in sums, of which the loss is computed. The last
    layer's ``a`` is what is shown of them, as is ``prediction``: :math:`\tanh(z / 2)`, which is
    :math:`2 \sigma(z) - 1`, for two classes, and the softmax for more. Its ``da`` is None, and
    ``dz`` the derivative by the sums. ``target`` is on the scale of the prediction: -1 or 1, a 1
    among zeros, or an amount.

    Parameters
    ----------
    plan : Plan
    now : Progress
    sample : int or None
        The number of one of the plan's points.
    point : tuple of float or None
        Or a place, as `row_at` reads it: then target, loss, gradients and new weights are None.

    Returns
    -------
    dict
        Python's numbers, lists and None; a number that isn't finite is None.

    Raises
    ------
    ValueError
        If there is no such point, or both a point and a place are given, or neither.
    """
    seen = look(plan, now, sample, point)
    new: list[tuple[Any, Any]] = [(None, None)] * len(seen.layers)
    if seen.after is not None:
        new = network.layers_of(seen.after.params, plan.shape)
    return {
        "sample": seen.sample,
        "inputs": _plain(seen.layers[0].inputs),
        "target": _plain(seen.target),
        "prediction": _plain(seen.prediction),
        "loss": _plain(seen.loss),
        "layers": [
            {
                "z": _plain(layer.z),
                "a": _plain(layer.a),
                "dz": _plain(layer.dz),
                "da": _plain(layer.da),
                "w": _plain(layer.W),
                "b": _plain(layer.b),
                "dw": _plain(layer.dw),
                "db": _plain(layer.db),
                "penalty_dw": _plain(layer.penalty_dw),
                "new_w": _plain(new_W),
                "new_b": _plain(new_b),
            }
            for layer, (new_W, new_b) in zip(seen.layers, new, strict=True)
        ],
    }


def _plain(values: Any) -> Any:
    """Return numbers as Python's, nested as they are, None for those that aren't finite."""
    if values is None:
        return None
    array = np.asarray(values, np.float64).astype(object)
    array[~np.isfinite(array.astype(np.float64))] = None
    return array.tolist()


def look(plan: Plan, now: Progress, sample: int | None, point: tuple[float, ...] | None) -> Seen:
    """Send one point through the network and back, in float64; see `inspected`."""
    if (sample is None) == (point is None):
        raise ValueError("inspect: give the number of a point, or the coordinates of a place.")
    if point is not None:
        row = network.features_of(plan.inputs, row_at(plan, point))
        return _look(plan, now, None, row.astype(np.float64), None)
    assert sample is not None
    data = plan.of_point(sample)
    y = data.y if data.y.dtype.kind == "i" else data.y.astype(np.float64)
    return _look(plan, now, sample, data.X.astype(np.float64), y)


def row_at(plan: Plan, point: tuple[float, ...]) -> NDArray[np.float32]:
    """Return a place as a row of the points' table.

    Parameters
    ----------
    plan : Plan
    point : tuple of float
        Two numbers are a place in the picture, whose other columns are in the middle; else there
        is one for each column. All are in the square, from -6 to 6.

    Raises
    ------
    ValueError
        If there are more numbers, or fewer.
    """
    n_columns, across = plan.points.X.shape[1], plan.points.shown
    row = np.zeros((1, n_columns), np.float32)
    if len(point) == 2:
        for column, value in list(zip(across, point, strict=True))[:n_columns]:
            row[0, column] = value
    elif len(point) == n_columns:
        row[0] = point
    else:
        raise ValueError(
            f"point: {len(point)} coordinates were given; give 2, a place in the picture, or "
            f"{n_columns}, one for each column."
        )
    return row


class _Passed(NamedTuple):
    """The tensors of a layer."""

    W: Tensor
    b: Tensor
    x: Tensor
    z: Tensor
    a: Tensor
    activation: nn.Module | None


def _look(plan: Plan, now: Progress, sample: int | None, x: Array, y: Any) -> Seen:
    step, config = plan.step, plan.config
    pieces = step.weights.parameters.pieces(now.params.astype(np.float64))
    leaves = {path: tensor(piece, requires_grad=True) for path, piece in pieces.items()}
    with step.weights.using(leaves), np.errstate(all="ignore"):
        passed = _forward(plan.module, Tensor(x))
        loss = None if y is None else step.loss(passed[-1].a, Tensor(y))
        penalty = None if step.penalty is None else step.penalty(leaves)
        inside = [t for one in passed for t in (one.z, one.a)]
        by_loss = _gradients(loss, [*leaves.values(), *inside])
        by_penalty = _gradients(penalty, list(leaves.values()))
        prediction = network.shown(config, plan.points, passed[-1].a.data)[0]
    of_sums = config.problem == "classification" and config.loss == "cross-entropy"
    layers = []
    for one in passed:
        last = one is passed[-1]
        layers.append(
            LayerSeen(
                one.W.data,
                one.b.data,
                one.x.data[0],
                one.z.data[0],
                prediction if last else one.a.data[0],
                one.activation,
                _row(by_loss(one.z)),
                None if last and of_sums else _row(by_loss(one.a)),
                by_loss(one.W),
                by_loss(one.b),
                by_penalty(one.W),
            )
        )
    return Seen(
        sample,
        None if sample is None else _target(plan, sample),
        prediction,
        None if loss is None else loss.item(),
        layers,
        now,
        None if sample is None else _after(plan, now, sample),
    )


def _forward(module: nn.Sequential, x: Tensor) -> list[_Passed]:
    """Send a row through the layers: each a `Linear`, and an activation if it has one."""
    passed: list[_Passed] = []
    for part in module:
        if isinstance(part, nn.Linear):
            assert part.bias is not None
            z = part(x)
            passed.append(_Passed(part.weight, part.bias, x, z, z, None))
            x = z
        elif not isinstance(part, nn.Dropout):
            x = part(x)
            passed[-1] = passed[-1]._replace(a=x, activation=part)
    return passed


def _gradients(of: Any, by: list[Any]) -> Any:
    """Return a function that gives the derivative of a number by one of some tensors."""
    if of is None:
        return lambda _: None
    found = sweep(of, np.ones(of.shape), wanted=[one.node for one in by])
    return lambda one: found.get(one.node, np.zeros(one.shape))


def _row(values: Array | None) -> Array | None:
    return None if values is None else values[0]


def _target(plan: Plan, sample: int) -> Array:
    """Return a point's target on the scale of what is shown."""
    y = float(plan.points.y[sample])
    several = plan.points.n_classes > 2
    return np.eye(plan.points.n_classes)[int(y)] if several else np.array([y])


def _after(plan: Plan, now: Progress, sample: int) -> Progress:
    """Take a step by one point alone, without dropout."""
    setting = plan.setting._replace(data=plan.of_point(sample), batch_size=None)
    with plan.step.weights.mode(training=False), np.errstate(all="ignore"):
        return one_step(setting, now._replace(n_rows=1, row=0))[0]
