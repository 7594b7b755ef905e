"""What the ensembles ask of their arguments before they fit anything."""

from __future__ import annotations

from collections.abc import Collection
from numbers import Integral, Real
from typing import Any, SupportsFloat, SupportsInt, TypeGuard

from sklearn.base import is_classifier, is_regressor
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter


def check_choice(name: str, value: object, choices: Collection[str]) -> None:
    """Raise ValueError unless `value` is one of the choices."""
    if value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"{name}={value!r} is not known; choose one of {listed}.")


def check_count(name: str, value: object) -> None:
    """Raise ValueError unless `value` is a whole number of at least one."""
    if not _is_whole(value) or int(value) < 1:
        raise ValueError(f"{name}={value!r} must be a whole number of at least 1.")


def check_flag(name: str, value: object) -> None:
    """Raise ValueError unless `value` is True or False."""
    if not isinstance(value, bool):
        raise ValueError(f"{name}={value!r} must be True or False.")


def check_share(name: str, value: object) -> None:
    """Raise ValueError unless `value` is a number between 0 and 1, both left out."""
    if not _is_fractional(value) or not 0 < float(value) < 1:
        raise ValueError(f"{name}={value!r} must be a number in (0, 1).")


def how_many(name: str, value: object, total: float) -> int:
    """Return a count: a whole number as it is, a float as a share of all; one at least.

    Raises
    ------
    ValueError
        When it is neither a whole number of at least 1 nor a share in (0, 1].
    """
    if _is_whole(value) and int(value) >= 1:
        return int(value)
    if _is_fractional(value) and 0 < float(value) <= 1:
        return max(int(float(value) * total), 1)
    raise ValueError(
        f"{name}={value!r} must be a whole number of at least 1, or a share in (0, 1]."
    )


def check_model(name: str, model: Any, *, classify: bool) -> None:
    """Raise unless it is an estimator of the right kind.

    Raises
    ------
    TypeError
        When it is a class, or has no `fit` and `predict`.
    ValueError
        When it predicts amounts where classes are wanted, or the other way round.
    """
    if isinstance(model, type):
        raise TypeError(f"{name} is the class {model.__name__}; give an object: {model.__name__}()")
    if not (hasattr(model, "fit") and hasattr(model, "predict")):
        raise TypeError(f"{name}={model!r} is no estimator: it has no fit and predict.")
    if is_regressor(model) if classify else is_classifier(model):
        has, needs = ("amounts", "classes") if classify else ("classes", "amounts")
        raise ValueError(
            f"{name} is {type(model).__name__}, which predicts {has}; a model of {needs} is needed."
        )


def name_in_fit(model: Any, parameter: str) -> str | None:
    """Return the name under which `fit` takes a parameter, or None; a pipeline's last step has it.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from baremath.linear_model import LinearRegression
    >>> name_in_fit(make_pipeline(StandardScaler(), LinearRegression()), "sample_weight")
    'linearregression__sample_weight'
    >>> name_in_fit(LinearRegression(), "groups")
    """
    if has_fit_parameter(model, parameter):
        return parameter
    if isinstance(model, Pipeline):
        step, last = model.steps[-1]
        inner = name_in_fit(last, parameter)
        return inner and f"{step}__{inner}"
    return None


def weight_parameter(name: str, model: Any) -> str:
    """Return the name under which `fit` takes the weights of the rows.

    Raises
    ------
    TypeError
        When it takes none.
    """
    found = name_in_fit(model, "sample_weight")
    if found is None:
        raise TypeError(
            f"{name} ({type(model).__name__}) takes no sample_weight, and the rows have weights; "
            "leave out sample_weight and class_weight, or choose another model."
        )
    return found


def _is_whole(value: object) -> TypeGuard[SupportsInt]:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_fractional(value: object) -> TypeGuard[SupportsFloat]:
    return isinstance(value, Real) and not isinstance(value, Integral)
