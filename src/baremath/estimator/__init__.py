"""What estimators of every kind share: arguments checked, all or nothing learned, warnings."""

from baremath.estimator.validation import Floats, all_or_nothing, check_sample_weight, forget
from baremath.estimator.warn import warn_user

__all__ = ["Floats", "all_or_nothing", "check_sample_weight", "forget", "warn_user"]
