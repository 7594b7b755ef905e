"""Ensembles of different models: named, and fitted to the same splits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import TimeSeriesSplit
from sklearn.utils import Bunch, Tags, get_tags
from sklearn.utils.metaestimators import _BaseComposition

from baremath.ensemble._arguments import (
    check_choice,
    check_flag,
    check_model,
    check_share,
    weight_parameter,
)
from baremath.ensemble._classes import weighted_classes
from baremath.ensemble._cross_fit import Plan, Sample, cross_fit
from baremath.ensemble._early_stopping import check_takes_eval
from baremath.ensemble._folds import Folds, resolve_folds
from baremath.ensemble._member import member_output
from baremath.ensemble._rows import read_training
from baremath.ensemble._seeds import draw_seed
from baremath.estimator import Floats

PREDICT_WITH = ("refit", "folds")


class Combination(_BaseComposition):
    """Named base models, each fitted to the training part of every split.

    Attributes
    ----------
    estimators_ : list
        The models that predict, without those that are ``"drop"``: fitted to all rows, or for each
        a list with a model for every split.
    named_estimators_ : Bunch
        The same by name.
    fold_indices_ : list of (ndarray, ndarray)
        The training and the test rows of every split, the same for all models.
    seed_ : int
        From which all random numbers are derived.
    """

    estimators: list[tuple[str, Any]]
    cv: Any
    predict_with: str
    eval_fraction: float | dict[str, float] | None
    n_jobs: int | None
    random_state: Any
    verbose: bool
    estimators_: list[Any]
    fold_indices_: Folds
    seed_: int
    _classify: bool
    _fixed: tuple[str, ...] = ("predict_with",)  # what can't change between fit and predict

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters; with `deep` also those of the models."""
        params: dict[str, Any] = self._get_params("estimators", deep=deep)
        return params

    def set_params(self, **params: Any) -> Any:
        """Set parameters; also whole models by name (``"drop"`` leaves one out) and theirs."""
        return self._set_params("estimators", **params)

    @property
    def named_estimators_(self) -> Bunch:
        """The fitted models by name."""
        return Bunch(**dict(zip(self.member_names_, self.estimators_, strict=True)))

    def _check_combination(self) -> None:
        given = self.estimators
        pairs = isinstance(given, list | tuple) and all(
            isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], str)
            for pair in given
        )
        if not pairs or not given:
            raise ValueError(
                f"estimators={given!r} must be a list of at least one (name, estimator), such as "
                '[("line", LinearRegression())].'
            )
        self._validate_names([name for name, _ in given])
        if not self._members():
            raise ValueError('all estimators are "drop"; at least one model is needed.')
        for name, model in self._members():
            check_model(name, model, classify=self._classify)
        check_choice("predict_with", self.predict_with, PREDICT_WITH)
        check_flag("verbose", self.verbose)
        for name, fraction in self._eval_fractions().items():
            check_share("eval_fraction", fraction)
            check_takes_eval(name, dict(self._members())[name])

    def _members(self) -> list[tuple[str, Any]]:
        return [(name, model) for name, model in self.estimators if not _dropped(model)]

    def _eval_fractions(self) -> dict[str, float]:
        """Return the share of the training rows to stop by, for each model that has one."""
        names = [name for name, _ in self._members()]
        given = self.eval_fraction
        if given is None:
            return {}
        if not isinstance(given, dict):
            return dict.fromkeys(names, given)
        unknown = set(given) - {name for name, _ in self.estimators}
        if unknown:
            raise ValueError(
                f"eval_fraction names {sorted(unknown)}, which are none of the models: {names}."
            )
        return {name: share for name, share in given.items() if name in names}

    def _fit_models(
        self, X: Any, y: Any, sample_weight: Any, groups: Any, params: dict[str, dict[str, Any]]
    ) -> tuple[Sample, list[list[Floats]]]:
        """Fit every model to every split; keep what predicts.

        Returns
        -------
        sample : Sample
            The rows, with the places of the classes or the amounts.
        outputs : list of list of ndarray
            What each model says of the test rows of each split.
        """
        sample = self._read(X, y, sample_weight, groups)
        cv = self._default_cv(sample.groups) if self.cv is None else self.cv
        self.fold_indices_ = resolve_folds(
            cv, sample.X, sample.y, sample.groups, sample.counted, classify=self._classify
        )
        self._check_folds(sample.y)
        if sample.weight is not None:
            for name, model in self._members():
                weight_parameter(name, model)
        fractions = self._eval_fractions()
        plans = [
            Plan(
                name=name,
                model=model,
                method=self._method(name, model),
                params=params.get(name, {}),
                eval_fraction=fractions.get(name),
            )
            for name, model in self._members()
        ]
        fitted = cross_fit(
            plans,
            sample,
            self.fold_indices_,
            n_classes=self._n_classes(),
            ordered=isinstance(self.cv, TimeSeriesSplit),
            refit=self.predict_with == "refit",
            seed=self.seed_,
            n_jobs=self.n_jobs,
            verbose=self.verbose,
            title=type(self).__name__,
        )
        self.member_names_ = [plan.name for plan in plans]
        self.methods_ = [plan.method for plan in plans]
        self.estimators_, self.member_classes_ = fitted.models, fitted.places
        self._fitted_with_ = {name: getattr(self, name) for name in self._fixed}
        return sample, fitted.outputs

    def _read(self, X: Any, y: Any, sample_weight: Any, groups: Any) -> Sample:
        """Return the rows, with the places of classes or the amounts."""
        table, target, weight = read_training(self, X, y, sample_weight, classify=self._classify)
        total = len(target)
        if groups is not None:
            groups = np.asarray(groups)
            if groups.shape != (total,):
                raise ValueError(
                    f"groups has shape {groups.shape}; it must hold one for each of {total} rows."
                )
        if self._classify:
            given = np.ones(total) if weight is None else weight
            self.classes_, target, by_class = weighted_classes(self, target, given)
            if weight is not None or getattr(self, "class_weight", None) is not None:
                weight = by_class
        else:
            self._flat_ = target.ndim == 1
        self.seed_ = draw_seed(self.random_state)
        return Sample(table, target, weight, groups)

    def _default_cv(self, groups: Any) -> Any:
        raise NotImplementedError

    def _check_folds(self, target: NDArray[Any]) -> None:
        """Raise ValueError where something can't be learned from these splits."""

    def _method(self, name: str, model: Any) -> str:
        """Return what a model is asked."""
        return "predict"

    def _n_classes(self) -> int:
        return len(self.classes_) if self._classify else 0

    def _answers(self, table: Any, member: int, split: int | None = None) -> Floats:
        """Return what a model says, or the model that one split left of it."""
        for name, before in self._fitted_with_.items():
            if getattr(self, name) != before:
                raise ValueError(
                    f"{name}={getattr(self, name)!r} was set after the fit with {name}={before!r}; "
                    "fit again, or set it back."
                )
        model, places = self.estimators_[member], self.member_classes_[member]
        if split is not None:
            model, places = model[split], places[split]
        return member_output(model, self.methods_[member], table, places, self._n_classes())

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        try:
            bases = [get_tags(model) for _, model in self._members()]
        except (TypeError, ValueError, AttributeError):  # what isn't a list of models, fit refuses
            return tags
        tags.input_tags.sparse = all(base.input_tags.sparse for base in bases)
        tags.input_tags.allow_nan = all(base.input_tags.allow_nan for base in bases)
        several = all(base.target_tags.multi_output for base in bases)
        tags.target_tags.multi_output = several and not self._classify
        return tags


def split_params(params: dict[str, Any], names: list[str]) -> dict[str, dict[str, Any]]:
    """Return the further arguments of `fit` by model.

    Raises
    ------
    TypeError
        When an argument doesn't begin with the name of a model and two underscores.

    Examples
    --------
    >>> split_params({"tree__check_input": False}, ["tree", "line"])
    {'tree': {'check_input': False}}
    """
    by_model: dict[str, dict[str, Any]] = {}
    for key, value in params.items():
        name, _, parameter = key.partition("__")
        if name not in names or not parameter:
            raise TypeError(
                f"fit takes no {key!r}; an argument for one model is named after it: "
                f"{', '.join(f'{each}__…' for each in names)}."
            )
        by_model.setdefault(name, {})[parameter] = value
    return by_model


def _dropped(model: Any) -> bool:
    return isinstance(model, str) and model == "drop"
