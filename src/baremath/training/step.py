"""The training step: a pure function of parameters, state, hyperparameters and a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from baremath.autodiff import Tensor, enable_grad, random, sweep, value_and_grad
from baremath.autodiff.node import Leaf
from baremath.nn import Dropout, Module
from baremath.optim import Optimizer, clip_by_norm
from baremath.training.weights import Weights

NO_GRADIENT = "loss: what it returns doesn't depend on the module's parameters."

_NUMBERS = (int, float, np.integer, np.floating)


class Batch(NamedTuple):
    """What one step learns from.

    Parameters
    ----------
    X : Tensor of shape (n_rows, ...)
        Inputs.
    y : Tensor of shape (n_rows, ...)
        Targets.
    sample_weight : Tensor of shape (n_rows,) or None
        What each row counts.
    seed, step : int
        Which stream of random numbers the step draws from.
    """

    X: Any
    y: Any
    sample_weight: Any
    seed: Any
    step: Any

    def loss(self, function: Callable[..., Any], output: Any) -> Any:
        """Return the loss of the outputs; weights are left away where there are none."""
        weights = () if self.sample_weight is None else (self.sample_weight,)
        return function(output, self.y, *weights)


class TrainingStep:
    r"""One step of training, as a pure function ``(params, state, hyper, batch)``.

    .. math:: g = \frac{\partial}{\partial w} \bigl( L(f_w(X), y) + P(w) \bigr), \qquad
              w, s \leftarrow \operatorname{update}(w, g, s)

    All parameters are one flat vector and all buffers another, so that the update is one
    elementwise formula, whatever the network. The step is written in operations: arrays in, arrays
    out, and symbols in, symbols out. It leaves the module as it found it.

    Parameters
    ----------
    module : Module
        f, the function that learns.
    loss : callable
        L: ``loss(output, y)``, and ``loss(output, y, sample_weight)`` for batches with weights.
    optimizer : Optimizer
        The rule of the update.
    penalty : callable, optional
        P: ``penalty(parameters)``, of a dict by path.

    Attributes
    ----------
    weights : Weights
        Where each parameter lies in ``params``, and each buffer in ``state["buffers"]``.
    knobs : dict of str to (object, str)
        What may be changed while it runs: of which object, and which attribute, each number is.
    """

    def __init__(
        self,
        module: Module,
        loss: Callable[..., Any],
        optimizer: Optimizer,
        penalty: Callable[..., Any] | None = None,
    ) -> None:
        self.module = module
        self.loss = loss
        self.optimizer = optimizer
        self.penalty = penalty
        self.weights = Weights(module)
        self.knobs = _knobs(self.weights.parts, optimizer, penalty)

    def fits(self, module: Any, loss: Any, optimizer: Any, penalty: Any) -> bool:
        """Whether it is still the step of these."""
        return (
            module is self.module
            and loss is self.loss
            and optimizer is self.optimizer
            and penalty is self.penalty
            and self.weights.fits(module)
        )

    def init(self, params: Any, buffers: Any) -> dict[str, Any]:
        """Return the state before the first step."""
        return {"optimizer": self.optimizer.init(params), "buffers": buffers}

    def go_on_from(self, old: TrainingStep, state: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Return parameters and state for the module as it is now, after steps of an `old` one.

        What the optimizer remembers of parameters that are still there is kept.
        """
        params, buffers = self.weights.read()
        fresh = self.init(params, buffers)
        if self.optimizer is not old.optimizer:
            return params, fresh
        before, after = old.weights.parameters, self.weights.parameters
        memory = {
            name: before.moved(state["optimizer"][name], after, value).astype(params.dtype)
            if np.shape(value) == params.shape
            else state["optimizer"][name]
            for name, value in fresh["optimizer"].items()
        }
        return params, {"optimizer": memory, "buffers": buffers}

    def hyper(self) -> dict[str, float]:
        """Return what may be changed while it runs, by name: read anew before each step."""
        return {name: float(getattr(*place)) for name, place in self.knobs.items()}

    def __call__(
        self, params: Any, state: dict[str, Any], hyper: Mapping[str, Any], batch: Batch
    ) -> tuple[Any, dict[str, Any], Any]:
        """Take one step.

        Parameters
        ----------
        params : array of shape (n_parameters,)
            All parameters.
        state : dict
            ``"optimizer"``: what the optimizer remembers; ``"buffers"``: a vector.
        hyper : mapping of str to number
            The names of `hyper()`, and ``"clip"``, the largest norm of the gradient, if it is
            bounded.
        batch : Batch
            What to learn from.

        Returns
        -------
        params, state, loss
            The loss is that of the parameters before the step, with the penalty.
        """
        with self.computing_with(hyper), random.stream(batch.seed, batch.step):
            pieces = self.weights.parameters.pieces(params)
            (loss, buffers), gradients = self._differentiated(pieces, state["buffers"], batch)
            gradient = self.weights.parameters.flat(gradients)
            if "clip" in hyper:
                gradient = clip_by_norm(gradient, hyper["clip"])
            params, memory = self.optimizer.update(params, gradient, state["optimizer"])
        return params, {"optimizer": memory, "buffers": buffers}, loss

    def _differentiated(self, pieces: dict[str, Any], buffers: Any, batch: Batch) -> Any:
        """Return ``((loss, buffers), gradients)``."""
        if any(isinstance(piece, Tensor) for piece in pieces.values()):
            return value_and_grad(self._objective, has_aux=True)(pieces, buffers, batch)
        # The same for arrays only, without the transform's generality: half a small step's time.
        leaves = {name: Tensor(piece, Leaf(piece)) for name, piece in pieces.items()}
        with enable_grad():
            loss, after = self._objective(leaves, buffers, batch)
        if loss.node is None:
            raise ValueError(NO_GRADIENT)
        found = sweep(loss, np.ones(loss.shape, loss.dtype), retain_graph=False)
        gradients = {
            name: found[leaf.node] if leaf.node in found else np.zeros_like(leaf.data)
            for name, leaf in leaves.items()
        }
        return (loss.data, after.data if isinstance(after, Tensor) else after), gradients

    def _objective(self, pieces: dict[str, Any], buffers: Any, batch: Batch) -> tuple[Any, Any]:
        """Return loss plus penalty, and the buffers after the forward pass."""
        measured = self.weights.buffers
        tensors = {**pieces, **(_as_tensors(measured.pieces(buffers)) if measured.size else {})}
        with self.weights.using(tensors):
            output = self.module(batch.X)
            loss = batch.loss(self.loss, output)
            if measured.size:
                buffers = measured.flat(self.weights.current(measured))
        if self.penalty is not None:
            loss = loss + self.penalty(pieces)
        return loss, buffers

    @contextmanager
    def computing_with(self, hyper: Mapping[str, Any]) -> Iterator[None]:
        """Compute with these hyperparameters."""
        own = []
        try:
            for knob, (owner, name) in self.knobs.items():
                value = getattr(owner, name)
                if value is not hyper[knob]:
                    own.append((owner, name, value))
                    object.__setattr__(owner, name, hyper[knob])  # without a user's checks
            yield
        finally:
            for place_and_value in own:
                object.__setattr__(*place_and_value)


def _as_tensors(arrays: dict[str, Any]) -> dict[str, Any]:
    return {name: x if isinstance(x, Tensor) else Tensor(x) for name, x in arrays.items()}


def _knobs(
    parts: Mapping[str, Module], optimizer: Optimizer, penalty: Any
) -> dict[str, tuple[Any, str]]:
    """Return where the numbers are that may change while it runs."""
    knobs: dict[str, tuple[Any, str]] = {
        f"optimizer.{name}": (optimizer, name)
        for name, value in vars(optimizer).items()
        if isinstance(value, _NUMBERS) and not isinstance(value, bool)
    }
    if hasattr(penalty, "rate"):
        knobs["penalty.rate"] = (penalty, "rate")
    for path, part in parts.items():
        if isinstance(part, Dropout):
            knobs[f"module.{path}.p" if path else "module.p"] = (part, "p")
    return knobs
