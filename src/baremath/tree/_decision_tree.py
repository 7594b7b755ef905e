"""What decision trees of classes and of amounts share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch, Tags
from sklearn.utils.validation import check_is_fitted

from baremath.estimator import (
    Floats,
    all_or_nothing,
    check_row,
    check_sample_weight,
    forget,
    place_of_class,
    target_of_row,
)
from baremath.maths import Derivation
from baremath.tree._rules import rules_of, seed_of, signs_of
from baremath.tree._table import read_rows, read_training
from baremath.tree.categories import Columns
from baremath.tree.deep import grow_tree
from baremath.tree.deep_target import Target
from baremath.tree.importances import importances
from baremath.tree.leaves import apply, decision_path
from baremath.tree.pruning import pruned, pruning_path
from baremath.tree.ranks import rank
from baremath.tree.structure import Tree

if TYPE_CHECKING:
    from baremath.tree.drawing import Direction, TreeDrawing


class DecisionTree(BaseEstimator):
    """A tree of questions, each the best for the rows that come to it.

    Attributes
    ----------
    tree_ : Tree
        The questions and the answers.
    columns_ : Columns or None
        The columns of categories and their numbers, where there are any.
    max_features_ : int
        The columns that each question is chosen from.
    """

    criterion: str
    random_state: Any
    max_bins: int
    ccp_alpha: float
    tree_: Tree
    columns_: Columns | None
    n_features_in_: int

    @all_or_nothing
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        """Ask questions until the answers are pure, or a limit is reached.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Numbers, ±∞ and missing ones (NaN) among them; a DataFrame may have columns of
            categories.
        y : array-like of shape (n_samples,), of amounts also (n_samples, n_outputs)
            The classes or the amounts.
        sample_weight : array-like of shape (n_samples,), optional
            How often each row counts; 0 is the same as leaving it out.

        Returns
        -------
        estimator
            Itself, fitted.

        Raises
        ------
        ValueError
            If a parameter is out of range, or y doesn't fit X.
        """
        forget(self)
        self.tree_ = pruned(self._grown(X, y, sample_weight), self.ccp_alpha)
        self._learned_criterion_ = self.criterion
        return self

    def cost_complexity_pruning_path(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Bunch:
        """Return what pruning does at every α; the estimator stays as it is.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.

        Returns
        -------
        Bunch
            ``ccp_alphas``, at which the tree shrinks, rising, and ``impurities``, the sum of the
            leaves' at each: ndarray of shape (n_alphas,).
        """
        from sklearn.base import clone

        alphas, impurities = pruning_path(clone(self)._grown(X, y, sample_weight))
        return Bunch(ccp_alphas=alphas, impurities=impurities)

    def apply(self, X: ArrayLike) -> NDArray[np.int64]:
        """Return the leaf of each row, its number among the nodes.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table.

        Returns
        -------
        ndarray of int64 of shape (n_samples,)
        """
        check_is_fitted(self)
        return apply(self.tree_, read_rows(self, X))

    def decision_path(self, X: ArrayLike) -> Any:
        """Return which nodes each row passes.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table.

        Returns
        -------
        sparse matrix of shape (n_samples, n_nodes)
            1 where the row has come to the node.
        """
        check_is_fitted(self)
        return decision_path(self.tree_, read_rows(self, X))

    def explain(self, X: ArrayLike, y: ArrayLike | None = None, row: int = 0) -> Derivation:
        """Show the questions that one row is asked, what each was worth, and the answer.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table.
        y : array-like of shape (n_samples,), optional
            Its classes or amounts; they are checked and not shown.
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
        TypeError
            When `row` isn't a whole number.
        ValueError
            When X or y don't fit the model or each other.
        """
        from baremath.tree.path import explain_path

        check_is_fitted(self)
        table = read_rows(self, X)
        place = check_row(row, len(table))
        actual = target_of_row(y, place, len(table))
        names = self._names()
        if actual is not None and names["class_names"] is not None:
            place_of_class(names["class_names"], actual)
        title = f"{type(self).__name__}, row {place}"
        return explain_path(
            self.tree_, table[place], **names, criterion=self._learned_criterion_, title=title
        )

    def export_text(self, *, max_depth: int | None = None, details: bool = False) -> str:
        """Return the tree as text, one line a node.

        Parameters
        ----------
        max_depth : int or None, default=None
            The most questions one below the other.
        details : bool, default=False
            Whether to add the rows and the impurity of each node, and where missing values go.
        """
        from baremath.tree.text import export_text

        check_is_fitted(self)
        return export_text(
            self.tree_,
            **self._names(),
            max_depth=max_depth,
            details=details,
            criterion=self._learned_criterion_,
        )

    def draw(
        self,
        *,
        max_depth: int | None = None,
        direction: Direction | None = None,
        digits: int = 4,
    ) -> TreeDrawing:
        """Draw the tree: a picture in a notebook, an SVG file, or text when it is printed.

        Parameters
        ----------
        max_depth : int or None, default=None
            The most questions one below the other.
        direction : {"down", "right"} or None, default=None
            Where the tree grows to; None for down with up to 10 leaves, and to the right with more.
        digits : int, default=4
            Significant digits of a number.

        Returns
        -------
        TreeDrawing
            To be shown, or saved with ``.save("tree.svg")``; ``.to_svg()`` returns the picture.

        Raises
        ------
        ValueError
            If the direction is another.

        Examples
        --------
        >>> from baremath.tree import DecisionTreeClassifier
        >>> model = DecisionTreeClassifier().fit([[1.0], [2.0], [4.0]], ["low", "low", "high"])
        >>> drawing = model.draw()
        >>> drawing
        x_0 ≤ 3
        ├─ yes: low
        └─ no: high
        >>> drawing.to_svg()[:4]
        '<svg'
        """
        from baremath.tree.drawing import draw_tree

        check_is_fitted(self)
        return draw_tree(
            self.tree_,
            **self._names(),
            criterion=self._learned_criterion_,
            max_depth=max_depth,
            direction=direction,
            digits=digits,
        )

    def get_depth(self) -> int:
        """Return the most questions on a path."""
        check_is_fitted(self)
        return self.tree_.max_depth

    def get_n_leaves(self) -> int:
        """Return the number of leaves."""
        check_is_fitted(self)
        return self.tree_.n_leaves

    @property
    def feature_importances_(self) -> NDArray[np.float64]:
        """Each column's share of what all questions have gained; they sum to one."""
        check_is_fitted(self)
        return importances(self.tree_, self.n_features_in_)

    def _grown(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None) -> Tree:
        """Return the tree before it is pruned."""
        table, is_categorical = read_training(self, X)
        given = check_sample_weight(sample_weight, table)
        weight = np.ones(len(table)) if given is None else given
        target, weight = self._learn_target(y, weight)
        rows = np.flatnonzero(weight > 0).astype(np.uint32)
        rules = rules_of(self, target, len(rows), table.shape[1], float(weight.sum()))
        signs = signs_of(self, target, is_categorical)
        self.max_features_ = rules.max_features
        seed = seed_of(self.random_state, needed=rules.max_features < table.shape[1])
        ranks = rank(table, is_categorical, weight, self.max_bins)
        return grow_tree(ranks, target, weight, rows, rules, signs, seed)

    def _learn_target(
        self, y: ArrayLike, weight: NDArray[np.float64]
    ) -> tuple[Target, NDArray[np.float64]]:
        """Return what is learned, and what each row counts for it."""
        raise NotImplementedError

    def _names(self) -> dict[str, Any]:
        """Return what columns, categories and classes are called."""
        return {
            "feature_names": getattr(self, "feature_names_in_", None),
            "class_names": getattr(self, "classes_", None),
            "category_names": None if self.columns_ is None else self.columns_.categories,
        }

    def _values(self, X: ArrayLike) -> Floats:
        """Return what the leaf of each row answers."""
        check_is_fitted(self)
        return self.tree_.value[apply(self.tree_, read_rows(self, X))]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
