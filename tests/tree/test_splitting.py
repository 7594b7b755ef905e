"""Answers against a search for the best number; whole splits are tested by growing."""

import math

import numba
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from baremath.tree import splitting


@numba.njit(error_model="numpy")
def answer(gradient, hessian, l1, l2, low, high):
    return splitting.answer(gradient, hessian, l1, l2, low, high)


@numba.njit(error_model="numpy")
def merit(gradient, hessian, l1, l2, low, high):
    value = splitting.answer(gradient, hessian, l1, l2, low, high)
    return splitting.merit(gradient, hessian, l1, l2, value)


amounts = st.floats(-50, 50)
penalties = st.floats(0, 10)


@given(amounts, st.floats(0.1, 50), penalties, penalties, amounts, st.floats(0, 60))
def test_the_answer_lowers_the_loss_most(gradient, hessian, l1, l2, low, width):
    high = low + width

    def loss(v):
        return gradient * v + 0.5 * (hessian + l2) * v * v + l1 * abs(v)

    best = answer(gradient, hessian, l1, l2, low, high)
    assert low <= best <= high
    found = minimize_scalar(loss, bounds=(low, high + 1e-9), method="bounded").fun
    assert loss(best) <= min(found, loss(low), loss(high)) + 1e-6 * (1 + abs(loss(best)))
    assert merit(gradient, hessian, l1, l2, low, high) == pytest.approx(-loss(best), abs=1e-9)


def test_without_curvature_the_answer_is_nothing():
    assert answer(3.0, 0.0, 0.0, 0.0, -math.inf, math.inf) == 0.0
    assert answer(3.0, 0.0, 0.0, 0.0, 1.0, 2.0) == 1.0


def test_a_gradient_within_the_penalty_is_not_answered():
    assert answer(1.5, 1.0, 2.0, 0.0, -math.inf, math.inf) == 0.0
    assert answer(3.5, 1.0, 2.0, 0.5, -math.inf, math.inf) == pytest.approx(-1.0)
    assert merit(1.5, 1.0, 2.0, 0.0, -math.inf, math.inf) == 0.0
