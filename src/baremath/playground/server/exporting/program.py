"""What is on a page as a program that anyone can run."""

from __future__ import annotations

import base64
import textwrap
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

import baremath
from baremath import nn, optim
from baremath.playground.server import network
from baremath.playground.server.config import Config, DataConfig
from baremath.playground.server.plan import Plan
from baremath.playground.server.points import EDGE, INNER
from baremath.training.progress import Progress

#: How near the weights that the program finds are to those on the screen.
RTOL, ATOL = 1e-3, 1e-4

_FEATURES = {
    "x1^2": "X[:, 0] * X[:, 0]",
    "x2^2": "X[:, 1] * X[:, 1]",
    "x1x2": "X[:, 0] * X[:, 1]",
    "sin x1": "np.sin(X[:, 0])",
    "sin x2": "np.sin(X[:, 1])",
}


def program(plan: Plan, now: Progress, *, edited: bool) -> str:
    """Return a program that makes the same points and trains the same network.

    It makes the same draws of random numbers, takes as many steps, and compares the weights with
    those of the screen, which it holds.

    Parameters
    ----------
    plan : Plan
    now : Progress
    edited : bool
        Whether the weights aren't what the configuration alone leads to. Then the program starts
        from them. It does so for a plan that holds some of them, too.
    """
    config = plan.config
    own = config.data.own if config.data.name == "own" else None
    weights = base64.b64encode(now.params.astype("<f4").tobytes()).decode()
    schedule, penalty = network.schedule_of(config), network.penalty_of(config)
    return _template().render(
        version=baremath.__version__,
        steps=now.steps,
        seed=config.seed,
        data_seed=config.data.seed,
        generator=None if own else _generator(config.data),
        columns=None if own is None else own.columns,
        classes=plan.points.classes,
        amounts=config.problem == "regression",
        rows=[] if own is None else _rows(plan),
        laid=own is not None and own.laid,
        n_train=int(plan.points.train.sum()),
        inputs=[_FEATURES.get(name) or f"X[:, {int(name[1:]) - 1}]" for name in plan.inputs],
        targets=_targets(config, plan.points.n_classes),
        layers=[f"nn.{type(part).__name__}({_settings(part)})" for part in plan.module],
        loss=f"nn.{network.loss_of(config, plan.points)!r}",
        optimizer=network.optimizer_of(config.optimizer, config.learning_rate),
        batch_size=plan.batch_size,
        schedule=f"WarmUp({schedule.epochs})" if isinstance(schedule, optim.WarmUp) else schedule,
        penalty=penalty,
        weights=textwrap.wrap(weights, 96),
        edited=edited or plan.held is not None,
        n_held=0 if plan.held is None else int(plan.held.sum()),
        rtol=RTOL,
        atol=ATOL,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("baremath", "playground/server/exporting"),
        autoescape=False,  # it is Python; text of the user's goes in as repr writes it
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("program.py.jinja")


def _settings(part: Any) -> str:
    """Return the arguments that a module is made with."""
    if isinstance(part, nn.Linear | nn.Dropout):
        return str(part.settings())
    return ""


def _generator(data: DataConfig) -> list[str]:
    """Return the lines that draw a named data set, as `points.points_of` does."""
    n, noise, seed = data.n, data.noise / 100, data.seed
    if data.name == "three-spiral":
        arms = f"3, {-(-n // 3)}, noise={0.4 * noise}, random_state={seed}"
        return [
            f"X, y = datasets.make_spirals({arms})",
            f"X = {INNER} * X",
        ]
    if data.name == "gates":
        return [
            f'X, y = datasets.make_logic("XOR", {n}, noise={noise}, random_state={seed})',
            "X, y = 6 * X - 3, 2 * y - 1",
        ]
    if data.name == "batman":
        return [
            f"X, y = datasets.make_batman({n}, random_state={seed})",
            f"jitter = np.random.default_rng([{seed}, 1]).normal(size=X.shape)",
            f"X, y = X * {EDGE - 0.2} / 7.5 + {noise} * jitter, 2 * y - 1",
        ]
    name = data.name.replace("-", "_")
    return [f"X, y = datasets.make_{name}({n}, noise={noise}, random_state={seed})"]


def _rows(plan: Plan) -> list[str]:
    """Return the user's points as text: each row's numbers, then its amount or class."""
    own = plan.config.data.own
    assert own is not None
    classes = plan.config.problem == "classification"
    last = plan.points.y.astype(int).tolist() if classes else own.y
    return [" ".join(map(repr, (*row, y))) for row, y in zip(own.X, last, strict=True)]


def _targets(config: Config, n_classes: int) -> str:
    """Return the expression of the targets, as `network.targets_of` has them."""
    of_sums = config.problem == "classification" and config.loss == "cross-entropy"
    if n_classes > 2:
        return (
            "y.astype(np.int64)"
            if of_sums
            else (f"np.eye({n_classes}, dtype=np.float32)[y.astype(np.int64)]")
        )
    return "(y[:, np.newaxis] + 1) / 2" if of_sums else "y[:, np.newaxis]"
