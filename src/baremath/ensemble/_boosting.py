"""What gradient boosting of amounts and of classes share."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, is_regressor
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import (
    _check_y,
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from baremath.ensemble._boosting_columns import (
    interaction_groups,
    monotonic_signs,
    shares_of_gain,
)
from baremath.ensemble._boosting_losses import Growth, Loss, Vector
from baremath.ensemble._boosting_rows import Draws, Questions, Rows, hold_out
from baremath.ensemble._boosting_units import in_unit, times
from baremath.ensemble._jobs import n_threads
from baremath.ensemble._seeds import draw_seed, stream
from baremath.estimator import Floats, check_sample_weight, forget
from baremath.maths import Derivation
from baremath.tree.categories import Columns
from baremath.tree.predicting import Forest
from baremath.tree.structure import Tree
from baremath.tree.tables import checked

if TYPE_CHECKING:
    from baremath.tree.grower import Settings

NO_LIMIT = 2**31  # of a path's length
FEW_ROWS = 1000  # that one thread predicts
LEAST_HESSIAN = 1e-150  # no step of Newton's without any


class Boosting(BaseEstimator):
    """A constant and a sum of trees, each grown on what is left to learn."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
        "max_leaf_nodes": [Interval(Integral, 2, 65_536, closed="both")],
        "max_depth": [Interval(Integral, 1, None, closed="left"), None],
        "min_samples_leaf": [Interval(Integral, 1, None, closed="left")],
        "min_hessian": [Interval(Real, 0, None, closed="left")],
        "min_gain": [Interval(Real, 0, None, closed="left")],
        "l1_regularization": [Interval(Real, 0, None, closed="left")],
        "l2_regularization": [Interval(Real, 0, None, closed="left")],
        "subsample": [Interval(Real, 0, 1, closed="right")],
        "max_features": [Interval(Real, 0, 1, closed="right")],
        "max_bins": [Interval(Integral, 2, 255, closed="both")],
        "categorical_features": ["array-like", StrOptions({"from_dtype"}), None],
        "monotonic_cst": ["array-like", dict, None],
        "interaction_cst": [list, tuple, StrOptions({"pairwise", "no_interactions"}), None],
        "warm_start": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [
            Interval(Real, 0, 1, closed="neither"),
            Interval(Integral, 1, None, closed="left"),
        ],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "n_jobs": [Integral, None],
        "random_state": ["random_state", np.random.Generator],
        "verbose": ["verbose"],
    }
    trees_: list[Tree]
    baseline_: Vector
    feature_importances_: Vector
    n_iter_: int
    _start_: Vector
    _unit_: float

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags

    def _make_loss(self) -> Loss:
        raise NotImplementedError

    def _read_targets(
        self, y: NDArray[Any], weight: Vector, *, reset: bool
    ) -> tuple[Floats, Vector]:
        """Return the targets as the loss takes them, and what the rows count."""
        raise NotImplementedError

    def _strata(self, y: Floats) -> NDArray[Any] | None:
        """Return what shares are to be kept of when rows are held out."""
        return None

    def _unit(self, y: Floats) -> float:
        """Return the power of 2 that targets are divided by while it learns."""
        return 1.0

    def _fit(self, X: Any, y: Any, sample_weight: Any, validation: tuple[Any, Any, Any]) -> Self:
        from baremath.ensemble._boosting_stages import Stages
        from baremath.ensemble._boosting_watch import Watch

        self._validate_params()
        goes_on = self.warm_start and hasattr(self, "trees_")
        if not goes_on:
            forget(self)
        rows, held_out = self._read_all(X, y, sample_weight, validation, reset=not goes_on)
        loss = self._make_loss()
        if not goes_on:
            self._rates_: list[float] = []
            self._seed_ = draw_seed(self.random_state)
            self._learned_loss_, self._unit_ = self.loss, self._unit(rows.y)
            self.baseline_, self.trees_ = np.zeros(loss.n_scores), []
        if held_out is None and self.early_stopping:
            seed = int(stream(self._seed_, 2**31).integers(2**31 - 1))
            rows, held_out = hold_out(rows, self.validation_fraction, self._strata(rows.y), seed)
        unit = self._unit_
        rows = rows.divided_by(unit)
        held_out = None if held_out is None else held_out.divided_by(unit)
        start = self._start_ if goes_on else loss.start(rows.y, rows.weight)
        trees = [in_unit(tree, 1 / unit, loss.growth) for tree in self.trees_]
        threads = n_threads(self.n_jobs)
        watch = Watch(
            loss,
            held_out,
            start,
            patience=self.n_iter_no_change,
            tol=self.tol,
            unit=float(times(1.0, unit, loss.growth.gradient + loss.growth.answer)),
            verbose=bool(self.verbose),
            n_threads=threads,
        )
        with Stages(
            rows,
            loss,
            start,
            trees,
            self._questions(rows.table.shape[1], loss),
            self.draws_,
            self._settings(unit, loss.growth, len(rows)),
            self.learning_rate,
            threads,
        ) as stages:
            if stages.n_stages > self.n_estimators:
                raise ValueError(
                    f"n_estimators={self.n_estimators} is less than the {stages.n_stages} stages "
                    "that there are; warm_start=True only adds to them."
                )
            watch.begin(stages)
            while stages.n_stages < self.n_estimators and not watch.is_over:
                watch.note(stages.advance(), stages)
            n_stages = stages.n_stages if watch.best is None else watch.best
            trees = stages.trees[: n_stages * loss.n_scores]
        self._start_ = start
        self.baseline_ = start * unit if loss.growth.answer else start + np.log(unit)
        self.feature_importances_ = shares_of_gain(trees, rows.table.shape[1])
        self.trees_ = [in_unit(tree, unit, loss.growth) for tree in trees]
        self.n_iter_ = n_stages
        new = n_stages - len(self._rates_)
        self._rates_ = [*self._rates_[:n_stages], *[self.learning_rate] * new]
        self.history_ = {"loss": watch.training, "validation_loss": watch.validation}
        self._pack()
        return self

    def _pack(self) -> None:
        """Lay out the trees for predicting."""
        self._forest_ = Forest(self.trees_, self.n_scores_) if self.trees_ else None

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        state.pop("_forest_", None)  # made of the trees
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if hasattr(self, "trees_"):
            self._pack()

    def _read_all(
        self, X: Any, y: Any, sample_weight: Any, validation: tuple[Any, Any, Any], *, reset: bool
    ) -> tuple[Rows, Rows | None]:
        """Check the rows to learn from and those to stop by; leave out what counts for nothing."""
        rows = self._read(X, y, sample_weight, reset=reset)
        X_val, y_val, weight_val = validation
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val come together: rows to stop by and their targets.")
        if X_val is None and weight_val is not None:
            raise ValueError("sample_weight_val is of the rows of X_val, which is not given.")
        held_out = None if X_val is None else self._read(X_val, y_val, weight_val, reset=False)
        return rows, held_out

    def _read(self, X: Any, y: Any, sample_weight: Any, *, reset: bool) -> Rows:
        validate_data(self, X, y, reset=reset, skip_check_array=True)
        weight = check_sample_weight(sample_weight, X)
        if reset:
            self._columns_ = Columns(self.categorical_features, max_categories=self.max_bins).fit(
                X, weight
            )
        table = self._columns_.transform(X)
        y = _check_y(y, y_numeric=is_regressor(self), estimator=self)
        check_consistent_length(table, y)
        if weight is None:
            weight = np.ones(len(table))
        elif not weight.all():
            table, y, weight = table[weight > 0], y[weight > 0], weight[weight > 0]
        targets, weight = self._read_targets(y, weight, reset=reset)
        counts = weight > 0
        if not counts.all():
            table, targets, weight = table[counts], targets[counts], weight[counts]
        if (weight == 1.0).all():
            weight = np.zeros(0)
        return Rows(table, targets, weight)

    def _questions(self, n_features: int, loss: Loss) -> Questions:
        names = getattr(self, "feature_names_in_", None)
        is_categorical = self._columns_.is_categorical
        signs = monotonic_signs(self.monotonic_cst, is_categorical, names)
        if signs.any() and loss.answers_itself:
            raise ValueError(
                f"monotonic_cst doesn't go with loss={self.loss!r}, whose leaves answer with "
                "quantiles that keep no bounds; it does with loss='squared_error'."
            )
        if signs.any() and loss.n_scores > 1:
            raise ValueError("monotonic_cst needs two classes; y has more.")
        groups = interaction_groups(self.interaction_cst, n_features, names)
        return Questions(is_categorical, signs, groups, self.max_bins)

    def _settings(self, unit: float, growth: Growth, n_rows: int) -> Settings:
        """Return when a tree stops growing, where targets are counted in a unit."""
        from baremath.tree.grower import Settings

        return Settings(
            float(times(self.l2_regularization, unit, -growth.hessian)),
            float(times(self.l1_regularization, unit, -growth.gradient)),
            max(float(times(self.min_hessian, unit, -growth.hessian)), LEAST_HESSIAN),
            self.min_samples_leaf,
            float(times(self.min_gain, unit, growth.hessian - 2 * growth.gradient)),
            max(2, min(self.max_leaf_nodes, n_rows)),
            self.max_depth or NO_LIMIT,
        )

    @property
    def draws_(self) -> Draws:
        """What rows and columns each stage sees, of those that the model learns from."""
        return Draws(self.subsample, self.max_features, self._seed_)

    @property
    def n_scores_(self) -> int:
        """Scores of a row: one, or one for each of several classes."""
        return len(self.baseline_)

    def _table(self, X: Any) -> Floats:
        if self._takes_as_it_is(X):
            return np.asarray(X)
        check_is_fitted(self)
        X = checked(X, numeric=not self._columns_.categories)
        validate_data(self, X, reset=False, skip_check_array=True)
        return self._columns_.transform(X)

    def _takes_as_it_is(self, X: Any) -> bool:
        """Whether a table needs no check: what scikit-learn's take is longer than a row's trees."""
        known = vars(self)
        return (
            "trees_" in known
            and "feature_names_in_" not in known
            and not known["_columns_"].categories
            and type(X) is np.ndarray
            and X.ndim == 2
            and X.dtype in (np.float32, np.float64)
            and X.flags.c_contiguous
            and X.shape[1] == self.n_features_in_
            and len(X) > 0
        )

    def _scores(self, X: Any) -> Vector:
        """Return the scores, of shape (n_rows, n_scores)."""
        table = self._table(X)
        total = np.empty((len(table), self.n_scores_))
        total[:] = self.baseline_
        if self._forest_ is not None:
            self._forest_.sums(table, out=total, n_threads=self._n_threads(len(table)))
        return total

    def _staged_scores(self, X: Any) -> Iterator[Vector]:
        """Yield the scores after each stage."""
        table = self._table(X)
        total = np.tile(self.baseline_, (len(table), 1))
        if self._forest_ is None:
            return
        n_threads, n_scores = self._n_threads(len(table)), self.n_scores_
        for first in range(0, len(self.trees_), n_scores):
            last = first + n_scores
            self._forest_.sums(table, first=first, last=last, out=total, n_threads=n_threads)
            yield total.copy()

    def apply(self, X: Any) -> NDArray[np.int32]:
        """Return the leaf that each row comes to in each tree.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            A table.

        Returns
        -------
        ndarray of int32 of shape (n_samples, n_trees)
            The leaf's number among the nodes of its tree.
        """
        table = self._table(X)
        if self._forest_ is None:
            return np.zeros((len(table), 0), np.int32)
        return self._forest_.apply(table, n_threads=self._n_threads(len(table)))

    def shap_values(self, X: Any) -> Vector:
        r"""Return what each column adds to each row's score: exact Shapley values.

        A row's values sum to its score less `expected_score_`, the score of a row of which nothing
        is known. What a set of columns is worth is the mean of the scores along the paths that they
        leave open, weighed by the hessians of the training rows (for the squared error: by rows).

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table.

        Returns
        -------
        ndarray of shape (n_samples, n_features) or (n_samples, n_features, n_classes)
            In units of the score: amounts, or for ``loss="poisson"`` their logarithms; log-odds of
            the second of two classes, or a score for each of several.

        References
        ----------
        Lundberg, Erion and Lee (2018), Consistent individualized feature attribution for tree
        ensembles.
        """
        from baremath.tree.shap import shap_values

        table = self._table(X)
        values = np.zeros((*table.shape, self.n_scores_))
        if self.trees_:
            n_threads = self._n_threads(len(table))
            values = shap_values(self.trees_, table, n_outputs=self.n_scores_, n_threads=n_threads)
        return values[:, :, 0] if self.n_scores_ == 1 else values

    @property
    def expected_score_(self) -> Any:
        """The score of a row of which nothing is known; of several classes, one for each."""
        from baremath.tree.shap import expected_value

        check_is_fitted(self)
        expected = self.baseline_
        if self.trees_:
            expected = expected + expected_value(self.trees_, self.n_scores_)
        return float(expected[0]) if self.n_scores_ == 1 else expected

    def explain(
        self, X: Any, y: Any = None, row: int = 0, *, stage: int | None = None
    ) -> Derivation:
        """Show how a constant and the trees' answers become the prediction for one row.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table.
        y : array-like of shape (n_samples,), optional
            Its classes or amounts: with them the row's error is shown too, and what it asks of a
            stage.
        row : int, default=0
            Which row.
        stage : int, optional
            Show the tree of this stage, from 1 on, instead: what was left to learn, the questions
            on the row's path, and how the leaf came to its answer. Of several classes it is the
            tree of the row's class, or if y isn't given of the predicted one.

        Returns
        -------
        Derivation
            The formulas with the numbers put in.

        Raises
        ------
        IndexError
            When X has no such row, or the model no such stage.
        """
        from baremath.ensemble._explain_boosting import explain_boosting

        return explain_boosting(self, X, y, row, stage)

    def _n_threads(self, n_rows: int) -> int:
        return 1 if n_rows < FEW_ROWS else n_threads(self.n_jobs)
