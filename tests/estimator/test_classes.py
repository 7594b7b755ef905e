"""Classes as numbers against plain counting, and what is no class."""

import warnings

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_sample_weight

from baremath.estimator import check_several, class_weight_of_rows, encode, find_classes

LABELS = [
    np.array([7, 3, 7, -1]),
    np.array(["no", "yes", "no"]),
    np.array(["b", "a", "b"], dtype=object),
    np.array([True, False]),
    np.array([1.0, 0.0, 1.0]),
]


@pytest.mark.parametrize("y", LABELS, ids=lambda y: str(y.dtype))
def test_a_class_and_its_place(y):
    classes = find_classes(y)
    assert classes.tolist() == sorted(set(y.tolist()))
    assert encode(y, classes).tolist() == [classes.tolist().index(label) for label in y.tolist()]


def test_amounts_are_no_classes():
    with pytest.raises(ValueError, match="continuous"):
        find_classes(np.array([0.5, 1.5, 2.5]))


def test_labels_without_an_order_are_named():
    with pytest.raises(ValueError, match="several types"):
        find_classes(np.array(["a", 1, None], dtype=object))


def test_almost_as_many_classes_as_rows_is_told():
    with pytest.warns(UserWarning, match="regression"):
        find_classes(np.arange(30))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        find_classes(np.arange(30.0) // 3)


@pytest.mark.parametrize("strange", [-5, 4, 99])
def test_a_class_that_is_not_known(strange):
    with pytest.raises(ValueError, match=f"doesn't know: {strange}; it knows 3, 7"):
        encode(np.array([3, strange]), np.array([3, 7]))


def test_one_class_is_not_enough():
    check_several(object(), np.arange(2))
    with pytest.raises(ValueError, match=r"object needs .* at least 2 classes.* 'a'"):
        check_several(object(), np.array(["a"]))


@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 2, 1: 0.5, 2: 0}, {1: 3}])
def test_class_weights_are_scikit_learns(class_weight):
    codes = np.random.default_rng(0).integers(0, 3, 40)
    found = class_weight_of_rows(class_weight, np.arange(3), codes, np.ones(40))
    np.testing.assert_allclose(found, compute_sample_weight(class_weight, codes))


def test_balanced_classes_have_equal_sums_of_weights():
    rng = np.random.default_rng(1)
    codes, weights = rng.integers(0, 3, 50), rng.uniform(0, 5, 50)
    balanced = weights * class_weight_of_rows("balanced", np.arange(3), codes, weights)
    np.testing.assert_allclose(np.bincount(codes, balanced), weights.sum() / 3)


@pytest.mark.parametrize("wrong", [{0: -1}, {0: np.inf}, {0: "a"}, {0: 0, 1: 0}, "even", [1, 2]])
def test_class_weights_that_are_none(wrong):
    with pytest.raises(ValueError, match="class_weight="):
        class_weight_of_rows(wrong, np.arange(2), np.array([0, 1]), np.ones(2))
