import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer, load_iris

from baremath.linear_model import Perceptron


def rosenblatt(X, y, passes, eta, weight):
    """The rule, row by row: parameters after every update."""
    w, b, path = np.zeros(X.shape[1]), 0.0, []
    for _ in range(passes):
        for x, target, share in zip(X, y, weight, strict=True):
            error = target - float(b + w @ x > 0)
            if error and share:
                w, b = w + eta * share * error * x, b + eta * share * error
                path.append([b, *w])
    return np.array(path)


@pytest.mark.parametrize("weighted", [False, True])
def test_every_update_is_rosenblatts(weighted):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    y = (X @ [1, -2, 0.5] + 0.3 * rng.normal(size=200) > 0.2).astype(int)
    weight = rng.integers(0, 3, 200).astype(float) if weighted else np.ones(200)
    model = Perceptron(eta=0.5, n_iter_no_change=4).fit(X, y, weight)
    path = rosenblatt(X, y, model.n_iter_, 0.5, weight)
    np.testing.assert_allclose(model.history_["parameters"][1:], path, atol=1e-9)
    assert len(model.history_["row"]) == len(path)
    np.testing.assert_array_equal(y[model.history_["row"]], model.history_["actual"])
    assert (model.history_["actual"] != model.history_["predicted"]).all()


def layouts(X):
    strided = np.zeros((2 * len(X), 2 * X.shape[1]))
    strided[::2, ::2] = X
    return {
        "columns": np.asfortranarray(X),
        "strided": strided[::2, ::2],
        "reversed": X[::-1].copy()[::-1],
        "polars": pl.DataFrame(X),
        "single precision": X.astype(np.float32),
    }


@pytest.mark.parametrize("layout", ["columns", "strided", "reversed", "polars", "single precision"])
def test_the_order_in_memory_does_not_matter(layout):
    X, y = load_iris(return_X_y=True)
    X = np.round(4 * X)  # exact in single precision
    expected = Perceptron(n_iter_no_change=3).fit(X, y)
    weight = np.ones(2 * len(y))[::2]
    model = Perceptron(n_iter_no_change=3).fit(layouts(X)[layout], np.repeat(y, 2)[::2], weight)
    np.testing.assert_array_equal(model.coef_, expected.coef_)
    np.testing.assert_array_equal(model.history_["row"], expected.history_["row"])


def test_many_classes_move_the_two_concerned():
    X, y = load_iris(return_X_y=True)
    model = Perceptron(n_iter_no_change=3).fit(X, y)
    W = np.zeros((3, 5))
    table = np.column_stack([np.ones(len(X)), X])
    updates = []
    for n_pass in range(1, model.n_iter_ + 1):
        for row, x in enumerate(table):
            predicted = int(np.argmax(W @ x))
            if predicted != y[row]:
                W[y[row]] += x
                W[predicted] -= x
                updates.append((n_pass, row, y[row], predicted))
    found = np.column_stack([model.history_[key] for key in ("pass", "row", "actual", "predicted")])
    np.testing.assert_array_equal(found, updates)
    np.testing.assert_allclose(model.last_step_["after"], W, atol=1e-9)


def test_a_separable_table_is_learned_within_novikoffs_bound():
    rng = np.random.default_rng(1)
    direction = np.array([0.6, -0.8])
    X = rng.uniform(-1, 1, size=(400, 2))
    X = X[np.abs(X @ direction) > 0.1]
    model = Perceptron().fit(X, (X @ direction > 0).astype(int))
    assert model.score(X, X @ direction > 0) == 1
    assert model.history_["loss"][-1] == 0
    radius = np.sqrt(1 + (X**2).sum(axis=1).max())
    assert len(model.history_["row"]) <= (radius / 0.1) ** 2


def test_the_pocket_keeps_the_pass_with_the_fewest_mistakes():
    X, y = load_breast_cancer(return_X_y=True)
    model = Perceptron(n_iter_no_change=10).fit(X, y)
    assert 1 - model.score(X, y) == pytest.approx(model.history_["loss"].min())
    assert model.history_["loss"].min() < model.history_["loss"][0]


def test_shuffling_is_drawn_from_the_seed():
    X, y = load_breast_cancer(return_X_y=True)
    fit = lambda seed: Perceptron(shuffle=True, random_state=seed, n_iter_no_change=3).fit(X, y)  # noqa: E731
    np.testing.assert_array_equal(fit(0).coef_, fit(0).coef_)
    assert not np.array_equal(fit(0).coef_, fit(1).coef_)


@pytest.mark.parametrize("eta", [0, -1, np.nan, np.inf, "1"])
def test_bad_eta(eta):
    with pytest.raises(ValueError, match="eta="):
        Perceptron(eta=eta).fit([[0.0], [1.0]], [0, 1])


def test_numbers_whose_squares_overflow_are_refused():
    with pytest.raises(ValueError, match="Scale the columns"):
        Perceptron().fit([[1e200], [-1e200]], [0, 1])
