"""The race of the optimizers, against finite differences and NumPy's reading of the formulas."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from scipy.optimize import minimize

from baremath.playground.server.lectures.descent import Rule, moments
from baremath.playground.server.lectures.optimizers import (
    NAMES,
    SURFACES,
    Explained,
    Optimizers,
    answer,
)
from baremath.playground.server.lectures.update_rule import update_steps


def race(**asked):
    return answer(msgspec.convert(asked, Optimizers))


@pytest.mark.parametrize("name", SURFACES)
def test_each_surface_has_a_race_of_all_rules(name):
    found, drawn = race(surface=name), race(surface=name, wanted="surface")
    window, runs = drawn["window"], found["runs"]
    assert [run["name"] for run in runs] == list(NAMES)
    assert all(run["diverged"] is None for run in runs)
    assert all(run["heights"][-1] < run["heights"][0] for run in runs)
    bands = np.array(drawn["bands"], float)
    assert np.nanmin(bands) >= 0
    assert np.nanmax(bands) == 16
    left, right, bottom, top = window
    assert left < found["start"][0] < right
    assert bottom < found["start"][1] < top
    assert msgspec.json.encode([found, drawn])


@pytest.mark.parametrize("name", SURFACES)
def test_minima_are_minima(name):
    surface = SURFACES[name]
    for minimum in surface.minima:
        found = minimize(lambda p: float(surface.function(p[0], p[1])), minimum, tol=1e-10)
        assert found.x == pytest.approx(minimum, abs=1e-4)


def test_gradient_descent_on_the_bowl_shrinks_by_one_minus_the_rate():
    start = (-1.5, 1.0)
    rules = [{"name": "sgd", "learning_rate": 0.1}]
    [run] = race(surface="bowl", start=start, n_steps=20, rules=rules)["runs"]
    expected = np.outer(0.9 ** np.arange(21), start)
    np.testing.assert_allclose(run["path"], expected, atol=1e-5)


@pytest.mark.parametrize("name", SURFACES)
def test_gradients_are_those_of_finite_differences(name):
    surface = SURFACES[name]
    moment = next(moments(lambda p: surface.function(p[:, 0], p[:, 1]), [], (0.0, 0.0)))
    assert moment.points.shape == (0, 2)
    point, h = np.array([0.7, -0.4]), 1e-6
    found = next(moments(lambda p: surface.function(p[:, 0], p[:, 1]), [Rule().optimizer()], point))
    for k in range(2):
        step = h * np.eye(2)[k]
        up, down = surface.function(*(point + step)), surface.function(*(point - step))
        assert found.gradients[0, k] == pytest.approx(float(up - down) / (2 * h), rel=1e-5)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("step", [0, 1, 7])
def test_the_lines_of_a_rule_compute_its_step(name, step):
    rule = Rule(name, learning_rate=0.05, weight_decay=0.3).optimizer()
    surface = SURFACES["beale"]
    walk = moments(lambda p: surface.function(p[:, 0], p[:, 1]), [rule], surface.start)
    for _ in range(step):
        next(walk)
    here, after = next(walk), next(walk)
    lines = update_steps(rule, here.points[0], here.gradients[0], here.states[0], step + 1)
    for line in lines:
        names = {key: np.asarray(value) for key, value in line.inputs.items()}
        value = eval(line.expression, {"sqrt": np.sqrt}, names)
        np.testing.assert_allclose(value, line.value, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(lines[-1].value, after.points[0])


def test_who_diverges_is_named_with_the_step():
    rules = [{"name": "sgd", "learning_rate": 1.0}, {"name": "adam"}]
    sgd, adam = race(surface="ravine", rules=rules)["runs"]
    assert sgd["diverged"] < 10
    assert np.isfinite(sgd["path"][sgd["diverged"] - 1]).all()
    assert np.isnan(sgd["path"][-1]).all()
    assert adam["diverged"] is None


def test_a_step_is_explained_alone():
    found = race(wanted="step", explained={"name": "adamw", "step": 12})
    assert list(found) == ["steps"]
    assert all("<math" in step["formula"] for step in found["steps"])


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="each takes part once"):
        answer(Optimizers(rules=(Rule("adam"), Rule("adam"))))
    with pytest.raises(ValueError, match="adam takes no part"):
        answer(Optimizers(rules=(Rule("sgd"),), wanted="step", explained=Explained("adam")))
    with pytest.raises(ValueError, match="sgd has diverged before step 51"):
        answer(
            Optimizers(
                "ravine",
                rules=(Rule("sgd", learning_rate=1.0),),
                wanted="step",
                explained=Explained("sgd", 50),
            )
        )
    for wrong in ({"surface": "moon"}, {"n_steps": 501}, {"rules": []}, {"start": [1e9, 0]}):
        with pytest.raises(msgspec.ValidationError):
            race(**wrong)
