"""The models that gradient descent fits are neurons, and the engine's gradients are theirs."""

import numpy as np
import pytest
from scipy import optimize
from sklearn.datasets import load_breast_cancer, load_iris

from baremath import nn, optim, training
from baremath.autodiff import random
from baremath.linear_model import DivergenceError, LinearRegression, LogisticRegression
from baremath.linear_model._linear_neurons import linear_neurons
from baremath.linear_model._logistic_objective import sigmoid, softmax
from baremath.linear_model._logistic_solvers import logistic_neurons

N, P, RATE = 40, 3, 0.01


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def huber_scale(residual, weight, epsilon):
    """The best σ, found by a search."""

    def loss(log_sigma):
        sigma = np.exp(log_sigma)
        z = np.abs(residual) / sigma
        h = np.where(z <= epsilon, z**2, 2 * epsilon * z - epsilon**2)
        return weight @ (sigma + sigma * h)

    return np.exp(optimize.minimize_scalar(loss, bounds=(-5, 5), options={"xatol": 1e-12}).x)


def closed_form(slopes, X, weight, w, l2, fit_intercept):
    """The gradient, for each output its intercept and weights: Xᵀ s ℓ'(r) / W + l2 w."""
    columns = np.column_stack([np.ones(len(X)), X]) if fit_intercept else X
    penalised = np.ones(columns.shape[1])
    penalised[: int(fit_intercept)] = 0
    sums = (slopes * weight[:, np.newaxis]).T @ columns
    return sums / weight.sum() + l2 * penalised * w.reshape(slopes.shape[1], -1)


def scores(X, w, n_outputs, fit_intercept):
    table = w.reshape(n_outputs, -1)
    return X @ table[:, int(fit_intercept) :].T + (table[:, 0] if fit_intercept else 0)


def gradient_of(neurons, w, rows=None):
    """The gradient at w, both of each output's intercept first."""
    inner = np.empty_like(w)
    inner[neurons.order] = w
    return neurons.step(inner, RATE, rows)[1].gradient[neurons.order]


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber"])
def test_the_chain_rule_gives_the_gradient_of_linear_regression(
    rng, loss, n_outputs, weighted, fit_intercept
):
    X, Y = rng.normal(size=(N, P)), rng.standard_t(2, size=(N, n_outputs))
    weight = rng.integers(0, 4, N).astype(float) if weighted else np.ones(N)
    neurons = linear_neurons(
        X,
        Y,
        weight if weighted else None,
        loss=loss,
        epsilon=1.35,
        l1=0.0,
        l2=0.3,
        fit_intercept=fit_intercept,
    )
    w = rng.normal(size=n_outputs * (P + fit_intercept))
    residual = scores(X, w, n_outputs, fit_intercept) - Y
    if loss == "squared_error":
        slopes = residual
    elif loss == "absolute_error":
        slopes = np.sign(residual) / 2
    else:
        sigma = np.array([huber_scale(r, weight, 1.35) for r in residual.T])
        slopes = np.clip(residual / sigma, -1.35, 1.35)
    expected = closed_form(slopes, X, weight, w, 0.3, fit_intercept)
    tolerance = 1e-6 if loss == "huber" else 1e-12  # the search finds σ to half its digits
    np.testing.assert_allclose(gradient_of(neurons, w), expected.ravel(), atol=tolerance)


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_the_chain_rule_gives_the_gradient_of_logistic_regression(
    rng, n_classes, weighted, fit_intercept
):
    X, codes = rng.normal(size=(N, P)), rng.integers(0, n_classes, N)
    weight = rng.integers(0, 4, N).astype(float) if weighted else np.ones(N)
    model = LogisticRegression(C=2.0, solver="gradient_descent", fit_intercept=fit_intercept)
    model.classes_ = np.arange(n_classes)
    neurons = logistic_neurons(model._objective(X, codes, weight))
    n_scores = 1 if n_classes == 2 else n_classes
    w = rng.normal(size=n_scores * (P + fit_intercept))
    z = scores(X, w, n_scores, fit_intercept)
    if n_classes == 2:
        slopes = sigmoid(z) - codes[:, np.newaxis]
    else:
        slopes = softmax(z) - np.eye(n_classes)[codes]
    expected = closed_form(slopes, X, weight, w, 1 / (2 * weight.sum()), fit_intercept)
    np.testing.assert_allclose(gradient_of(neurons, w), expected.ravel(), atol=1e-12)


def test_a_batch_has_the_gradient_of_its_rows(rng):
    X, Y, weight = rng.normal(size=(N, P)), rng.normal(size=(N, 1)), rng.uniform(1, 2, N)
    options = {"loss": "squared_error", "epsilon": 1.35, "l1": 0.2, "l2": 0.0}
    whole = linear_neurons(X, Y, weight, fit_intercept=True, **options)
    part = linear_neurons(X[:7], Y[:7], weight[:7], fit_intercept=True, **options)
    w = rng.normal(size=P + 1)
    some = gradient_of(whole, w, whole.data.part(slice(7)))
    np.testing.assert_allclose(some, gradient_of(part, w), rtol=1e-12)


def test_a_neuron_with_the_identity_is_linear_regression(rng):
    X = rng.normal(size=(N, P)) + 1
    y = X @ [1.0, -2.0, 0.5] + 3 + 0.1 * rng.normal(size=N)
    model = LinearRegression(solver="gradient_descent", learning_rate=0.1, tol=1e-3).fit(X, y)
    neuron = nn.Linear(P, 1, weight_init=0.0).astype(np.float64)
    trainer = training.Trainer(
        neuron, nn.MSELoss(half=True), optim.GradientDescent(0.1), batch_size=None
    )
    trainer.fit(X, y[:, np.newaxis], epochs=model.n_iter_)
    np.testing.assert_allclose(trainer.history["loss"], model.history_["loss"][:-1], rtol=1e-9)
    np.testing.assert_allclose(neuron.weight.detach().numpy()[0], model.coef_, rtol=1e-9)
    assert neuron.bias.item() == pytest.approx(model.intercept_)


@pytest.mark.parametrize(
    ("load", "activation"),
    [(load_breast_cancer, nn.Sigmoid()), (load_iris, nn.Softmax())],
    ids=["two classes", "three"],
)
def test_a_neuron_with_a_sigmoid_or_softmax_is_logistic_regression(load, activation):
    X, y = load(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    model = LogisticRegression(solver="gradient_descent", tol=1e-2).fit(X, y)
    layer = nn.Linear(X.shape[1], len(model.coef_)).astype(np.float64)
    layer.load_state_dict({"weight": model.coef_, "bias": model.intercept_})
    probability = nn.Sequential(layer, activation)(X).detach().numpy()
    theirs = model.predict_proba(X)
    np.testing.assert_allclose(probability, theirs[:, -probability.shape[1] :], atol=1e-12)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("batch_size", [None, 8])
def test_rows_of_weight_zero_are_as_if_left_out(rng, batch_size):
    X, y, weight = rng.normal(size=(N, P)), rng.normal(size=N), rng.integers(0, 3, N).astype(float)
    X[weight == 0] *= 1e6
    counts = weight > 0
    make = lambda: LinearRegression(  # noqa: E731
        "huber", solver="gradient_descent", batch_size=batch_size, max_iter=20, random_state=0
    )
    all_rows, those = make().fit(X, y, weight), make().fit(X[counts], y[counts], weight[counts])
    np.testing.assert_array_equal(all_rows.history_["loss"], those.history_["loss"])
    np.testing.assert_array_equal(all_rows.coef_, those.coef_)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber"])
def test_the_last_step_leads_to_the_last_parameters(rng, loss):
    X, Y = rng.normal(size=(N, P)), rng.normal(size=(N, 2))
    model = LinearRegression(
        loss, solver="gradient_descent", alpha=0.2, l1_ratio=0.5, max_iter=4, tol=0.0
    ).fit(X, Y)
    path, last = model.history_["parameters"], model.last_step_
    np.testing.assert_array_equal(path[-2], last["before"])
    np.testing.assert_array_equal(path[-1], last["after"])
    moved = last["before"] - last["learning_rate"] * last["gradient"]
    threshold = last["learning_rate"] * 0.1 * np.tile([0, 1, 1, 1], 2)
    shrunk = np.sign(moved) * np.maximum(np.abs(moved) - threshold, 0)
    np.testing.assert_allclose(last["after"], shrunk, atol=1e-15)


def test_float32_columns_are_read_in_float64(rng):
    X, y = rng.normal(size=(N, P)).astype(np.float32), rng.normal(size=N)
    single = LinearRegression(solver="gradient_descent").fit(X, y)
    double = LinearRegression(solver="gradient_descent").fit(X.astype(np.float64), y)
    np.testing.assert_array_equal(single.coef_, double.coef_)


def test_a_fit_draws_from_nobody_elses_random_numbers(rng):
    X, y = rng.normal(size=(N, P)), rng.normal(size=N)
    before = random.default_rng().bit_generator.state
    LinearRegression(solver="gradient_descent", batch_size=8, max_iter=200, tol=0.1).fit(X, y)
    assert random.default_rng().bit_generator.state == before


def test_divergence_is_that_of_training_and_carries_a_rate_that_converges(rng):
    assert DivergenceError is training.DivergenceError
    X, y = 3 + rng.normal(size=(N, P)), rng.normal(size=N)
    model = LinearRegression(solver="gradient_descent", learning_rate=10.0, tol=1e-4)
    with pytest.raises(DivergenceError) as raised:
        model.fit(X, y)
    model.set_params(learning_rate=raised.value.learning_rate).fit(X, y)
    np.testing.assert_allclose(model.coef_, LinearRegression().fit(X, y).coef_, atol=1e-2)


def test_numbers_that_overflow_have_diverged(rng):
    X, y = rng.normal(size=(N, P)), rng.normal(size=N)
    for loss in ("squared_error", "absolute_error", "huber"):
        model = LinearRegression(loss, solver="gradient_descent", learning_rate=1e200)
        with pytest.raises(DivergenceError, match="diverged"):
            model.fit(X, y)


@pytest.mark.parametrize("learning_rate", ["auto", 0.1])
def test_numbers_whose_squares_overflow_are_refused(rng, learning_rate):
    X, y = rng.normal(size=(N, P)), rng.normal(size=N)
    options = {"solver": "gradient_descent", "learning_rate": learning_rate}
    for loss in ("squared_error", "huber"):
        with pytest.raises(ValueError, match="too large: their squares are not finite"):
            LinearRegression(loss, **options).fit(X, 1e200 * y)
    if learning_rate == "auto":
        for model, target in ((LinearRegression, y), (LogisticRegression, y > 0)):
            with pytest.raises(ValueError, match="too large: their squares are not finite"):
                model(**options).fit(1e200 * X, target)
