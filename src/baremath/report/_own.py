"""Each rung in its own maths: its formula, and the picture that its kind of model has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from baremath.report._picture import Picture, bars, finished, new_axes
from baremath.report.format import quantity

if TYPE_CHECKING:
    from baremath.ladder import Climb, RungResult

_LEVELS = 3  # of questions that are drawn
_FEW, _MANY = 3, 8  # terms of a formula, with a drawing that says the same and without


@dataclass(frozen=True)
class Own:
    """A rung, its formula and its picture, if it has one."""

    name: str
    formula: str
    picture: Picture | None


def other_rungs(climb: Climb) -> list[Own]:
    """Return the rungs but for the baseline and the one that is worth it."""
    shown = []
    for rung in climb.models[1:]:
        if rung.name != climb.best:
            drawn = own_picture(climb, rung)
            most = _FEW if drawn is not None and drawn.is_drawing else _MANY
            shown.append(Own(rung.name, rung.model.formula(most=most), drawn))
    return shown


def own_picture(climb: Climb, rung: RungResult) -> Picture | None:
    """Draw a tree, a loss that falls, weights, gains or coefficients, whichever a model has."""
    fitted = rung.model.estimator_
    if hasattr(fitted, "tree_"):
        return _tree(rung)
    if hasattr(fitted, "trees_"):
        return _boosting(climb, rung) if hasattr(fitted, "baseline_") else _forest(rung)
    if hasattr(fitted, "weights_"):
        return _blend(climb, rung)
    if hasattr(fitted, "history_") and not hasattr(fitted, "coef_"):
        return loss_picture(rung)
    if hasattr(fitted, "coef_"):
        return coefficients_picture(climb, rung)
    return None


def loss_picture(rung: RungResult) -> Picture:
    """Draw the loss at each step of a fit."""
    from baremath.plotting import LossCurveDisplay

    ax = new_axes(height=4)
    LossCurveDisplay.from_estimator(rung.model.estimator_, ax=ax)
    return finished(
        ax,
        f"Loss of the {rung.name} at each step",
        "The loss before the fit, and at each pass over the training rows.",
    )


def coefficients_picture(climb: Climb, rung: RungResult) -> Picture:
    """Draw the largest coefficients."""
    from baremath.plotting import CoefficientsDisplay

    n_shown = min(20, rung.model.estimator_.coef_.shape[-1])
    moved = "the prediction moves" if climb.task == "regression" else "the score of a class moves"
    ax = new_axes(height=max(3, 1 + 0.24 * n_shown))
    CoefficientsDisplay.from_estimator(rung.model, max_features=n_shown, ax=ax)
    return finished(
        ax,
        f"Coefficients of the {rung.name}",
        f"How far {moved} when a prepared column grows by one: numbers are scaled to "
        "standard deviation 1, so they can be compared.",
    )


def _tree(rung: RungResult) -> Picture:
    from baremath.ladder import words_of
    from baremath.tree.drawing import draw_tree

    fitted = rung.model.estimator_
    words = words_of(fitted, rung.model.feature_names_in_.tolist())
    drawing = draw_tree(
        words.tree,
        feature_names=words.feature_names,
        class_names=words.class_names,
        category_names=words.category_names,
        criterion=fitted.criterion.replace("_", " "),
        max_depth=_LEVELS,
        direction="right",
    )
    return Picture(
        drawing.to_svg(),
        "A branch is as wide as its share of the training rows; a box says what is asked or "
        "answered, and for how many rows.",
        is_drawing=True,
    )


def _forest(rung: RungResult) -> Picture:
    fitted = rung.model.estimator_
    return bars(
        "What the questions gained",
        "share of the gain",
        rung.model.feature_names_in_.tolist(),
        fitted.feature_importances_.tolist(),
        f"The mean over the {quantity(len(fitted.trees_))} trees: how much of what a tree's "
        "questions gain on the training rows comes from each column.",
    )


def _boosting(climb: Climb, rung: RungResult) -> Picture:
    import numpy as np

    from baremath.plotting import _style

    fitted: Any = rung.model.estimator_
    losses = {key: np.asarray(loss) for key, loss in fitted.history_.items()}
    name = "log-loss"
    if climb.task == "regression":  # the loss is half the squared error
        losses = {key: np.sqrt(2 * loss) for key, loss in losses.items()}
        name = "root mean squared error"
    ax = new_axes(height=4)
    lines = [
        ax.plot(losses[key], color=colour, linewidth=2, label=label)[0]
        for key, colour, label in (
            ("loss", _style.GREY, "rows learnt from"),
            ("validation_loss", _style.BLUE, "rows held out"),
        )
    ]
    ax.axvline(fitted.n_iter_, color=_style.VERMILION, linewidth=1, linestyle="--")
    _style.dress(ax, title="Loss curve", x_label="stages", y_label=name, legend=lines)
    return finished(
        ax,
        f"{name} of the {rung.name} after each stage: {fitted.n_iter_} are kept",
        f"On the rows held out the loss is least after {quantity(fitted.n_iter_)} stages (dashed "
        "line); trees after that only learn the other rows by heart, and are dropped.",
    )


def _blend(climb: Climb, rung: RungResult) -> Picture:
    fitted = rung.model.estimator_
    alone = fitted.member_losses_.mean(axis=0)
    loss = "mean squared error" if climb.task == "regression" else "log-loss"
    said = "; ".join(
        f"{name} {quantity(each)}" for name, each in zip(fitted.member_names_, alone, strict=True)
    )
    return bars(
        "The weights",
        "ρ",
        fitted.member_names_,
        fitted.weights_.tolist(),
        f"ρ, which is never below 0 and sums to 1, makes the {loss} on out-of-fold rows least: "
        f"{quantity(fitted.blend_losses_.mean())} for the blend. Alone: {said}.",
    )
