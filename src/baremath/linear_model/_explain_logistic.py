"""How a logistic regression gets its probability and its weights, with the numbers put in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from baremath.estimator import sigmoid, softmax
from baremath.linear_model._blocks import Floats
from baremath.linear_model._explain import (
    LARGEST_MATRIX,
    Asked,
    asked,
    descent_step,
    first_rows_and_rest,
    gradient_step,
    outcome_step,
    parameter_names,
    score_step,
    shown_matrix,
    shown_sum,
)
from baremath.linear_model._logistic_objective import log_loss
from baremath.maths import Derivation, Step, Terms, name, number, vector

if TYPE_CHECKING:
    from baremath.linear_model._logistic import LogisticRegression


def explain_logistic(
    model: LogisticRegression, X: ArrayLike, y: ArrayLike | None, row: int
) -> Derivation:
    """Return the derivation that `LogisticRegression.explain` shows."""
    question = asked(model, X, y, row)
    labels = [str(label) for label in model.classes_]
    z = question.columns @ model.coef_.T + model.intercept_
    steps = [
        *(_two_classes if z.shape[1] == 1 else _many_classes)(model, question, labels, z[row]),
    ]
    if question.y is not None:
        codes = _codes(model, question.y)
        steps += _loss_steps(model, question, labels, z, codes)
    steps += _training_steps(model, question, labels)
    return Derivation(title=f"LogisticRegression, row {row}", steps=tuple(steps))


def _codes(model: LogisticRegression, y: NDArray[np.generic]) -> NDArray[np.intp]:
    unknown = sorted({str(label) for label in y[~np.isin(y, model.classes_)]})
    if unknown:
        raise ValueError(
            f"y holds classes that the model was not fitted to: {', '.join(unknown)}; it knows "
            f"{', '.join(str(label) for label in model.classes_)}."
        )
    return np.searchsorted(model.classes_, y)


def _two_classes(
    model: LogisticRegression, question: Asked, labels: list[str], scores: Floats
) -> Iterator[Step]:
    z = float(scores[0])
    p = float(sigmoid(scores)[0])
    with np.errstate(over="ignore"):
        odds = float(np.exp(z))
    yield score_step(
        f"The score of row {question.row}",
        "z",
        float(model.intercept_[0]),
        model.coef_[0],
        question,
    )
    yield Step(
        title="The score as a probability",
        symbol=rf"P({name(labels[1])})",
        formula=r"\sigma(z) = \frac{1}{1 + e^{-z}}",
        substituted=rf"\frac{{1}}{{1 + e^{{{number(-z)}}}}}",
        value=p,
        expression="1 / (1 + exp(-z))",
        inputs={"z": z},
        note=f"Above one half, so the prediction is {labels[1]}."
        if z > 0
        else f"Not above one half, so the prediction is {labels[0]}.",
    )
    yield Step(
        title="The same as odds",
        symbol=r"\mathrm{odds}",
        formula=r"\frac{p}{1 - p} = e^z",
        substituted=rf"e^{{{number(z)}}}",
        value=odds,
        expression="exp(z)",
        inputs={"z": z},
        note=f"The odds of {labels[1]} against {labels[0]}: when a feature grows by one, they are "
        "multiplied by e to the power of its weight.",
    )


def _many_classes(
    model: LogisticRegression, question: Asked, labels: list[str], scores: Floats
) -> Iterator[Step]:
    p = softmax(scores)
    best = int(np.argmax(scores))
    yield score_step(
        f"The score of row {question.row} for {labels[best]}, the largest",
        rf"z_{{{name(labels[best])}}}",
        float(model.intercept_[best]),
        model.coef_[best],
        question,
    )
    yield Step(
        title="The scores of all classes as probabilities",
        symbol="P(k)",
        formula=r"\frac{e^{z_k}}{\sum_l e^{z_l}}",
        substituted=rf"\frac{{e^{{{number(scores[best])}}}}}"
        rf"{{{' + '.join(f'e^{{{number(score)}}}' for score in scores)}}} \quad \text{{for }} "
        rf"{name(labels[best])}",
        value=p,
        expression="exp(z - max(z)) / sum(exp(z - max(z)))",
        inputs={"z": scores},
        terms=Terms(
            columns=(r"\text{class}", "z_k", "P(k)"),
            rows=tuple(zip(labels, scores, p, strict=True)),
        ),
        note=f"The largest is that of {labels[best]}: the prediction.",
    )


def _loss_steps(
    model: LogisticRegression,
    question: Asked,
    labels: list[str],
    z: Floats,
    codes: NDArray[np.intp],
) -> Iterator[Step]:
    losses, slopes = log_loss(z, codes)
    actual = int(codes[question.row])
    shares = np.column_stack([sigmoid(-z[:, 0]), sigmoid(z[:, 0])]) if z.shape[1] == 1 else None
    p = float((softmax(z) if shares is None else shares)[question.row, actual])
    own = z[question.row]
    yield Step(
        title=f"The log-loss of the row, whose class is {labels[actual]}",
        symbol=r"\ell",
        formula=rf"-\log P({name(labels[actual])})",
        substituted=rf"-\log {number(p)}",
        value=float(losses[question.row]),
        expression=f"log(1 + exp(-abs(z))) + maximum({'-z' if actual == 1 else 'z'}, 0)"
        if z.shape[1] == 1
        else "log(sum(exp(z - max(z)))) + max(z) - z[k]",
        inputs={"z": float(own[0])} if z.shape[1] == 1 else {"z": own, "k": actual},
    )
    n = len(losses)
    _, rest = first_rows_and_rest(losses)
    yield Step(
        title=f"The mean log-loss over all {n:,} rows",
        symbol="L",
        formula=r"-\frac{1}{N} \sum_i \log P(y_i)",
        substituted=rf"\frac{{1}}{{{number(n)}}} \left("
        rf"{shown_sum([number(loss) for loss in losses[:3]], rest, n - 3)}\right)",
        value=float(losses.mean()),
        expression="(sum(losses) + rest) / N",
        inputs={"losses": losses[:3], "rest": rest, "N": n},
    )
    shown = 0 if z.shape[1] == 1 else actual
    balance = (
        " At the minimum it balances the pull of the penalty, −wⱼ / (N C)."
        if np.isfinite(model.C)
        else " On the training rows it vanishes at the minimum."
    )
    yield gradient_step(
        question,
        slopes[:, shown],
        model.coef_[shown],
        0.0,
        fit_intercept=model.fit_intercept,
        slope_latex="(p_i - y_i)",
        symbol="L",
        note=f"yᵢ is 1 for {labels[1] if z.shape[1] == 1 else labels[actual]}, else 0; pᵢ is its "
        f"probability.{balance}",
    )


def _training_steps(
    model: LogisticRegression, question: Asked, labels: list[str]
) -> Iterator[Step]:
    last = model.last_step_
    steps = int(model.n_iter_[0])
    if not last or model.coef_.size + model.intercept_.size > LARGEST_MATRIX:
        yield outcome_step(model, steps, "steps")
        return
    names = parameter_names(
        question,
        [""] if len(model.coef_) == 1 else labels,
        fit_intercept=model.fit_intercept,
    )
    if "hessian" not in last:
        yield descent_step(last, names, f"The last of {steps:,} descent steps")
        return
    length = float(last["learning_rate"])
    scale = "" if length == 1 else rf"{number(length)} \cdot "
    yield Step(
        title=f"How the weights were found: the last of {steps:,} Newton steps",
        symbol="w",
        formula=r"w - \alpha H^{-1} \frac{\partial J}{\partial w}",
        substituted=f"{vector(last['before'])} - {scale}{shown_matrix(last['hessian'])}^{{-1}} "
        f"{vector(last['gradient'])}",
        value=last["after"],
        expression="before - rate * pinv(H, rcond=1e-12) @ gradient",
        inputs={
            "before": last["before"],
            "rate": length,
            "H": last["hessian"],
            "gradient": last["gradient"],
        },
        terms=Terms(
            columns=(
                r"\text{parameter}",
                r"w_j \text{ before}",
                r"\frac{\partial J}{\partial w_j}",
                r"w_j \text{ after}",
            ),
            rows=tuple(zip(names, last["before"], last["gradient"], last["after"], strict=True)),
        ),
        note=f"α = {length:g}; H holds the second derivatives of J.",
        relation=r"\leftarrow",
    )
