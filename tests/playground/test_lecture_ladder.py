"""The ladder on one data set: surfaces and scores of each model."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression, LogisticRegression

from baremath.playground.server.config import DataConfig
from baremath.playground.server.lectures import ladder
from baremath.playground.server.lectures.question import question
from baremath.playground.server.network import grid
from baremath.playground.server.points import points_of

QUESTION = question("ladder")


def asked(**settings: Any) -> dict[str, dict[str, Any]]:
    """Return what the page is told of each model."""
    found = QUESTION.answer(msgspec.convert(settings, QUESTION.asked))
    return {model["name"]: model for model in found["models"]}


def surface(model: dict[str, Any]) -> NDArray[np.uint8]:
    """Return a model's pictures."""
    return np.frombuffer(base64.b64decode(model["surface"]), np.uint8).reshape(model["shape"])


def test_every_model_climbs() -> None:
    models = asked(data={"name": "circle", "n": 300, "seed": 1})
    assert list(models) == [
        "linear", "logistic", "perceptron", "network", "tree", "forest", "boosting", "blend",
    ]  # fmt: skip
    for model in models.values():
        assert "error" not in model
        assert surface(model).shape == (1, 48, 48)
        assert model["seconds"] >= 0
    for name in ("network", "tree", "forest", "boosting", "blend"):
        assert models[name]["test"] > 0.9
        picture = surface(models[name])[0]
        assert picture[24, 24] > 200  # +1 in the middle
        assert picture[2, 24] < 60
    assert max(models[name]["test"] for name in ("linear", "logistic", "perceptron")) < 0.75


def test_the_top_row_is_the_largest_x2() -> None:
    X = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.5, 0.0], [0.5, 1.0]] * 4
    y = ["low" if x2 == 0 else "top" for _, x2 in X]
    own = {"columns": ["a", "b"], "X": X, "y": y}
    models = asked(data={"name": "own", "own": own, "share": 90})
    for name in ("linear", "logistic"):
        picture = surface(models[name])[0]
        assert picture[0].min() > 128 > picture[-1].max()


def test_linear_models_are_scikit_learns() -> None:
    data = DataConfig("gauss", n=200, noise=30)
    points = points_of(data, "classification")
    train = points.train
    model = LogisticRegression().fit(points.X[train], points.y[train])
    told = asked(data=msgspec.to_builtins(data))["logistic"]
    assert told["train"] == pytest.approx(model.score(points.X[train], points.y[train]))
    assert told["test"] == pytest.approx(model.score(points.X[~train], points.y[~train]))

    line = LinearRegression().fit(points.X[train], points.y[train])
    told = asked(data=msgspec.to_builtins(data))["linear"]
    for part, rows in (("train", train), ("test", ~train)):
        right = (line.predict(points.X[rows]) > 0) == (points.y[rows] > 0)
        assert told[part] == pytest.approx(right.mean())
    table = grid(ladder.SIDE, 2, (0, 1))
    expected = 127.5 * (1 + np.clip(line.predict(table), -1, 1)).reshape(ladder.SIDE, -1)
    np.testing.assert_allclose(surface(told)[0], expected, atol=0.6)

    data = DataConfig("reg-gauss", n=200, noise=30)
    points = points_of(data, "regression")
    line = LinearRegression().fit(points.X[points.train], points.y[points.train])
    told = asked(data=msgspec.to_builtins(data), problem="regression")["linear"]
    expected = line.score(points.X[~points.train], points.y[~points.train])
    assert told["test"] == pytest.approx(expected, abs=1e-4)


def test_several_classes_have_a_picture_each() -> None:
    models = asked(data={"name": "three-spiral", "n": 300})
    for model in models.values():
        pictures = surface(model).astype(int)
        assert pictures.shape == (3, 48, 48)
        assert (abs(pictures.sum(axis=0) - 255) <= 2).all()


def test_of_several_lines_the_largest_wins() -> None:
    rng = np.random.default_rng(0)
    middles = [(-4, 0), (4, 3), (3, -4)]
    X = np.concatenate([rng.normal(middle, 0.5, (30, 2)) for middle in middles])
    own = {"columns": ["a", "b"], "X": X.tolist(), "y": [name for name in "pqr" for _ in range(30)]}
    told = asked(data={"name": "own", "own": {**own, "laid": False}})["linear"]
    assert told["test"] == 1
    pictures = surface(told)
    for k, (x1, x2) in enumerate(middles):
        cell = int((6 - x2) * 4), int((6 + x1) * 4)
        assert pictures[:, *cell].argmax() == k


def test_a_model_that_fails_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(n_rows: int) -> Any:
        raise ValueError("not today")

    def break_down(n_rows: int) -> Any:
        raise KeyError("x")

    rungs = (
        ladder.Rung("one", "One", refuse),
        ladder.Rung("two", "Two", break_down),
        *ladder.CLASSIFICATION[:1],
    )
    monkeypatch.setattr(ladder, "CLASSIFICATION", rungs)
    models = asked()
    assert models["one"]["error"] == "not today"
    assert "its log says why" in models["two"]["error"]
    assert "error" not in models["linear"]


def test_points_of_one_class_to_learn_from_are_told() -> None:
    own = {"columns": ["a", "b"], "X": [[0, 0], [1, 1]], "y": ["p", "q"]}
    with pytest.raises(ValueError, match="of one class"):
        asked(data={"name": "own", "own": own})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"data": {"name": "reg-plane"}}, "not for classification"),
        ({"data": {"name": "own"}}, "no points of your own"),
        ({"data": {"n": 10**9}}, "10000"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        asked(**settings)
