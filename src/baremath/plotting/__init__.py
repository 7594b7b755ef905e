"""Pictures of models: matplotlib displays in scikit-learn's manner, safe for the colour-blind.

Each display is made by `from_estimator` (or the like), draws itself with `plot(ax=None)`
and keeps what it drew on in `ax_` and `figure_`. Without `ax` it opens a figure of pyplot's, as
scikit-learn's displays do; on axes that are given it leaves pyplot and all settings alone.
"""

from baremath.plotting._activation import ActivationDisplay
from baremath.plotting._bias_variance import BiasVarianceDisplay
from baremath.plotting._coefficients import CoefficientsDisplay
from baremath.plotting._decision_boundary import DecisionBoundaryDisplay
from baremath.plotting._fitted_line import FittedLineDisplay
from baremath.plotting._loss_curve import LossCurveDisplay
from baremath.plotting._loss_surface import LossSurfaceDisplay
from baremath.plotting._optimizer_race import OptimizerRace
from baremath.plotting._predicted_actual import PredictedActualDisplay
from baremath.plotting._surfaces import SURFACES, Surface
from baremath.plotting._svg import figure_to_svg

__all__ = [
    "SURFACES",
    "ActivationDisplay",
    "BiasVarianceDisplay",
    "CoefficientsDisplay",
    "DecisionBoundaryDisplay",
    "FittedLineDisplay",
    "LossCurveDisplay",
    "LossSurfaceDisplay",
    "OptimizerRace",
    "PredictedActualDisplay",
    "Surface",
    "figure_to_svg",
]
