"""What a page draws: the points, and the frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.playground.server.frames import encode
from baremath.playground.server.plan import Plan
from baremath.playground.server.run import Run

#: Cells of a picture's side; hidden units are drawn a third as wide.
_SIDE, _SIDE_OF_MANY, _SIDE_OF_INPUTS = 96, 48, 32


def points_message(plan: Plan) -> bytes:
    """Return the points that a plan learns from and is tested with, and its inputs' pictures."""
    points = plan.points
    across, down = points.shown
    header = {
        "type": "points",
        "n": len(points.X),
        "problem": plan.config.problem,
        "columns": [points.columns[across], points.columns[down]],
        "domain": [points.domain[across].tolist(), points.domain[down].tolist()],
        "classes": points.classes,
        "y_range": points.y_range,
    }
    arrays: dict[str, Any] = {
        "X": points.X[:, [across, down]],
        "y": points.y,
        "train": points.train.astype(np.uint8),
        "features": plan.features(_SIDE_OF_INPUTS),
    }
    return encode(header, arrays)


def pictures_of(
    run: Run, runs: Sequence[Run], focus: tuple[int, int] | None
) -> dict[str, NDArray[Any]]:
    """Measure and draw one of some runs; the first in full."""
    run.measured()
    side = _SIDE_OF_MANY if len(runs) > 1 else _SIDE
    first = run is runs[0]
    return run.plan.pictures(run.now, side, units=first, focus=focus if first else None)


def frame_message(
    runs: Sequence[Run],
    pictures: Sequence[dict[str, NDArray[Any]]],
    losses: Sequence[Sequence[tuple[float, float, float]]],
    focus: tuple[int, int] | None,
    header: dict[str, Any],
) -> bytes:
    """Return a frame: all that has changed since the last.

    Parameters
    ----------
    runs : sequence of Run
    pictures : sequence of dict
        Of each: see `pictures_of`.
    losses : sequence of sequences of (step, train loss, test loss)
        Of each: new points of its curve.
    focus : (int, int) or None
        The layer and the unit that the page looks at.
    header : dict
        What the page is told beside.
    """
    arrays: dict[str, Any] = {}
    for k, (run, drawn) in enumerate(zip(runs, pictures, strict=True)):
        found = {
            "weights": run.now.params.astype(np.float32),
            **drawn,
            "losses": np.array(losses[k], np.float64).reshape(-1, 3),
            "confusion": run.measured().confusion,
            "frozen": None if run.plan.held is None else run.plan.held.astype(np.uint8),
        }
        arrays |= {f"{k}/{name}": array for name, array in found.items() if array is not None}
    lowest = 0 if runs[0].plan.points.n_classes > 2 else -1
    full = {
        "type": "frame",
        **header,
        "runs": [run.described() for run in runs],
        "range": {"units": [-1, 1], "output": [lowest, 1]},
        "focus": list(focus) if focus else None,
    }
    return encode(full, arrays)
