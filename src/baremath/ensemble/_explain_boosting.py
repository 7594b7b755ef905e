"""How a constant and the trees' answers become the prediction, with the numbers put in."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from baremath.ensemble._explain import SHOWN, Asked, asked, classes_step, log_loss_step
from baremath.estimator import Floats, place_of_class, probabilities
from baremath.maths import Derivation, Step, Terms, factor, name, number, plain, signed_sum
from baremath.tree.path import explain_path, path_of
from baremath.tree.structure import Tree

if TYPE_CHECKING:
    from baremath.ensemble._boosting import Boosting

_FIRST = 4  # trees that are written out before the rest is one number
_STAGES_SHOWN = 10  # in a table

# What a stage's tree is fitted to, minus the gradient of the loss, as LaTeX and as an expression
_LEFT_TO_LEARN = {
    "squared_error": ("y - F", "y - F", "The residual."),
    "absolute_error": (
        r"\frac{1}{2} \operatorname{sign}(y - F)",
        "sign(y - F) / 2",
        "Only the sign of the residual counts for the questions.",
    ),
    "quantile": (
        r"q \text{ above } F, \; q - 1 \text{ below}",
        "q * (y > F) + (q - 1) * (y < F)",
        "Only the side of the residual counts for the questions.",
    ),
    "huber": (
        "y - F",
        "y - F",
        "The residual; beyond δ, a quantile of all rows' residuals, it is cut off there.",
    ),
    "poisson": (r"y - e^{F}", "y - exp(F)", "The amount less what was expected."),
    "log_loss": ("y - p", "y - p", "1 for the row's class and 0 for others, less its probability."),
}


def explain_boosting(
    model: Boosting, X: ArrayLike, y: ArrayLike | None, row: int, stage: int | None
) -> Derivation:
    """Return the derivation that `explain` of boosting shows."""
    question = asked(model, X, y, row)
    x = model._table(question.x)[0]
    n_scores = model.n_scores_
    answers = np.array([tree.value[path_of(tree, x)[-1], 0] for tree in model.trees_])
    answers = answers.reshape(-1, n_scores)
    scores = model._scores(question.x)[0]
    title = f"{type(model).__name__}, row {row}"
    if stage is not None:
        if not isinstance(stage, Integral):
            raise TypeError(f"stage={stage!r} must be a whole number, or None for all stages.")
        if not 1 <= stage <= model.n_iter_:
            raise IndexError(
                f"stage={stage} is not in the model: its {model.n_iter_} stages are numbered "
                "from 1 on."
            )
        steps = _stage(model, question, x, answers, int(stage))
        return Derivation(f"{title}, stage {stage}", tuple(steps))
    show = _class_steps if hasattr(model, "classes_") else _amount_steps
    return Derivation(title, tuple(show(model, question, answers, scores)))


def _amount_steps(model: Any, question: Asked, answers: Floats, scores: Floats) -> Iterator[Step]:
    has_link = model._learned_loss_ == "poisson"
    symbol = "F(x)" if has_link else r"\hat{y}"
    title = "The logarithm of the prediction" if has_link else "The prediction"
    yield _sum_step(
        f"{title}: a constant and the trees' answers", symbol, model, answers, scores, 0
    )
    value = float(scores[0])
    if has_link:
        value = float(np.exp(scores[0]))
        yield Step(
            title="The prediction",
            symbol=r"\hat{y}",
            formula=r"e^{F(x)}",
            substituted=rf"e^{{{number(scores[0])}}}",
            value=value,
            expression="exp(F)",
            inputs={"F": scores[0]},
        )
    if question.actual is not None:
        actual = float(question.actual)
        yield Step(
            title="The residual: what is left to learn of the row",
            symbol="r",
            formula=r"y - \hat{y}",
            substituted=f"{number(actual)} - {factor(value)}",
            value=actual - value,
            expression="y - p",
            inputs={"y": actual, "p": value},
        )


def _class_steps(model: Any, question: Asked, answers: Floats, scores: Floats) -> Iterator[Step]:
    classes, shares = model.classes_, probabilities(scores[np.newaxis])[0]
    if len(scores) == 1:
        title = f"The log-odds of {classes[1]}: a constant and the trees' answers"
        yield _sum_step(title, "F(x)", model, answers, scores, 0)
        yield Step(
            title=f"The probability of {classes[1]}",
            symbol=f"P({name(classes[1])})",
            formula=r"\frac{1}{1 + e^{-F(x)}}",
            substituted=rf"\frac{{1}}{{1 + e^{{{number(-scores[0])}}}}}",
            value=float(shares[1]),
            expression="1 / (1 + exp(-F))",
            inputs={"F": scores[0]},
        )
    else:
        k = int(shares.argmax())
        title = f"The score of {classes[k]}: a constant and its trees' answers"
        yield _sum_step(title, _score_symbol(k), model, answers, scores, k)
        yield Step(
            title=f"The probability of {classes[k]}: the softmax of the scores of all classes",
            symbol=f"P({name(classes[k])})",
            formula=rf"\frac{{e^{{F_{{{k + 1}}}(x)}}}}{{\sum_j e^{{F_j(x)}}}}",
            substituted="",
            value=float(shares[k]),
            expression="exp(F_k) / sum(exp(F))",
            inputs={"F_k": scores[k], "F": scores},
            terms=Terms(
                (r"\text{class } j", "F_j(x)", "P"),
                tuple(zip(map(str, classes), scores, shares, strict=True))[:SHOWN],
            ),
        )
    yield classes_step(classes, shares)
    if question.actual is not None:
        place = place_of_class(classes, question.actual)
        yield log_loss_step(question.actual, float(shares[place]))


def _sum_step(title: str, symbol: str, model: Any, answers: Floats, scores: Floats, k: int) -> Step:
    """Show the constant and the trees' answers, of many the first, the last and the rest."""
    own, start = answers[:, k], float(model.baseline_[k])
    n, after = len(own), start + np.cumsum(own)
    shown = np.arange(n)
    if n > _STAGES_SHOWN:
        shown = np.r_[0 : _STAGES_SHOWN - 1, n - 1]
    of_class = "" if len(scores) == 1 else f"{k + 1}, "
    return Step(
        title=title,
        symbol=symbol,
        formula=rf"F_{{{of_class}0}} + \sum_{{m=1}}^{{{n}}} \eta f_{{{of_class}m}}(x)",
        substituted=_shown_sum(start, own),
        value=float(scores[k]),
        expression="F_0 + sum(f)",
        inputs={"F_0": start, "f": own},
        terms=Terms(
            (r"\text{stage } m", r"\eta f_m(x)", "F_m(x)"),
            (("constant", "", start), *((f"{m + 1}", own[m], after[m]) for m in shown)),
        ),
        note=f"The table leaves out {n - len(shown):,} stages." if len(shown) < n else "",
    )


def _shown_sum(start: float, answers: Floats) -> str:
    if len(answers) <= _FIRST + 2:
        return signed_sum([start, *answers.tolist()])
    rest = float(answers[_FIRST:-1].sum())
    n_rest = len(answers) - _FIRST - 1
    brace = rf"\underbrace{{{number(abs(rest))}}}_{{\text{{sum of {n_rest} more trees}}}}"
    texts = [number(value) for value in (start, *answers[:_FIRST])]
    last = number(float(answers[-1]))
    return signed_sum([*texts, f"-{brace}" if rest < 0 else brace, last], most=len(texts) + 2)


def _score_symbol(k: int) -> str:
    return f"F_{{{k + 1}}}(x)"


def _stage(model: Any, question: Asked, x: Floats, answers: Floats, stage: int) -> Iterator[Step]:
    before = model.baseline_ + answers[: stage - 1].sum(axis=0)
    k, of_class = 0, ""
    if model.n_scores_ > 1:
        k = int(model._scores(question.x)[0].argmax())
        if question.actual is not None:
            k = place_of_class(model.classes_, question.actual)
        of_class = f" of {model.classes_[k]}"
    tree = model.trees_[(stage - 1) * model.n_scores_ + k]
    score = float(before[k])
    yield Step(
        title=f"The score{of_class} before the stage",
        symbol="F",
        formula=rf"F_0 + \sum_{{m < {stage}}} \eta f_m(x)",
        substituted=_shown_sum(float(model.baseline_[k]), answers[: stage - 1, k]),
        value=score,
        expression="F_0 + sum(f)",
        inputs={"F_0": model.baseline_[k], "f": answers[: stage - 1, k]},
    )
    if question.actual is not None:
        yield _left_step(model, question.actual, before, k)
    names = getattr(model, "feature_names_in_", None)
    path = explain_path(
        tree,
        x,
        feature_names=names,
        category_names=model._columns_.categories,
        criterion=None,
    )
    yield from path.steps[:-1]
    leaf, rate = path_of(tree, x)[-1], model._rates_[stage - 1]
    yield _answer_step(model, tree, leaf, rate)
    step = float(tree.value[leaf, 0])
    yield Step(
        title=f"The score{of_class} after the stage",
        symbol=f"F_{{{stage}}}(x)",
        formula=r"F + \eta f",
        substituted=rf"{number(score)} + {number(rate)} \cdot {factor(step / rate)}",
        value=score + step,
        expression="F + eta * f",
        inputs={"F": score, "eta": rate, "f": step / rate},
    )


def _left_step(model: Any, actual: Any, before: Floats, k: int) -> Step:
    """Show minus the gradient of the row's loss: what the stage is to learn of it."""
    formula, expression, note = _LEFT_TO_LEARN[model._learned_loss_]
    score = float(before[k])
    inputs = {"y": 0.0, "F": score}
    if model._learned_loss_ == "log_loss":
        shares = probabilities(before[np.newaxis])[0]
        place = place_of_class(model.classes_, actual)
        of = 1 if model.n_scores_ == 1 else k
        y, p = float(place == of), float(shares[of])
        inputs = {"y": y, "p": p}
        value, substituted = y - p, f"{number(y)} - {number(p)}"
    else:
        y = float(actual)
        inputs["y"] = y
        residual, substituted = y - score, f"{number(y)} - {factor(score)}"
        value = residual
        if model._learned_loss_ == "poisson":
            value, substituted = y - float(np.exp(score)), rf"{number(y)} - e^{{{number(score)}}}"
        elif model._learned_loss_ == "absolute_error":
            value, substituted = float(np.sign(residual)) / 2, ""
        elif model._learned_loss_ == "quantile":
            q = float(model.quantile)
            inputs["q"] = q
            value, substituted = q * (residual > 0) + (q - 1) * (residual < 0), ""
    return Step(
        title="What is left to learn of the row: minus the gradient of its loss",
        symbol="-g",
        formula=formula,
        substituted=substituted,
        value=value,
        expression=expression,
        inputs=inputs,
        note=note,
    )


def _answer_step(model: Any, tree: Tree, leaf: int, rate: float) -> Step:
    """Show how the leaf came to its answer."""
    rows, value = f"{int(tree.n_samples[leaf]):,}", float(tree.value[leaf, 0]) / rate
    title = "The leaf's answer"
    by = {
        "absolute_error": "the median of the residuals of its rows",
        "quantile": f"the {getattr(model, 'quantile', 0):g} quantile of the residuals of its rows",
        "huber": "the median of the residuals of its rows, and the mean of what is left of them, "
        "cut off at δ",
    }.get(model._learned_loss_)
    if by is not None:
        return Step(
            title=f"{title}: {by}",
            symbol="f",
            formula="v",
            substituted="",
            value=value,
            expression="v",
            inputs={"v": value},
            note=f"{rows} rows came to this leaf.",
        )
    hessian = float(tree.weight[leaf])
    alpha, penalty = float(model.l1_regularization), float(model.l2_regularization)
    size = float(tree.impurity[leaf]) * hessian
    gradients = np.array([size, -size])
    steps = -np.sign(gradients) * max(size - alpha, 0.0) / (hessian + penalty)
    nearest = int(np.abs(steps - value).argmin())
    G, free = float(gradients[nearest]), float(steps[nearest])
    note = f"G and H are the sums of gradient and hessian over the {rows} rows of the leaf."
    if abs(free - value) > 1e-6 * abs(value) + 1e-300:
        note += f" The bounds of monotonic_cst keep it at {plain(number(value))} instead."
    formula, top = r"-\frac{G}{H + \lambda}", factor(G)
    expression = "-sign(G) * maximum(abs(G) - alpha, 0) / (H + lambda_)"
    if alpha:
        formula = r"-\frac{\operatorname{sign}(G) \max(|G| - \alpha, 0)}{H + \lambda}"
        top = factor(np.sign(G) * max(size - alpha, 0.0))
    return Step(
        title=f"{title}: a step of Newton's method",
        symbol="f",
        formula=formula,
        substituted=rf"-\frac{{{top}}}{{{number(hessian)} + {number(penalty)}}}",
        value=free,
        expression=expression,
        inputs={"G": G, "H": hessian, "alpha": alpha, "lambda_": penalty},
        note=note,
    )
