"""How the mean of the members becomes the prediction, with the numbers put in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from baremath.ensemble._explain import SHOWN, Asked, asked, classes_step, log_loss_step
from baremath.estimator import Floats, place_of_class
from baremath.maths import Derivation, Step, Terms, name, number, plain, signed_sum

if TYPE_CHECKING:
    from baremath.ensemble._averaged import Averaged


def explain_mean(model: Averaged, X: ArrayLike, y: ArrayLike | None, row: int) -> Derivation:
    """Return the derivation that `explain` of a mean of members shows."""
    question = asked(model, X, y, row)
    members = range(len(model.estimators_))
    answers = np.array([model._answers(question.x, place)[0] for place in members])
    steps = _classifier if model._classify else _regressor
    title = f"{type(model).__name__}, row {row}"
    return Derivation(title, tuple(steps(model, question, answers)))


def _classifier(model: Any, question: Asked, answers: Floats) -> Iterator[Step]:
    mean = answers.mean(axis=0)
    shown = int(mean.argmax())
    label = model.classes_[shown]
    symbol = rf"P({name(label)})"
    votes = model._method() == "predict"
    title = "votes (1 for it, 0 against)" if votes else "probabilities"
    yield _mean_step(
        model, f"The mean of the members' {title} for {label}", symbol, "P_b", answers[:, shown]
    )
    yield _spread_step(answers[:, shown], symbol, "P_b")
    yield classes_step(model.classes_, mean)
    if question.actual is not None:
        place = place_of_class(model.classes_, question.actual)
        yield log_loss_step(question.actual, float(mean[place]))


def _regressor(model: Any, question: Asked, answers: Floats) -> Iterator[Step]:
    actual = None if question.actual is None else np.atleast_1d(question.actual)
    for output, column in enumerate(answers.T):
        of = "" if len(answers.T) == 1 else f" for output {output + 1}"
        symbol = r"\hat{y}" if not of else rf"\hat{{y}}_{{{output + 1}}}"
        title = f"The prediction{of}: the mean of the members"
        yield _mean_step(model, title, symbol, r"\hat{y}_b", column)
        yield _spread_step(column, symbol, r"\hat{y}_b")
        if actual is not None:
            yield ambiguity_step(float(actual[output]), column)


def _mean_step(model: Any, title: str, symbol: str, each: str, answers: Floats) -> Step:
    n = len(answers)
    note = "" if n <= SHOWN else f"The table shows the first {SHOWN} of {n:,} members."
    return Step(
        title=title,
        symbol=symbol,
        formula=rf"\frac{{1}}{{B}} \sum_b {each}",
        substituted=rf"\frac{{1}}{{{number(n)}}} \left({signed_sum(answers.tolist())}\right)",
        value=float(answers.mean()),
        expression="sum(f) / B",
        inputs={"f": answers, "B": n},
        terms=_members(model, each, answers),
        note=note,
    )


def _members(model: Any, each: str, answers: Floats) -> Terms:
    """Return the table of members: the rows and the columns that each saw, and its answer."""
    drawing = model._drawn()
    columns = [r"\text{member } b"]
    entries: list[list[Any]] = [[f"{b + 1}" for b in range(len(answers))]]
    if drawing.bootstrap or drawing.max_samples != 1:
        seen = [len(np.unique(model._rows_of(b))) for b in range(min(SHOWN, len(answers)))]
        columns.append(r"\text{different rows seen}")
        entries.append(seen)
    if any(len(chosen) < model.n_features_in_ for chosen in model.estimators_features_):
        columns.append(r"\text{columns seen}")
        entries.append([_listed(model, chosen) for chosen in model.estimators_features_[:SHOWN]])
    entries.append(answers.tolist())
    return Terms((*columns, each), tuple(list(zip(*entries, strict=False))[:SHOWN]))


def _listed(model: Any, chosen: Any) -> str:
    names = getattr(model, "feature_names_in_", None)
    texts = [f"x_{place + 1}" if names is None else str(names[place]) for place in chosen]
    return ", ".join(texts) if len(texts) <= 8 else ", ".join(texts[:8]) + f", … ({len(texts)})"


def _spread_step(answers: Floats, symbol: str, each: str) -> Step:
    n = len(answers)
    return Step(
        title="How far the members are apart",
        symbol="s",
        formula=rf"\sqrt{{\frac{{1}}{{B}} \sum_b \left({each} - {symbol}\right)^2}}",
        substituted="",
        value=float(answers.std()),
        expression="sqrt(sum((f - sum(f) / B) ** 2) / B)",
        inputs={"f": answers, "B": n},
        note=f"The lowest says {plain(number(answers.min()))}, "
        f"the highest {plain(number(answers.max()))}.",
    )


def ambiguity_step(actual: float, answers: Floats, weights: Floats | None = None) -> Step:
    r"""Show that the mean's squared error is the members' less their spread.

    .. math::
        (\bar{f} - y)^2 = \sum_i \rho_i (f_i - y)^2 - \sum_i \rho_i (f_i - \bar{f})^2

    Krogh and Vedelsby (1995), Neural network ensembles, cross validation, and active learning.

    Parameters
    ----------
    actual : float
        y.
    answers : ndarray of shape (n_members,)
        f.
    weights : ndarray of shape (n_members,), optional
        ρ; all alike unless given.
    """
    rho = np.full(len(answers), 1 / len(answers)) if weights is None else weights
    mean = float(rho @ answers)
    errors, apart = float(rho @ (answers - actual) ** 2), float(rho @ (answers - mean) ** 2)
    return Step(
        title=f"The squared error of the row, whose y is {plain(number(actual))}",
        symbol=r"(\hat{y} - y)^2",
        formula=r"\sum_i \rho_i (f_i - y)^2 - \sum_i \rho_i (f_i - \hat{y})^2",
        substituted=f"{number(errors)} - {number(apart)}",
        value=(mean - actual) ** 2,
        expression="sum(rho * (f - y) ** 2) - sum(rho * (f - sum(rho * f)) ** 2)",
        inputs={"f": answers, "rho": rho, "y": actual},
        note="The mean squared error of the members, less their spread: the more they differ, "
        "the more the mean gains.",
    )
