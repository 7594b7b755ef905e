import warnings

import numpy as np
import pytest
import sklearn.linear_model as sk
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning

from baremath.estimator import sigmoid, softmax
from baremath.linear_model import LogisticRegression, SeparableClassesWarning, _newton
from baremath.linear_model._logistic_objective import log_loss


def standardised(load):
    X, y = load(return_X_y=True)
    return (X - X.mean(axis=0)) / np.maximum(X.std(axis=0), 1e-9), y


def objective(model, X, y, C, l1_ratio=0.0, weight=None):
    """The objective written out, from the model's own probabilities."""
    weight = np.ones(len(X)) if weight is None else weight
    columns = np.searchsorted(model.classes_, y)
    log_probability = model.predict_log_proba(X)[np.arange(len(X)), columns]
    penalty = l1_ratio * np.abs(model.coef_).sum() + (1 - l1_ratio) / 2 * np.sum(model.coef_**2)
    return (-weight @ log_probability + penalty / C) / weight.sum()


@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
@pytest.mark.parametrize("load", [load_breast_cancer, load_wine, load_iris])
def test_l2_equals_scikit_learns_on_columns_of_any_scale(load, solver):
    X, y = load(return_X_y=True)
    ours = LogisticRegression(solver=solver, tol=1e-9, max_iter=20_000).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ill-conditioned: their Hessian solver says so
        theirs = sk.LogisticRegression(solver="newton-cholesky", tol=1e-10, max_iter=1000)
        theirs.fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-5)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-3, atol=1e-4)


def test_gradient_descent_reaches_the_same_minimum():
    for load in (load_breast_cancer, load_iris):
        X, y = standardised(load)
        exact = LogisticRegression(tol=1e-9).fit(X, y)
        slow = LogisticRegression(solver="gradient_descent", tol=1e-6, max_iter=50_000).fit(X, y)
        np.testing.assert_allclose(slow.coef_, exact.coef_, atol=1e-3)
        assert (np.diff(slow.history_["loss"]) <= 1e-12).all()


def test_mini_batches_come_close():
    X, y = standardised(load_breast_cancer)
    model = LogisticRegression(
        solver="gradient_descent", batch_size=32, tol=1e-2, max_iter=500, random_state=0
    ).fit(X, y)
    exact = LogisticRegression().fit(X, y)
    assert objective(model, X, y, 1.0) < 1.05 * objective(exact, X, y, 1.0)


@pytest.mark.parametrize("solver", ["newton", "gradient_descent"])
def test_elastic_net_equals_scikit_learns(solver):
    X, y = standardised(load_breast_cancer)
    theirs = sk.LogisticRegression(
        l1_ratio=0.6, C=0.3, solver="saga", tol=1e-8, max_iter=20_000, random_state=0
    ).fit(X, y)
    ours = LogisticRegression(l1_ratio=0.6, C=0.3, solver=solver, tol=1e-8, max_iter=100_000)
    ours.fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-4)
    np.testing.assert_array_equal(ours.coef_ == 0, np.abs(theirs.coef_) < 1e-6)
    assert objective(ours, X, y, 0.3, 0.6) <= objective(theirs, X, y, 0.3, 0.6) + 1e-9


def test_l1_of_many_classes_has_the_smallest_subgradient_zero():
    X, y = standardised(load_wine)
    C = 0.5
    model = LogisticRegression(l1_ratio=1.0, C=C, tol=1e-9).fit(X, y)
    slope = (model.predict_proba(X) - (y[:, np.newaxis] == model.classes_)).T @ X
    active = model.coef_ != 0
    np.testing.assert_allclose(slope[active], -np.sign(model.coef_[active]) / C, atol=1e-5)
    assert (np.abs(slope[~active]) <= 1 / C + 1e-5).all()
    assert 0 < active.sum() < active.size


def test_the_gradient_and_the_hessian_are_those_of_the_objective():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    for n_classes in (2, 4):
        y = rng.integers(0, n_classes, 40)
        model = LogisticRegression(C=2.0)
        model.classes_ = np.arange(n_classes)
        problem = model._objective(X, y, rng.uniform(size=40))
        point = rng.normal(size=len(problem.l2))
        _, gradient = problem.value_and_gradient(point)
        hessian = problem.hessian(point)
        step = 1e-5
        for j in range(len(point)):
            ahead, behind = point.copy(), point.copy()
            ahead[j] += step
            behind[j] -= step
            (up, slope_up), (down, slope_down) = map(problem.value_and_gradient, (ahead, behind))
            assert gradient[j] == pytest.approx((up - down) / (2 * step), abs=1e-7)
            np.testing.assert_allclose(hessian[j], (slope_up - slope_down) / (2 * step), atol=1e-7)


def test_a_sample_first_gives_the_same_minimum(monkeypatch):
    rng = np.random.default_rng(1)
    n, p = 30_000, 5
    X = rng.normal(size=(n, p)) * [1, 10, 0.1, 1, 1]
    y = (X @ [1, 0.1, 5, -1, 0] + rng.logistic(size=n) > 0.5).astype(int)
    monkeypatch.setattr(_newton, "SAMPLE_ROWS", 10 * n)
    whole = LogisticRegression(tol=1e-10).fit(X, y)
    monkeypatch.setattr(_newton, "SAMPLE_ROWS", 1000)
    sampled = LogisticRegression(tol=1e-10).fit(X, y)
    np.testing.assert_allclose(sampled.coef_, whole.coef_, rtol=1e-6, atol=1e-8)
    order = np.argsort(y, kind="stable")  # the sample must not depend on the rows' order
    np.testing.assert_allclose(
        LogisticRegression(tol=1e-10).fit(X[order], y[order]).coef_,
        whole.coef_,
        rtol=1e-6,
        atol=1e-6,
    )


def test_a_misleading_sample_is_given_up(monkeypatch):
    """Every k-th row differs from all others: its Hessian must not be trusted."""
    monkeypatch.setattr(_newton, "SAMPLE_ROWS", 1000)
    rng = np.random.default_rng(2)
    n = 20_000
    X = rng.normal(size=(n, 2))
    X[::10] *= 100
    y = (X @ [1.0, -0.5] + rng.logistic(size=n) > 0).astype(int)
    y[::10] = rng.integers(0, 2, n // 10)
    sampled = LogisticRegression(tol=1e-9).fit(X, y)
    monkeypatch.setattr(_newton, "SAMPLE_ROWS", 10 * n)
    whole = LogisticRegression(tol=1e-9).fit(X, y)
    np.testing.assert_allclose(sampled.coef_, whole.coef_, rtol=1e-5)


def test_class_weights_are_sample_weights():
    X, y = standardised(load_iris)
    y = np.where(y == 2, 1, 0)
    balanced = LogisticRegression(class_weight="balanced", tol=1e-10).fit(X, y)
    weight = np.where(y == 1, 150 / 2 / 50, 150 / 2 / 100)
    by_hand = LogisticRegression(tol=1e-10).fit(X, y, weight)
    np.testing.assert_allclose(balanced.coef_, by_hand.coef_, rtol=1e-6)
    theirs = sk.LogisticRegression(class_weight="balanced", tol=1e-10).fit(X, y)
    np.testing.assert_allclose(balanced.coef_, theirs.coef_, rtol=1e-4)


@pytest.mark.parametrize("load", [load_breast_cancer, load_iris])
def test_separable_classes_without_a_penalty_warn_and_stay_finite(load):
    X, y = standardised(load)
    X, y = (X, y) if load is load_breast_cancer else (X[y < 2], y[y < 2])
    for solver in ("newton", "lbfgs"):
        with pytest.warns(SeparableClassesWarning, match="set C"):
            model = LogisticRegression(C=np.inf, solver=solver).fit(X, y)
        assert np.isfinite(model.coef_).all()
        assert model.score(X, y) == 1


def test_quasi_separable_classes_warn_too():
    """One category holds one class only, the other is mixed: one weight grows for ever."""
    rng = np.random.default_rng(3)
    mixed = rng.integers(0, 2, 200)
    X = np.concatenate([np.zeros(200), np.ones(50)]).reshape(-1, 1)
    y = np.concatenate([mixed, np.ones(50, dtype=int)])
    with pytest.warns(SeparableClassesWarning):
        LogisticRegression(C=np.inf).fit(X, y)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_no_penalty_on_overlapping_classes_is_quiet_and_has_no_slope(n_classes):
    X, y = standardised(load_iris)
    X = X[:, :2]
    if n_classes == 2:
        X, y = X[y > 0], y[y > 0]
    else:
        rng = np.random.default_rng(4)
        y = np.where(rng.uniform(size=len(y)) < 0.2, rng.integers(0, 3, len(y)), y)
    model = LogisticRegression(C=np.inf, tol=1e-9).fit(X, y)
    slope = (model.predict_proba(X) - (y[:, np.newaxis] == model.classes_)).T @ X
    np.testing.assert_allclose(slope, 0, atol=1e-5)


def test_dependent_columns_do_not_run_away():
    X, y = standardised(load_iris)
    X = X[y > 0][:, :2]
    doubled = np.hstack([X, X, np.ones((len(X), 1))])
    model = LogisticRegression(C=np.inf, tol=1e-8).fit(doubled, y[y > 0])
    single = LogisticRegression(C=np.inf, tol=1e-8).fit(X, y[y > 0])
    np.testing.assert_allclose(model.predict_proba(doubled), single.predict_proba(X), atol=1e-5)
    assert np.abs(model.coef_).max() < 10


def test_many_parameters_go_to_lbfgs_and_agree_with_newton():
    X, y = load_digits(return_X_y=True)
    X, y = X[:400] / 16, y[:400]
    auto = LogisticRegression(tol=1e-7).fit(X, y)
    assert auto.solver_ == "lbfgs"
    newton = LogisticRegression(tol=1e-7, solver="newton").fit(X, y)
    np.testing.assert_allclose(auto.coef_, newton.coef_, atol=1e-4)


@pytest.mark.parametrize("solver", ["newton", "lbfgs", "gradient_descent"])
def test_history_is_the_objective_along_the_path(solver):
    X, y = standardised(load_iris)
    model = LogisticRegression(solver=solver, max_iter=5000).fit(X, y)
    history = model.history_
    assert len(history["loss"]) == len(history["parameters"])
    assert history["loss"][0] == pytest.approx(np.log(3))
    assert history["loss"][-1] == pytest.approx(objective(model, X, y, 1.0))
    table = history["parameters"][-1].reshape(3, 5)
    np.testing.assert_allclose(table[:, 1:], model.coef_, atol=1e-12)
    np.testing.assert_allclose(table[:, 0] - table[:, 0].mean(), model.intercept_, atol=1e-9)


@given(z=st.floats(-1e300, 1e300))
def test_log_loss_is_finite_for_any_score(z):
    exact = lambda z: z + np.log1p(np.exp(-z)) if z > 0 else np.log1p(np.exp(z))  # noqa: E731
    for code, sign in ((0, 1), (1, -1)):
        loss, slope = log_loss(np.array([[z]]), np.array([code]))
        assert loss[0] == pytest.approx(exact(sign * z), rel=1e-12)
        assert slope[0, 0] == pytest.approx(sigmoid(np.array(z)) - code, abs=1e-15)


@given(
    scores=st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=5),
)
def test_softmax_sums_to_one_and_log_loss_agrees(scores):
    z = np.array([scores])
    assert softmax(z).sum() == pytest.approx(1)
    loss, slope = log_loss(z, np.array([1]))
    shifted = np.exp(np.longdouble(z[0] - z.max()))
    assert loss[0] == pytest.approx(float(np.log(shifted.sum()) - (z[0, 1] - z.max())), rel=1e-9)
    np.testing.assert_allclose(slope[0], softmax(z)[0] - np.eye(len(scores))[1], atol=1e-15)


def test_softmax_of_the_lectures_scores():
    scores = np.array([[5, 4, 2], [4, 2, 8], [4, 4, 1]])
    expected = [[0.71, 0.26, 0.04], [0.02, 0.00, 0.98], [0.49, 0.49, 0.02]]
    np.testing.assert_allclose(softmax(scores), expected, atol=0.005)


def test_probabilities_sum_to_one_even_at_the_ends():
    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    model.coef_ = np.array([[1e5]])
    probability = model.predict_proba([[-1.0], [0.0], [1.0]])
    np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=1e-15)
    assert np.isfinite(model.predict_log_proba([[-1.0], [1.0]])).all()


def test_text_classes_come_back():
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    model = LogisticRegression().fit(X, names)
    assert set(model.predict(X)) == set(names)


def test_too_few_steps_warn():
    X, y = standardised(load_breast_cancer)
    for solver in ("newton", "lbfgs", "gradient_descent"):
        with pytest.warns(ConvergenceWarning, match="max_iter"):
            LogisticRegression(solver=solver, max_iter=2, tol=1e-12).fit(X, y)


def test_a_failed_fit_leaves_the_model_as_it_was():
    X, y = standardised(load_iris)
    model = LogisticRegression().fit(X, y)
    before = model.coef_.copy()
    for bad_X, bad_y, message in (
        (np.where(X[3, 1] == X, np.nan, X), y, "Input X contains NaN"),
        (X, np.zeros(len(y)), "one class only: .*0"),
        (X[:, :2], y + 0.5, "Unknown label type"),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(bad_X, bad_y)
        np.testing.assert_array_equal(model.coef_, before)
        assert len(model.classes_) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"solver": "saga"}, "choose one of 'auto', 'newton'"),
        ({"C": 0}, r"C=0 must be a number in \(0, inf\]"),
        ({"l1_ratio": -0.1}, "l1_ratio=-0.1"),
        ({"solver": "lbfgs", "l1_ratio": 0.5}, "use solver='newton'"),
        ({"max_iter": 0}, "max_iter=0"),
        ({"max_iter": 2.5}, "max_iter=2.5 must be a whole number"),
        ({"fit_intercept": None}, "fit_intercept=None must be True or False"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        LogisticRegression(**options).fit([[0.0], [1.0]], [0, 1])


def large_table(n=50_000):
    rng = np.random.default_rng(5)
    X = rng.normal(size=(n, 4))
    return X, (X @ [1.0, -1.0, 0.5, 0.0] + rng.logistic(size=n) > 0).astype(int)


def test_a_sample_of_rows_that_do_not_count_is_not_used():
    X, y = large_table()
    weight = np.tile([0.0, 1.0], len(X) // 2)
    model = LogisticRegression(tol=1e-9).fit(X, y, weight)
    expected = LogisticRegression(tol=1e-9).fit(X[1::2], y[1::2])
    np.testing.assert_allclose(model.coef_, expected.coef_, rtol=1e-6)
    weight[:] = 0
    weight[[3, 5, 8, 13]] = 1
    with pytest.warns(SeparableClassesWarning):
        assert np.isfinite(LogisticRegression(C=np.inf).fit(X, y, weight).coef_).all()


def test_rows_with_a_period_do_not_mislead_the_sample():
    X, y = large_table()
    ones, zeros = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    count = min(len(ones), len(zeros))
    order = np.column_stack([ones[:count], zeros[:count]]).ravel()
    model = LogisticRegression().fit(X[order], y[order])
    assert model.n_iter_[0] <= 3


def test_a_class_of_one_row_may_be_missing_from_the_sample():
    X, y = large_table()
    y[7] = 2
    model = LogisticRegression(tol=1e-6).fit(X, y)
    theirs = sk.LogisticRegression(solver="newton-cholesky", tol=1e-9).fit(X, y)
    assert objective(model, X, y, 1.0) <= objective(theirs, X, y, 1.0) + 1e-8


@pytest.mark.parametrize("seed", range(30))
def test_the_warning_comes_when_the_classes_are_separable_and_only_then(seed):
    """The oracle is a linear program: is there a direction that harms no row and helps one?"""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(40, 2))
    X = np.round(X) if seed % 3 == 0 else X
    y = (X[:, 0] * rng.uniform(0, 8) + rng.logistic(size=40) > rng.normal()).astype(int)
    signed = np.column_stack([np.ones(40), X]) * (2 * y - 1)[:, np.newaxis]
    program = optimize.linprog(
        -signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(40), bounds=[(-1, 1)] * 3
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        LogisticRegression(C=np.inf).fit(X, y)
    assert [warning.category for warning in caught] == (
        [SeparableClassesWarning] if program.fun < -1e-9 else []
    )


@pytest.mark.parametrize("solver", ["newton", "lbfgs", "gradient_descent"])
def test_warnings_point_at_the_users_line(solver):
    X, y = standardised(load_breast_cancer)
    with pytest.warns(ConvergenceWarning) as caught:
        LogisticRegression(solver=solver, max_iter=2, tol=1e-12).fit(X, y)
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("class_weight", [{0: 0, 1: 0}, {0: -1, 1: 1}, {0: np.nan, 1: 1}])
def test_class_weights_that_leave_nothing(class_weight):
    with pytest.raises(ValueError, match="class_weight="):
        LogisticRegression(class_weight=class_weight).fit([[0.0], [1.0]], [0, 1])


def test_numbers_too_large_are_refused():
    X, y = load_breast_cancer(return_X_y=True)
    with pytest.raises(ValueError, match="too large"):
        LogisticRegression().fit(X * 1e200, y)
