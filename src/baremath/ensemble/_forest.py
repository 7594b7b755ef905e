"""Random forests: deep trees of drawn rows, each question chosen from drawn columns."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Any, Self

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from baremath.ensemble._arguments import check_count, check_flag
from baremath.ensemble._draws import Drawing
from baremath.ensemble._out_of_bag import out_of_bag
from baremath.ensemble._rows import Rows
from baremath.ensemble._seeds import draw_seed, stream
from baremath.ensemble._standard_error import infinitesimal_jackknife
from baremath.estimator import (
    Floats,
    all_or_nothing,
    check_sample_weight,
    class_weight_of_rows,
    forget,
)
from baremath.maths import Derivation
from baremath.tree._rules import rules_of, signs_of
from baremath.tree._table import read_rows, read_training
from baremath.tree.deep import grow_tree
from baremath.tree.deep_room import Rules
from baremath.tree.deep_target import Target
from baremath.tree.importances import importances
from baremath.tree.leaves import apply
from baremath.tree.predicting import Forest
from baremath.tree.pruning import pruned
from baremath.tree.ranks import Ranks, rank
from baremath.tree.structure import Tree


class RandomForest(BaseEstimator):
    """Trees whose answers are averaged.

    Attributes
    ----------
    trees_ : list of Tree
        The trees.
    seed_ : int
        From which the draws of all trees are derived.
    sampling_weight_ : ndarray of shape (n_samples,)
        What each row counts.
    """

    n_estimators: int
    bootstrap: bool
    max_samples: Any
    oob_score: bool
    warm_start: bool
    n_jobs: int | None
    random_state: Any
    max_bins: int
    criterion: str
    ccp_alpha: float
    trees_: list[Tree]
    seed_: int
    sampling_weight_: NDArray[np.float64]
    n_features_in_: int
    _classify: bool

    @all_or_nothing
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Grow the trees, each from its own draw.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Numbers, ±∞ and missing ones (NaN) among them; a DataFrame may have columns of
            categories.
        y : array-like of shape (n_samples,), of amounts also (n_samples, n_outputs)
            The classes or the amounts.
        sample_weight : array-like of shape (n_samples,), optional
            How often each row counts; 0 is the same as leaving it out. A row is drawn as often as
            its weight says; without `bootstrap` the trees are given the weights.

        Returns
        -------
        estimator
            Itself, fitted.

        Raises
        ------
        ValueError
            If a parameter is out of range, or y doesn't fit X.
        """
        self._check_arguments()
        before = dict(vars(self)) if self.warm_start and hasattr(self, "trees_") else {}
        forget(self)
        table, is_categorical = read_training(self, X)
        given = check_sample_weight(sample_weight, table)
        weight = np.ones(len(table)) if given is None else given
        target, self.sampling_weight_ = self._learn_target(y, weight)
        check_consistent_length(table, weight)
        drawing = self._drawing()
        drawing.check(self.sampling_weight_, table.shape[1])
        self._drawn_by_ = astuple(drawing)
        self.seed_ = before["seed_"] if before else draw_seed(self.random_state)
        old = self._trees_before(before)
        n_rows, total = int(np.count_nonzero(weight)), float(self.sampling_weight_.sum())
        growing = Growing(
            ranks=rank(table, is_categorical, self.sampling_weight_, self.max_bins),
            target=target,
            weight=self.sampling_weight_,
            drawing=drawing,
            rules=rules_of(self, target, n_rows, table.shape[1], total),
            signs=signs_of(self, target, is_categorical),
            price=self.ccp_alpha,
            class_weight=self._class_weight_of_draws(),
            seed=self.seed_,
        )
        self.max_features_ = growing.rules.max_features
        self._learned_criterion_ = self.criterion
        places = range(len(old), self.n_estimators)
        jobs = Parallel(n_jobs=self.n_jobs, prefer="threads")
        self.trees_ = [*old, *jobs(delayed(grow_drawn)(growing, place) for place in places)]
        self._forest_ = Forest(self.trees_)
        if self.oob_score:
            mean, scored = out_of_bag(
                lambda rows, place: answers_of(self.trees_[place], table[rows]),
                self.estimators_samples_,
                self.sampling_weight_,
            )
            self._keep_out_of_bag(mean, y, scored)
        return self

    @property
    def feature_importances_(self) -> NDArray[np.float64]:
        """The mean over the trees of each column's share of what the questions have gained."""
        check_is_fitted(self)
        each = [importances(tree, self.n_features_in_) for tree in self.trees_]
        return np.asarray(np.mean(each, axis=0))

    @property
    def estimators_(self) -> list[Any]:
        """The trees as estimators of one tree each; those of classes know their places only."""
        check_is_fitted(self)
        return [self._member(tree) for tree in self.trees_]

    @property
    def estimators_features_(self) -> list[Rows]:
        """The columns that each tree sees: all, of which each question draws some."""
        check_is_fitted(self)
        return [np.arange(self.n_features_in_)] * len(self.trees_)

    @property
    def estimators_samples_(self) -> list[Rows]:
        """The rows that each tree was grown from, sorted; a row drawn twice is there twice."""
        check_is_fitted(self)
        return [self._rows_of(place) for place in range(len(self.trees_))]

    def apply(self, X: ArrayLike) -> NDArray[np.int32]:
        """Return the leaf of each row in each tree.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table.

        Returns
        -------
        ndarray of int32 of shape (n_samples, n_trees)
            The leaf's number among the nodes of its tree.
        """
        check_is_fitted(self)
        return self._forest_.apply(read_rows(self, X), n_threads=self._n_threads())

    def standard_error(self, X: ArrayLike) -> Floats:
        r"""Return how far the prediction may be from that for other training rows.

        The infinitesimal jackknife, less what the number of trees adds to it by chance:

        .. math::
            \hat V = \sum_i \frac{1}{w_i} \left(C_i^2 - \frac{\hat v_i \hat v}{B}\right), \qquad
            C_i = \frac{1}{B} \sum_b (N_{bi} - \bar N_i)(t_b(x) - \bar t(x))

        where :math:`N_{bi}` is how often tree b has drawn row i, :math:`\hat v_i` the variance of
        that over the trees, and :math:`\hat v` the variance of their answers :math:`t_b(x)`. It
        doesn't hold the noise of y, and is 0 where too few trees say nothing but chance; as many
        trees as rows are a good number.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table.

        Returns
        -------
        ndarray of shape (n_samples,), (n_samples, n_outputs) or (n_samples, n_classes)
            :math:`\sqrt{\hat V}`, in the unit of what is predicted; of each probability.

        Raises
        ------
        ValueError
            Without `bootstrap`.

        References
        ----------
        Wager, Hastie and Efron (2014), Confidence intervals for random forests: the jackknife and
        the infinitesimal jackknife. Journal of Machine Learning Research 15, 1625-1651.
        """
        check_is_fitted(self)
        if not self._drawn().bootstrap:
            raise ValueError(
                "standard_error needs trees of bootstrap samples: set bootstrap=True and fit again."
            )
        rows = read_rows(self, X)
        leaves = self._forest_.apply(rows, n_threads=self._n_threads())
        values = [tree.value for tree in self.trees_]
        error = infinitesimal_jackknife(
            values, leaves, self.estimators_samples_, self.sampling_weight_
        )
        return self._shaped(error)

    def explain(self, X: ArrayLike, y: ArrayLike | None = None, row: int = 0) -> Derivation:
        """Show how the trees' answers for one row become the prediction.

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
        check_count("n_estimators", self.n_estimators)
        for name in ("bootstrap", "oob_score", "warm_start"):
            check_flag(name, getattr(self, name))
        if self.oob_score and not self.bootstrap:
            raise ValueError(
                "oob_score=True needs bootstrap=True: without it every tree sees all rows."
            )
        if self.max_samples is not None and not self.bootstrap:
            raise ValueError(
                f"max_samples={self.max_samples!r} needs bootstrap=True; without it every tree "
                "sees all rows."
            )

    def _drawing(self) -> Drawing:
        size = 1.0 if self.max_samples is None else self.max_samples
        return Drawing(max_samples=size, bootstrap=self.bootstrap)

    def _drawn(self) -> Drawing:
        """Return how the fit has drawn, whatever the parameters say since."""
        return Drawing(*self._drawn_by_)

    def _rows_of(self, place: int) -> Rows:
        return self._drawn().rows(stream(self.seed_, place), self.sampling_weight_)

    def _trees_before(self, before: dict[str, Any]) -> list[Tree]:
        """Return the trees that a warm start keeps."""
        if not before:
            return []
        same = np.array_equal(before["sampling_weight_"], self.sampling_weight_)
        same = same and before["_drawn_by_"] == self._drawn_by_
        if "classes_" in before:
            same = same and np.array_equal(before["classes_"], vars(self)["classes_"])
        if not same or before["n_features_in_"] != self.n_features_in_:
            raise ValueError(
                "warm_start adds trees to those of the last fit: give the same rows, weights, "
                "features and classes, drawn in the same way, or set warm_start=False."
            )
        trees: list[Tree] = before["trees_"]
        if self.n_estimators < len(trees):
            raise ValueError(
                f"n_estimators={self.n_estimators} is fewer than the {len(trees)} trees that "
                "warm_start keeps; set it higher, or warm_start=False."
            )
        return trees

    def _mean(self, X: ArrayLike) -> Floats:
        """Return the mean of the trees' answers."""
        check_is_fitted(self)
        total = self._forest_.sums(read_rows(self, X), n_threads=self._n_threads())
        return total / len(self.trees_)

    def _answers(self, table: Any, place: int) -> Floats:
        """Return what one tree answers to each row."""
        return answers_of(self.trees_[place], read_rows(self, table))

    def _n_threads(self) -> int:
        return int(effective_n_jobs(self.n_jobs))

    def _member(self, tree: Tree) -> Any:
        """Return a tree as an estimator."""
        raise NotImplementedError

    def _method(self) -> str:
        return "predict_proba" if self._classify else "predict"

    def _learn_target(
        self, y: ArrayLike, weight: NDArray[np.float64]
    ) -> tuple[Target, NDArray[np.float64]]:
        """Return what is learned, and what each row counts for it."""
        raise NotImplementedError

    def _class_weight_of_draws(self) -> bool:
        return False

    def _keep_out_of_bag(self, mean: Floats, y: ArrayLike, scored: NDArray[np.bool_]) -> None:
        raise NotImplementedError

    def _shaped(self, values: Floats) -> Floats:
        return values

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        state.pop("_forest_", None)  # made of the trees
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if hasattr(self, "trees_"):
            self._forest_ = Forest(self.trees_)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


@dataclass(frozen=True)
class Growing:
    """What all trees of a forest are grown from."""

    ranks: Ranks
    target: Target
    weight: NDArray[np.float64]
    drawing: Drawing
    rules: Rules
    signs: NDArray[np.int8]
    price: float
    class_weight: bool
    seed: int


def grow_drawn(growing: Growing, place: int) -> Tree:
    """Grow one tree: rows that were drawn often count as often, and others not at all."""
    generator = stream(growing.seed, place)
    weight = growing.weight
    if growing.drawing.bootstrap:
        weight = counts_of_draws(growing.drawing, generator, weight)
    rows = np.flatnonzero(weight).astype(np.uint32)
    if growing.class_weight:
        classes = growing.target.classes
        here = np.unique(classes[rows])
        codes = np.searchsorted(here, classes[rows])
        weight[rows] *= class_weight_of_rows("balanced", here, codes, weight[rows])
    seed = int(generator.integers(2**63))
    tree = grow_tree(
        growing.ranks, growing.target, weight, rows, growing.rules, growing.signs, seed
    )
    return pruned(tree, growing.price)


def counts_of_draws(
    drawing: Drawing, generator: np.random.Generator, weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how often each row is drawn: what `Drawing.rows` says, sooner where all count once."""
    if (weight == 1.0).all():
        drawn = (generator.random(drawing.n_rows(weight)) * len(weight)).astype(np.intp)
    else:
        drawn = drawing.rows(generator, weight)
    return np.bincount(drawn, minlength=len(weight)).astype(np.float64)


def answers_of(tree: Tree, table: Floats) -> Floats:
    """Return what one tree answers to each row."""
    return np.asarray(tree.value[apply(tree, table)])
