"""Every model fitted to the training part of every split, and asked about the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.validation import _check_method_params

from baremath.ensemble._arguments import name_in_fit, weight_parameter
from baremath.ensemble._early_stopping import eval_params, quiet_params, split_off
from baremath.ensemble._folds import Folds
from baremath.ensemble._jobs import run_jobs
from baremath.ensemble._member import fit_member, member_output
from baremath.ensemble._rows import Rows, pick
from baremath.ensemble._seeds import reseed, stream
from baremath.estimator import Floats


@dataclass(frozen=True)
class Sample:
    """The rows of a fit; weight and groups may be None."""

    X: Any
    y: NDArray[Any]
    weight: NDArray[np.float64] | None
    groups: Any

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Which rows count."""
        return np.ones(len(self.y), bool) if self.weight is None else self.weight > 0


@dataclass(frozen=True)
class Plan:
    """A base model and how it is fitted."""

    name: str
    model: Any
    method: str
    params: dict[str, Any] = field(default_factory=dict)
    eval_fraction: float | None = None


@dataclass(frozen=True)
class Fitted:
    """What came of it: the models that predict, their classes, and the predictions by split.

    `models` and `places` have an entry for each plan: one model of all rows, or a list with one for
    each split. `outputs[p][f]` is what plan p says of the test rows of split f.
    """

    models: list[Any]
    places: list[Any]
    outputs: list[list[Floats]]


@dataclass(frozen=True)
class Task:
    """What all jobs share."""

    sample: Sample
    n_classes: int
    ordered: bool


def cross_fit(
    plans: list[Plan],
    sample: Sample,
    folds: Folds,
    *,
    n_classes: int,
    ordered: bool,
    refit: bool,
    seed: int,
    n_jobs: int | None,
    verbose: bool,
    title: str,
) -> Fitted:
    """Fit each model once for each split, and where it predicts itself once to all rows.

    The jobs, one for a model and a split, run side by side; the largest begin first.

    Parameters
    ----------
    plans : list of Plan
        The models.
    sample : Sample
        All rows.
    folds : list of (ndarray, ndarray)
        Training and test rows of each split.
    n_classes : int
        How many classes there are; 0 for amounts.
    ordered : bool
        Whether the rows are in the order of time.
    refit : bool
        Whether a model of all rows predicts, and not those of the splits.
    seed : int
        From which a stream for every job is derived.
    n_jobs, verbose, title
        As `run_jobs` has them.
    """
    task = Task(sample, n_classes, ordered)
    everyone = np.flatnonzero(sample.counted)
    parts = [(train, test, not refit) for train, test in folds]
    if refit:
        parts.append((everyone, everyone[:0], True))
    places = [(plan, part) for plan in range(len(plans)) for part in range(len(parts))]
    places.sort(key=lambda place: -_size(plans[place[0]].model, len(parts[place[1]][0])))
    results = run_jobs(
        _fit_part,
        [(task, plans[plan], *parts[part], (seed, plan, part)) for plan, part in places],
        n_jobs=n_jobs,
        verbose=verbose,
        title=title,
    )
    found = dict(zip(places, results, strict=True))
    kept = [len(folds)] if refit else range(len(folds))
    models = [[found[plan, part][0] for part in kept] for plan in range(len(plans))]
    classes = [[found[plan, part][1] for part in kept] for plan in range(len(plans))]
    return Fitted(
        models=[each[0] for each in models] if refit else models,
        places=[each[0] for each in classes] if refit else classes,
        outputs=[
            [found[plan, part][2] for part in range(len(folds))] for plan in range(len(plans))
        ],
    )


def _size(model: Any, rows: int) -> float:
    """Return about how much work a fit is: rows times the models within."""
    within = model.get_params(deep=False).get("n_estimators")
    return rows * float(within if isinstance(within, int) else 1)


def _fit_part(
    task: Task, plan: Plan, train: Rows, test: Rows, keep: bool, place: tuple[int, ...]
) -> tuple[Any, Rows, Floats | None]:
    """Fit one model to one part, and ask it about the rest."""
    sample, generator = task.sample, stream(*place)
    model = clone(plan.model)
    reseed(model, generator, only_unset=True)
    params = _check_method_params(sample.X, plan.params, indices=train)
    rows = train
    if plan.eval_fraction is not None:
        rows, held = split_off(
            train,
            sample.y,
            sample.groups,
            plan.eval_fraction,
            generator,
            classify=task.n_classes > 0,
            ordered=task.ordered,
        )
        params = quiet_params(model) | _check_method_params(sample.X, plan.params, indices=rows)
        target = np.searchsorted(np.unique(sample.y[rows]), sample.y[held])
        own = None if sample.weight is None else sample.weight[held]
        stop_by = target if task.n_classes else sample.y[held]
        params |= eval_params(model, pick(sample.X, held), stop_by, own)
    if sample.weight is not None:
        params[weight_parameter(plan.name, model)] = sample.weight[rows]
    groups = name_in_fit(model, "groups")
    if groups is not None and sample.groups is not None:
        params[groups] = sample.groups[rows]
    seen = pick(sample.X, rows)
    fitted, places = fit_member(model, seen, sample.y[rows], task.n_classes, params)
    if not len(test):
        return fitted, places, None
    output = member_output(fitted, plan.method, pick(sample.X, test), places, task.n_classes)
    return fitted if keep else None, places, output
