"""What estimators of every kind share: arguments checked, all or nothing learned, warnings.

And what classifiers of every kind share: classes as numbers, scores as classes and probabilities.
"""

from baremath.estimator.asked import check_row, place_of_class, target_of_row
from baremath.estimator.classes import check_several, class_weight_of_rows, encode, find_classes
from baremath.estimator.scores import chosen, log_probabilities, probabilities, sigmoid, softmax
from baremath.estimator.validation import Floats, all_or_nothing, check_sample_weight, forget
from baremath.estimator.warn import warn_user

__all__ = [
    "Floats",
    "all_or_nothing",
    "check_row",
    "check_sample_weight",
    "check_several",
    "chosen",
    "class_weight_of_rows",
    "encode",
    "find_classes",
    "forget",
    "log_probabilities",
    "place_of_class",
    "probabilities",
    "sigmoid",
    "softmax",
    "target_of_row",
    "warn_user",
]
