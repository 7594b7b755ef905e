import numpy as np
import pytest
import sklearn.linear_model as sk
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import PolynomialFeatures
from threadpoolctl import threadpool_limits

from baremath.linear_model import DivergenceError, LinearRegression


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4)) * [1, 2, 3, 0.5] + 1
    y = X @ [1, 2, -0.5, 3] + 4 * rng.standard_t(2, size=300) + 7
    return X, y, rng.integers(0, 4, 300).astype(float)


def assert_same(ours, theirs, tolerance):
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize(
    ("solver", "tolerance"),
    [
        ("auto", 1e-10),
        ("cholesky", 1e-10),
        ("qr", 1e-10),
        ("svd", 1e-10),
        ("gradient_descent", 1e-5),
    ],
)
def test_least_squares_and_ridge_equal_scikit_learns(
    table, solver, tolerance, fit_intercept, weighted
):
    X, y, weight = table
    weight = weight if weighted else np.ones(len(X))
    options = {"solver": solver, "fit_intercept": fit_intercept, "tol": 1e-9, "max_iter": 100_000}
    theirs = sk.LinearRegression(fit_intercept=fit_intercept).fit(X, y, weight)
    assert_same(LinearRegression(**options).fit(X, y, weight), theirs, tolerance)
    ridge = sk.Ridge(0.3 * weight.sum(), fit_intercept=fit_intercept).fit(X, y, weight)
    assert_same(LinearRegression(alpha=0.3, **options).fit(X, y, weight), ridge, tolerance)


@pytest.mark.parametrize("solver", ["auto", "gradient_descent"])
def test_elastic_net_equals_scikit_learns(table, solver):
    X, y, weight = table
    ours = LinearRegression(solver=solver, alpha=2.0, l1_ratio=0.7, tol=1e-9, max_iter=100_000)
    theirs = sk.ElasticNet(alpha=2.0, l1_ratio=0.7, tol=1e-12).fit(X, y, weight)
    assert_same(ours.fit(X, y, weight), theirs, 1e-5)
    assert (theirs.coef_ == 0).any()
    np.testing.assert_array_equal(ours.coef_ == 0, theirs.coef_ == 0)


@pytest.mark.parametrize("alpha", [0.0, 0.1])
@pytest.mark.parametrize("fit_intercept", [False, True])
def test_absolute_error_is_exact(table, alpha, fit_intercept):
    X, y, weight = table
    ours = LinearRegression(
        "absolute_error", alpha=alpha, l1_ratio=1.0, fit_intercept=fit_intercept
    )
    theirs = sk.QuantileRegressor(alpha=alpha, fit_intercept=fit_intercept)
    assert_same(ours.fit(X, y, weight), theirs.fit(X, y, weight), 1e-9)


def test_absolute_error_by_descent_comes_close(table):
    X, y, _ = table
    exact = LinearRegression("absolute_error").fit(X, y)
    near = LinearRegression("absolute_error", solver="gradient_descent", max_iter=20_000).fit(X, y)
    error = [np.abs(y - model.predict(X)).mean() for model in (exact, near)]
    assert error[0] <= error[1] < 1.001 * error[0]


@pytest.mark.parametrize("solver", ["auto", "qr", "gradient_descent"])
def test_huber_equals_scikit_learns(table, solver):
    X, y, _ = table
    theirs = sk.HuberRegressor(alpha=3.0, tol=1e-10, max_iter=10_000).fit(X, y)
    ours = LinearRegression("huber", solver=solver, alpha=3.0 / len(X), tol=1e-9, max_iter=100_000)
    assert_same(ours.fit(X, y), theirs, 1e-4)
    assert ours.scale_ == pytest.approx(theirs.scale_, rel=1e-5)


def test_huber_of_an_exact_fit():
    X = np.arange(12.0).reshape(-1, 1)
    model = LinearRegression("huber").fit(X, 2 * X[:, 0] + 1)
    np.testing.assert_allclose([model.coef_[0], model.intercept_], [2, 1])


def test_several_outputs_are_several_regressions(table):
    X, y, weight = table
    Y = np.column_stack([y, np.cos(y), X[:, 0]])
    for loss in ("squared_error", "absolute_error", "huber"):
        together = LinearRegression(loss).fit(X, Y, weight)
        assert together.coef_.shape == (3, 4)
        for k in range(3):
            assert_same(
                LinearRegression(loss).fit(X, Y[:, k], weight),
                sk_like(together.coef_[k], together.intercept_[k]),
                1e-6,
            )


def sk_like(coef, intercept):
    model = sk.LinearRegression()
    model.coef_, model.intercept_ = coef, intercept
    return model


@settings(max_examples=40)
@given(
    n=st.integers(2, 30),
    p=st.integers(1, 40),
    rank=st.integers(1, 5),
    seed=st.integers(0, 2**32 - 1),
)
def test_dependent_columns_get_the_smallest_solution(n, p, rank, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, rank)) @ rng.normal(size=(rank, p))
    y = rng.normal(size=n)
    ours = LinearRegression().fit(X, y)
    centred, target = X - X.mean(axis=0), y - y.mean()
    expected = np.linalg.lstsq(centred, target, rcond=1e-10)[0]
    np.testing.assert_allclose(ours.coef_, expected, atol=1e-7)
    assert ours.rank_ == np.linalg.matrix_rank(centred, rtol=1e-10)


def test_an_ill_conditioned_table_falls_back_to_qr_and_keeps_its_digits():
    rng = np.random.default_rng(4)
    base = rng.normal(size=(2000, 1))
    X = np.hstack([base, base + 1e-7 * rng.normal(size=(2000, 1))])
    y = X @ [1.0, 2.0]
    model = LinearRegression().fit(X, y)
    assert model.solver_ == "qr"
    assert 1e6 < model.condition_number_ < 1e9
    np.testing.assert_allclose(model.coef_, [1, 2], rtol=1e-8)
    with pytest.raises(ValueError, match="solver='cholesky' needs columns"):
        LinearRegression(solver="cholesky").fit(X, y)
    with pytest.raises(ValueError, match="rank 1"):
        LinearRegression(solver="qr").fit(np.hstack([base, base]), y)


def test_condition_number_is_that_of_the_scaled_centred_columns(table):
    X, y, _ = table
    columns = X - X.mean(axis=0)
    columns /= np.linalg.norm(columns, axis=0)
    for solver in ("cholesky", "qr", "svd"):
        model = LinearRegression(solver=solver).fit(X * [1, 1e6, 1e-6, 1], y)
        assert model.condition_number_ == pytest.approx(np.linalg.cond(columns), rel=1e-6)


def test_a_constant_column_gets_no_weight(table):
    X, y, _ = table
    with_constant = np.column_stack([X, np.full(len(X), 0.1)])
    model = LinearRegression().fit(with_constant, y)
    np.testing.assert_allclose(model.coef_[:4], LinearRegression().fit(X, y).coef_, rtol=1e-9)
    assert abs(model.coef_[4]) < 1e-9


def test_a_large_table_equals_scikit_learns_through_the_kernel():
    rng = np.random.default_rng(5)
    X = rng.normal(size=(150_000, 30)) + rng.normal(size=30)
    y = X @ rng.normal(size=30) + rng.normal(size=150_000)
    theirs = sk.LinearRegression().fit(X, y)
    for layout in (X, np.asfortranarray(X)):
        ours = LinearRegression().fit(layout, y)
        np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-8)
        assert ours.intercept_ == pytest.approx(theirs.intercept_, rel=1e-8)


def test_basis_of_functions_is_a_regression_on_their_values():
    rng = np.random.default_rng(6)
    X = rng.uniform(-3, 3, size=(200, 1))
    y = 2 + 0.5 * X[:, 0] - 3 * np.sin(X[:, 0])
    model = LinearRegression(basis=[lambda X: X, np.sin]).fit(X, y)
    np.testing.assert_allclose(model.coef_, [0.5, -3], rtol=1e-9)
    assert model.intercept_ == pytest.approx(2)
    np.testing.assert_allclose(model.predict(X), y)


def test_basis_of_a_transformer_is_left_unfitted():
    X = np.linspace(0, 1, 30).reshape(-1, 1)
    basis = PolynomialFeatures(3, include_bias=False)
    model = LinearRegression(basis=basis).fit(X, X[:, 0] ** 3)
    np.testing.assert_allclose(model.predict([[2.0]]), [8.0], rtol=1e-6)
    assert not hasattr(basis, "n_output_features_")


@pytest.mark.parametrize("basis", [[], 3, ["sin"], "sin", np.sin])
def test_basis_that_is_none(basis):
    with pytest.raises(ValueError, match="basis must be a list of functions"):
        LinearRegression(basis=basis).fit([[1.0], [2.0]], [1.0, 2.0])


def test_basis_function_of_the_wrong_shape():
    with pytest.raises(ValueError, match="basis function 0 returned an array of shape"):
        LinearRegression(basis=[np.sum]).fit([[1.0], [2.0]], [1.0, 2.0])


def test_history_is_the_objective_along_the_path(table):
    X, y, _ = table
    model = LinearRegression(solver="gradient_descent", alpha=0.2, max_iter=100_000).fit(X, y)
    history = model.history_
    assert len(history["loss"]) == len(history["parameters"]) == model.n_iter_ + 1
    for place in (0, 1, -1):
        b, *w = history["parameters"][place]
        expected = np.mean((X @ w + b - y) ** 2) / 2 + 0.1 * np.dot(w, w)
        assert history["loss"][place] == pytest.approx(expected)
    assert (np.diff(history["loss"]) <= 1e-12).all()
    np.testing.assert_allclose(history["parameters"][-1][1:], model.coef_)


def test_mini_batches_are_drawn_from_the_seed(table):
    X, y, _ = table
    make = lambda seed: LinearRegression(  # noqa: E731
        solver="gradient_descent", batch_size=16, random_state=seed, max_iter=2000
    ).fit(X, y)
    first, second, other = make(0), make(0), make(1)
    np.testing.assert_array_equal(first.coef_, second.coef_)
    assert not np.array_equal(first.coef_, other.coef_)
    best = LinearRegression().fit(X, y)
    loss = lambda model: np.mean((model.predict(X) - y) ** 2)  # noqa: E731
    assert loss(first) < 1.02 * loss(best)


def test_divergence_names_the_step_and_a_rate_that_converges(table):
    X, y, _ = table
    model = LinearRegression(solver="gradient_descent", learning_rate=1.0)
    with pytest.raises(DivergenceError, match="diverged") as raised:
        model.fit(X, y)
    message = str(raised.value)
    assert "before step 1 to" in message
    limit = float(message.split("Every rate below ")[1].split(" ")[0])
    table_with_one = np.column_stack([np.ones(len(X)), X])
    curvature = np.linalg.eigvalsh(table_with_one.T @ table_with_one / len(X))[-1]
    assert limit == pytest.approx(2 / curvature, rel=1e-3)
    converging = LinearRegression(
        solver="gradient_descent", learning_rate=0.95 * limit, max_iter=100_000
    )
    np.testing.assert_allclose(
        converging.fit(X, y).coef_, LinearRegression().fit(X, y).coef_, atol=1e-3
    )


def test_too_few_passes_warn_and_say_what_to_do(table):
    X, y, _ = table
    with pytest.warns(ConvergenceWarning, match="Scale the columns"):
        LinearRegression(solver="gradient_descent", max_iter=3).fit(X, y)


def test_a_failed_fit_leaves_the_model_as_it_was(table):
    X, y, _ = table
    model = LinearRegression().fit(X, y)
    before = model.coef_.copy()
    bad = X.copy()
    bad[17, 2] = np.inf
    for broken in (bad, X[:, :2] * np.nan, X[:0]):
        with pytest.raises(ValueError, match=r"infinity|NaN|minimum of 1 is required"):
            model.fit(broken, y[: len(broken)])
        np.testing.assert_array_equal(model.coef_, before)
        assert model.n_features_in_ == 4


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber"])
@pytest.mark.parametrize("solver", ["auto", "qr", "svd", "gradient_descent"])
def test_numbers_that_are_not_finite_are_named(table, value, loss, solver):
    X, y, _ = table
    kind = "NaN" if np.isnan(value) else "infinity"
    for bad_X, bad_y, culprit in ((X.copy(), y, "X"), (X, y.copy(), "y")):
        (bad_X if culprit == "X" else bad_y)[5] = value
        with pytest.raises(ValueError, match=f"Input {culprit} contains {kind}"):
            LinearRegression(loss, solver=solver).fit(bad_X, bad_y)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": "cubed"}, "loss='cubed' is not known; choose one of 'squared_error'"),
        ({"solver": "magic"}, "solver='magic'"),
        ({"alpha": -1}, r"alpha=-1 must be a number in \[0, inf\)"),
        ({"alpha": "1"}, "alpha='1' must be a number"),
        ({"l1_ratio": 1.5}, r"l1_ratio=1.5 must be a number in \[0, 1\]"),
        ({"learning_rate": 0.0}, "learning_rate=0.0 must be"),
        ({"batch_size": 0}, "batch_size=0 must be"),
        ({"batch_size": 1.5}, "batch_size=1.5 must be a whole number"),
        ({"max_iter": 0.5}, "max_iter=0.5 must be a whole number"),
        ({"max_iter": np.inf}, "max_iter=inf must be a whole number"),
        ({"alpha": np.inf}, r"alpha=inf must be a number in \[0, inf\)"),
        ({"epsilon": np.inf}, "epsilon=inf"),
        ({"fit_intercept": "no"}, "fit_intercept='no' must be True or False"),
        ({"alpha": 1, "l1_ratio": 0.5, "solver": "qr"}, "has no absolute values"),
        ({"loss": "huber", "alpha": 1, "l1_ratio": 0.5}, "gradient_descent"),
        ({"loss": "absolute_error", "alpha": 1}, "l1_ratio=1 only"),
    ],
)
def test_bad_options(options, message, table):
    X, y, _ = table
    with pytest.raises(ValueError, match=message):
        LinearRegression(**options).fit(X, y)


def test_bad_sample_weights(table):
    X, y, _ = table
    with pytest.raises(ValueError, match="at least one non-zero"):
        LinearRegression().fit(X, y, np.zeros(len(X)))
    with pytest.raises(ValueError, match="Negative values"):
        LinearRegression().fit(X, y, -np.ones(len(X)))
    with pytest.raises(ValueError, match=r"sample_weight\.shape"):
        LinearRegression().fit(X, y, np.ones(3))


@pytest.mark.parametrize("scale", [1e-200, 1e-160, 1e-150, 1e150, 1e160])
@pytest.mark.parametrize("solver", ["auto", "qr", "svd"])
def test_columns_of_any_scale(table, solver, scale):
    X, y, _ = table
    expected = LinearRegression().fit(X, y).coef_
    model = LinearRegression(solver=solver).fit(X * scale, y)
    np.testing.assert_allclose(model.coef_ * scale, expected, rtol=1e-9)
    assert model.rank_ == 4


@pytest.mark.parametrize("solver", ["auto", "cholesky", "qr", "svd"])
def test_rows_of_weight_zero_are_left_out_however_far_they_are(table, solver):
    X, y, _ = table
    far = np.vstack([1e9 * np.random.default_rng(1).normal(size=X.shape), X])
    weight = np.repeat([0.0, 1.0], len(X))
    model = LinearRegression(solver=solver).fit(far, np.tile(y, 2), weight)
    assert_same(model, LinearRegression(solver=solver).fit(X, y), 1e-10)


def test_one_row_that_counts_has_no_slope():
    model = LinearRegression().fit([[1e8], [1.1], [1.1], [5.0]], [3.0, 4.0, 5.0, 9.0], [0, 1, 1, 0])
    assert model.rank_ == 0
    np.testing.assert_allclose([*model.coef_, model.intercept_], [0.0, 4.5])


@pytest.mark.parametrize("solver", ["auto", "svd"])
def test_rank_and_condition_are_those_of_the_columns_whatever_the_penalty(table, solver):
    X, y, _ = table
    columns = (X - X.mean(axis=0)) / X.std(axis=0)
    model = LinearRegression(solver=solver, alpha=10.0).fit(X, y)
    assert model.condition_number_ == pytest.approx(np.linalg.cond(columns), rel=1e-6)
    twice = LinearRegression(solver=solver, alpha=10.0).fit(np.hstack([X, X]), y)
    assert (twice.rank_, twice.condition_number_) == (4, np.inf)


def test_a_dependent_table_keeps_its_small_columns(table):
    """Rounding errors of the large columns must not make the small ones count as dependent."""
    X, y, _ = table
    X = X * [1, 1e-14, 1e2, 1]
    model = LinearRegression().fit(np.column_stack([X, np.ones(len(X))]), y)
    np.testing.assert_allclose(model.coef_[:4], LinearRegression().fit(X, y).coef_, rtol=1e-6)
    assert model.rank_ == 4


def test_large_numbers_of_float32_do_not_overflow(table):
    X, y, _ = table
    large = (X * 1e37).astype(np.float32)
    expected = LinearRegression().fit(large.astype(np.float64), y).coef_
    np.testing.assert_allclose(LinearRegression().fit(large, y).coef_, expected, rtol=1e-12)


def test_absolute_error_of_columns_with_a_large_offset(table):
    X, y, _ = table
    X = X + 1e10
    expected = LinearRegression("absolute_error").fit(X - 1e10, y).coef_
    np.testing.assert_allclose(LinearRegression("absolute_error").fit(X, y).coef_, expected)


@pytest.mark.parametrize("batch_size", [1, 4])
def test_small_batches_do_not_run_away_by_themselves(batch_size):
    rng = np.random.default_rng(7)
    X = rng.normal(size=(500, 50))
    y = X @ rng.normal(size=50)
    model = LinearRegression(
        solver="gradient_descent", batch_size=batch_size, max_iter=150, random_state=0, tol=1.0
    )
    assert model.fit(X, y).score(X, y) > 0.95


def test_a_descent_that_ends_above_its_start_has_diverged(table):
    X, y, _ = table
    limit = 2 / np.linalg.eigvalsh(np.cov(X.T, bias=True) + np.outer(*[X.mean(axis=0)] * 2))[-1]
    model = LinearRegression(
        solver="gradient_descent", fit_intercept=False, learning_rate=1.05 * limit, max_iter=200
    )
    with pytest.raises(DivergenceError, match="use learning_rate='auto'"):
        model.fit(X, y)


def test_hubers_divergence_promises_no_rate_it_does_not_know(table):
    X, y, _ = table
    model = LinearRegression("huber", solver="gradient_descent", learning_rate=500.0, max_iter=50)
    with pytest.raises(DivergenceError, match="takes shorter steps where the loss curves more"):
        model.fit(X, y)


@pytest.mark.parametrize("solver", ["auto", "gradient_descent"])
def test_a_basis_that_is_not_defined_is_named(table, solver):
    X, y, _ = table
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="basis made numbers"):
        LinearRegression(solver=solver, basis=[np.log]).fit(X - 100, y)


@pytest.mark.parametrize("loss", ["squared_error", "huber"])
def test_warnings_point_at_the_users_line(table, loss):
    X, y, _ = table
    for solver in ("gradient_descent",) if loss == "squared_error" else ("auto", "qr"):
        with pytest.warns(ConvergenceWarning) as caught:
            LinearRegression(loss, solver=solver, max_iter=1, tol=0).fit(X, y)
        assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("solver", ["auto", "qr", "svd", "gradient_descent"])
def test_the_number_of_threads_changes_no_digit(monkeypatch, solver):
    rng = np.random.default_rng(8)
    X = rng.normal(size=(2000, 300))
    y = X @ rng.normal(size=300) + rng.normal(size=2000)
    fits = []
    for threads in (1, 2):
        monkeypatch.setenv("OMP_NUM_THREADS", str(threads))
        with threadpool_limits(threads, user_api="blas"):
            fits.append(LinearRegression(solver=solver, tol=0.1).fit(X, y))
    np.testing.assert_array_equal(fits[0].coef_, fits[1].coef_)
    assert fits[0].intercept_ == fits[1].intercept_
