"""Ensembles: models that are better together."""

from __future__ import annotations

from baremath.ensemble._bagging import BaggingClassifier, BaggingRegressor
from baremath.ensemble._blending_classifier import BlendingClassifier
from baremath.ensemble._blending_regressor import BlendingRegressor
from baremath.ensemble._gradient_boosting_classifier import GradientBoostingClassifier
from baremath.ensemble._gradient_boosting_regressor import GradientBoostingRegressor
from baremath.ensemble._random_forest_classifier import RandomForestClassifier
from baremath.ensemble._random_forest_regressor import RandomForestRegressor
from baremath.ensemble._random_subspace import RandomSubspaceClassifier, RandomSubspaceRegressor
from baremath.ensemble._stacking_classifier import StackingClassifier
from baremath.ensemble._stacking_regressor import StackingRegressor

__all__ = [
    "BaggingClassifier",
    "BaggingRegressor",
    "BlendingClassifier",
    "BlendingRegressor",
    "GradientBoostingClassifier",
    "GradientBoostingRegressor",
    "RandomForestClassifier",
    "RandomForestRegressor",
    "RandomSubspaceClassifier",
    "RandomSubspaceRegressor",
    "StackingClassifier",
    "StackingRegressor",
]
