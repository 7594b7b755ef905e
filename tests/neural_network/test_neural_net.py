import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.preprocessing import StandardScaler

from baremath import autodiff, nn, optim
from baremath.neural_network import (
    MLPClassifier,
    MLPRegressor,
    NeuralNetClassifier,
    NeuralNetRegressor,
)

SHORT = {"max_iter": 5, "n_iter_no_change": 99, "random_state": 0}


def two_layers(n_features, n_outputs):
    return nn.Sequential(nn.Linear(n_features, 8), nn.Tanh(), nn.Linear(8, n_outputs))


def test_the_same_as_the_mlp_that_it_builds(moons):
    X, y = moons
    mlp = MLPClassifier((5,), alpha=0.0, **SHORT).fit(X, y)
    network = nn.Sequential(
        nn.Linear(2, 5, weight_init="he_uniform"),
        nn.ReLU(),
        nn.Linear(5, 1, weight_init="xavier_uniform"),
    )
    model = NeuralNetClassifier(network, **SHORT).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), mlp.predict_proba(X))
    np.testing.assert_array_equal(model.loss_curve_, mlp.loss_curve_)


def test_a_neuron_is_linear_regression(surface):
    X, y = surface
    mlp = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", alpha=0, tol=1e-9).fit(X, y)
    options = {"max_iter": 500, "tol": 1e-9, "batch_size": None, "random_state": 0}
    model = NeuralNetRegressor(nn.Linear, optimizer=optim.GradientDescent(0.3), **options)
    np.testing.assert_allclose(model.fit(X, y).predict(X), mlp.predict(X), rtol=1e-4)


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_two_classes_by_one_output_or_two(n_outputs, moons):
    X, y = moons
    names = np.array(["down", "up"])[y]
    network = nn.Sequential(nn.Linear(2, 20), nn.Tanh(), nn.Linear(20, n_outputs))
    model = NeuralNetClassifier(network, optimizer=optim.Adam(0.05), random_state=0)
    assert model.fit(X, names).score(X, names) > 0.95
    p = model.predict_proba(X)
    assert p.shape == (300, 2)
    np.testing.assert_allclose(p.sum(axis=1), 1)


@pytest.mark.parametrize("module", [two_layers, two_layers(4, 3)], ids=["function", "template"])
def test_many_classes(module):
    X, y = load_iris(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    model = NeuralNetClassifier(module, optimizer=optim.Adam(0.05), random_state=0)
    assert cross_val_score(model, X, y, cv=3).mean() > 0.9


def test_the_template_stays_as_it_is(moons):
    template = two_layers(2, 1)
    before = template.state_dict()
    one = NeuralNetClassifier(template, **SHORT).fit(*moons)
    np.testing.assert_equal(template.state_dict(), before)
    same = clone(one).fit(*moons)
    np.testing.assert_array_equal(same.predict_proba(moons[0]), one.predict_proba(moons[0]))


def test_numbers_of_the_parts_are_parameters(moons):
    model = NeuralNetClassifier(two_layers, optimizer="momentum", penalty=nn.L2Penalty(0.1))
    deep = model.get_params()
    assert deep["optimizer__learning_rate"] == 0.01
    assert deep["optimizer__momentum"] == 0.9
    assert deep["penalty__rate"] == 0.1
    penalty = model.penalty
    model.set_params(optimizer__momentum=0.5, penalty__rate=0.2, batch_size=10)
    assert model.optimizer == optim.Momentum(0.01, 0.5)
    assert (model.penalty.rate, penalty.rate, model.batch_size) == (0.2, 0.1, 10)
    with pytest.raises(ValueError, match="its optimizer the parameters are: optimizer__learning"):
        model.set_params(optimizer__speed=1)
    with pytest.raises(ValueError, match="Invalid parameter 'speed'"):
        model.set_params(speed=1)
    search = GridSearchCV(
        NeuralNetClassifier(two_layers, max_iter=20, n_iter_no_change=99, random_state=0),
        {"optimizer": [optim.SGD(), "adam"], "optimizer__learning_rate": [1e-6, 0.1]},
        cv=2,
    )
    assert search.fit(*moons).best_params_["optimizer__learning_rate"] == 0.1


@pytest.mark.parametrize("loss", [nn.HingeLoss(), nn.MSELoss()], ids=["hinge", "squares"])
@pytest.mark.parametrize("n_outputs", [1, 2])
def test_scores_that_are_no_probabilities(loss, n_outputs, moons):
    X, y = moons
    network = two_layers(2, n_outputs)
    model = NeuralNetClassifier(network, loss, optim.Adam(0.05), random_state=0, tol=0.0)
    model.set_params(max_iter=300, n_iter_no_change=300)
    assert model.fit(X, y).score(X, y) > 0.95
    assert not hasattr(model, "predict_proba")


def test_each_class_against_the_others():
    X, y = load_iris(return_X_y=True)
    model = NeuralNetClassifier(
        two_layers, nn.BCEWithLogitsLoss(), optim.Adam(0.05), random_state=0
    ).fit(StandardScaler().fit_transform(X), y)
    assert model.score(StandardScaler().fit_transform(X), y) > 0.95


def test_log_probabilities(moons):
    X, y = moons
    network = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2), nn.LogSoftmax())
    model = NeuralNetClassifier(network, nn.NLLLoss(), random_state=0, max_iter=300).fit(X, y)
    outputs = model.module_(X)
    np.testing.assert_allclose(model.predict_log_proba(X), outputs.detach().numpy(), rtol=1e-9)


def test_a_loss_of_ones_own(surface):
    X, y = surface

    def fourth_power(output, target):
        return autodiff.mean((output - target) ** 4)

    model = NeuralNetRegressor(two_layers, fourth_power, optim.Adam(0.02), random_state=0)
    assert model.set_params(max_iter=100, n_iter_no_change=100).fit(X, y).score(X, y) > 0.8


class Flat(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(3, 1)

    def forward(self, x):
        return self.layer(x).reshape(-1)


def test_outputs_without_a_second_dimension(surface):
    X, y = surface
    model = NeuralNetRegressor(Flat(), **SHORT).fit(X, y)
    assert model.predict(X).shape == (300,)
    assert NeuralNetClassifier(Flat(), **SHORT).fit(X, y > y.mean()).predict_proba(X).shape == (
        300,
        2,
    )


def test_running_means_are_learned_and_used(moons):
    X, y = moons
    network = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))
    model = NeuralNetClassifier(network, **SHORT).fit(X, y)
    means = model.module_.layers[1].running_mean.data
    assert (means != 0).all()
    np.testing.assert_allclose(model.predict_proba(X)[:1], model.predict_proba(X[:1]), rtol=1e-12)
    assert not model.module_.training


def test_schedule_clip_and_penalty_are_used(moons):
    X, y = moons
    options = {"optimizer": optim.SGD(0.1), "batch_size": None, **SHORT}
    start = NeuralNetClassifier(two_layers, schedule=lambda epoch: 1e-9, **options).fit(X, y)
    moved = NeuralNetClassifier(two_layers, clip=1e-3, **options).fit(X, y)
    free = NeuralNetClassifier(two_layers, **options).fit(X, y)
    held = NeuralNetClassifier(two_layers, penalty=nn.L2Penalty(5.0), **options).fit(X, y)

    def weights(model):
        return np.concatenate([p.data.ravel() for p in model.module_.parameters() if p.ndim == 2])

    assert np.linalg.norm(weights(moved) - weights(start)) < 5 * 0.1 * 1e-3 * 1.01
    assert np.linalg.norm(weights(free) - weights(start)) > 0.1
    assert np.linalg.norm(weights(held)) < 0.5 * np.linalg.norm(weights(free))


def test_modules_that_do_not_fit(moons):
    X, y = moons
    with pytest.raises(ValueError, match="expects 3 features, got 2"):
        NeuralNetClassifier(nn.Linear(3, 1)).fit(X, y)
    with pytest.raises(
        ValueError, match="gives 5 numbers for a row; for 2 classes it must give 1 or 2"
    ):
        NeuralNetClassifier(nn.Linear(2, 5)).fit(X, y)
    with pytest.raises(ValueError, match="gives 2 numbers for a row; y has 1 columns"):
        NeuralNetRegressor(nn.Linear(2, 2)).fit(X, y)
    with pytest.raises(TypeError, match=r"must return a baremath\.nn\.Module; it returned 7"):
        NeuralNetClassifier(lambda n_features, n_outputs: 7).fit(X, y)
    with pytest.raises(ValueError, match="module"):
        NeuralNetClassifier("a network").fit(X, y)
    with pytest.raises(ValueError, match="clip"):
        NeuralNetClassifier(two_layers, clip=0).fit(X, y)
    model = NeuralNetClassifier(nn.Linear(3, 1))
    before = dict(vars(model))
    with pytest.raises(ValueError, match="expects 3 features"):
        model.fit(X, y)
    assert vars(model) == before


def test_a_loss_of_each_row_is_refused():
    loss = nn.BCEWithLogitsLoss(reduction="none")
    with pytest.raises(ValueError, match='use reduction="mean"'):
        NeuralNetClassifier(nn.Linear(8, 1), loss).fit(np.eye(8), [0, 1] * 4)
