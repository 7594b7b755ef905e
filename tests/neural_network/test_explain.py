"""Every number shown is worked out again from the JSON, and the gradients are true ones."""

import json

import numpy as np
import polars as pl
import pytest
from rich.cells import cell_len
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import NotFittedError

from baremath import nn, optim
from baremath.neural_network import (
    MLPClassifier,
    MLPRegressor,
    NeuralNetClassifier,
    NeuralNetRegressor,
)

FUNCTIONS = "abs argmax clip exp log max maximum mean minimum outer sign sqrt sum tanh where"
NAMESPACE = {name: getattr(np, name) for name in FUNCTIONS.split()} | {"float": float}
SHORT = {"max_iter": 4, "n_iter_no_change": 99, "random_state": 0}


def recompute(step):
    inputs = {
        name: np.array(value) if isinstance(value, list) else value
        for name, value in step["inputs"].items()
    }
    return eval(step["expression"], {"__builtins__": {}}, NAMESPACE | inputs)


def assert_recomputed(derivation):
    steps = json.loads(derivation.to_json())["steps"]
    for step in steps:
        np.testing.assert_allclose(
            recompute(step), step["value"], rtol=1e-6, atol=1e-9, err_msg=step["title"]
        )
    for view in (derivation.to_text(), derivation.to_latex(), derivation.to_html()):
        assert steps[-1]["title"] in view
    return {step["title"]: step for step in steps}


def total_loss(model, x, target):
    """Return the loss of one row with the penalty, worked out with NumPy."""
    for layer, (w, b) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        x = x @ w + b
        x = np.tanh(x) if layer < len(model.coefs_) - 1 else x
    if len(x) == 1:
        loss = np.logaddexp(0, x[0]) - target * x[0]
    else:
        loss = np.log(np.exp(x).sum()) - x[target]
    penalty = sum((w**2).sum() for w in model.coefs_)
    return loss + model.alpha / (2 * 150) * penalty


def test_the_gradients_are_those_of_finite_differences():
    X, y = load_iris(return_X_y=True)
    X = X - X.mean(axis=0)
    model = MLPClassifier((4, 3), "tanh", alpha=20.0, batch_size=150, **SHORT).fit(X, y)
    steps = {step.symbol: step.value for step in model.explain(X, y, row=70).steps}
    for layer, weights in enumerate(model.module_.layers[::2], start=1):
        for letter, tensor in (("W", weights.weight), ("b", weights.bias)):
            shown = np.array(steps[rf"\frac{{\partial L}}{{\partial {letter}^{{({layer})}}}}"])
            for place in np.ndindex(tensor.shape):
                start, ends = tensor.data[place], []
                for move in (1e-5, -1e-5):
                    tensor.data[place] = start + move
                    ends.append(total_loss(model, X[70], y[70]))
                tensor.data[place] = start
                assert shown[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, abs=1e-7)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("activation", sorted({*nn.ACTIVATIONS} - {"softmax", "log_softmax"}))
def test_classes(activation, n_classes):
    X, y = load_iris(return_X_y=True)
    X, y = (X - X.mean(axis=0))[y < n_classes], y[y < n_classes]
    model = MLPClassifier((5, 3), activation, **SHORT).fit(X, y)
    steps = assert_recomputed(model.explain(X, y, row=60))
    title = "The output as a probability" if n_classes == 2 else "The outputs as probabilities"
    p = np.ravel(steps[title]["value"])
    np.testing.assert_allclose(p, model.predict_proba(X)[60][-len(p) :])
    loss = steps["The loss of the row"]["value"]
    assert loss == pytest.approx(-model.predict_log_proba(X)[60, y[60]])
    assert len(assert_recomputed(model.explain(X, row=60))) < len(steps)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber"])
@pytest.mark.parametrize("scale_target", [True, False])
@pytest.mark.parametrize("n_outputs", [1, 2])
def test_amounts(loss, scale_target, n_outputs, surface):
    X, y = surface
    y = y - 5000 if n_outputs == 1 else np.column_stack([y, X[:, 0]]) - 5000
    model = MLPRegressor(loss, (6,), scale_target=scale_target, **SHORT).fit(X, y)
    steps = assert_recomputed(model.explain(X, y, row=5))
    last = "The prediction: back in the unit of y"
    if scale_target:
        np.testing.assert_allclose(steps[last]["value"], model.predict(X)[5])
    else:
        assert last not in steps
    assert steps["The loss of the row"]["value"] > 0


@pytest.mark.parametrize("optimizer", optim.OPTIMIZERS)
def test_the_update_is_what_a_step_of_training_does(optimizer, moons):
    X, y = moons
    network = {"hidden_layer_sizes": (4,), "solver": optimizer, "alpha": 0.0}
    model = MLPRegressor(**network, **SHORT).fit(X, y)
    steps = assert_recomputed(model.explain(X, y, row=8))
    model.partial_fit(X[8:9], y[8:9])
    for layer, (w, b) in enumerate(zip(model.coefs_, model.intercepts_, strict=True), start=1):
        for what, after in (("weights", w.T), ("biases", b)):
            shown = steps[f"Layer {layer}: the update of the {what}"]["value"]
            np.testing.assert_allclose(shown, after, rtol=1e-5, atol=1e-7)


def test_an_update_of_ones_own(moons):
    class HalfAStep(optim.SGD):
        def update(self, params, gradient, state):
            return params - 0.5 * self.learning_rate * gradient, state

    X, y = moons
    steps = assert_recomputed(
        MLPClassifier((3,), solver=HalfAStep(0.1), **SHORT).fit(X, y).explain(X, y)
    )
    step = steps["Layer 1: the update of the biases"]
    gradient = steps["Layer 1: the gradient by the biases"]["value"]
    np.testing.assert_allclose(
        step["inputs"]["d"], 0.05 * np.array(gradient), rtol=1e-6, atol=1e-12
    )


def test_lbfgs_shows_gradients_and_no_update(moons):
    X, y = moons
    steps = assert_recomputed(
        MLPClassifier((3,), solver="lbfgs", alpha=1.0).fit(X, y).explain(X, y)
    )
    assert "Layer 1: the gradient by the weights" in steps
    assert not any("update" in title for title in steps)


def test_several_labels(moons):
    X, y = moons
    labels = np.column_stack([y, 1 - y, X[:, 0] > 0])
    model = MLPClassifier((4,), **SHORT).fit(X, labels)
    steps = assert_recomputed(model.explain(X, labels, row=2))
    np.testing.assert_allclose(
        steps["The outputs as probabilities"]["value"], model.predict_proba(X)[2]
    )


def test_wide_layers_show_their_first_neurons():
    X, y = load_digits(return_X_y=True)
    model = MLPClassifier((100,), **SHORT).fit(X / 16, y)
    derivation = model.explain(X / 16, y, row=3)
    steps = assert_recomputed(derivation)
    first = steps["Hidden layer 1: the weighted sum of its 100 neurons"]
    assert len(first["value"]) == 4
    assert first["note"] == "Worked out are the first 4 of 100 neurons."
    assert len(derivation.to_json()) < 250_000
    assert max(map(cell_len, derivation.to_text(width=100).splitlines())) <= 100


def test_names(moons):
    X, y = moons
    frame = pl.DataFrame(X, schema=["way east", "<b>"])
    model = MLPClassifier((3,), **SHORT).fit(frame, y)
    named = [row[0] for row in model.explain(frame, y).steps[0].terms.rows]
    assert named == ["(bias)", "way east", "<b>"]
    assert "<b>" not in model.explain(frame, y).to_html()
    renamed = model.explain(frame, y, feature_names=["u", "v"]).steps[0].terms.rows
    assert [row[0] for row in renamed] == ["(bias)", "u", "v"]
    plain = MLPClassifier((3,), **SHORT).fit(X, y).explain(X)
    assert [row[0] for row in plain.steps[0].terms.rows] == ["(bias)", "x_1", "x_2"]


def test_bad_questions(moons):
    X, y = moons
    with pytest.raises(NotFittedError):
        MLPClassifier().explain(X)
    model = MLPClassifier((3,), **SHORT).fit(X, y)
    with pytest.raises(IndexError, match="its 300 rows are numbered from 0 to 299"):
        model.explain(X, y, row=300)
    with pytest.raises(TypeError, match=r"row=1\.5"):
        model.explain(X, y, row=1.5)
    with pytest.raises(ValueError, match="y has 3 rows and X has 300"):
        model.explain(X, y[:3])
    with pytest.raises(ValueError, match="doesn't know: 8"):
        model.explain(X, y + 7, row=1)
    with pytest.raises(ValueError, match="feature_names has 3 names"):
        model.explain(X, y, feature_names="abc")
    assert set(vars(model)) == set(vars(MLPClassifier((3,), **SHORT).fit(X, y)))


@pytest.mark.parametrize(
    "loss",
    [nn.CrossEntropyLoss(label_smoothing=0.2), nn.MSELoss(), nn.HuberLoss(0.3), nn.HingeLoss()],
    ids=lambda loss: type(loss).__name__,
)
def test_losses_of_a_module(loss, moons):
    X, y = moons
    n_outputs = 2 if isinstance(loss, nn.CrossEntropyLoss) else 1
    network = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.2), nn.Tanh(), nn.Linear(3, n_outputs))
    regresses = isinstance(loss, nn.MSELoss | nn.HuberLoss)
    kind = NeuralNetRegressor if regresses else NeuralNetClassifier
    model = kind(network, loss, penalty=nn.L1Penalty(0.01), **SHORT).fit(X, y)
    steps = assert_recomputed(model.explain(X, y, row=4))
    assert "Layer 1: the gradient by the weights" in steps


class Forked(nn.Module):
    def __init__(self):
        self.left, self.right = nn.Linear(2, 2), nn.Linear(2, 2)

    def forward(self, x):
        return self.left(x) * self.right(x).tanh()


@pytest.mark.parametrize(
    "module",
    [
        Forked(),
        nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3), nn.Linear(3, 2)),
        nn.Sequential(nn.Linear(2, 3), nn.Softmax(), nn.Linear(3, 2)),
    ],
    ids=["forked", "normalised", "softmax"],
)
def test_a_network_of_another_shape_is_explained_operation_by_operation(module, moons):
    X, y = moons
    model = NeuralNetClassifier(module, **SHORT).fit(X, y)
    steps = model.explain(X, y, row=9).steps
    probability = next(step for step in steps if step.title == "The outputs as probabilities")
    np.testing.assert_allclose(probability.value, model.predict_proba(X)[9])
    assert len(model.explain(X, row=9).steps) < len(steps)
