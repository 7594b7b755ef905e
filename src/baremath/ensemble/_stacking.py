"""What StackingClassifier and StackingRegressor share."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import TransformerMixin, clone
from sklearn.utils.validation import _check_method_params, check_is_fitted

from baremath.ensemble._arguments import check_flag, check_model, name_in_fit, weight_parameter
from baremath.ensemble._combination import Combination, split_params
from baremath.ensemble._rows import Rows, beside, pick, read_table
from baremath.ensemble._seeds import reseed, stream
from baremath.estimator import Floats, all_or_nothing, forget
from baremath.maths import Derivation

FINAL = "final_estimator"
FINAL_STREAM = 1_000_000  # the place of the final estimator's stream, beyond that of any model
FOLDS = 5
METHODS = ("predict_proba", "decision_function", "predict")


class Stacking(TransformerMixin, Combination):
    """A model that learns from what other models say of rows that they haven't seen.

    Attributes
    ----------
    final_estimator_ : estimator
        The model on top, fitted to `oof_predictions_`.
    oof_predictions_ : ndarray of shape (n_samples, n_meta_features)
        What the models said of rows that were not among their training rows; the mean, where a row
        was in the test part of several splits, and NaN where it was in none.
    """

    final_estimator: Any
    stack_method: str
    passthrough: bool
    final_estimator_: Any
    _fixed = ("predict_with", "passthrough")
    oof_predictions_: Floats

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
        """Fit the models by splits, and the final model to their out-of-fold predictions.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features; anything that the base models take.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The classes or the amounts.
        sample_weight : array-like of shape (n_samples,), optional
            What each row counts, for all models; 0 leaves it out.
        groups : array-like of shape (n_samples,), optional
            Rows of one group are on one side of a split. Stacks among the models get them too.
        **fit_params
            Arguments for the fit of one model, as ``name__argument``, also of
            ``final_estimator__argument``; one for each row is cut with the rows.

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
        check_flag("passthrough", self.passthrough)
        final = self._default_final() if self.final_estimator is None else self.final_estimator
        check_model(FINAL, final, classify=self._classify)
        params = split_params(fit_params, [*(name for name, _ in self._members()), FINAL])
        sample, outputs = self._fit_models(X, y, sample_weight, groups, params)
        self.stack_method_ = self.methods_
        columns = [self._columns_of(parts, len(sample.y)) for parts in outputs]
        self._column_counts_ = [each.shape[1] for each in columns]
        self.oof_predictions_ = np.hstack(columns)
        known = self._predicted_rows()
        top = clone(final)
        reseed(top, stream(self.seed_, FINAL_STREAM), only_unset=True)
        arguments = _check_method_params(sample.X, params.get(FINAL, {}), indices=known)
        if sample.weight is not None:
            arguments[weight_parameter(FINAL, top)] = sample.weight[known]
        takes_groups = name_in_fit(top, "groups")
        if sample.groups is not None and takes_groups is not None:
            arguments[takes_groups] = sample.groups[known]
        meta = self._with_features(self.oof_predictions_[known], pick(sample.X, known))
        self.final_estimator_ = top.fit(meta, sample.y[known], **arguments)
        return self

    def transform(self, X: ArrayLike) -> Any:
        """Return what the final model gets for each row: the models' predictions.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples, n_meta_features)
            The meta-features; with `passthrough` the features of X behind them.
        """
        return self._meta_table(X)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Return the names of the meta-features.

        Parameters
        ----------
        input_features : array-like of str, optional
            The names of the columns of X, where they had none.

        Returns
        -------
        ndarray of str
            ``model`` for one number, ``model_class`` for one of a class, ``model_1`` for one of an
            output.
        """
        check_is_fitted(self)
        names = self._meta_names()
        if self.passthrough:
            own = getattr(self, "feature_names_in_", input_features)
            plain = [f"x{place}" for place in range(vars(self)["n_features_in_"])]
            names = [*names, *(plain if own is None else own)]
        return np.asarray(names, dtype=object)

    def explain(self, X: ArrayLike, y: ArrayLike | None = None, row: int = 0) -> Derivation:
        """Show what the models say of one row, and what the final model makes of it.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table.
        y : array-like of shape (n_samples,), optional
            Its classes or amounts: the final model shows its loss and gradient with them.
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
        from baremath.ensemble._explain_stack import explain_stack

        return explain_stack(self, X, y, row)

    def _default_final(self) -> Any:
        raise NotImplementedError

    def _default_cv(self, groups: Any) -> Any:
        return FOLDS

    def _predicted_rows(self) -> Rows:
        """Return the rows that are in a test part."""
        return np.unique(np.concatenate([test for _, test in self.fold_indices_]))

    def _features(self, output: Floats) -> Floats:
        """Return the columns that the final model gets of an output."""
        return output

    def _columns_of(self, parts: list[Floats], total: int) -> Floats:
        """Put what a model said of every split's test rows in the order of all rows."""
        columns = [self._features(part) for part in parts]
        summed, times = np.zeros((total, columns[0].shape[1])), np.zeros(total)
        for (_, test), part in zip(self.fold_indices_, columns, strict=True):
            np.add.at(summed, test, part)
            np.add.at(times, test, 1)
        with np.errstate(invalid="ignore"):  # 0 / 0: a row in no test part
            mean: Floats = summed / times[:, np.newaxis]
        return mean

    def _meta_table(self, X: ArrayLike) -> Any:
        check_is_fitted(self)
        table = read_table(self, X, reset=False)
        return self._with_features(self._meta(table), table)

    def _meta(self, table: Any) -> Floats:
        """Return the predictions of the models, or the mean of those of the splits."""
        return np.hstack([self._features(self._said(table, m)) for m in self._places()])

    def _said(self, table: Any, member: int) -> Floats:
        if self.predict_with == "refit":
            return self._answers(table, member)
        splits = range(len(self.fold_indices_))
        each = [self._answers(table, member, split) for split in splits]
        mean: Floats = np.mean(each, axis=0)
        return mean

    def _places(self) -> range:
        return range(len(self.estimators_))

    def _with_features(self, meta: Floats, table: Any) -> Any:
        return beside(table, meta, self._meta_names()) if self.passthrough else meta

    def _final_output(self, X: ArrayLike, method: str) -> Any:
        meta = self._meta_table(X)
        return getattr(self.final_estimator_, method)(meta)

    def _meta_names(self) -> list[str]:
        names = []
        for name, count in zip(self.member_names_, self._column_counts_, strict=True):
            labels = self._labels(count)
            names += [name] if count == 1 else [f"{name}_{label}" for label in labels]
        return names

    def _labels(self, count: int) -> list[str]:
        return [str(place + 1) for place in range(count)]
