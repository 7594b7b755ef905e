"""How a perceptron decides, and what its last mistake taught it, with the numbers put in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from baremath.linear_model._explain import Asked, asked, largest, score_step, shown_name
from baremath.maths import Derivation, Step, Terms, factor, name, number, vector

if TYPE_CHECKING:
    from baremath.linear_model._perceptron import Perceptron


def explain_perceptron(
    model: Perceptron, X: ArrayLike, y: ArrayLike | None, row: int
) -> Derivation:
    """Return the derivation that `Perceptron.explain` shows."""
    question = asked(model, X, y, row)
    labels = [str(label) for label in model.classes_]
    scores = model.coef_ @ question.x + model.intercept_
    steps = list(_decision_steps(model, question, labels, scores))
    if question.y is not None:
        steps.append(_update_step(model, question, labels, scores))
    if model.last_step_:
        steps.append(_last_mistake_step(model, question, labels))
    return Derivation(title=f"Perceptron, row {row}", steps=tuple(steps))


def _decision_steps(
    model: Perceptron, question: Asked, labels: list[str], scores: np.ndarray
) -> Iterator[Step]:
    if len(scores) == 1:
        z = float(scores[0])
        yield score_step(
            f"The score of row {question.row}",
            "z",
            float(model.intercept_[0]),
            model.coef_[0],
            question,
        )
        yield Step(
            title="The step: does the neuron fire?",
            symbol=r"\hat{y}",
            formula=r"[\, z > 0 \,]",
            substituted=rf"[\, {number(z)} > 0 \,]",
            value=float(z > 0),
            expression="float(z > 0)",
            inputs={"z": z},
            note=f"1 stands for {labels[1]}, 0 for {labels[0]}: the prediction is "
            f"{labels[int(z > 0)]}.",
        )
        return
    best = int(np.argmax(scores))
    yield score_step(
        f"The score of row {question.row} for {labels[best]}, the largest",
        rf"z_{{{name(labels[best])}}}",
        float(model.intercept_[best]),
        model.coef_[best],
        question,
    )
    yield Step(
        title="The largest score wins",
        symbol=r"\hat{y}",
        formula=r"\operatorname{argmax}_k z_k",
        substituted=rf"\operatorname{{argmax}} {vector(scores)}",
        value=float(best),
        expression="float(argmax(z))",
        inputs={"z": scores},
        terms=Terms(columns=(r"\text{class}", "z_k"), rows=tuple(zip(labels, scores, strict=True))),
        note=f"Class {best}, counted from 0, is {labels[best]}: the prediction.",
    )


def _update_step(model: Perceptron, question: Asked, labels: list[str], scores: np.ndarray) -> Step:
    assert question.y is not None
    actual_label = question.y[question.row]
    known = np.flatnonzero(model.classes_ == actual_label)
    if not len(known):
        raise ValueError(
            f"y holds the class {actual_label}, that the model was not fitted to; it knows "
            f"{', '.join(labels)}."
        )
    actual = int(known[0])
    binary = len(scores) == 1
    x = question.x[largest(question.x)]
    predicted = int(scores[0] > 0) if binary else int(np.argmax(scores))
    change = model.eta * (actual - predicted if binary else float(actual != predicted))
    return Step(
        title=f"What the rule does with this row, whose class is {labels[actual]}",
        symbol=r"\Delta w" if binary else rf"\Delta w_{{{name(labels[actual])}}}",
        formula=r"\eta \, (y - \hat{y}) \, x",
        substituted=rf"{number(model.eta)} \cdot {factor(change / model.eta)} \cdot "
        f"{vector(x)}",
        value=change * x,
        expression="eta * error * x",
        inputs={"eta": model.eta, "error": change / model.eta, "x": x},
        note="It is classified correctly, so nothing changes."
        if change == 0
        else "A mistake: the weights move towards the row's own class."
        + ("" if binary else f" Those of {labels[predicted]} move by the opposite."),
    )


def _last_mistake_step(model: Perceptron, question: Asked, labels: list[str]) -> Step:
    last = model.last_step_
    actual, predicted = int(last["actual"]), int(last["predicted"])
    binary = len(last["before"]) == 1
    which = 0 if binary else actual
    error = float(actual - predicted) if binary else 1.0
    x = np.concatenate([[1.0], last["row"]])
    shown = largest(x)
    names = np.array(["(intercept)", *map(shown_name, question.names)], dtype=object)[shown]
    x, before, after = x[shown], last["before"][which][shown], last["after"][which][shown]
    rate = model.eta * float(last["weight"])
    owner = "" if binary else f" of {labels[actual]}"
    return Step(
        title=f"The last of {len(model.history_['row']):,} mistakes, in pass "
        f"{int(model.history_['pass'][-1])}: row {int(model.history_['row'][-1])} of the training "
        f"table was taken for {labels[predicted]} and is {labels[actual]}",
        symbol="w",
        formula=r"w + \eta \, (y - \hat{y}) \, x",
        substituted=rf"{vector(before)} + {number(rate)} \cdot {factor(error)} \cdot {vector(x)}",
        value=after,
        expression="before + rate * error * x",
        inputs={"before": before, "rate": rate, "error": error, "x": x},
        terms=Terms(
            columns=(r"\text{parameter}", r"w_j \text{ before}", "x_j", r"w_j \text{ after}"),
            rows=tuple(zip(names, before, x, after, strict=True)),
        ),
        note=f"This was the last update of the weights{owner}. The model keeps the weights at the "
        "end of the pass with the fewest mistakes, which may be an earlier one.",
        relation=r"\leftarrow",
    )
