"""The graphs of a training step: the gradients by some rows, and the update by all of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from baremath.autodiff import Tensor, equal, random, value_and_grad, where
from baremath.compiler.ir import Graph
from baremath.compiler.passes import optimise
from baremath.compiler.rows import TOTAL, CoupledError, alike, rows_of
from baremath.compiler.trace import Traced, trace
from baremath.nn import Loss
from baremath.optim import clip_by_norm
from baremath.training.side_effects import refused
from baremath.training.step import NO_GRADIENT, Batch, TrainingStep

Stale = Callable[[], str]

#: Numbers of rows, and of parameters, that a step is looked at with; the loop may take others.
PROBES = (5, 7)


@dataclass(frozen=True)
class Shapes:
    """What a compiled step is made for.

    Parameters
    ----------
    X, y : tuple of int
        Of one row.
    y_dtype : str
        Of the targets.
    weighted : bool
        Whether rows have weights.
    rows : int
        Of a whole batch.
    clipped : bool
        Whether gradients are clipped.
    """

    X: tuple[int, ...]
    y: tuple[int, ...]
    y_dtype: str
    weighted: bool
    rows: int
    clipped: bool


def separable(step: TrainingStep, shapes: Shapes) -> bool:
    """Whether the gradient of a batch is the sum of those of its rows, but for one factor."""
    if not (isinstance(step.loss, Loss) and _is_a_mean(step.loss)):
        return False
    few, more = (_traced_tile(step, shapes, rows, parts=True).graph for rows in PROBES)
    if not alike(few, more, *PROBES):
        return False
    try:  # before the number of rows, a sum of ones, is folded
        found = rows_of(few, {"X": 0, "y": 0, "weight": 0})
    except CoupledError:
        return False
    return (
        all(
            found[node] in (TOTAL, None) and (found[node] == TOTAL or name == "out['buffers']")
            for name, node in few.outputs.items()
        )
        and not step.weights.buffers.size
    )


def _is_a_mean(loss: Loss) -> bool:
    """Whether a loss is the quotient of its sums, which a class of the user's may not be."""
    names = ("__call__", "forward", "sums")
    own = all(getattr(type(loss), name) is getattr(Loss, name) for name in names)
    return loss.reduction == "mean" and own and not any(name in vars(loss) for name in names)


def tile_graph(
    step: TrainingStep, shapes: Shapes, rows: int, *, parts: bool
) -> tuple[Graph, Stale]:
    """Return the graph of the loss and its gradients for some rows.

    Its outputs are ``"out['total']"`` and ``"out['weight']"``, whose quotient is the mean loss,
    ``"out['gradients'][PATH]"``, of the total, and ``"out['buffers']"``.

    Parameters
    ----------
    step : TrainingStep
        What is trained, and how.
    shapes : Shapes
        Of the rows.
    rows : int
        How many.
    parts : bool
        Whether they are a part of a batch; then each has a weight, 0 for one that is none.

    Returns
    -------
    graph : Graph
    stale : callable
        Says what has changed since that the user's own functions read: "" if nothing has.
    """
    traced = _traced_tile(step, shapes, rows, parts=parts)
    return optimise(traced.graph)[0], traced.stale


def _traced_tile(step: TrainingStep, shapes: Shapes, rows: int, *, parts: bool) -> Traced:
    """Return the trace of what `tile_graph` returns the graph of."""
    dtype = step.weights.dtype
    measured = step.weights.buffers

    def objective(pieces: Any, buffers: Any, batch: Batch) -> Any:
        tensors = {**pieces, **(measured.pieces(buffers) if measured.size else {})}
        with step.weights.using(tensors):
            output = step.module(batch.X)
            if parts:
                total, weight = cast(Loss, step.loss).sums(output, batch.y, batch.sample_weight)
            else:
                total, weight = batch.loss(step.loss, output), np.ones((), dtype)
            if total.node is None:
                raise ValueError(NO_GRADIENT)
            if measured.size:
                buffers = measured.flat(step.weights.current(measured))
        return total, (weight, buffers)

    def tile(
        user_code: Any,
        params: Any,
        buffers: Any,
        hyper: Any,
        X: Any,
        y: Any,
        weight: Any,
        seed: Any,
        step_number: Any,
    ) -> Any:
        with refused(step), step.computing_with(hyper), random.stream(seed, step_number):
            pieces = step.weights.parameters.pieces(params)
            batch = Batch(X, y, weight, seed, step_number)
            differentiated = value_and_grad(objective, has_aux=True)
            (total, (weight, buffers)), gradients = differentiated(pieces, buffers, batch)
        found = {"total": total, "weight": weight, "gradients": gradients}
        return {**found, "buffers": buffers} if measured.size else found

    weighted = parts or shapes.weighted
    with step.weights.mode(training=True):
        return trace(
            tile,
            _user_code(step.loss, *step.weights.parts.values()),
            _tensor((step.weights.parameters.size,), dtype),
            _tensor((measured.size,), dtype),
            dict.fromkeys(step.knobs, 0.5),
            _tensor((rows, *shapes.X), dtype),
            _tensor((rows, *shapes.y), shapes.y_dtype),
            _tensor((rows,), dtype) if weighted else None,
            _tensor((), np.uint64),
            _tensor((), np.uint64),
        )


def _user_code(*owners: Any) -> tuple[Callable[..., Any], ...]:
    """Return the functions that may read what isn't known here: themselves, methods, attributes."""
    found: dict[Callable[..., Any], None] = {}
    for owner in owners:
        values = [owner, *getattr(owner, "__dict__", {}).values()]
        for kind in type(owner).__mro__:
            if not kind.__module__.startswith(("baremath.", "builtins")):
                values.extend(vars(kind).values())
        found |= dict.fromkeys(value for value in values if inspect.isroutine(value))
    return tuple(found)


def update_graph(step: TrainingStep, shapes: Shapes, size: int) -> tuple[Graph, Stale]:
    """Return the graph of the update of some parameters; of all where it isn't elementwise.

    Its outputs are ``"out['params']"``, ``"out['state'][NAME]"`` and ``"out['loss']"``. It comes
    with what says whether it is stale, as of `tile_graph`.
    """
    traced = _traced_update(step, shapes, size)
    return optimise(traced.graph)[0], traced.stale


def _traced_update(step: TrainingStep, shapes: Shapes, size: int) -> Traced:
    layout = step.weights.parameters
    whole = size == layout.size
    state = step.optimizer.init(np.zeros(size, step.weights.dtype))

    def update(
        user_code: Any, params: Any, gradient: Any, state: Any, hyper: Any, totals: Any
    ) -> Any:
        with refused(step), step.computing_with(hyper):
            weight = where(equal(totals[1], 0), 1.0, totals[1])
            loss, gradient = totals[0] / weight, gradient / weight
            if whole and step.penalty is not None:
                extra, slopes = value_and_grad(step.penalty)(layout.pieces(params))
                loss, gradient = loss + extra, gradient + layout.flat(slopes)
            if whole and shapes.clipped:
                gradient = clip_by_norm(gradient, hyper["clip"])
            params, state = step.optimizer.update(params, gradient, state)
        return {"params": params, "state": state, "loss": loss}

    hyper = dict.fromkeys(hyper_names(step, shapes), 0.5)
    return trace(
        update,
        _user_code(step.optimizer, step.penalty),
        _tensor((size,), step.weights.dtype),
        _tensor((size,), step.weights.dtype),
        {name: _tensor(value.shape, value.dtype) for name, value in state.items()},
        hyper,
        _tensor((2,), step.weights.dtype),
    )


def elementwise(step: TrainingStep, shapes: Shapes) -> bool:
    """Whether an update treats each parameter by itself."""
    if step.penalty is not None or shapes.clipped:
        return False
    few, more = (_traced_update(step, shapes, size).graph for size in PROBES)
    if not alike(few, more, *PROBES):
        return False
    vectors = {name: 0 for name, node in few.inputs.items() if node.ndim == 1 and name != "totals"}
    try:
        found = rows_of(few, vectors)
    except CoupledError:
        return False
    return all(found[node] == (0 if node.ndim else None) for node in few.outputs.values())


def hyper_names(step: TrainingStep, shapes: Shapes) -> list[str]:
    """Return the numbers that may change from step to step, in order."""
    return [*step.knobs, *(["clip"] if shapes.clipped else [])]


def _tensor(shape: tuple[int, ...], dtype: Any) -> Any:
    return Tensor(np.zeros(shape, dtype))


def bound(names: Mapping[str, Any], prefix: str) -> dict[str, str]:
    """Return the inputs or outputs below a prefix, by their key: ``hyper['rate']`` by ``rate``."""
    return {
        name.removeprefix(prefix)[2:-2]: name for name in names if name.startswith(f"{prefix}['")
    }
