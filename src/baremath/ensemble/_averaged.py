"""Ensembles whose prediction is the plain mean of members that were fitted apart."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils import Tags, get_tags
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from baremath.ensemble._arguments import check_count, check_flag, check_model, weight_parameter
from baremath.ensemble._draws import Drawing
from baremath.ensemble._jobs import run_jobs
from baremath.ensemble._member import fit_member, member_output
from baremath.ensemble._out_of_bag import out_of_bag
from baremath.ensemble._rows import Rows, n_rows, pick, pick_columns, read_table, read_training
from baremath.ensemble._seeds import draw_seed, reseed, stream
from baremath.estimator import Floats, all_or_nothing, forget
from baremath.maths import Derivation


class Averaged(BaseEstimator):
    """Clones of one model, each fitted to rows and columns of its own draw.

    Attributes
    ----------
    estimators_ : list of estimator
        The fitted members. A member learns the places of the classes that its rows hold.
    estimators_features_ : list of ndarray
        The columns that each sees.
    seed_ : int
        From which the draws of all members are derived.
    """

    estimator: Any
    n_estimators: int
    warm_start: bool
    n_jobs: int | None
    random_state: Any
    verbose: bool
    estimators_: list[Any]
    estimators_features_: list[Rows]
    seed_: int
    _classify: bool

    @all_or_nothing
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit the members, each to its own draw.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features; anything that the base model takes.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The classes or the amounts.
        sample_weight : array-like of shape (n_samples,), optional
            How often each row counts; 0 is the same as leaving it out. In a draw with replacement
            a row is drawn as often as its weight says; without, the members are given the weights.

        Returns
        -------
        estimator
            Itself, fitted.

        Raises
        ------
        TypeError
            When there is no base model, or it should take weights and can't.
        ValueError
            When an argument is out of range, or y doesn't fit X.
        """
        self._check_arguments()
        before = dict(vars(self)) if self.warm_start and hasattr(self, "estimators_") else {}
        forget(self)
        table, target, weight = read_training(self, X, y, sample_weight, classify=self._classify)
        self.sampling_weight_ = np.ones(n_rows(table)) if weight is None else weight
        codes = self._learn_target(target)
        drawing = self._drawing()
        drawing.check(self.sampling_weight_, table.shape[1])
        self._drawn_by_ = astuple(drawing)
        self.seed_ = before["seed_"] if before else draw_seed(self.random_state)
        old = self._members_before(before)
        weighted = weight is not None or getattr(self, "class_weight", None) is not None
        if weighted and not drawing.bootstrap:
            weight_parameter("estimator", self.estimator)
        task = Task(
            self.estimator,
            table,
            codes,
            self.sampling_weight_,
            drawing,
            weighted=weighted,
            n_classes=self._n_classes(),
            seed=self.seed_,
        )
        new = run_jobs(
            _fit_drawn,
            [(task, place) for place in range(len(old), self.n_estimators)],
            n_jobs=self.n_jobs,
            verbose=self.verbose,
            title=type(self).__name__,
        )
        members = [*old, *new]
        self.estimators_ = [model for model, _, _ in members]
        self.estimators_features_ = [columns for _, columns, _ in members]
        self.member_classes_ = [places for _, _, places in members]
        if getattr(self, "oob_score", False):
            mean, scored = out_of_bag(
                lambda rows, place: self._answers(pick(table, rows), place),
                (self._rows_of(place) for place in range(len(members))),
                self.sampling_weight_,
            )
            self._keep_out_of_bag(mean, codes, scored)
        return self

    @property
    def estimators_samples_(self) -> list[Rows]:
        """The rows that each member was fitted to, sorted; a row drawn twice is there twice."""
        check_is_fitted(self)
        return [self._rows_of(place) for place in range(len(self.estimators_))]

    def explain(self, X: ArrayLike, y: ArrayLike | None = None, row: int = 0) -> Derivation:
        """Show how the members' answers for one row become the prediction.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table.
        y : array-like of shape (n_samples,), optional
            Its classes or amounts: with them the error of the row is shown too.
        row : int, default=0
            Which row.

        Returns
        -------
        Derivation
            The formulas with the numbers put in.

        Raises
        ------
        IndexError
            When X has no such row.
        """
        from baremath.ensemble._explain_mean import explain_mean

        return explain_mean(self, X, y, row)

    def _check_arguments(self) -> None:
        check_model("estimator", self.estimator, classify=self._classify)
        check_count("n_estimators", self.n_estimators)
        check_flag("warm_start", self.warm_start)

    def _drawing(self) -> Drawing:
        raise NotImplementedError

    def _learn_target(self, target: NDArray[Any]) -> NDArray[Any]:
        return target

    def _n_classes(self) -> int:
        return 0

    def _method(self) -> str:
        return "predict"

    def _members_before(self, before: dict[str, Any]) -> list[tuple[Any, Rows, Rows]]:
        """Return the members that a warm start keeps."""
        if not before:
            return []
        same = np.array_equal(before["sampling_weight_"], self.sampling_weight_)
        same = same and before["_drawn_by_"] == self._drawn_by_
        if self._n_classes():
            same = same and np.array_equal(before["classes_"], vars(self)["classes_"])
        if not same or before["n_features_in_"] != vars(self)["n_features_in_"]:
            raise ValueError(
                "warm_start adds members to those of the last fit: give the same rows, weights, "
                "features and classes, drawn in the same way, or set warm_start=False."
            )
        members = zip(
            before["estimators_"],
            before["estimators_features_"],
            before["member_classes_"],
            strict=True,
        )
        kept = list(members)
        if self.n_estimators < len(kept):
            raise ValueError(
                f"n_estimators={self.n_estimators} is fewer than the {len(kept)} members that "
                "warm_start keeps; set it higher, or warm_start=False."
            )
        return kept

    def _drawn(self) -> Drawing:
        """Return how the fit has drawn, whatever the parameters say since."""
        return Drawing(*self._drawn_by_)

    def _rows_of(self, place: int) -> Rows:
        """Draw the rows of one member again."""
        return self._drawn().rows(stream(self.seed_, place), self.sampling_weight_)

    def _answers(self, table: Any, place: int) -> Floats:
        """Return what one member says of each row."""
        seen = pick_columns(table, self.estimators_features_[place])
        model, classes = self.estimators_[place], self.member_classes_[place]
        return member_output(model, self._method(), seen, classes, self._n_classes())

    def _mean(self, X: ArrayLike) -> Floats:
        """Return the mean of what the members say."""
        check_is_fitted(self)
        table = read_table(self, X, reset=False)
        total = self._answers(table, 0)
        for place in range(1, len(self.estimators_)):
            total = total + self._answers(table, place)
        return total / len(self.estimators_)

    def _keep_out_of_bag(self, mean: Floats, codes: NDArray[Any], scored: NDArray[Any]) -> None:
        raise NotImplementedError

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        if hasattr(self.estimator, "fit") and not isinstance(self.estimator, type):
            base = get_tags(self.estimator)
            tags.input_tags.sparse = base.input_tags.sparse
            tags.input_tags.allow_nan = base.input_tags.allow_nan
            tags.target_tags.multi_output = base.target_tags.multi_output and not self._classify
        return tags


@dataclass(frozen=True)
class Task:
    """What the jobs of all members share."""

    estimator: Any
    X: Any
    y: NDArray[Any]
    weight: NDArray[np.float64]
    drawing: Drawing
    weighted: bool
    n_classes: int
    seed: int


def _fit_drawn(task: Task, place: int) -> tuple[Any, Rows, Rows]:
    """Fit one member to its draw; return it, its columns and its classes."""
    generator = stream(task.seed, place)
    rows = task.drawing.rows(generator, task.weight)
    columns = task.drawing.columns(generator, task.X.shape[1])
    model = clone(task.estimator)
    reseed(model, generator)
    params = {}
    if task.drawing.bootstrap and _weighs_rows(model):
        times = np.bincount(rows)
        rows = np.flatnonzero(times)
        params["sample_weight"] = times[rows].astype(np.float64)
    elif task.weighted and not task.drawing.bootstrap:
        params[weight_parameter("estimator", model)] = task.weight[rows]
    seen = pick_columns(pick(task.X, rows), columns)
    fitted, places = fit_member(model, seen, task.y[rows], task.n_classes, params)
    return fitted, columns, places


def _weighs_rows(model: Any) -> bool:
    """Whether a model takes weights, and holds no other models, which may not see them."""
    within = model.get_params(deep=True).values()
    return has_fit_parameter(model, "sample_weight") and not any(hasattr(v, "fit") for v in within)
