"""One step of training on one row: its loss, the gradient that flows back, and the update."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from baremath import nn
from baremath.autodiff import Tensor, value_and_grad
from baremath.estimator import Floats
from baremath.maths import Step, factor, number, plain
from baremath.neural_network._chain import Asked, Layer
from baremath.neural_network._formulas import RULES, LossOfARow, Rule
from baremath.neural_network._shown import about, neurons_shown, result, shown_matrix, shown_vector
from baremath.training import Layout


class OneStep:
    """What a step of training on one row computes: the loss, the gradients and the updates.

    Parameters
    ----------
    model : Network
        Fitted.
    loss : callable
        What it learned by.
    x, target : ndarray
        The row, and its target as the loss takes it.

    Attributes
    ----------
    loss : float
        Of the row, without the penalty.
    gradients : dict of str to ndarray
        Of the loss with the penalty, by the path of each parameter.
    """

    def __init__(self, model: Any, loss: Any, x: Floats, target: Any) -> None:
        module = model.module_
        self.penalty = model._make_penalty(model._step_weight_)
        self.optimizer: Any = model._make_optimizer() if model._memory_ else None
        self.has_schedule = model._make_schedule(1) is not None

        def objective(parameters: dict[str, Any]) -> Any:
            with module.using(parameters):
                value = loss(module(Tensor(x[np.newaxis])), target)
            penalised = value + self.penalty(parameters) if self.penalty else value
            return penalised, value

        parameters = {path: p.data for path, p in module.named_parameters().items()}
        both = value_and_grad(objective, has_aux=True)
        (_, value), self.gradients = both(parameters)
        self.loss = float(value)
        if self.optimizer is not None:
            self.optimizer.learning_rate = model._memory_["learning_rate"]
            layout, flat = Layout(parameters), model._memory_["optimizer"]
            self._states = {
                name: layout.pieces(values.astype(np.float64)) if np.ndim(values) else values
                for name, values in flat.items()
            }

    @property
    def remembers(self) -> bool:
        """Whether the update depends on the steps before."""
        return bool(self._states)

    def state(self, path: str) -> dict[str, Any]:
        """Return what the optimizer remembers of one parameter."""
        return {
            name: values[path] if isinstance(values, dict) else float(values)
            for name, values in self._states.items()
        }


def training_steps(
    model: Any, layers: list[Layer], question: Asked, step: OneStep, loss: LossOfARow
) -> Iterator[Step]:
    """Return the steps from the loss of the row back to the update of every weight."""
    if getattr(model, "scale_target", False):
        yield _target_step(model, question)
    last = layers[-1]
    yield Step(
        title="The loss of the row",
        symbol="L",
        formula=loss.value.latex,
        substituted=loss.put_in,
        value=step.loss,
        expression=loss.value.expression,
        inputs={"z": last.z, "t": loss.target, **loss.value.inputs},
    )
    yield Step(
        title="How the loss changes with the output",
        symbol=last.delta,
        formula=rf"\frac{{\partial L}}{{\partial {last.named('z')}}} = {loss.slope.latex}",
        substituted=_difference(loss.guess, loss.target),
        value=result(step.gradients[last.bias_path]),
        expression=loss.slope.expression,
        inputs={"z": last.z, "t": loss.target, **loss.slope.inputs},
    )
    for layer in reversed(layers):
        yield from _gradient_steps(layer, step)
        if step.optimizer is not None:
            yield _update_step(layer, "W", layer.W, layer.weight_path, step)
            yield _update_step(layer, "b", layer.b, layer.bias_path, step)
        if layer.place > 1:
            yield _delta_step(layers[layer.place - 2], layer, step)


def _difference(guess: Floats | None, target: Floats) -> str:
    if guess is None or len(target) > 1:
        return "" if guess is None else f"{shown_vector(guess)} - {shown_vector(target)}"
    return f"{number(guess[0])} - {factor(target[0])}"


def _target_step(model: Any, question: Asked) -> Step:
    """Show the target in the unit that the network learns."""
    mean, scale, t = model.target_mean_, model.target_scale_, np.asarray(question.target).ravel()
    y = mean + scale * t
    one = len(t) == 1
    return Step(
        title="The target, in the unit that the network learns",
        symbol="t",
        formula=r"\frac{y - \bar{y}}{s}",
        substituted=rf"\frac{{{number(y[0])} - {factor(mean[0])}}}{{{number(scale[0])}}}"
        if one
        else "",
        value=result(t),
        expression="(y - mean) / s",
        inputs={"y": y, "mean": mean, "s": scale},
    )


def _gradient_steps(layer: Layer, step: OneStep) -> Iterator[Step]:
    """Show the gradient by weights and biases: the layer's δ times what came in."""
    delta = step.gradients[layer.bias_path]
    shown = neurons_shown(layer.W)
    W, delta_shown = layer.W[:shown], delta[:shown]
    formula, put_in = f"{layer.delta} {{{layer.input_name}}}^T", ""
    expression, note = "outer(delta, a)", ""
    inputs: dict[str, Any] = {}
    if type(step.penalty) is nn.L2Penalty:
        rate = float(step.penalty.rate)
        formula += rf" + \lambda {layer.named('W')}"
        expression, inputs = "outer(delta, a) + rate * W", {"rate": rate, "W": W}
        times = r"\cdot " if W.size == 1 else ""
        put_in = f" + {factor(rate)} {times}{shown_matrix(W)}"
        note = f"λ = {plain(number(rate))} is the penalty on large weights. "
    elif step.penalty is not None:
        by_penalty = step.gradients[layer.weight_path] - np.outer(delta, layer.inputs)
        formula += rf" + \frac{{\partial P}}{{\partial {layer.named('W')}}}"
        expression, inputs = "outer(delta, a) + penalty", {"penalty": by_penalty[:shown]}
        put_in = f" + {shown_matrix(by_penalty[:shown])}"
        note = "P is the penalty. "
    yield Step(
        title=f"Layer {layer.place}: the gradient by the weights",
        symbol=rf"\frac{{\partial L}}{{\partial {layer.named('W')}}}",
        formula=formula,
        substituted=f"{shown_outer(delta_shown, layer.inputs)}{put_in}",
        value=result(step.gradients[layer.weight_path][:shown]),
        expression=expression,
        inputs={"delta": delta_shown, "a": layer.inputs, **inputs},
        note=note + about(shown, len(delta)),
    )
    yield Step(
        title=f"Layer {layer.place}: the gradient by the biases",
        symbol=rf"\frac{{\partial L}}{{\partial {layer.named('b')}}}",
        formula=layer.delta,
        substituted="",
        value=result(delta),
        expression="delta",
        inputs={"delta": delta},
    )


def shown_outer(delta: Floats, a: Floats) -> str:
    """Write a column times a row, or a product of two numbers."""
    if a.size > 1:
        return f"{shown_vector(delta)} {shown_vector(a)}^T"
    times = r"\cdot " if delta.size == 1 else ""
    return f"{shown_vector(delta)} {times}{shown_vector(a)}"


def _delta_step(before: Layer, layer: Layer, step: OneStep) -> Step:
    """Show one link of the chain rule: back through the weights, then through the activation."""
    delta, passed_on = step.gradients[layer.bias_path], step.gradients[before.bias_path]
    shown = neurons_shown(layer.W.T)
    W, z = layer.W[:, :shown], before.z[:shown]
    slope = before.slope
    back = rf"{{{layer.named('W')}}}^T {layer.delta}"
    return Step(
        title=f"Back from layer {layer.place} to layer {before.place}, by the chain rule",
        symbol=before.delta,
        formula=back
        if slope is None
        else rf"\left({back}\right) \odot f'({before.named('z')}), "
        rf"\quad f'(z) = {slope.latex}",
        substituted=""
        if slope is None
        else rf"{shown_vector(W.T @ delta)} \odot {shown_vector(before.slopes)}",
        value=result(passed_on[:shown]),
        expression="W.T @ delta" if slope is None else f"(W.T @ delta) * ({slope.expression})",
        inputs={"W": W, "delta": delta, "z": z, **({} if slope is None else slope.of(shown))},
        note=about(shown, len(before.z)),
    )


def _update_step(layer: Layer, letter: str, w: Floats, path: str, step: OneStep) -> Step:
    """Show how the optimizer moves a parameter."""
    optimizer, gradient, state = step.optimizer, step.gradients[path], step.state(path)
    after = optimizer.update(w, gradient, state)[0]
    shown, written = neurons_shown(layer.W), shown_matrix if w.ndim == 2 else shown_vector
    rule = RULES.get(type(optimizer))
    if rule is None:
        rule, given = Rule("w - d", "w - d"), {"d": (w - after)[:shown]}
    else:
        given = {"g": gradient[:shown], "rate": optimizer.learning_rate}
        given |= {name: getattr(optimizer, attribute) for name, attribute in rule.numbers.items()}
        for name, key in rule.state.items():
            given[name] = state[key][:shown] if np.ndim(state[key]) else state[key]
    return Step(
        title=f"Layer {layer.place}: the update of the {'weights' if letter == 'W' else 'biases'}",
        symbol=layer.named(letter),
        formula=rule.of(layer.named(letter)),
        substituted=f"{written(w[:shown])} - {written((w - after)[:shown])}",
        value=result(after[:shown]),
        expression=rule.expression,
        inputs={"w": w[:shown], **given},
        note=f"{_said_of(step, rule, letter)} {about(shown, len(w))}".strip(),
        relation=r"\leftarrow",
    )


def _said_of(step: OneStep, rule: Rule, letter: str) -> str:
    if letter == "b":
        return ""
    rate = plain(number(step.optimizer.learning_rate))
    memory = ", which goes on from what it remembers of training" if step.remembers else ""
    schedule = ", the rate without its schedule" if step.has_schedule else ""
    return f"By {type(step.optimizer).__name__}{memory}; α = {rate}{schedule}. {rule.note}".rstrip()
