"""How a linear regression gets its prediction and its weights, with the numbers put in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
from baremath.maths import Derivation, Step, Terms, factor, number, plain, product_sum, vector
from baremath.maths.derivation import Value

if TYPE_CHECKING:
    from baremath.linear_model._linear import LinearRegression

PSEUDO_INVERSE = 1e-10  # singular values below this share of the largest count as zero
SLOPES = {
    "squared_error": r"(\hat{y}_i - y_i)",
    "absolute_error": r"\tfrac{1}{2} \operatorname{sign}(\hat{y}_i - y_i)",
    "huber": r"\operatorname{clip}\left(\tfrac{\hat{y}_i - y_i}{\sigma}\right)",
}


def explain_linear(
    model: LinearRegression, X: ArrayLike, y: ArrayLike | None, row: int
) -> Derivation:
    """Return the derivation that `LinearRegression.explain` shows."""
    question = asked(model, X, y, row)
    coef, intercept = np.atleast_2d(model.coef_), np.atleast_1d(model.intercept_)
    single = np.ndim(model.coef_) == 1
    outputs = None if question.y is None else _outputs(question.y, len(coef))
    steps: list[Step] = []
    for k in range(len(coef)):
        place = "" if single else f"_{{{k + 1}}}"
        output = "" if single else f" of output {k + 1}"
        steps.append(
            score_step(
                f"The prediction for row {row}{output}",
                rf"\hat{{y}}{place}",
                float(intercept[k]),
                coef[k],
                question,
            )
        )
        if outputs is not None:
            residual = question.columns @ coef[k] + intercept[k] - outputs[:, k]
            steps += _loss_steps(model, question, coef[k], residual, outputs[row, k], k)
    steps += _training_steps(model, question, coef, intercept)
    return Derivation(title=f"LinearRegression, row {row}", steps=tuple(steps))


def _outputs(y: NDArray[Any], n_outputs: int) -> Floats:
    """Return y as a table with a column for each output."""
    outputs = y.reshape(len(y), -1).astype(np.float64)
    if outputs.shape[1] != n_outputs:
        raise ValueError(f"y has {outputs.shape[1]} columns; the model has {n_outputs} outputs.")
    if not np.isfinite(outputs).all():
        raise ValueError("y contains NaN or infinity; leave those rows out of X and y.")
    return outputs


def _loss_steps(
    model: LinearRegression, question: Asked, coef: Floats, residual: Floats, actual: float, k: int
) -> Iterator[Step]:
    predicted = float(actual + residual[question.row])
    yield Step(
        title="Its error",
        symbol="r",
        formula=r"\hat{y} - y",
        substituted=f"{number(predicted)} - {factor(actual)}",
        value=float(predicted - actual),
        expression="predicted - actual",
        inputs={"predicted": predicted, "actual": actual},
    )
    l1, l2 = model.alpha * model.l1_ratio, model.alpha * (1 - model.l1_ratio)
    sigma = float(np.atleast_1d(model.scale_)[k]) if model.loss == "huber" else 1.0
    yield _loss_step(model, coef, residual, sigma, l1, l2)
    slope = {
        "squared_error": residual,
        "absolute_error": np.sign(residual) / 2,
        "huber": np.clip(residual / sigma, -model.epsilon, model.epsilon),
    }[model.loss]
    yield gradient_step(
        question,
        slope,
        coef,
        l2,
        fit_intercept=model.fit_intercept,
        slope_latex=SLOPES[model.loss],
        note="On the rows that the model was fitted to, each counted once, the gradient vanishes "
        "at the minimum"
        + (" up to the corners of the absolute values." if l1 or "abs" in model.loss else ".")
        + (" clip(z) is z kept between −ε and ε." * (model.loss == "huber")),
    )


def _loss_step(
    model: LinearRegression, coef: Floats, residual: Floats, sigma: float, l1: float, l2: float
) -> Step:
    n = len(residual)
    if model.loss == "squared_error":
        each, formula, per_row = residual**2, r"\frac{1}{2N} \sum_i (\hat{y}_i - y_i)^2", "r**2"
        texts = [f"{factor(r)}^2" for r in residual[:3]]
    elif model.loss == "absolute_error":
        each, formula, per_row = (
            np.abs(residual),
            r"\frac{1}{2N} \sum_i |\hat{y}_i - y_i|",
            "abs(r)",
        )
        texts = [f"|{number(r)}|" for r in residual[:3]]
    else:
        z, e = residual / sigma, model.epsilon
        each = sigma * (1 + np.where(np.abs(z) <= e, z**2, 2 * e * np.abs(z) - e**2))
        formula = r"\frac{1}{2N} \sum_i \sigma \left(1 + H\left(r_i / \sigma\right)\right)"
        per_row = "sigma * (1 + where(abs(r/sigma) <= e, (r/sigma)**2, 2*e*abs(r/sigma) - e**2))"
        texts = [number(value) for value in each[:3]]
    _, rest = first_rows_and_rest(each)
    penalty, put_in, more = "", "", ""
    inputs: dict[str, Value] = {}
    if l1:
        penalty += r" + \lambda_1 \sum_j |w_j|"
        put_in += rf" + {number(l1)} \cdot {number(np.abs(coef).sum())}"
        more, inputs = " + l1 * sum(abs(w))", {"l1": l1, "w": coef}
    if l2:
        penalty += r" + \tfrac{1}{2} \lambda \sum_j w_j^2"
        put_in += rf" + \tfrac{{1}}{{2}} \cdot {number(l2)} \cdot {number(np.sum(coef**2))}"
        more, inputs = more + " + l2 * sum(w**2) / 2", {**inputs, "l2": l2, "w": coef}
    if model.loss == "huber":
        inputs = {**inputs, "sigma": sigma, "e": model.epsilon}
    total = float(each.sum() / (2 * n) + l1 * np.abs(coef).sum() + l2 * np.sum(coef**2) / 2)
    notes = []
    if l2:
        notes.append(f"λ = α (1 − ρ) = {plain(number(l2))}.")
    if model.loss == "huber":
        notes.append(f"H(z) is z² up to ε = {model.epsilon:g} and 2ε|z| − ε² beyond.")
        notes.append(f"σ = {plain(number(sigma))}.")
    return Step(
        title=f"The loss over all {n:,} rows",
        symbol="J",
        formula=formula + penalty,
        substituted=rf"\frac{{1}}{{2 \cdot {number(n)}}} \left({shown_sum(texts, rest, n - 3)}"
        rf"\right){put_in}",
        value=total,
        expression=f"(sum({per_row}) + rest) / (2 * N){more}",
        inputs={"r": residual[:3], "rest": rest, "N": n, **inputs},
        note=" ".join(notes),
    )


def _training_steps(
    model: LinearRegression, question: Asked, coef: Floats, intercept: Floats
) -> Iterator[Step]:
    if model.solver_ == "gradient_descent":
        if len(coef) * (coef.shape[1] + 1) <= LARGEST_MATRIX and model.last_step_:
            labels = [""] if len(coef) == 1 else [f"output {k + 1}" for k in range(len(coef))]
            names = parameter_names(question, labels, fit_intercept=model.fit_intercept)
            yield _descent_step(model, names)
        else:
            yield outcome_step(model, model.n_iter_, "passes")
        return
    if model.solver_ == "linear_program":
        yield _program_step(model)
        return
    found = getattr(model, "moments_", None)
    size = coef.shape[1]
    if found is None or size > LARGEST_MATRIX or not _give_back(model, found, coef):
        if size > LARGEST_MATRIX:
            reason = f"their {size} × {size} numbers are too many to show"
        elif model.loss == "huber" and len(coef) > 1:
            reason = "each output has its own, with the weights of Huber's loss"
        else:
            reason = (
                "the table itself was factored, because they would lose digits or weren't asked"
            )
        yield Step(
            title="How the weights were found",
            symbol="w",
            formula=r"C_{xx}^{-1} c",
            substituted="",
            value=None,
            expression="",
            note=f"Not shown with numbers: {reason}. Solved by {model.solver_.replace('_', ' ')}.",
        )
        return
    for k in range(len(coef)):
        if model.solver_ == "coordinate_descent":
            yield _threshold_step(model, found, coef[k], k)
        else:
            yield _normal_equations_step(model, found, coef[k], k)
        if model.fit_intercept:
            yield _intercept_step(found, coef[k], float(intercept[k]), k)


def _give_back(model: LinearRegression, found: dict[str, Floats], coef: Floats) -> bool:
    """Return whether the equations lead to the weights again, to the digits that are shown."""
    if model.solver_ == "coordinate_descent":
        return True
    table = found["xx"] + float(found["l2"]) * np.eye(coef.shape[1])
    inverse = np.linalg.pinv(table, rcond=PSEUDO_INVERSE) if _singular(model, found) else None
    again = np.linalg.solve(table, found["xy"]) if inverse is None else inverse @ found["xy"]
    return np.allclose(again.T, coef, rtol=1e-7, atol=1e-7 * float(np.abs(coef).max()))


def _singular(model: LinearRegression, found: dict[str, Floats]) -> bool:
    return model.rank_ < len(found["xx"]) and not found["l2"]


def _normal_equations_step(
    model: LinearRegression, found: dict[str, Floats], coef: Floats, k: int
) -> Step:
    """Show w = C⁻¹ c: the derivative of the squared error is zero there."""
    table, right, l2 = found["xx"], found["xy"][:, k], float(found["l2"])
    singular = _singular(model, found)
    kind = "covariances" if model.fit_intercept else "mean products"
    note = (
        f"Cₓₓ holds the {kind} of the features, c those with the target, over "
        f"{float(found['weight']):,.0f} training rows"
        + (", each with the weight of Huber's loss." if model.loss == "huber" else ".")
        + (" The features depend on each other: of all solutions, the smallest." * singular)
    )
    if singular:
        formula, power, expression, inputs = (
            "C_{xx}",
            "+",
            f"pinv(C, rcond={PSEUDO_INVERSE}) @ c",
            {},
        )
    else:
        formula = r"\left(C_{xx} + \lambda I\right)" if l2 else "C_{xx}"
        power, expression, inputs = "-1", "solve(C + l2 * identity(c.size), c)", {"l2": l2}
    return Step(
        title="How the weights were found: the normal equations",
        symbol="w",
        formula=f"{formula}^{{{power}}} c",
        substituted=f"{shown_matrix(table + l2 * np.eye(len(coef)))}^{{{power}}} {vector(right)}",
        value=coef,
        expression=expression,
        inputs={"C": table, "c": right, **inputs},
        note=note,
    )


def _threshold_step(
    model: LinearRegression, found: dict[str, Floats], coef: Floats, k: int
) -> Step:
    """Show that every weight is its own soft threshold: the fixed point of coordinate descent."""
    table, right = found["xx"], found["xy"][:, k]
    l1, l2 = model.alpha * model.l1_ratio, model.alpha * (1 - model.l1_ratio)
    diagonal = np.diag(table)
    z = right - table @ coef + diagonal * coef
    j = int(np.argmax(np.abs(coef)))
    return Step(
        title="How the weights were found: coordinate descent, at rest",
        symbol="w_j",
        formula=r"\frac{\operatorname{sign}(z_j) \max(|z_j| - \lambda_1, 0)}{C_{jj} + \lambda}, "
        r"\quad z_j = c_j - \sum_{k \ne j} C_{jk} w_k",
        substituted=rf"\frac{{{factor(np.sign(z[j]))} \cdot \max({number(abs(z[j]))} - "
        rf"{number(l1)}, 0)}}{{{number(diagonal[j])} + {number(l2)}}} "
        rf"\quad \text{{for }} j = {j + 1}",
        value=coef,
        expression="sign(c - C @ w + diag(C) * w) * maximum(abs(c - C @ w + diag(C) * w) - l1, 0)"
        " / (diag(C) + l2)",
        inputs={"C": table, "c": right, "w": coef, "l1": l1, "l2": l2},
        note="A weight whose pull |z| is below the threshold is exactly zero.",
    )


def _intercept_step(found: dict[str, Floats], coef: Floats, intercept: float, k: int) -> Step:
    mean, y_mean = found["x_mean"], float(found["y_mean"][k])
    mean = np.where(np.abs(mean) < 1e-12 * np.sqrt(np.diag(found["xx"])), 0.0, mean)  # rounding
    return Step(
        title="The intercept: the fit passes through the means",
        symbol="b",
        formula=r"\bar{y} - \sum_j w_j \bar{x}_j",
        substituted=product_sum(y_mean, -coef, mean),
        value=intercept,
        expression="y_mean - sum(w * x_mean)",
        inputs={"y_mean": y_mean, "w": coef, "x_mean": mean},
    )


def _descent_step(model: LinearRegression, names: list[str]) -> Step:
    if model.alpha * model.l1_ratio == 0:
        return descent_step(model.last_step_, names, f"The last of {model.n_iter_:,} descent steps")
    last, rate = model.last_step_, float(model.last_step_["learning_rate"])
    penalised = np.array([text.split(": ")[-1] != "(intercept)" for text in names], dtype=float)
    threshold = rate * model.alpha * model.l1_ratio * penalised
    return Step(
        title=f"The last of {model.n_iter_:,} descent steps, with a soft threshold",
        symbol="w",
        formula=r"S_{\alpha \lambda_1}\left(w - \alpha \frac{\partial J}{\partial w}\right)",
        substituted=f"S\\left({vector(last['before'])} - {factor(rate)} "
        f"{vector(last['gradient'])}\\right)",
        value=last["after"],
        expression="sign(w - rate * g) * maximum(abs(w - rate * g) - threshold, 0)",
        inputs={
            "w": last["before"],
            "rate": rate,
            "g": last["gradient"],
            "threshold": threshold,
        },
        relation=r"\leftarrow",
    )


def _program_step(model: LinearRegression) -> Step:
    above, below, on = (int(count) for count in model.sides_)
    return Step(
        title="How the weights were found: a linear program",
        symbol=r"n_{\text{above}} - n_{\text{below}}",
        formula=r"\sum_i \operatorname{sign}(y_i - \hat{y}_i)",
        substituted=f"{number(above)} - {number(below)}",
        value=float(above - below),
        expression="above - below",
        inputs={"above": above, "below": below, "on_the_line": on},
        terms=Terms(
            columns=(r"\text{training rows}", r"\text{number}"),
            rows=(("above the fit", above), ("below the fit", below), ("on the fit", on)),
        ),
        note="Without a penalty the fit goes through as many rows as it has weights, and the rows "
        "above and below it balance.",
    )
