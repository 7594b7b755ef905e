"""The boosting page: sums of trees that agree with the model, and with scikit-learn."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.metrics import log_loss, r2_score

from baremath.playground.server.lectures.question import question

QUESTION = question("boosting")


def asked(**settings: Any) -> dict[str, Any]:
    """Return what the page is told."""
    found: dict[str, Any] = QUESTION.answer(msgspec.convert(settings, QUESTION.asked))
    return found


def walked(tree: dict[str, Any], X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what a tree answers, as the page walks it."""
    answers = []
    for x in X:
        node = 0
        while tree["feature"][node] >= 0:
            left = x[tree["feature"][node]] <= tree["threshold"][node]
            node = tree["left" if left else "right"][node]
        answers.append(tree["value"][node])
    return np.array(answers)


def sums(answer: dict[str, Any]) -> NDArray[np.float64]:
    """Return the sums at each point, before the first tree and after each."""
    X = np.array(answer["points"]["X"])
    steps = [walked(tree, X) for tree in answer["trees"]]
    return np.cumsum([np.full(len(X), answer["baseline"]), *steps], axis=0)


def test_losses_and_scores_follow_from_the_trees_of_amounts() -> None:
    answer = asked(n_trees=12, depth=3)
    y, train = (np.array(answer["points"][name]) for name in ("y", "train"))
    F = sums(answer)
    for part, rows in (("train", train), ("test", ~train)):
        errors = (y[rows] - F[:, rows]) ** 2
        np.testing.assert_allclose(answer["loss"][part], errors.mean(axis=1) / 2)
        expected = [r2_score(y[rows], one) for one in F[:, rows]]
        np.testing.assert_allclose(answer["score"][part], expected)


def test_losses_and_scores_follow_from_the_trees_of_classes() -> None:
    answer = asked(problem="classification", drawn={"name": "circle", "noise": 20}, n_trees=8)
    y, train = (np.array(answer["points"][name]) for name in ("y", "train"))
    shares = 1 / (1 + np.exp(-sums(answer)))
    for part, rows in (("train", train), ("test", ~train)):
        expected = [log_loss(y[rows] > 0, one[rows]) for one in shares]
        np.testing.assert_allclose(answer["loss"][part], expected, rtol=1e-9)
        right = [((one > 0.5) == (y > 0))[rows].mean() for one in shares]
        np.testing.assert_allclose(answer["score"][part], right)


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_each_tree_answers_with_the_mean_residual_of_the_rows_it_saw(share: float) -> None:
    rate = 0.3
    answer = asked(n_trees=10, learning_rate=rate, subsample=share)
    X, y = np.array(answer["points"]["X"]), np.array(answer["points"]["y"])
    train = np.array(answer["points"]["train"])
    packed = np.frombuffer(base64.b64decode(answer["seen"]), np.uint8)
    seen = np.unpackbits(packed.reshape(10, -1), axis=1)[:, : len(y)].astype(bool)
    assert not (seen & ~train).any()
    assert set(seen.sum(axis=1)) == {round(share * train.sum())}
    F = sums(answer)
    for k, tree in enumerate(answer["trees"]):
        found = walked(tree, X)
        for value in np.unique(found[seen[k]]):
            rows = seen[k] & (found == value)
            assert value == pytest.approx(rate * (y - F[k])[rows].mean(), abs=1e-6)


def test_the_sum_is_scikit_learns() -> None:
    answer = asked(n_trees=20, depth=2, min_samples_leaf=3, learning_rate=0.2)
    X, y = np.array(answer["points"]["X"]), np.array(answer["points"]["y"])
    train = np.array(answer["points"]["train"])
    model = GradientBoostingRegressor(
        n_estimators=20, max_depth=2, min_samples_leaf=3, learning_rate=0.2
    ).fit(X[train], y[train])
    for k, expected in enumerate(model.staged_predict(X[train]), start=1):
        np.testing.assert_allclose(sums(answer)[k][train], expected, atol=0.02)


def test_points_of_ones_own_come_back() -> None:
    points = {"X": [[-1.0], [0.0], [1.0], [2.0]], "y": [0.0, 0.0, 1.0, 3.0], "train": [True] * 4}
    answer = asked(points=points, n_trees=1, depth=1, min_samples_leaf=1, learning_rate=1)
    assert answer["points"] == points
    assert answer["baseline"] == 1
    assert answer["loss"]["test"] == []
    np.testing.assert_allclose(sums(answer)[1], [1 / 3, 1 / 3, 1 / 3, 3])


def test_the_same_question_has_the_same_answer() -> None:
    assert asked(subsample=0.5, n_trees=5) == asked(subsample=0.5, n_trees=5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"points": {"X": [[0.0]], "y": [1.0], "train": [True]}}, "at least 2"),
        ({"points": {"X": [[0.0]] * 3, "y": [1.0], "train": [True]}}, "must be as many"),
        (
            {"points": {"X": [[0.0, 1.0]] * 3, "y": [1.0] * 3, "train": [True] * 3}},
            "a point has 2",
        ),
        (
            {
                "problem": "classification",
                "points": {"X": [[0.0, 1.0]] * 3, "y": [1.0] * 3, "train": [True] * 3},
            },
            "all of one class",
        ),
        ({"drawn": {"name": "circle"}}, "not a curve"),
        ({"problem": "classification"}, "is a curve"),
        ({"problem": "classification", "drawn": {"name": "three-spiral"}}, "two classes"),
        ({"problem": "classification", "drawn": {"name": "own"}}, "no points of your own"),
        ({"problem": "classification", "drawn": {"name": "reg-plane"}}, "not for classification"),
        ({"n_trees": 1000}, "<= 200"),
        ({"learning_rate": 0}, "0.01"),
        ({"drawn": {"n": 10_000}}, "<= 400"),
        ({"points": {"X": [[7.0]], "y": [1.0], "train": [True]}}, "<= 6"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        asked(**settings)
