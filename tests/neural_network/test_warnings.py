"""What a network says of training that went wrong, and how its derivation is written."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure
from sklearn.exceptions import ConvergenceWarning

from baremath import nn
from baremath.neural_network import (
    MLPClassifier,
    NeuralNetClassifier,
    NeuralNetRegressor,
    ScaleWarning,
)
from baremath.plotting import LossCurveDisplay

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 8))
Y = (X[:, 0] + X[:, 1] > 0).astype(int)


def test_a_loss_that_ends_above_where_it_began_has_diverged():
    model = MLPClassifier((20,), learning_rate_init=100, random_state=0)
    with pytest.warns(ConvergenceWarning, match=r"before the first.*Lower learning_rate_init"):
        model.fit(X, Y)
    assert model.loss_ > model.history_["loss"][0]


@pytest.mark.parametrize("last", [nn.Softmax, nn.Sigmoid])
def test_probabilities_of_probabilities_are_warned_of(last):
    model = NeuralNetClassifier(nn.Sequential(nn.Linear(8, 2), last()), n_iter_no_change=np.inf)
    with pytest.warns(UserWarning, match=f"leave the {last.__name__} away"):
        model.set_params(max_iter=1).fit(X, Y)


def test_wild_columns_are_called_by_their_names():
    table = pl.DataFrame({"age": X[:, 0], "income": 1e6 * X[:, 1]})
    with pytest.warns(ScaleWarning, match="column 'income'"):
        MLPClassifier(max_iter=1, n_iter_no_change=np.inf).fit(table, Y)


def test_choices_are_listed_in_order():
    with pytest.raises(ValueError, match=r"'elu', 'gelu', .*'tanh'"):
        MLPClassifier(activation="rel").fit(X, Y)


def test_a_forward_without_return_is_named():
    class Silent(nn.Linear):
        def forward(self, x):
            super().forward(x)

    with pytest.raises(TypeError, match="is a `return` missing"):
        NeuralNetRegressor(Silent).fit(X, Y)


def test_the_curve_of_whole_epochs_is_of_what_each_step_led_to():
    model = MLPClassifier((4,), batch_size=None, max_iter=5, n_iter_no_change=np.inf, alpha=0)
    model.set_params(random_state=0).fit(X, Y)
    loss = model.history_["loss"]
    p = model.predict_proba(X)[np.arange(len(X)), Y]
    assert len(loss) == 6
    assert loss[-1] == pytest.approx(-np.log(p).mean(), rel=1e-5)
    assert loss[0] > loss[1]
    assert (
        LossCurveDisplay.from_estimator(model, ax=Figure().add_subplot()).ax_.get_xlabel()
        == "epoch"
    )


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_derivation_puts_numbers_into_the_loss_and_keeps_its_symbols(n_classes):
    y = np.digitize(X[:, 0], [0.0, 0.7][: n_classes - 1])
    model = MLPClassifier((8,), max_iter=3, n_iter_no_change=np.inf, random_state=0).fit(X, y)
    steps = model.explain(X, y).steps
    loss = next(step for step in steps if step.title == "The loss of the row")
    assert any(digit in loss.substituted for digit in "123456789")
    updates = [step for step in steps if "the update" in step.title]
    assert all(step.formula.startswith(f"{step.symbol} - ") for step in updates)
    assert r"\vdots" not in steps[0].substituted  # all 8 neurons, as in the result
    if n_classes == 2:
        assert "e^{" in loss.substituted
        assert isinstance(loss.value, float)
        assert isinstance(steps[2].value, float)
