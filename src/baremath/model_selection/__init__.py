"""Why a model errs: the noise in the data, the bias of its kind, the variance of its fits."""

from baremath.model_selection._bias_variance import bias_variance_decomposition
from baremath.model_selection._result import BiasVarianceDecomposition, Labels, Parts

__all__ = ["BiasVarianceDecomposition", "Labels", "Parts", "bias_variance_decomposition"]
