import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neural_network import MLPClassifier as SKClassifier
from sklearn.neural_network import MLPRegressor as SKRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from baremath import nn, optim
from baremath.autodiff import value_and_grad
from baremath.linear_model import LinearRegression, LogisticRegression
from baremath.neural_network import MLPClassifier, MLPRegressor, ScaleWarning
from baremath.training import DivergenceError

XOR = [[0, 0], [0, 1], [1, 0], [1, 1]]
DATA = [
    Path(os.environ.get("BAREMATH_DATA", "")),
    Path(__file__).parents[3] / "shared" / "data",
]
BOTH = pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor], ids=["class", "amount"])
QUICK = {"hidden_layer_sizes": (5,), "max_iter": 5, "n_iter_no_change": 100, "random_state": 0}


def like(own, other):
    """Give a network of scikit-learn's the weights of one of ours."""
    other.coefs_ = [w.copy() for w in own.coefs_]
    other.intercepts_ = [b.copy() for b in own.intercepts_]
    other.n_layers_, other.n_outputs_ = own.n_layers_, own.n_outputs_
    other.out_activation_ = own.out_activation_
    return other


def their_loss_and_gradient(network, X, y):
    """Return what scikit-learn's back-propagation gives, in our order."""
    layers = [X, *([None] * (network.n_layers_ - 1))]
    empty = [None] * (network.n_layers_ - 1)
    shapes = (
        [np.zeros_like(w) for w in network.coefs_],
        [np.zeros_like(b) for b in network.intercepts_],
    )
    loss, by_weights, by_biases = network._backprop(X, y, None, layers, empty, *shapes)
    return loss, by_weights, by_biases


def our_loss_and_gradient(model, X, targets):
    lesson_loss, penalty = model._make_loss(model.n_outputs_), model._make_penalty(len(X))

    def objective(parameters):
        with model.module_.using(parameters):
            return lesson_loss(model.module_(X), targets) + penalty(parameters)

    parameters = {path: p.data for path, p in model.module_.named_parameters().items()}
    loss, gradient = value_and_grad(objective)(parameters)
    weights = [g.T for path, g in gradient.items() if path.endswith("weight")]
    return loss, weights, [g for path, g in gradient.items() if path.endswith("bias")]


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_scikit_learn_predicts_the_same_with_the_same_weights(activation, n_classes):
    X, y = load_iris(return_X_y=True)
    X, y = X[y < n_classes] - 3, y[y < n_classes]
    model = MLPClassifier((7, 4), activation, max_iter=3, n_iter_no_change=9, alpha=0.3).fit(X, y)
    other = SKClassifier((7, 4), activation, max_iter=1, alpha=0.3)
    with pytest.warns(ConvergenceWarning):
        other.fit(X, y)
    like(model, other)
    np.testing.assert_allclose(model.predict_proba(X), other.predict_proba(X), rtol=1e-9)
    np.testing.assert_array_equal(model.predict(X), other.predict(X))
    one_hot = np.eye(3)[y] if n_classes == 3 else y[:, np.newaxis].astype(float)
    theirs = their_loss_and_gradient(other, X, one_hot)
    ours = our_loss_and_gradient(model, X, y if n_classes == 3 else one_hot)
    assert ours[0] == pytest.approx(theirs[0], rel=1e-9)
    for mine, their in zip(ours[1] + ours[2], theirs[1] + theirs[2], strict=True):
        np.testing.assert_allclose(mine, their, rtol=1e-7, atol=1e-12)


def test_scikit_learn_regresses_the_same_with_the_same_weights(surface):
    X, y = surface
    y = (y - y.mean()) / y.std()
    model = MLPRegressor(
        hidden_layer_sizes=(6, 5), activation="tanh", scale_target=False, alpha=2.0
    )
    model.set_params(max_iter=3, n_iter_no_change=9).fit(X, y)
    other = SKRegressor(hidden_layer_sizes=(6, 5), activation="tanh", max_iter=1, alpha=2.0)
    with pytest.warns(ConvergenceWarning):
        other.fit(X, y)
    like(model, other)
    np.testing.assert_allclose(model.predict(X), other.predict(X), rtol=1e-9)
    theirs = their_loss_and_gradient(other, X, y[:, np.newaxis])
    ours = our_loss_and_gradient(model, X, y[:, np.newaxis])
    assert ours[0] == pytest.approx(theirs[0], rel=1e-9)
    for mine, their in zip(ours[1] + ours[2], theirs[1] + theirs[2], strict=True):
        np.testing.assert_allclose(mine, their, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("solver", ["lbfgs", "adam", "sgd", "rmsprop"])
def test_a_line_is_what_is_left_without_hidden_layers(solver):
    X, y = load_iris(return_X_y=True)
    X, y = StandardScaler().fit_transform(X)[y > 0], y[y > 0]
    options = {"learning_rate_init": 0.1, "max_iter": 3000, "tol": 1e-7, "random_state": 0}
    model = MLPClassifier((), solver=solver, alpha=1.0, n_iter_no_change=50, **options).fit(X, y)
    line = LogisticRegression(C=1.0, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(model.coefs_[0].T, line.coef_, atol=0.01)
    np.testing.assert_allclose(model.intercepts_[0], line.intercept_, atol=0.01)


def test_a_line_through_amounts(surface):
    X, y = surface
    model = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", alpha=0.0, tol=1e-8).fit(X, y)
    np.testing.assert_allclose(model.predict(X), LinearRegression().fit(X, y).predict(X), rtol=1e-6)


@pytest.mark.parametrize("solver", ["lbfgs", *optim.OPTIMIZERS])
def test_xor_is_found_by_every_solver(solver):
    rate = {"adadelta": 1.0, "gradient_descent": 0.5, "sgd": 0.1, "momentum": 0.1, "nesterov": 0.1}
    model = MLPClassifier(
        (8,),
        "tanh",
        solver=solver,
        learning_rate_init=rate.get(solver, 0.05),
        max_iter=3000,
        n_iter_no_change=100,
        random_state=1,
    )
    assert model.fit(XOR, [0, 1, 1, 0]).predict(XOR).tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("activation", sorted(nn.ACTIVATIONS))
@BOTH
def test_every_activation(kind, activation, moons):
    X, y = moons
    model = kind(activation=activation, **QUICK).fit(X, y)
    assert np.isfinite(model.loss_curve_).all()
    assert model.n_layers_ == 3


def test_an_activation_of_ones_own(moons):
    model = MLPClassifier(activation=nn.LeakyReLU(0.3), **QUICK).fit(*moons)
    assert model.module_.layers[1].negative_slope == 0.3
    assert model.module_.layers[1] is not model.activation


def test_digits():
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X / 16, y, stratify=y, random_state=0)
    model = MLPClassifier(random_state=2, n_iter_no_change=np.inf)
    assert model.fit(X_train, y_train).score(X_test, y_test) >= 0.975


@pytest.mark.skipif(
    not any((folder / "housing.csv").is_file() for folder in DATA), reason="no housing.csv"
)
def test_housing():
    path = next(folder / "housing.csv" for folder in DATA if (folder / "housing.csv").is_file())
    table = pl.read_csv(path).drop_nulls().to_dummies("ocean_proximity")
    y = table["median_house_value"].to_numpy()
    X = StandardScaler().fit_transform(table.drop("median_house_value").to_numpy())
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
    network = MLPRegressor(
        hidden_layer_sizes=(64, 64, 32),
        solver=optim.AdamW(0.01, weight_decay=0.05),
        alpha=0.0,
        learning_rate=optim.CosineDecay(40),
        max_iter=40,
        n_iter_no_change=np.inf,
        batch_size=128,
        random_state=0,
    )
    error = [
        np.sqrt(np.mean((model.fit(X_train, y_train).predict(X_test) - y_test) ** 2))
        for model in (network, LinearRegression())
    ]
    assert error[0] < 0.75 * error[1]


# What is kept


def test_attributes(moons):
    X, y = moons
    frame = pl.DataFrame(X, schema=["east", "north"])
    model = MLPClassifier((5, 4), max_iter=7, n_iter_no_change=100, random_state=0).fit(frame, y)
    assert [w.shape for w in model.coefs_] == [(2, 5), (5, 4), (4, 1)]
    assert [b.shape for b in model.intercepts_] == [(5,), (4,), (1,)]
    assert (model.n_layers_, model.n_outputs_, model.out_activation_) == (4, 1, "logistic")
    assert (model.n_iter_, model.t_, model.n_parameters_) == (7, 7 * 300, 15 + 24 + 5)
    assert len(model.loss_curve_) == 7
    assert model.loss_ == model.loss_curve_[-1]
    assert model.best_loss_ == min(model.loss_curve_)
    np.testing.assert_array_equal(model.history_["loss"][1:], model.loss_curve_)
    assert model.history_["loss"][0] > model.loss_
    assert model.validation_scores_ is None
    assert model.feature_names_in_.tolist() == ["east", "north"]
    with pytest.raises(ValueError, match="read-only"):
        model.coefs_[0][0, 0] = 1.0
    with pytest.raises(AttributeError):
        _ = MLPClassifier().coefs_


def test_the_first_loss_is_that_of_the_first_weights(moons):
    X, y = moons
    still = {**QUICK, "max_iter": 1, "learning_rate_init": 1e-12}
    model = MLPClassifier(**still, batch_size=None, alpha=1.0).fit(X, y)
    assert model.history_["loss"][0] == pytest.approx(model.history_["loss"][1], rel=1e-6)


def test_the_same_seed_gives_the_same_network(moons):
    one, same, other = (
        MLPClassifier((5,), max_iter=5, n_iter_no_change=9, dropout=0.2, random_state=seed).fit(
            *moons
        )
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one.coefs_[0], same.coefs_[0])
    assert (one.coefs_[0] != other.coefs_[0]).all()


def test_predictions_do_not_drop_out_and_do_not_depend_on_the_rows_beside(moons):
    X, _ = moons
    model = MLPClassifier(**QUICK, dropout=0.5).fit(*moons)
    np.testing.assert_array_equal(model.predict_proba(X), model.predict_proba(X))
    np.testing.assert_allclose(model.predict_proba(X)[7:8], model.predict_proba(X[7:8]), rtol=1e-12)


def test_many_rows_are_predicted_in_parts(moons, monkeypatch):
    X, y = moons
    model = MLPClassifier(**QUICK).fit(X, y)
    before = model.predict_proba(X)
    monkeypatch.setattr("baremath.neural_network._lesson.MOST_AT_ONCE", 7)
    np.testing.assert_allclose(model.predict_proba(X), before, rtol=1e-12)


# Rows that count differently


@BOTH
def test_a_row_of_weight_zero_is_not_there(kind, moons):
    X, y = moons
    weights = np.arange(len(y)) % 3
    counts = weights > 0
    options = {**QUICK, "batch_size": 20, "early_stopping": True}
    whole = kind(**options).fit(X, y, weights)
    part = kind(**options).fit(X[counts], y[counts], weights[counts])
    np.testing.assert_array_equal(whole.coefs_[0], part.coefs_[0])


@BOTH
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_row_of_weight_two_is_there_twice(kind, solver, moons):
    X, y = moons[0][:80], moons[1][:80]
    weights = 1 + np.arange(80) % 2
    options = {"solver": solver, "batch_size": None, "max_iter": 20, "n_iter_no_change": 99}
    weighted = kind((5,) if kind is MLPClassifier else "squared_error", random_state=0, **options)
    twice = clone(weighted)
    weighted.fit(X, y, weights)
    twice.fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    np.testing.assert_allclose(weighted.coefs_[0], twice.coefs_[0], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("class_weight", [{0: 1, 1: 5}, "balanced"])
def test_class_weights_are_sample_weights(class_weight, moons):
    X, y = moons[0][:200], (np.arange(200) % 5 == 0).astype(int)
    each = {0: 1, 1: 5} if class_weight != "balanced" else {0: 200 / 320, 1: 200 / 80}
    weighted = MLPClassifier(**QUICK, class_weight=class_weight).fit(X, y)
    same = MLPClassifier(**QUICK).fit(X, y, np.where(y, each[1], each[0]))
    np.testing.assert_allclose(weighted.coefs_[0], same.coefs_[0], rtol=1e-5)


def test_weights_of_any_size_and_classes_yet_to_come(moons):
    X, y = moons
    weights = 1.0 + np.arange(300) % 2
    one, other = (MLPClassifier(**QUICK).fit(X, y, unit * weights) for unit in (1.0, 1e60))
    np.testing.assert_allclose(one.coefs_[0], other.coefs_[0], rtol=1e-3)
    part = MLPClassifier(**QUICK, class_weight="balanced")
    assert part.partial_fit(X[y == 0], y[y == 0], classes=[0, 1]).n_iter_ == 1


# Stopping and going on


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_early_stopping_keeps_the_best_weights(kind, moons):
    X, y = moons
    model = kind(
        hidden_layer_sizes=(8,),
        learning_rate_init=0.05,
        early_stopping=True,
        validation_fraction=0.2,
        n_iter_no_change=5,
        random_state=3,
    ).fit(X, y)
    assert model.n_iter_ < 200
    assert len(model.validation_scores_) == model.n_iter_
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert model.best_loss_ is None
    score = accuracy_score if kind is MLPClassifier else r2_score
    seen = score(y, model.predict(X))
    assert seen > np.mean(model.validation_scores_) - 0.1


def test_classes_are_held_out_in_their_shares(moons, monkeypatch):
    X, _ = moons
    y = np.repeat([0, 1, 2], [240, 40, 20])
    seen = []
    hold_out = MLPClassifier._hold_out
    monkeypatch.setattr(
        MLPClassifier, "_hold_out", lambda *args: seen.append(hold_out(*args)) or seen[-1]
    )
    MLPClassifier(**QUICK, early_stopping=True).fit(X, y)
    assert np.bincount(seen[0][1].targets).tolist() == [24, 4, 2]
    MLPClassifier(**QUICK, early_stopping=True).fit(X, np.where(np.arange(300) == 7, 5, y))
    assert len(seen[1][1]) == 30  # a class of one row can't be on both sides


def test_it_stops_when_nothing_improves_and_says_when_it_was_cut_off(moons):
    stopped = MLPClassifier((5,), tol=0.1, n_iter_no_change=3, random_state=0).fit(*moons)
    assert stopped.n_iter_ < 20
    with pytest.warns(ConvergenceWarning, match=r"max_iter=3 is reached.*raise max_iter") as caught:
        MLPClassifier((5,), max_iter=3, n_iter_no_change=2).fit(*moons)
    assert caught[0].filename == __file__
    MLPClassifier((5,), max_iter=3, n_iter_no_change=np.inf).fit(*moons)


def test_warm_start_goes_on(moons):
    X, y = moons
    model = MLPClassifier(**QUICK, warm_start=True)
    first = model.fit(X, y).loss_
    assert model.fit(X, y).loss_ < first
    with pytest.raises(ValueError, match="doesn't know: 6, 7; it knows 0, 1"):
        model.fit(X, y + 6)
    cold = MLPClassifier(**QUICK).fit(X, y)
    np.testing.assert_array_equal(cold.fit(X, y).coefs_[0], cold.fit(X, y).coefs_[0])


@BOTH
def test_partial_fits_are_epochs(kind, moons):
    X, y = moons
    whole = kind(**{**QUICK, "max_iter": 4, "shuffle": False, "batch_size": 50}, solver="adam")
    parts = clone(whole)
    whole.fit(X, y)
    for _ in range(4):
        parts.partial_fit(X, y, *([None, [0, 1]] if kind is MLPClassifier else []))
    np.testing.assert_allclose(parts.coefs_[0], whole.coefs_[0], rtol=1e-6)
    np.testing.assert_allclose(parts.history_["loss"], whole.history_["loss"], rtol=1e-6)
    assert (parts.n_iter_, parts.t_, len(parts.loss_curve_)) == (1, 4 * 300, 4)


def test_partial_fit_goes_through_new_rows_in_a_new_order_each_time(moons):
    X, y = moons
    model = MLPClassifier(**QUICK, batch_size=1, solver="gradient_descent", alpha=0)
    model.partial_fit(X[:9], y[:9], classes=[0, 1])
    orders = []
    for _ in range(2):
        before = model.coefs_[0].copy()
        orders.append(model.partial_fit(X[:9], y[:9]).coefs_[0] - before)
    assert not np.allclose(*orders)


def test_partial_fit_needs_all_classes_first(moons):
    X, y = moons
    with pytest.raises(ValueError, match="classes must be passed"):
        MLPClassifier().partial_fit(X, y)
    model = MLPClassifier(**QUICK).partial_fit(X[y == 0], y[y == 0], classes=[0, 1, 2])
    assert model.predict_proba(X).shape == (300, 3)
    for option in ({"solver": "lbfgs"}, {"early_stopping": True}):
        assert not hasattr(MLPClassifier(**option), "partial_fit")
        assert not hasattr(MLPRegressor(**option), "partial_fit")


def test_rates(moons):
    def weights(**options):
        return MLPClassifier(**QUICK, solver="sgd", **options).fit(*moons).coefs_[0]

    half = weights(learning_rate_init=0.005)
    np.testing.assert_allclose(half, weights(learning_rate=lambda _: 5.0), rtol=1e-6)
    falling = weights(learning_rate="invscaling", power_t=0.3)
    by_hand = weights(learning_rate=lambda epoch: (1 + 300 * int(epoch)) ** -0.3)
    np.testing.assert_array_equal(falling, by_hand)
    np.testing.assert_array_equal(weights(learning_rate="invscaling", power_t=0), weights())
    assert np.abs(weights(learning_rate=optim.CosineDecay(5)) - weights()).max() > 1e-5


def test_an_adaptive_rate_falls_instead_of_stopping(moons):
    X, y = moons
    options = {"tol": 0.05, "n_iter_no_change": 2, "max_iter": 400, "random_state": 0}
    constant = MLPClassifier((5,), solver="sgd", **options).fit(X, y)
    adaptive = MLPClassifier((5,), solver="sgd", learning_rate="adaptive", **options).fit(X, y)
    assert adaptive.n_iter_ > constant.n_iter_
    assert adaptive.explain(X, y).steps[-1].inputs["rate"] < 1e-5


# More outputs than one


def test_labels_of_which_a_row_may_have_several(moons):
    X, y = moons
    labels = np.column_stack([y, X[:, 0] > 0, np.ones_like(y)])
    model = MLPClassifier((20,), learning_rate_init=0.02, random_state=0, max_iter=300)
    model.fit(X, labels)
    assert model.out_activation_ == "logistic"
    assert (model.predict(X) == labels).mean() > 0.95
    p = model.predict_proba(X)
    assert p.shape == (300, 3)
    np.testing.assert_allclose(np.log(p), model.predict_log_proba(X), rtol=1e-9, atol=1e-12)
    with pytest.raises(ValueError, match="sample_weight instead"):
        MLPClassifier(class_weight="balanced").fit(X, labels)


def test_outputs_of_any_unit_are_learned_alike(surface):
    X, y = surface
    both = np.column_stack([y, 1e-6 * y])
    model = MLPRegressor(hidden_layer_sizes=(30,), learning_rate_init=0.01, random_state=0)
    predicted = model.set_params(max_iter=400).fit(X, both).predict(X)
    assert r2_score(both, predicted, multioutput="raw_values").min() > 0.95
    np.testing.assert_allclose(model.target_mean_, both.mean(axis=0))
    np.testing.assert_allclose(model.target_scale_, both.std(axis=0))


def test_a_constant_target_and_an_enormous_one():
    X = np.arange(20.0)[:, np.newaxis] / 10
    np.testing.assert_allclose(MLPRegressor(**QUICK).fit(X, np.full(20, 7.0)).predict(X), 7, atol=1)
    enormous = MLPRegressor(solver="lbfgs", random_state=0).fit(X, 1e300 * X[:, 0])
    assert r2_score(X[:, 0], enormous.predict(X) / 1e300) > 0.9


def test_losses(surface):
    X, y = surface
    far_off = np.where(np.arange(300) % 10 == 0, y + 5000, y)
    rest, long = np.arange(300) % 10 != 0, {"max_iter": 300, "n_iter_no_change": 300}
    errors = [
        np.abs(model.fit(X, far_off).predict(X) - y)[rest].mean()
        for loss in ("absolute_error", "huber", "squared_error")
        for model in [MLPRegressor(loss, (30,), learning_rate_init=0.01, random_state=0, **long)]
    ]
    assert 2 * errors[0] < errors[1] < errors[2]


# What is refused


@BOTH
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hidden_layer_sizes": (5, 0)}, "hidden_layer_sizes"),
        ({"hidden_layer_sizes": (2.5,)}, "hidden_layer_sizes"),
        ({"activation": "bent"}, "activation"),
        ({"solver": "newton"}, "solver"),
        ({"alpha": -1}, "alpha"),
        ({"dropout": 1.0}, "dropout"),
        ({"dropout": 0.1, "solver": "lbfgs"}, "dropout=0.1"),
        ({"batch_size": 0}, "batch_size"),
        ({"learning_rate": "fast"}, "learning_rate"),
        ({"learning_rate_init": 0}, "learning_rate_init"),
        ({"max_iter": 0}, "max_iter"),
        ({"tol": -1.0}, "tol"),
        ({"momentum": 1.0}, "momentum"),
        ({"validation_fraction": 0.0}, "validation_fraction"),
        ({"early_stopping": True, "validation_fraction": 0.001}, "validation_fraction=0.001"),
        ({"n_iter_no_change": 0}, "n_iter_no_change"),
    ],
    ids=str,
)
def test_parameters_that_make_no_sense(kind, options, message, moons):
    with pytest.raises(ValueError, match=message):
        kind(**options).fit(*moons)


def test_rows_that_make_no_sense(moons):
    X, y = moons
    with pytest.raises(ValueError, match="one class only: 1"):
        MLPClassifier().fit(X, np.ones(300, int))
    with pytest.raises(ValueError, match="at least one non-zero"):
        MLPClassifier().fit(X, y, np.zeros(300))
    with pytest.raises(ValueError, match="Negative"):
        MLPClassifier().fit(X, y, -np.ones(300))
    with pytest.raises(ValueError, match="class_weight"):
        MLPClassifier(class_weight={0: np.nan, 1: 1}).fit(X, y)
    with pytest.raises(ValueError, match="too large for dtype"):
        MLPClassifier().fit(X * 1e300, y)
    regressor = MLPRegressor(**QUICK).partial_fit(X, X)
    with pytest.raises(ValueError, match="y has 1 columns; before it had 2"):
        regressor.partial_fit(X, y)


def test_columns_far_from_one_are_told(moons):
    X, y = moons
    with pytest.warns(
        ScaleWarning, match=r"column 1 \(about 1e\+03\) of X.*StandardScaler"
    ) as caught:
        MLPClassifier(**QUICK).fit(X * [1, 1000], y)
    assert caught[0].filename == __file__
    with pytest.warns(ScaleWarning, match="column 0"):
        MLPRegressor(**QUICK).partial_fit(X * [1e-5, 1], y)
    make_pipeline(StandardScaler(), MLPClassifier(**QUICK)).fit(X * [1, 1000], y)


@pytest.mark.parametrize("fitted", [False, True])
def test_divergence_leaves_the_estimator_as_it_was(fitted, surface):
    X, y = surface
    model = MLPRegressor(**QUICK, activation="identity", solver="gradient_descent")
    if fitted:
        model.fit(X, y)
    before = dict(vars(model))
    model.learning_rate_init = 100.0
    model.max_iter = 200
    with pytest.raises(DivergenceError, match=r"stopped being finite.*as it was before") as caught:
        model.fit(X, y)
    assert 0 < caught.value.learning_rate < 100
    after = {**vars(model), "learning_rate_init": 0.001, "max_iter": 5}
    assert after == before


def test_an_interruption_leaves_the_estimator_as_it_was(moons, monkeypatch):
    X, y = moons
    model = MLPClassifier(**QUICK).fit(X, y)
    weights = [w.copy() for w in model.coefs_]

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("baremath.neural_network._watch.Watch.__call__", interrupt)
    for fit in (model.fit, model.partial_fit):
        with pytest.raises(KeyboardInterrupt):
            fit(X, y)
    np.testing.assert_equal(model.coefs_, weights)


def test_verbose_writes_a_line_an_epoch(moons, capsys):
    MLPClassifier(**QUICK, verbose=True, early_stopping=True).fit(*moons)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert lines[0].startswith("epoch 1: loss 0.")
    assert "validation score" in lines[0]


def test_in_a_grid_search(moons):
    X, y = moons
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(**QUICK))
    search = GridSearchCV(pipeline, {"mlpclassifier__learning_rate_init": [1e-5, 0.1]}, cv=2)
    assert search.fit(X, y).best_params_["mlpclassifier__learning_rate_init"] == 0.1


def test_an_optimizer_is_copied_not_used(moons):
    optimizer = optim.SGD(0.5)
    model = MLPClassifier(solver=optimizer, learning_rate="adaptive", tol=10.0, n_iter_no_change=1)
    assert model.fit(*moons).explain(*moons).steps[-1].inputs["rate"] < 0.01
    assert optimizer.learning_rate == 0.5


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (["a", None] * 4, r"y holds labels of several types \(NoneType, str\)"),
        (["a", 1] * 4, r"Unknown label type|several types"),
    ],
    ids=["missing", "mixed"],
)
def test_labels_without_an_order_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        MLPClassifier().fit(np.eye(8), np.array(y, dtype=object))


@pytest.mark.parametrize("y", [["a", "b"] * 4, [1.0, None] * 4], ids=["text", "missing"])
def test_amounts_must_be_numbers(y):
    with pytest.raises(ValueError, match=r"y must hold numbers|y contains NaN"):
        MLPRegressor().fit(np.eye(8), np.array(y, dtype=object))


def test_a_missing_amount_is_not_explained():
    X, y = np.eye(8), np.arange(8.0)
    model = MLPRegressor(max_iter=2, n_iter_no_change=np.inf, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="y contains NaN"):
        model.explain(X, np.where(y == 1, np.nan, y), row=1)


def test_a_class_weight_that_is_no_number_is_named():
    with pytest.raises(ValueError, match=r"class_weight=.* must hold finite numbers"):
        MLPClassifier(class_weight={0: "a", 1: 1.0}).fit(np.eye(8), [0, 1] * 4)


def test_a_warm_start_keeps_its_layers():
    X, y = np.eye(8), np.arange(8.0)
    model = MLPRegressor(max_iter=2, n_iter_no_change=np.inf, warm_start=True, random_state=0)
    model.fit(X, y).set_params(hidden_layer_sizes=(7,))
    with pytest.raises(ValueError, match=r"warm_start=True goes on with hidden layers of \[100\]"):
        model.fit(X, y)
    assert model.set_params(warm_start=False).fit(X, y).n_parameters_ == 8 * 7 + 7 + 7 + 1
