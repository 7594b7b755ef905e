"""The report's pictures, as SVG that stands in the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from baremath.report.format import quantity, score

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from baremath.ladder import Climb

_MOST_CLASSES = 20  # with more, the cells of a confusion matrix can't be read
_LONGEST_LABEL = 16

_WIDTH = 5.0  # inches; more, and the words are too small on a phone


@dataclass(frozen=True)
class Picture:
    """A picture and what it shows.

    Parameters
    ----------
    svg : str
        An ``<svg>`` element, with a title for who can't see it.
    caption : str
        The sentence below.
    """

    svg: str
    caption: str


def picture_of_rungs(climb: Climb) -> Picture:
    """Draw the score of every rung: over the folds, with its spread, and on the test rows."""
    from baremath.plotting import _style

    ax = _axes(height=1.2 + 0.4 * len(climb.models))
    rungs = climb.models[::-1]  # matplotlib counts from the bottom
    for height, rung in enumerate(rungs):
        colour = _style.BLUE if rung.name == climb.best else _style.GREY
        ax.errorbar(rung.cv_mean, height, xerr=rung.cv_std, fmt="o", color=colour, capsize=4)
        ax.plot(rung.test, height, "D", markersize=8, markerfacecolor="none", color=colour)
    ax.set_yticks(range(len(rungs)), [rung.name for rung in rungs])
    ax.set_ylim(-0.6, len(rungs) - 0.4)
    ax.set_xlabel(climb.metric)
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    scores = "; ".join(
        f"{rung.name} {score(rung.cv_mean)} ± {score(rung.cv_std)}, test {score(rung.test)}"
        for rung in climb.models
    )
    return _picture(
        ax,
        f"{climb.metric} of each model: {scores}",
        f"Dots: the mean {climb.metric} over {climb.cv} folds ± the standard deviation. "
        "Diamonds: the rows held out to the end.",
    )


def pictures_of_best(climb: Climb) -> list[Picture]:
    """Draw the model that is worth it, from as many sides as it has."""
    fitted = climb.best_model.estimator_
    drawn = [_amounts(climb) if climb.task == "regression" else _classes(climb)]
    if hasattr(fitted, "history_"):
        drawn.append(_loss(climb))
    if hasattr(fitted, "coef_"):
        drawn.append(_coefficients(climb))
    return [picture for picture in drawn if picture is not None]


def _amounts(climb: Climb) -> Picture:
    from baremath.plotting import PredictedActualDisplay

    ax = _axes(height=5)
    PredictedActualDisplay.from_estimator(
        climb.best_model, climb.test, climb.test[climb.target], ax=ax
    )
    ax.set_title("Predicted over actual", loc="left", fontsize=11)
    if legend := ax.get_legend():  # the caption says it
        legend.remove()
    return _picture(
        ax,
        f"Predicted over actual {climb.target} of the {climb.test.height:,} test rows",
        f"Each dot is one of the {quantity(climb.test.height)} test rows; "
        "a perfect model would put all of them on the dashed line.",
    )


def _classes(climb: Climb) -> Picture | None:
    from sklearn.metrics import ConfusionMatrixDisplay

    from baremath.plotting import _style

    labels = climb.best_model.classes_
    if len(labels) > _MOST_CLASSES:
        return None
    ax = _axes(height=5)
    shown = ConfusionMatrixDisplay.from_predictions(
        np.asarray(climb.test[climb.target]),
        climb.best_model.predict(climb.test),
        labels=labels,
        display_labels=[_style.label(label, longest=_LONGEST_LABEL) for label in labels],
        ax=ax,
        cmap="Blues",
        colorbar=False,
        xticks_rotation=45 if len(labels) > 2 else "horizontal",
    )
    ax.set(xlabel="predicted", ylabel="actual")
    ax.set_title("Confusion matrix", loc="left", fontsize=11)
    right = int(np.trace(shown.confusion_matrix))
    return _picture(
        ax,
        f"Confusion matrix: {right:,} of {climb.test.height:,} test rows are on the diagonal",
        f"How many test rows of each class (down) were predicted to be of which (across): "
        f"{quantity(right)} of {quantity(climb.test.height)} are right.",
    )


def _coefficients(climb: Climb) -> Picture:
    from baremath.plotting import CoefficientsDisplay

    n_shown = min(20, climb.best_model.estimator_.coef_.shape[-1])
    moved = "the prediction moves" if climb.task == "regression" else "the score of a class moves"
    ax = _axes(height=max(3, 1 + 0.24 * n_shown))
    CoefficientsDisplay.from_estimator(climb.best_model, max_features=n_shown, ax=ax)
    return _picture(
        ax,
        f"Coefficients of the {climb.best}",
        f"How far {moved} when a prepared column grows by one: numbers are scaled to "
        "standard deviation 1, so they can be compared.",
    )


def _loss(climb: Climb) -> Picture:
    from baremath.plotting import LossCurveDisplay

    ax = _axes(height=4)
    LossCurveDisplay.from_estimator(climb.best_model.estimator_, ax=ax)
    return _picture(
        ax,
        f"Loss of the {climb.best} at each step",
        "The loss before the fit, and at each pass over the training rows.",
    )


def _axes(*, height: float) -> Axes:
    from matplotlib.figure import Figure

    return Figure(figsize=(_WIDTH, height), layout="constrained").add_subplot()


def _picture(ax: Axes, description: str, caption: str) -> Picture:
    from baremath.plotting import figure_to_svg

    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.patch.set_alpha(0)  # the page's own colour shows through, light or dark
    ax.patch.set_alpha(0)
    return Picture(figure_to_svg(figure, title=description), caption)
