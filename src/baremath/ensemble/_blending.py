"""What BlendingClassifier and BlendingRegressor share."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit, StratifiedShuffleSplit
from sklearn.utils.validation import check_is_fitted

from baremath.ensemble._arguments import check_count, check_share
from baremath.ensemble._combination import Combination, split_params
from baremath.ensemble._rows import read_table
from baremath.ensemble._seeds import stream
from baremath.estimator import Floats, all_or_nothing, forget
from baremath.maths import Derivation

SPLITS = 1_000_000  # the place of the splits' stream, beyond that of any model


class Blending(Combination):
    """Weights of at least 0 that sum to 1, found on rows that the models didn't learn from.

    Attributes
    ----------
    weights_ : ndarray of shape (n_estimators,)
        ρ, the mean over the blendings.
    blend_weights_ : ndarray of shape (n_blends, n_estimators)
        The weights of each blending.
    """

    n_blends: int
    test_size: float
    weights_: NDArray[np.float64]
    blend_weights_: NDArray[np.float64]
    blend_losses_: NDArray[np.float64]
    member_losses_: NDArray[np.float64]
    slopes_: NDArray[np.float64]

    @all_or_nothing
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        groups: ArrayLike | None = None,
        **fit_params: Any,
    ) -> Self:
        """Fit the models to a part of the rows, and find their weights on the rest.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features; anything that the base models take.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The classes or the amounts.
        sample_weight : array-like of shape (n_samples,), optional
            What each row counts, for the models and for the loss; 0 leaves it out.
        groups : array-like of shape (n_samples,), optional
            Rows of one group are on one side of a split.
        **fit_params
            Arguments for the fit of one model, as ``name__argument``; one for each row is cut with
            the rows.

        Returns
        -------
        estimator
            Itself, fitted.

        Raises
        ------
        TypeError
            When something isn't an estimator, or it should take an argument that it doesn't.
        ValueError
            When an argument is out of range, a split leaks, or y doesn't fit X.
        """
        forget(self)
        self._check_combination()
        check_count("n_blends", self.n_blends)
        check_share("test_size", self.test_size)
        params = split_params(fit_params, [name for name, _ in self._members()])
        sample, outputs = self._fit_models(X, y, sample_weight, groups, params)
        found = []
        for split, (_, test) in enumerate(self.fold_indices_):
            own = np.ones(len(test)) if sample.weight is None else sample.weight[test]
            answers = np.stack([parts[split] for parts in outputs], axis=-1)
            found.append(self._find_weights(answers, sample.y[test], own))
        weights, losses, alone, slopes = zip(*found, strict=True)
        self.blend_weights_, self.blend_losses_ = np.array(weights), np.array(losses)
        self.member_losses_, self.slopes_ = np.array(alone), np.array(slopes)
        self.weights_ = self.blend_weights_.mean(axis=0)
        return self

    def explain(self, X: ArrayLike, y: ArrayLike | None = None, row: int = 0) -> Derivation:
        """Show the weighted sum for one row, and how the weights were found.

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
        from baremath.ensemble._explain_blend import explain_blend

        return explain_blend(self, X, y, row)

    def _default_cv(self, groups: Any) -> Any:
        seed = int(stream(self.seed_, SPLITS).integers(2**31 - 1))
        kind = StratifiedShuffleSplit if self._classify else ShuffleSplit
        kind = kind if groups is None else GroupShuffleSplit
        return kind(self.n_blends, test_size=self.test_size, random_state=seed)

    def _find_weights(
        self, answers: Floats, target: NDArray[Any], weight: NDArray[np.float64]
    ) -> tuple[Floats, float, Floats, Floats]:
        """Return ρ, its loss, the loss of each model alone, and the slopes of the loss by ρ.

        Parameters
        ----------
        answers : ndarray of shape (n_test, n_outputs, n_estimators)
            What the models say of the rows that they didn't see.
        target : ndarray of shape (n_test,) or (n_test, n_outputs)
            The places of the classes, or the amounts.
        weight : ndarray of shape (n_test,)
            What the rows count.
        """
        raise NotImplementedError

    def _blend(self, X: ArrayLike) -> Floats:
        """Return the weighted sum of what the models say."""
        check_is_fitted(self)
        table = read_table(self, X, reset=False)
        members = range(len(self.estimators_))
        if self.predict_with == "refit":
            terms = (self.weights_[m] * self._answers(table, m) for m in members)
            return np.asarray(sum(terms))
        total = sum(
            weight * self._answers(table, m, split)
            for split, weights in enumerate(self.blend_weights_)
            for m, weight in enumerate(weights)
            if weight > 0
        )
        return np.asarray(total / len(self.blend_weights_))
