"""Decision trees: binning, histograms, splitting, growing, predicting."""

from __future__ import annotations

from baremath.tree._decision_tree_classifier import DecisionTreeClassifier
from baremath.tree._decision_tree_regressor import DecisionTreeRegressor

__all__ = ["DecisionTreeClassifier", "DecisionTreeRegressor"]
