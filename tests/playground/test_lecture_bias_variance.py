"""The page of bias and variance: parts that sum to the loss, and that are the true ones."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from baremath.playground.server.lectures.bias_variance import MODELS
from baremath.playground.server.lectures.question import question

QUESTION = question("bias-variance")


def asked(**settings: Any) -> dict[str, Any]:
    """Return what the page is told."""
    found: dict[str, Any] = QUESTION.answer(msgspec.convert(settings, QUESTION.asked))
    return found


@pytest.mark.parametrize("model", MODELS)
def test_the_parts_sum_to_the_loss(model: str) -> None:
    answer = asked(model=model, complexity=2 if model != "polynomial" else 3, rounds=5)
    parts = {name: np.array(values) for name, values in answer["parts"].items()}
    total = parts["noise"] + parts["bias2"] + parts["variance"]
    np.testing.assert_allclose(parts["loss"], total, atol=3e-4)
    for name, value in answer["total"].items():
        assert value == pytest.approx(parts[name].mean(), abs=1e-4)
    assert len(answer["fits"]) == answer["rounds"] == 5
    np.testing.assert_allclose(np.mean(answer["fits"], axis=0), answer["mean"], atol=2e-4)
    np.testing.assert_allclose(
        np.var(answer["fits"], axis=0, ddof=1), parts["variance"], rtol=0.02, atol=1e-3
    )


def test_a_polynomial_has_the_variance_that_theory_gives() -> None:
    # Of least squares with p weights, in the mean over the points: sigma² p / n. A cubic can follow
    # a cubic, so there is no bias.
    answer = asked(
        model="polynomial", complexity=3, truth="polynomial", n=100, noise=1.0, rounds=200
    )
    assert answer["total"]["variance"] == pytest.approx(4 / 100, rel=0.2)
    assert abs(answer["total"]["bias2"]) < 4 * answer["error"]["bias2"] + 1e-3
    assert answer["total"]["noise"] == pytest.approx(1, abs=4 * answer["error"]["noise"])


def test_the_sum_at_a_place_is_the_one_in_the_picture() -> None:
    answer = asked(at=-0.5, rounds=10)
    here = answer["here"]
    assert answer["x"][here["place"]] == pytest.approx(-0.5)
    loss = next(step for step in here["steps"] if step["title"].startswith("The loss is"))
    shown = float(loss["text"].rsplit("= ", 1)[1])
    assert shown == pytest.approx(answer["parts"]["loss"][here["place"]], abs=1e-3)


def test_over_the_complexities_bias_falls_and_variance_rises() -> None:
    curve = asked(part="curve", model="tree", rounds=15)["curve"]
    assert [one["complexity"] for one in curve] == list(MODELS["tree"].complexities)
    assert curve[0]["total"]["bias2"] > 10 * curve[-1]["total"]["bias2"]
    assert curve[0]["total"]["variance"] < curve[-1]["total"]["variance"]


def test_another_seed_draws_other_samples_and_the_same_the_same() -> None:
    first, again, other = (asked(rounds=3, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first["sample"] != other["sample"]


def test_without_noise_there_is_none() -> None:
    answer = asked(noise=0, rounds=3)
    assert answer["total"]["noise"] < 1e-20


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"complexity": 40}, "not one of polynomial"),
        ({"model": "neighbours", "complexity": 25, "n": 10}, "with 10 points"),
        ({"n": 2}, ">= 5"),
        ({"rounds": 100_000}, "<= 200"),
        ({"model": "forest", "complexity": 5}, "depth: 1, 2, 3"),
        ({"truth": "cosine"}, "Invalid enum value"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        asked(**settings)
