"""Pruning finds the subtree that is best at a price of a leaf, and scikit-learn's path."""

import numpy as np
import pytest
from sklearn import tree as theirs

from baremath.tree import DecisionTreeClassifier, DecisionTreeRegressor
from baremath.tree.pruning import pruned


def problem(kind, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(150, 3)).astype(np.float32).astype(float)
    y = X @ [3, 1, 0] + rng.normal(size=150)
    return X, y if kind is DecisionTreeRegressor else np.digitize(y, [-2, 1])


def cheapest(tree, alpha, node=0):
    """Return the least that a subtree costs, and the leaves of the smallest that costs so much."""
    alone = tree.weight[node] / tree.weight[0] * tree.impurity[node] + alpha
    if tree.feature[node] < 0:
        return alone, 1
    left, n_left = cheapest(tree, alpha, tree.left[node])
    right, n_right = cheapest(tree, alpha, tree.right[node])
    if alone <= left + right + 1e-12:
        return alone, 1
    return left + right, n_left + n_right


@pytest.mark.parametrize("kind", [DecisionTreeClassifier, DecisionTreeRegressor])
@pytest.mark.parametrize("seed", range(5))
def test_no_subtree_is_cheaper(kind, seed):
    whole = kind().fit(*problem(kind, seed)).tree_
    for alpha in (1e-4, 3e-3, 0.01, 0.02, 0.05, 0.3, 2.0):
        found = pruned(whole, alpha)
        leaves = found.feature < 0
        risk = float(found.weight[leaves] @ found.impurity[leaves]) / whole.weight[0]
        cost, n_leaves = cheapest(whole, alpha)
        assert risk + alpha * found.n_leaves == pytest.approx(cost)
        assert found.n_leaves == n_leaves


@pytest.mark.parametrize("seed", range(5))
def test_the_whole_path_is_scikit_learns(seed):
    X, y = problem(DecisionTreeRegressor, seed)
    ours = DecisionTreeRegressor().cost_complexity_pruning_path(X, y)
    other = theirs.DecisionTreeRegressor(random_state=0).cost_complexity_pruning_path(X, y)
    assert len(ours.ccp_alphas) > 100
    np.testing.assert_allclose(ours.ccp_alphas, other.ccp_alphas, atol=1e-12)
    np.testing.assert_allclose(ours.impurities, other.impurities, atol=1e-12)


@pytest.mark.parametrize("kind", [DecisionTreeClassifier, DecisionTreeRegressor])
def test_an_alpha_of_the_path_makes_its_cut(kind):
    X, y = problem(kind, 0)
    path = kind().cost_complexity_pruning_path(X, y)
    for alpha in path.ccp_alphas[1::10]:
        tree = kind(ccp_alpha=alpha).fit(X, y).tree_
        leaves = tree.feature < 0
        risk = float(tree.weight[leaves] @ tree.impurity[leaves]) / tree.weight[0]
        assert risk == pytest.approx(path.impurities[path.ccp_alphas <= alpha][-1])


def test_one_leaf_stays_one():
    model = DecisionTreeRegressor(ccp_alpha=0.1).fit([[1.0], [2.0]], [3.0, 3.0])
    assert model.get_n_leaves() == 1
    path = model.cost_complexity_pruning_path([[1.0], [2.0]], [3.0, 3.0])
    assert path.ccp_alphas.tolist() == [0.0]
