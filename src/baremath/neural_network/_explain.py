"""How a network gets its prediction, with the numbers put in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from baremath.autodiff import Tensor, derivation
from baremath.estimator import Floats
from baremath.maths import Derivation, Step, Terms, factor, name, number, product_sum
from baremath.neural_network._chain import Asked, Layer, asked, layers_of
from baremath.neural_network._explain_training import OneStep, training_steps
from baremath.neural_network._formulas import of_loss
from baremath.neural_network._lesson import outputs
from baremath.neural_network._shown import (
    COLUMNS,
    INPUTS,
    about,
    neurons_shown,
    result,
    shown_matrix,
    shown_vector,
)

if TYPE_CHECKING:
    from baremath.neural_network._network import Network


def explain_network(
    model: Network, X: ArrayLike, y: ArrayLike | None, row: int, feature_names: Any
) -> Derivation:
    """Return the derivation that `Network.explain` shows."""
    question = asked(model, X, y, row, feature_names)
    z = outputs(model.module_, question.x[np.newaxis])[0]
    layers = layers_of(model.module_, question.x)
    loss, target = _loss_and_target(model, question, z.size)
    known = None if loss is None else of_loss(loss, z, target)
    if layers is None or (known is None and loss is not None):
        steps = [*_graph_steps(model, question, loss, target), *_prediction_steps(model, z)]
    else:
        steps = [*_chain_steps(layers, question), *_prediction_steps(model, z)]
        if known is not None:
            one = OneStep(model, loss, question.x, target)
            steps += training_steps(model, layers, question, one, known)
    return Derivation(title=f"{type(model).__name__}, row {row}", steps=tuple(steps))


def _loss_and_target(model: Any, question: Asked, n_outputs: int) -> tuple[Any, Any]:
    """Return the loss and the row's target as the loss takes it; None where there is no target."""
    if question.target is None:
        return None, None
    loss = model._make_loss(n_outputs)
    shape = model.module_(Tensor(question.x[np.newaxis])).shape
    return loss, model._as_the_loss_wants(loss, question.target[np.newaxis], shape)


def _graph_steps(model: Any, question: Asked, loss: Any, target: Any) -> tuple[Step, ...]:
    """Show a network of any shape operation by operation, and the chain rule through it."""
    output = model.module_(Tensor(question.x[np.newaxis]))
    return derivation(output if loss is None else loss(output, target)).steps


def _chain_steps(layers: list[Layer], question: Asked) -> Iterator[Step]:
    for layer in layers:
        yield from _layer_steps(layer, question, last=layer is layers[-1])


def _layer_steps(layer: Layer, question: Asked, *, last: bool) -> Iterator[Step]:
    z, n = layer.named("z"), len(layer.z)
    shown = neurons_shown(layer.W)
    W, b = layer.W[:shown], layer.b[:shown]
    where = "The output" if last else f"Hidden layer {layer.place}"
    yield Step(
        title=f"{where}: the weighted sum of {'its neuron' if n == 1 else f'its {n:,} neurons'}",
        symbol=z,
        formula=rf"{layer.named('W')} {layer.input_name} + {layer.named('b')}",
        substituted=product_sum(b[0], W[0], layer.inputs)
        if n == 1
        else f"{shown_matrix(W)} {shown_vector(layer.inputs)} + {shown_vector(b)}",
        value=result(layer.z[:shown]),
        expression="W @ a + b",
        inputs={"W": W, "a": layer.inputs, "b": b},
        terms=_terms(layer, question.names) if layer.place == 1 else None,
        note=about(shown, n),
    )
    if layer.value is not None:
        yield Step(
            title=f"{where}: its activation",
            symbol=layer.named("a"),
            formula=rf"f({z}), \quad f(z) = {layer.value.latex}",
            substituted=rf"f\left({shown_vector(layer.z)}\right)",
            value=result(layer.a),
            expression=layer.value.expression,
            inputs={"z": layer.z, **layer.value.inputs},
        )


def _terms(layer: Layer, names: list[str]) -> Terms:
    """Return the inputs, the largest of many, and their weights in the first few neurons."""
    places = np.argsort(-np.abs(layer.inputs), kind="stable")[:INPUTS]
    neurons = range(min(COLUMNS, len(layer.z)))
    return Terms(
        columns=(
            r"\text{feature}",
            "x_k",
            *(f"w_{{{j + 1} k}}" if len(layer.z) > 1 else "w_k" for j in neurons),
        ),
        rows=(
            ("(bias)", 1.0, *(layer.b[j] for j in neurons)),
            *(
                (names[k], layer.inputs[k], *(layer.W[j, k] for j in neurons))
                for k in np.sort(places)
            ),
        ),
    )


def _prediction_steps(model: Any, z: Floats) -> Iterator[Step]:
    if hasattr(model, "target_mean_"):
        yield from _amount_steps(model, z)
    elif not hasattr(model, "predict_proba"):
        yield _side_step(model, z)
    elif len(z) == 1 or model._several_labels_:
        yield _sigmoid_step(model, z)
    else:
        yield _softmax_step(model, z)


def _amount_steps(model: Any, z: Floats) -> Iterator[Step]:
    """Show the way back to the unit of y, where there is one."""
    mean, scale = model.target_mean_, model.target_scale_
    if not model.scale_target:
        return
    one = len(z) == 1
    yield Step(
        title="The prediction: back in the unit of y",
        symbol=r"\hat{y}",
        formula=r"\bar{y} + s \, z" if one else r"\bar{y}_k + s_k z_k",
        substituted=rf"{number(mean[0])} + {number(scale[0])} \cdot {factor(z[0])}" if one else "",
        value=float(mean[0] + scale[0] * z[0]) if one else mean + scale * z,
        expression="mean + s * z",
        inputs={"mean": mean[0], "s": scale[0], "z": z[0]}
        if one
        else {"mean": mean, "s": scale, "z": z},
        note="The network has learned y centred by its mean and divided by its standard deviation.",
    )


def _side_step(model: Any, z: Floats) -> Step:
    chosen = int(z[0] > 0) if len(z) == 1 else int(np.argmax(z))
    return Step(
        title="The prediction",
        symbol=r"\hat{y}",
        formula=r"[\, z > 0 \,]" if len(z) == 1 else r"\operatorname{argmax}_k z_k",
        substituted="",
        value=float(chosen),
        expression="float(z[0] > 0)" if len(z) == 1 else "float(argmax(z))",
        inputs={"z": z},
        note=f"Class {chosen}, counted from 0, is {model.classes_[chosen]}.",
    )


def _sigmoid_step(model: Any, z: Floats) -> Step:
    labels = [f"label {label}" for label in model.classes_]
    one = not model._several_labels_
    if one:
        labels = [str(label) for label in model.classes_]
        chosen = labels[int(z[0] > 0)]
    else:
        chosen = ", ".join(np.array(labels)[z > 0]) or "none of the labels"
    return Step(
        title="The output as a probability" if one else "The outputs as probabilities",
        symbol=rf"P({name(labels[1])})" if one else "P(k)",
        formula=r"\sigma(z) = \frac{1}{1 + e^{-z}}",
        substituted=rf"\frac{{1}}{{1 + e^{{{number(-z[0])}}}}}" if one else "",
        value=result(1 / (1 + np.exp(-z))),
        expression="1 / (1 + exp(-z))",
        inputs={"z": z},
        terms=None
        if one
        else Terms(
            (r"\text{label}", "z_k", "P(k)"),
            tuple(zip(labels, z, 1 / (1 + np.exp(-z)), strict=True)),
        ),
        note=f"The prediction is {chosen}.",
    )


def _softmax_step(model: Any, z: Floats) -> Step:
    labels = [str(label) for label in model.classes_]
    best = int(np.argmax(z))
    p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
    return Step(
        title="The outputs as probabilities",
        symbol="p_k",
        formula=r"\frac{e^{z_k}}{\sum_l e^{z_l}}",
        substituted="",
        value=p,
        expression="exp(z - max(z)) / sum(exp(z - max(z)))",
        inputs={"z": z},
        terms=Terms(
            columns=(r"\text{class } k", "z_k", "p_k"),
            rows=tuple(zip(labels, z, p, strict=True)),
        ),
        note=f"The largest is that of {labels[best]}: the prediction.",
    )
