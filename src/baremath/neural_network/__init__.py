"""Neural networks as scikit-learn estimators."""

from baremath.neural_network._mlp_classifier import MLPClassifier
from baremath.neural_network._mlp_regressor import MLPRegressor
from baremath.neural_network._neural_net import NeuralNetClassifier, NeuralNetRegressor
from baremath.neural_network._scale import ScaleWarning

__all__ = [
    "MLPClassifier",
    "MLPRegressor",
    "NeuralNetClassifier",
    "NeuralNetRegressor",
    "ScaleWarning",
]
