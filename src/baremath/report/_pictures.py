"""The report's pictures, as SVG that stands in the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from baremath.report._own import loss_picture, own_picture
from baremath.report._picture import Picture, bars, finished, new_axes
from baremath.report.format import quantity, score

if TYPE_CHECKING:
    from baremath.ladder import Climb

_MOST_CLASSES = 20  # with more, the cells of a confusion matrix can't be read
_LONGEST_LABEL = 16


def picture_of_rungs(climb: Climb) -> Picture:
    """Draw the score of every rung: over the folds, with its spread, and on the test rows."""
    from baremath.plotting import _style

    ax = new_axes(height=1.2 + 0.4 * len(climb.models))
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
    return finished(
        ax,
        f"{climb.metric} of each model: {scores}",
        f"Dots: the mean {climb.metric} over {climb.cv} folds ± the standard deviation. "
        "Diamonds: the rows held out to the end.",
    )


def pictures_of_best(climb: Climb) -> list[Picture]:
    """Draw the model that is worth it, from as many sides as it has."""
    best = next(rung for rung in climb.models if rung.name == climb.best)
    drawn = [_amounts(climb) if climb.task == "regression" else _classes(climb)]
    if best is not climb.models[0]:
        drawn.append(_importances(climb))
    fitted = climb.best_model.estimator_
    if hasattr(fitted, "coef_") and hasattr(fitted, "history_"):
        drawn.append(loss_picture(best))
    drawn.append(own_picture(climb, best))
    return [picture for picture in drawn if picture is not None]


def _amounts(climb: Climb) -> Picture:
    from baremath.plotting import PredictedActualDisplay

    ax = new_axes(height=5)
    PredictedActualDisplay.from_estimator(
        climb.best_model, climb.test, climb.test[climb.target], ax=ax
    )
    ax.set_title("Predicted over actual", loc="left", fontsize=11)
    if legend := ax.get_legend():  # the caption says it
        legend.remove()
    return finished(
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
    ax = new_axes(height=5)
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
    return finished(
        ax,
        f"Confusion matrix: {right:,} of {climb.test.height:,} test rows are on the diagonal",
        f"How many test rows of each class (down) were predicted to be of which (across): "
        f"{quantity(right)} of {quantity(climb.test.height)} are right.",
    )


def _importances(climb: Climb) -> Picture:
    found = climb.importances
    return bars(
        "What each column is worth",
        f"{climb.metric} lost",
        [importance.column for importance in found],
        [importance.mean for importance in found],
        f"By how much {climb.metric} on test rows falls when a column is shuffled, so that it says "
        "nothing any more. Of columns that say the same, each can stand in for the other.",
        errors=[importance.std for importance in found],
    )
