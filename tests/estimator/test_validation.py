"""A fit that fails leaves the estimator as it was, and warnings point at the user's line."""

import inspect
import warnings

import numpy as np
import pytest

from baremath.estimator import all_or_nothing, check_sample_weight, forget
from baremath.linear_model import LogisticRegression


class Model:
    def __init__(self):
        self.alpha = 1.0

    @all_or_nothing
    def fit(self, error=None):
        forget(self)
        self.coef_ = [2.0]
        if error:
            raise error
        return self


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()], ids=["error", "ctrl-c"])
def test_a_failed_fit_leaves_everything(error):
    model = Model()
    with pytest.raises(type(error)):
        model.fit(error)
    assert vars(model) == {"alpha": 1.0}
    model.fit().coef_ = [7.0]
    with pytest.raises(type(error)):
        model.fit(error)
    assert vars(model) == {"alpha": 1.0, "coef_": [7.0]}


def test_forgetting_leaves_the_parameters():
    model = Model().fit()
    forget(model)
    assert vars(model) == {"alpha": 1.0}


def test_weights_are_checked():
    X = np.ones((3, 1))
    assert check_sample_weight(None, X) is None
    assert check_sample_weight([1, 2, 3], X).dtype == np.float64
    for wrong in ([1.0, 2.0], [1.0, -1.0, 1.0], [1.0, np.nan, 1.0], [0.0, 0.0, 0.0]):
        with pytest.raises(ValueError, match=r"[Ww]eight|NaN"):
            check_sample_weight(wrong, X)


def test_a_warning_points_here():
    X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        line = inspect.currentframe().f_lineno + 1
        LogisticRegression(C=np.inf).fit(X, y)
    assert [(w.filename, w.lineno) for w in caught] == [(__file__, line)]
