"""Scores as classes and probabilities against SciPy, at any size."""

import numpy as np
import pytest
from scipy import special

from baremath.estimator import chosen, log_probabilities, probabilities

SCORES = np.random.default_rng(0).normal(size=(20, 3)) * [1, 10, 1000]


def test_a_score_for_each_class():
    assert (chosen(SCORES) == SCORES.argmax(axis=1)).all()
    np.testing.assert_allclose(probabilities(SCORES), special.softmax(SCORES, axis=1), rtol=1e-13)
    expected = special.log_softmax(SCORES, axis=1)
    np.testing.assert_allclose(log_probabilities(SCORES), expected, rtol=1e-13, atol=1e-300)


@pytest.mark.parametrize("shape", [-1, (-1, 1)])
def test_a_score_for_two_classes(shape):
    z = np.array([-1e4, -40.0, -1.0, 0.0, 1e-9, 1.0, 40.0, 1e4])
    scores = z.reshape(shape)
    assert chosen(scores).tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    expected = np.column_stack([special.expit(-z), special.expit(z)])
    np.testing.assert_allclose(probabilities(scores), expected, rtol=1e-14)
    expected = np.column_stack([special.log_expit(-z), special.log_expit(z)])
    np.testing.assert_allclose(log_probabilities(scores), expected, rtol=1e-14)


def test_of_equal_probabilities_the_first_counts():
    assert chosen(np.array([[0.5, 0.5], [0.2, 0.8]])).tolist() == [0, 1]
