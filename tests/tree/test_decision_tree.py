import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import tree as theirs
from sklearn.datasets import load_diabetes, load_iris, make_regression
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks

import baremath
from baremath.tree import DecisionTreeClassifier, DecisionTreeRegressor

PAIRS = {
    DecisionTreeClassifier: theirs.DecisionTreeClassifier,
    DecisionTreeRegressor: theirs.DecisionTreeRegressor,
}


@parametrize_with_checks([DecisionTreeClassifier(), DecisionTreeRegressor()])
def test_the_estimator_checks(estimator, check):
    check(estimator)


def answers(model, X):
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


# The truth about one split: all of them are tried.


def loss(y, w, criterion):
    if criterion == "squared_error":
        return np.sum(w * (y - np.average(y, weights=w)) ** 2)
    if criterion == "absolute_error":
        return min(np.sum(w * np.abs(y - median)) for median in y)
    if criterion == "poisson":
        mean = np.average(y, weights=w)
        if mean == 0:
            return np.nan
        ratio = np.where(y > 0, y / mean, 1.0)
        return np.sum(w * y * np.log(ratio))
    share = np.array([w[y == k].sum() for k in np.unique(y)]) / w.sum()
    if criterion == "gini":
        return w.sum() * (1 - np.sum(share**2))
    return -w.sum() * np.sum(share * np.log2(share))


def best_gain(X, y, w, criterion, categorical, least):
    """Return the gain of the best split, by trying all; −∞ if there is none."""
    best, whole = -np.inf, loss(y, w, criterion)
    for column in range(X.shape[1]):
        x = X[:, column]
        missing = np.isnan(x)
        values = np.unique(x[~missing])
        if categorical:
            sides = [
                np.isin(x, [v for k, v in enumerate(values) if bits >> k & 1])
                for bits in range(2 ** len(values))
            ]
        else:
            sides = [x <= value for value in values] + [np.zeros(len(x), bool)]
        for side in sides:
            for left in (side, side | missing):
                if min(left.sum(), (~left).sum()) < least:
                    continue
                parts = [loss(y[rows], w[rows], criterion) for rows in (left, ~left)]
                if np.isfinite(parts).all():
                    best = max(best, whole - sum(parts))
    return best


TABLES = st.integers(0, 2**32 - 1)
AMOUNTS = ("squared_error", "absolute_error", "poisson")


@settings(max_examples=150)
@given(
    seed=TABLES,
    criterion=st.sampled_from(["gini", "entropy", *AMOUNTS]),
    weighted=st.booleans(),
    missing=st.booleans(),
    categorical=st.booleans(),
    n_rows=st.integers(2, 14),
    least=st.integers(1, 3),
)
def test_every_split_is_the_best_there_is(
    seed, criterion, weighted, missing, categorical, n_rows, least
):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 5, (n_rows, 3)).astype(float)
    X[rng.random(X.shape) < (0.25 if missing else 0)] = np.nan
    y = rng.integers(0, 2 if criterion in ("gini", "entropy") else 6, n_rows)
    w = rng.integers(1, 5, n_rows).astype(float) if weighted else np.ones(n_rows)
    if criterion == "poisson" and y.sum() == 0:
        y[0] = 1
    if criterion in AMOUNTS:
        y = y.astype(float)
    if criterion in ("absolute_error", "poisson") or least > 1:
        categorical = False  # there the best need not be a split between neighbours
    kind = DecisionTreeRegressor if criterion in AMOUNTS else DecisionTreeClassifier
    model = kind(
        criterion=criterion,
        min_samples_leaf=least,
        categorical_features=[0, 1, 2] if categorical else None,
    ).fit(X, y, w)
    check_nodes(model, X, y, w, criterion, categorical, least)


@pytest.mark.parametrize("criterion", ["gini", "squared_error"])
@pytest.mark.parametrize("least", [1, 2])
@pytest.mark.parametrize("missing", [False, True])
def test_every_split_is_the_best_of_many_values(criterion, least, missing):
    rng = np.random.default_rng(0)
    X, w = rng.normal(size=(60, 3)), rng.uniform(0.5, 2, 60)
    X[rng.random(60) < 0.1 * missing, 1] = np.nan
    y = rng.integers(0, 2, 60) if criterion == "gini" else rng.normal(size=60)
    kind = DecisionTreeClassifier if criterion == "gini" else DecisionTreeRegressor
    model = kind(criterion=criterion, min_samples_leaf=least).fit(X, y, w)
    check_nodes(model, X, y, w, criterion, False, least)


def check_nodes(model, X, y, w, criterion, categorical, least):
    """Compare all nodes with what their rows say, and their splits with the best there are."""
    tree, at = model.tree_, model.decision_path(X).toarray().astype(bool)
    for node in range(len(tree)):
        rows = at[:, node]
        assert tree.n_samples[node] == rows.sum()
        assert tree.weight[node] == pytest.approx(w[rows].sum())
        whole = loss(y[rows], w[rows], criterion)
        if np.isfinite(whole):
            assert tree.impurity[node] * w[rows].sum() == pytest.approx(whole, abs=1e-9)
        expected = best_gain(X[rows], y[rows], w[rows], criterion, categorical, least)
        if tree.feature[node] >= 0:
            assert tree.gain[node] == pytest.approx(expected, abs=1e-9)
        else:
            assert expected == -np.inf or len(np.unique(y[rows])) == 1


def test_several_classes_split_at_the_best_number():
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 6, (40, 3)).astype(float), rng.integers(0, 4, 40)
    for criterion in ("gini", "entropy"):
        tree = DecisionTreeClassifier(criterion=criterion, max_depth=1).fit(X, y).tree_
        expected = best_gain(X, y, np.ones(40), criterion, False, 1)
        assert tree.gain[0] == pytest.approx(expected)


# scikit-learn's trees, where the best splits are unique


def unique(kind, parameters, X, y, weight, X_test):
    """Return the answers of scikit-learn's tree if they don't depend on the order of columns."""
    found = [
        answers(kind(**parameters, random_state=seed).fit(X, y, weight), X_test)
        for seed in range(8)
    ]
    return found[0] if all(np.allclose(each, found[0]) for each in found) else None


CASES = [
    {"min_samples_leaf": 20},
    {"max_leaf_nodes": 9},
    {"max_depth": 3},
    {"min_weight_fraction_leaf": 0.05},
    {"min_samples_split": 0.3},
    {"monotonic_cst": [1, 0, -1, 0, 0, 1], "max_depth": 3},
]
MORE_CASES = {
    DecisionTreeRegressor: [
        {"min_impurity_decrease": 300.0},
        {"ccp_alpha": 1000.0},
        {"criterion": "absolute_error", "min_samples_leaf": 25},
    ],
    DecisionTreeClassifier: [
        {"criterion": "entropy", "min_samples_leaf": 20},
        {"ccp_alpha": 0.02},
        {"class_weight": {0: 3, 1: 0.7}, "min_samples_leaf": 25},
    ],
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("kind", "parameters"),
    [(kind, case) for kind in PAIRS for case in [*CASES, *MORE_CASES[kind]]],
)
def test_scikit_learns_predictions(kind, parameters, weighted):
    if not weighted and (
        kind is DecisionTreeClassifier or parameters.get("criterion") == "absolute_error"
    ):
        pytest.skip("sums of few numbers are alike too often")
    compared = equal = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        X, y = make_regression(500, 6, noise=20, random_state=seed)
        X, X_test = (
            part.astype(np.float32).astype(float) for part in (X, rng.normal(size=X.shape))
        )
        if kind is DecisionTreeClassifier:
            y = np.digitize(y, np.quantile(y, [0.3, 0.6]))
            y = np.minimum(y, 1) if "monotonic_cst" in parameters else y
        weight = rng.uniform(0.1, 3, 500) if weighted else None
        expected = unique(PAIRS[kind], parameters, X, y, weight, X_test)
        if expected is not None:
            found = answers(kind(**parameters).fit(X, y, weight), X_test)
            compared += 1
            equal += np.allclose(found, expected, rtol=1e-9)
    assert equal == compared >= 6


def test_scikit_learns_tree_of_one_column_with_many_values():
    rng = np.random.default_rng(0)
    X, X_test = rng.normal(size=(2, 6000, 1)).astype(np.float32).astype(float)
    y, weight = np.sin(5 * X[:, 0]) + rng.normal(size=6000), rng.uniform(0.1, 3, 6000)
    ours = DecisionTreeRegressor().fit(X, y, weight)
    other = theirs.DecisionTreeRegressor().fit(X, y, weight)
    assert ours.get_n_leaves() == other.get_n_leaves()
    np.testing.assert_allclose(ours.predict(X_test), other.predict(X_test), rtol=1e-9)


@pytest.mark.parametrize("kind", PAIRS)
def test_scikit_learns_attributes(kind):
    X, y = make_regression(300, 5, noise=20, random_state=0)
    X = X.astype(np.float32).astype(float)
    y = np.digitize(y, np.quantile(y, [0.3, 0.6])) if kind is DecisionTreeClassifier else y
    ours = kind(max_leaf_nodes=5).fit(X, y)
    other = PAIRS[kind](max_leaf_nodes=5, random_state=0).fit(X, y)
    assert ours.get_depth() == other.get_depth()
    assert ours.get_n_leaves() == other.get_n_leaves() == 5
    np.testing.assert_allclose(ours.feature_importances_, other.feature_importances_)
    inner = ours.tree_.feature >= 0
    np.testing.assert_array_equal(ours.tree_.feature[inner], other.tree_.feature[inner])
    np.testing.assert_allclose(ours.tree_.threshold[inner], other.tree_.threshold[inner])
    np.testing.assert_allclose(ours.tree_.impurity, other.tree_.impurity, atol=1e-12)
    np.testing.assert_array_equal(ours.apply(X), other.apply(X))
    assert (ours.decision_path(X) != other.decision_path(X)).nnz == 0


def test_the_pruning_path_is_scikit_learns():
    X, y = load_iris(return_X_y=True)
    for parameters in ({"max_leaf_nodes": 6}, {"max_depth": 3}):
        ours = DecisionTreeClassifier(**parameters).cost_complexity_pruning_path(X, y)
        other = theirs.DecisionTreeClassifier(**parameters, random_state=0)
        path = other.cost_complexity_pruning_path(X, y)
        np.testing.assert_allclose(ours.ccp_alphas[-3:], path.ccp_alphas[-3:])
        np.testing.assert_allclose(ours.impurities[-3:], path.impurities[-3:])
    for alpha in ours.ccp_alphas:
        model = DecisionTreeClassifier(**parameters, ccp_alpha=alpha * (1 + 1e-9)).fit(X, y)
        tree = model.tree_
        risk = (tree.impurity * tree.weight / 150)[tree.feature < 0].sum()
        assert ours.impurities[ours.ccp_alphas <= alpha * (1 + 1e-9)][-1] == pytest.approx(risk)


# Weights, order, and numbers at the edge


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("criterion", ["default", "entropy", "absolute_error", "poisson"])
def test_a_weight_is_a_repetition(kind, criterion):
    known = ("entropy",) if kind is DecisionTreeClassifier else ("absolute_error", "poisson")
    if criterion not in ("default", *known):
        pytest.skip("a criterion of the others")
    parameters = {} if criterion == "default" else {"criterion": criterion}
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(120, 4)).round(1), rng.integers(0, 4, 120)
    weight = rng.integers(0, 4, 120)
    order = rng.permutation(weight.sum())
    weighted = kind(**parameters).fit(X, y, weight)
    repeated = kind(**parameters).fit(
        np.repeat(X, weight, axis=0)[order], np.repeat(y, weight)[order]
    )
    np.testing.assert_array_equal(weighted.tree_.feature, repeated.tree_.feature)
    np.testing.assert_array_equal(weighted.tree_.threshold, repeated.tree_.threshold)
    np.testing.assert_allclose(answers(weighted, X), answers(repeated, X), rtol=1e-12)


@pytest.mark.parametrize("largest", [1e300, 1e-300, 1e308])
@pytest.mark.parametrize("criterion", ["squared_error", "absolute_error"])
def test_amounts_of_any_size(largest, criterion):
    y = np.array([0.0, 1.0, 2.0, 4.0]) / 4 * largest
    X = np.arange(4.0).reshape(-1, 1)
    model = DecisionTreeRegressor(criterion=criterion).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), y)
    stump = DecisionTreeRegressor(criterion=criterion, max_depth=1).fit(X, y)
    small = DecisionTreeRegressor(criterion=criterion, max_depth=1).fit(X, y / largest)
    np.testing.assert_allclose(stump.predict(X), small.predict(X) * largest, rtol=1e-12)


def test_large_and_small_amounts_together():
    y = np.array([1e300, 1e-300, 1.0, -1e300])
    X = np.arange(4.0).reshape(-1, 1)
    np.testing.assert_array_equal(DecisionTreeRegressor().fit(X, y).predict(X), y)


def test_a_far_offset_hides_no_split():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(200, 3)), rng.integers(0, 100, 200).astype(float)
    plain = DecisionTreeRegressor(max_leaf_nodes=20).fit(X, y)
    shifted = DecisionTreeRegressor(max_leaf_nodes=20).fit(X, y + 2.0**40)
    np.testing.assert_array_equal(plain.tree_.threshold, shifted.tree_.threshold)


def test_infinite_values_are_values():
    X = np.array([[-np.inf], [-1.0], [1.0], [np.inf], [np.nan]])
    y = np.arange(5.0)
    model = DecisionTreeRegressor().fit(X, y)
    np.testing.assert_array_equal(model.predict(X), y)
    assert model.predict([[-1e300]])[0] in (0.0, 1.0)


def test_neighbouring_floats_are_told_apart():
    X = np.array([[1.0], [np.nextafter(1.0, 2.0)], [1.7e308], [1.6e308]])
    y = np.arange(4.0)
    np.testing.assert_array_equal(DecisionTreeRegressor().fit(X, y).predict(X), y)


def test_single_precision_is_exact_too():
    X, y = load_diabetes(return_X_y=True)
    X = X.astype(np.float32)
    ours, double = (DecisionTreeRegressor().fit(table, y) for table in (X, X.astype(float)))
    np.testing.assert_array_equal(ours.tree_.threshold, double.tree_.threshold)
    np.testing.assert_array_equal(ours.predict(X), double.predict(X))


def test_missing_values_alone_are_a_side():
    X = np.array([[1.0], [2.0], [np.nan], [3.0]])
    model = DecisionTreeClassifier(max_depth=1).fit(X, [0, 0, 1, 0])
    np.testing.assert_array_equal(model.predict(X), [0, 0, 1, 0])
    np.testing.assert_array_equal(model.predict([[np.inf]]), [0])


@pytest.mark.parametrize(
    "X", [np.ones((5, 2)), np.full((5, 2), np.nan), np.array([[1.0, 2.0]]), np.full((5, 1), np.inf)]
)
def test_a_table_that_says_nothing(X):
    y = np.arange(len(X))
    assert DecisionTreeRegressor().fit(X, y).predict(X) == pytest.approx(np.full(len(X), y.mean()))
    assert DecisionTreeClassifier().fit(X, y).get_n_leaves() == 1


def test_one_class():
    model = DecisionTreeClassifier().fit([[1.0], [2.0]], ["a", "a"])
    np.testing.assert_array_equal(model.predict([[5.0]]), ["a"])
    np.testing.assert_array_equal(model.predict_proba([[5.0]]), [[1.0]])


def test_exclusive_or_needs_a_split_that_gains_nothing():
    X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    np.testing.assert_array_equal(DecisionTreeClassifier().fit(X, y).predict(X), y)


def test_ties_go_to_the_first_column():
    X, y = load_iris(return_X_y=True)
    model = DecisionTreeClassifier().fit(np.repeat(X, 2, axis=1), y)
    assert (model.tree_.feature % 2 == 0).sum() + (model.tree_.feature < 0).sum() == len(
        model.tree_
    )


# More values than ranks, and categories


def test_few_bins_split_between_ranges():
    quantiles = np.arange(1, 16) * 1000 / 16
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X, y = rng.normal(size=(1000, 1)), rng.normal(size=1000)
        tree = DecisionTreeRegressor(max_bins=16, max_depth=1).fit(X, y).tree_
        below = tree.n_samples[1]
        assert np.abs(quantiles - below).min() < 1


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_a_frame_of_categories(frame):
    city = ["Oslo", "Rome", "Bern", "Oslo", "Rome", "Bern", None]
    X = frame({"city": city, "size": [1.0] * 7})
    y = np.array([1.0, 5.0, 1.0, 1.0, 5.0, 1.0, 9.0])
    model = DecisionTreeRegressor().fit(X, y)
    np.testing.assert_array_equal(model.predict(X), y)
    assert model.get_n_leaves() == 3
    assert np.isfinite(model.predict(frame({"city": ["Lima"], "size": [1.0]}))).all()


def test_seventy_thousand_categories():
    names = np.array([f"c{k}" for k in range(70_000)])
    X = pl.DataFrame({"name": np.concatenate([names, names[:100]])})
    y = np.concatenate([np.zeros(70_000), np.ones(100)])
    model = DecisionTreeRegressor(max_leaf_nodes=4).fit(X, y)
    assert model.predict(X[:100]).min() >= 0.5
    assert model.predict(X[300:70_000]).max() < 0.5


# The model as a whole


def test_a_drawn_column_is_one_that_varies():
    rng = np.random.default_rng(0)
    X = np.column_stack([np.ones((50, 5)), rng.normal(size=50)])
    y = rng.normal(size=50)
    model = DecisionTreeRegressor(max_features=1, random_state=0).fit(X, y)
    np.testing.assert_allclose(model.predict(X), y)


def test_random_state_draws_the_columns():
    X, y = load_diabetes(return_X_y=True)
    found = [
        DecisionTreeRegressor(max_features=3, random_state=seed).fit(X, y).tree_.feature[0]
        for seed in range(40)
    ]
    assert len(set(found)) > 3
    again = DecisionTreeRegressor(max_features=3, random_state=5).fit(X, y).tree_.feature[0]
    assert again == found[5]


def test_balanced_classes_have_the_same_sum():
    X, y = load_iris(return_X_y=True)
    X, y = X[40:], y[40:]
    tree = DecisionTreeClassifier(class_weight="balanced").fit(X, y).tree_
    np.testing.assert_allclose(tree.value[0], 1 / 3)
    np.testing.assert_allclose(tree.weight[0], len(y))


def test_several_outputs_are_learned_together():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(150, 4)), rng.normal(size=(150, 2))
    ours = DecisionTreeRegressor(min_samples_leaf=8).fit(X, y)
    other = theirs.DecisionTreeRegressor(min_samples_leaf=8, random_state=0).fit(X, y)
    np.testing.assert_allclose(ours.tree_.impurity[0], other.tree_.impurity[0])
    assert ours.predict(X).shape == (150, 2)
    np.testing.assert_allclose(ours.score(X, y), other.score(X, y), atol=0.02)


@pytest.mark.parametrize("kind", PAIRS)
def test_save_and_load(kind, tmp_path):
    X, y = load_iris(return_X_y=True)
    model = kind().fit(X, y)
    baremath.save(model, tmp_path / "tree.skops")
    loaded = baremath.load(tmp_path / "tree.skops")
    np.testing.assert_array_equal(answers(loaded, X), answers(model, X))


def test_an_interrupted_fit_leaves_the_model_as_it_was(monkeypatch):
    X, y = load_iris(return_X_y=True)
    model = DecisionTreeRegressor().fit(X, y)

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("baremath.tree._decision_tree.grow_tree", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X[:50, :2], y[:50])
    np.testing.assert_allclose(model.predict(X), y)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"criterion": "mse"}, "criterion='mse'"),
        ({"max_depth": 0}, "max_depth=0"),
        ({"min_samples_split": 1}, "min_samples_split=1"),
        ({"min_samples_leaf": 1.5}, "min_samples_leaf=1.5"),
        ({"min_weight_fraction_leaf": 0.6}, "min_weight_fraction_leaf=0.6"),
        ({"max_leaf_nodes": 1}, "max_leaf_nodes=1"),
        ({"max_features": "some"}, "max_features='some'"),
        ({"max_bins": 70_000}, "max_bins=70000"),
        ({"ccp_alpha": -1.0}, "ccp_alpha=-1.0"),
        ({"monotonic_cst": [1, 2]}, "monotonic_cst"),
        ({"monotonic_cst": [1] + [0] * 9, "criterion": "absolute_error"}, "absolute_error"),
        ({"categorical_features": "all"}, "categorical_features='all'"),
    ],
)
def test_what_is_wrong_is_said(parameters, message):
    X, y = load_diabetes(return_X_y=True)
    with pytest.raises(ValueError, match=message):
        DecisionTreeRegressor(**parameters).fit(X, y)


def test_poisson_needs_amounts_of_at_least_zero():
    with pytest.raises(ValueError, match="at least 0"):
        DecisionTreeRegressor(criterion="poisson").fit([[1.0], [2.0]], [1.0, -1.0])


def test_explain_and_text_use_the_names():
    X = pd.DataFrame({"size": [1.0, 2.0, 4.0, 5.0], "city": ["Oslo", "Rome", "Oslo", "Rome"]})
    model = DecisionTreeClassifier().fit(X, ["a", "a", "b", "b"])
    assert model.export_text().splitlines() == ["size ≤ 3", "├─ yes: a", "└─ no: b"]
    text = str(model.explain(X, row=2))
    assert "size" in text
    assert "gini" in text
    with pytest.raises(IndexError, match="row=4"):
        model.explain(X, row=4)


def test_explain_checks_what_it_is_asked():
    X, y = [[1.0], [2.0], [4.0]], ["low", "low", "high"]
    for kind, target in ((DecisionTreeClassifier, y), (DecisionTreeRegressor, [1.0, 1.0, 2.0])):
        model = kind().fit(X, target)
        assert str(model.explain(X, target, row=1)) == str(model.explain(X, row=1))
        with pytest.raises(TypeError, match=r"row=1\.5 must be a whole number"):
            model.explain(X, row=1.5)
        with pytest.raises(ValueError, match="y has 2 rows and X has 3"):
            model.explain(X, target[:2])
    model = DecisionTreeClassifier().fit(X, y)
    with pytest.raises(ValueError, match="y holds the class middle, which the model doesn't know"):
        model.explain(X, ["low", "middle", "high"], row=1)


def test_the_criterion_named_is_that_of_the_fit():
    X, y = [[1.0], [2.0], [4.0]], ["low", "low", "high"]
    model = DecisionTreeClassifier().fit(X, y)
    before = str(model.explain(X)), model.export_text(details=True), model.draw().to_svg()
    model.set_params(criterion="entropy")
    after = str(model.explain(X)), model.export_text(details=True), model.draw().to_svg()
    assert before == after
    assert "entropy" in str(model.fit(X, y).explain(X))


@pytest.mark.parametrize("kind", PAIRS)
def test_a_random_state_that_is_none_is_refused_where_nothing_is_drawn(kind):
    with pytest.raises(ValueError, match="'abc' cannot be used to seed"):
        kind(random_state="abc").fit([[1.0], [2.0]], [0, 1])


def test_the_drawing_uses_the_names():
    X = pd.DataFrame({"size": [1.0, 2.0, 4.0, 5.0], "city": ["Oslo", "Rome", "Oslo", "Rome"]})
    model = DecisionTreeClassifier(criterion="entropy").fit(X, ["a", "a", "b", "b"])
    drawing = model.draw(direction="right")
    assert str(drawing) == model.export_text()
    svg = drawing.to_svg()
    assert "size ≤ 3" in svg
    assert "entropy" in svg
    assert svg != model.draw(direction="down").to_svg()
    assert svg in drawing._repr_html_()
    assert "more question" in str(model.draw(max_depth=0))
    with pytest.raises(NotFittedError):
        DecisionTreeRegressor().draw()


def test_one_class_has_one_probability():
    X = [[1.0], [2.0], [3.0]]
    model = DecisionTreeClassifier().fit(X, ["a"] * 3)
    assert model.predict_proba(X).tolist() == [[1.0]] * 3
    assert model.explain(X, ["a"] * 3).steps[-1].value == "a"
