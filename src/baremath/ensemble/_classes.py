"""The classes of the rows that count, and what each row counts for its class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.estimator import check_several, class_weight_of_rows, encode, find_classes


def weighted_classes(
    estimator: Any, target: NDArray[Any], weight: NDArray[np.float64]
) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[np.float64]]:
    """Return the classes, the place of each row's among them, and the weights by `class_weight`.

    A class that only rows of weight zero have is none; these rows get the place 0.

    Raises
    ------
    ValueError
        When fewer than two classes count, or `class_weight` is no weight.
    """
    counts = weight > 0
    classes = find_classes(target[counts])
    check_several(estimator, classes)
    codes = np.zeros(len(target), np.intp)
    codes[counts] = encode(target[counts], classes)
    by_class = class_weight_of_rows(estimator.class_weight, classes, codes, weight)
    return classes, codes, weight * by_class
