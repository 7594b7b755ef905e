"""How a blend weighs its models, with the numbers put in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from baremath.ensemble._explain import asked, classes_step, log_loss_step
from baremath.ensemble._explain_mean import ambiguity_step
from baremath.estimator import Floats, place_of_class
from baremath.maths import Derivation, Step, Terms, name, number, plain, product_sum, signed_sum

if TYPE_CHECKING:
    from baremath.ensemble._blending import Blending


def explain_blend(model: Blending, X: ArrayLike, y: ArrayLike | None, row: int) -> Derivation:
    """Return the derivation that `explain` of a blend shows."""
    question = asked(model, X, y, row)
    kind: Any = model
    members = range(len(model.estimators_))
    if model.predict_with == "refit":
        answers = [np.array([model._answers(question.x, m)[0] for m in members])]
        weights = model.weights_[np.newaxis]
    else:
        splits = range(len(model.blend_weights_))
        answers = [
            np.array([model._answers(question.x, m, split)[0] for m in members]) for split in splits
        ]
        weights = model.blend_weights_
    mean = np.mean([rho @ f for rho, f in zip(weights, answers, strict=True)], axis=0)
    steps: list[Step] = []
    shown = [int(mean.argmax())] if model._classify else range(len(mean))
    for output in shown:
        symbol = _symbol(kind, output, len(mean))
        columns = [f[:, output] for f in answers]
        steps += _sums(kind, symbol, weights, columns)
        if not model._classify and question.actual is not None and len(columns) == 1:
            actual = float(np.atleast_1d(question.actual)[output])
            steps.append(ambiguity_step(actual, columns[0], weights[0]))
    if model._classify:
        steps.append(classes_step(kind.classes_, mean))
        if question.actual is not None:
            place = place_of_class(kind.classes_, question.actual)
            steps.append(log_loss_step(question.actual, float(mean[place])))
    steps += _weights_steps(kind)
    return Derivation(f"{type(model).__name__}, row {row}", tuple(steps))


def _symbol(model: Any, output: int, total: int) -> str:
    if model._classify:
        return rf"P({name(model.classes_[output])})"
    return "f(x)" if total == 1 else rf"f_{{{output + 1}}}(x)"


def _sums(model: Any, symbol: str, weights: Floats, columns: list[Floats]) -> Iterator[Step]:
    """Show each blending's weighted sum, and of several the mean."""
    several = len(columns) > 1
    for blend, (rho, f) in enumerate(zip(weights, columns, strict=True)):
        of = f" of blending {blend + 1}" if several else ""
        yield Step(
            title=f"The weighted sum{of}",
            symbol=rf"{symbol}^{{({blend + 1})}}" if several else symbol,
            formula=r"\sum_i \rho_i f_i(x)",
            substituted=product_sum(None, rho, f),
            value=float(rho @ f),
            expression="sum(rho * f)",
            inputs={"rho": rho, "f": f},
            terms=Terms(
                (r"\text{model } i", r"\rho_i", "f_i(x)", r"\rho_i f_i(x)"),
                tuple(zip(model.member_names_, rho, f, rho * f, strict=True)),
            ),
        )
    if several:
        sums = np.array([rho @ f for rho, f in zip(weights, columns, strict=True)])
        yield Step(
            title="The mean of the blendings",
            symbol=symbol,
            formula=rf"\frac{{1}}{{M}} \sum_m {symbol}^{{(m)}}",
            substituted=rf"\frac{{1}}{{{len(sums)}}} \left({signed_sum(sums.tolist())}\right)",
            value=float(sums.mean()),
            expression="sum(f) / M",
            inputs={"f": sums, "M": len(sums)},
        )


def _weights_steps(model: Any) -> Iterator[Step]:
    """Show what the weights minimise, and why no other weights are better."""
    formula = (
        r"-\frac{1}{N} \sum_n \log \sum_i \rho_i P_i(y_n)"
        if model._classify
        else r"\frac{1}{N} \sum_n \left(\sum_i \rho_i f_i(x_n) - y_n\right)^2"
    )
    for blend, (train, test) in enumerate(model.fold_indices_):
        rho, slopes = model.blend_weights_[blend], model.slopes_[blend]
        loss, alone = float(model.blend_losses_[blend]), model.member_losses_[blend]
        best = int(alone.argmin())
        of = f" of blending {blend + 1}" if len(model.fold_indices_) > 1 else ""
        yield Step(
            title=f"How the weights{of} were found",
            symbol=r"L(\rho)",
            formula=rf"\min_\rho {formula}",
            substituted="",
            value=loss,
            expression="L",
            inputs={"L": loss},
            terms=Terms(
                (
                    r"\text{model } i",
                    r"L \text{ alone}",
                    r"\rho_i",
                    r"\frac{\partial L}{\partial \rho_i}",
                ),
                tuple(zip(model.member_names_, alone, rho, slopes, strict=True)),
            ),
            note=f"The models learned from {len(train):,} rows, the weights from {len(test):,} "
            f"others. The best model alone, {model.member_names_[best]}, has the loss "
            f"{plain(number(alone[best]))}. The slope is the same for all models with a weight and "
            "not lower for any other, so moving weight from one to another can't help.",
        )
