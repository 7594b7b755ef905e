"""What would take a moment when it is asked for first: imports, and compiled code."""

from __future__ import annotations

from baremath.playground.server.config import Config
from baremath.playground.server.exporting.export import exported
from baremath.playground.server.lectures.question import question
from baremath.playground.server.looking.formulas import formula
from baremath.playground.server.plan import Plan
from baremath.playground.server.points import points_of

#: Questions that the kernels of trees, and scikit-learn, are needed for.
_SLOW_AT_FIRST = ("ladder", "boosting")


def warm_up() -> None:
    """Train the default network for a step, look into it, and ask the slow questions once."""
    config = Config()
    plan = Plan(config, points_of(config.data, config.problem))
    now = plan.taken(plan.first(), 1)
    formula(plan, now, 0, 0, 0, None)
    for what in ("python", "model"):
        exported(plan, now, what)
    for name in _SLOW_AT_FIRST:
        asked, answer = question(name)
        answer(asked())
