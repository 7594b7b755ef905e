"""A point's way through the network and back, against finite differences."""

import json

import numpy as np
import pytest

from baremath.playground.server import network
from baremath.playground.server.config import (
    Config,
    DataConfig,
    Layer,
    OptimizerConfig,
    Own,
    Penalty,
)
from baremath.playground.server.looking.inspection import inspected
from baremath.playground.server.plan import Plan
from baremath.playground.server.points import points_of

ACTIVATIONS = [
    "linear", "relu", "leaky_relu", "elu", "gelu", "silu", "sigmoid", "softplus", "softsign", "tanh"
]  # fmt: skip
PROBLEMS = {
    "two classes": {"data": DataConfig("gauss")},
    "two classes, cross-entropy": {"data": DataConfig("gauss"), "loss": "cross-entropy"},
    "three classes": {"data": DataConfig("three-spiral")},
    "three classes, cross-entropy": {"data": DataConfig("three-spiral"), "loss": "cross-entropy"},
    "amounts": {"data": DataConfig("reg-gauss"), "problem": "regression"},
}


def plan_of(**settings):
    config = Config(**settings)
    return Plan(config, points_of(config.data, config.problem))


def loss_at(plan, params, sample):
    """The loss of one point in float64, by NumPy alone but for the activations."""
    activations = [layer for layer in plan.module if hasattr(layer, "derivative_formula")]
    layers = network.layers_of(params, plan.shape)
    a = network.features_of(plan.inputs, plan.points.X[[sample]]).astype(np.float64)
    for k, (W, b) in enumerate(layers):
        a = a @ W.T + b
        hidden = k + 1 < len(layers)
        if hidden and plan.config.layers[k].activation != "linear":
            a = np.asarray(activations.pop(0)(a))
    y = plan.points.y[sample]
    if plan.config.problem == "regression":
        return ((a - y) ** 2).mean() / 2
    if plan.points.n_classes > 2:
        p = np.exp(a) / np.exp(a).sum()
        t = np.eye(plan.points.n_classes)[int(y)]
        if plan.config.loss == "squared":
            return ((p - t) ** 2).mean() / 2
        return -np.log(p[0, int(y)])
    if plan.config.loss == "squared":
        return ((np.tanh(a) - y) ** 2).mean() / 2
    return np.log1p(np.exp(-y * a)).item()


def differences(function, x, h=1e-6):
    found = np.empty_like(x)
    for i in range(len(x)):
        ahead, behind = x.copy(), x.copy()
        ahead[i] += h
        behind[i] -= h
        found[i] = (function(ahead) - function(behind)) / (2 * h)
    return found


def flat(body, *names):
    """Numbers of all layers, in the order of the parameters."""
    return np.concatenate(
        [np.ravel(layer[name]) for layer in body["layers"] for name in names]
    ).astype(np.float64)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_gradients_are_those_of_finite_differences(problem, activation):
    plan = plan_of(
        layers=(Layer(4, activation, 0.3), Layer(3, activation)),
        features=("x1", "x2", "sin x1"),
        init="xavier",
        **PROBLEMS[problem],
    )
    now = plan.first()
    body = inspected(plan, now, 7, None)
    params = now.params.astype(np.float64)
    assert body["loss"] == pytest.approx(loss_at(plan, params, 7), abs=1e-12)
    numeric = differences(lambda x: loss_at(plan, x, 7), params)
    np.testing.assert_allclose(flat(body, "dw", "db"), numeric, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_sums_outputs_and_their_gradients_fit_together(problem):
    plan = plan_of(layers=(Layer(4, "sigmoid"), Layer(3, "elu")), **PROBLEMS[problem])
    now = plan.taken(plan.first(), 50)
    body = inspected(plan, now, 3, None)
    inputs = np.array(body["inputs"])
    for layer, after in zip(body["layers"], [*body["layers"][1:], None], strict=True):
        np.testing.assert_allclose(layer["z"], np.array(layer["w"]) @ inputs + layer["b"])
        np.testing.assert_allclose(layer["dw"], np.outer(layer["dz"], inputs), atol=1e-15)
        np.testing.assert_allclose(layer["db"], layer["dz"])
        if after:
            np.testing.assert_allclose(layer["da"], np.array(after["w"]).T @ after["dz"])
        inputs = np.array(layer["a"])
    shown = plan.outputs(now, network.features_of(plan.inputs, plan.points.X[[3]]))
    np.testing.assert_allclose(body["prediction"], shown[-1][0], atol=1e-6)
    np.testing.assert_allclose(body["layers"][0]["a"], shown[0][0], atol=1e-6)
    assert body["prediction"] == body["layers"][-1]["a"]
    assert len(body["target"]) == len(body["prediction"])


@pytest.mark.parametrize("of", ["two classes", "three classes"])
def test_cross_entropy_is_a_loss_of_the_last_sums(of):
    plan = plan_of(**PROBLEMS[f"{of}, cross-entropy"])
    body = inspected(plan, plan.first(), 0, None)
    last, target = body["layers"][-1], np.array(body["target"])
    assert last["da"] is None
    scale = 1 if of == "three classes" else 2
    np.testing.assert_allclose(last["dz"], (np.array(last["a"]) - target) / scale, atol=1e-12)


@pytest.mark.parametrize("penalty", ["none", "L1", "L2"])
def test_new_weights_are_one_step_downhill(penalty):
    plan = plan_of(
        penalty=Penalty(penalty, 0.01), layers=(Layer(4, "tanh", 0.5),), learning_rate=0.1
    )
    now = plan.taken(plan.first(), 20)
    body = inspected(plan, now, 5, None)
    w, dw = flat(body, "w"), flat(body, "dw")
    extra = 0
    if penalty == "none":
        assert all(layer["penalty_dw"] is None for layer in body["layers"])
    else:
        extra = flat(body, "penalty_dw")
        np.testing.assert_allclose(extra, 0.01 * (w if penalty == "L2" else np.sign(w)), atol=1e-9)
    np.testing.assert_allclose(flat(body, "new_w"), w - 0.1 * (dw + extra), atol=1e-7)
    np.testing.assert_allclose(
        flat(body, "new_b"), flat(body, "b") - 0.1 * flat(body, "db"), atol=1e-7
    )


@pytest.mark.parametrize("name", ["momentum", "adagrad", "adadelta", "rmsprop", "adam"])
def test_new_weights_go_on_from_what_the_optimizer_remembers(name):
    plan = plan_of(optimizer=OptimizerConfig(name), layers=(Layer(3),))
    now = plan.taken(plan.first(), 30)
    body = inspected(plan, now, 2, None)
    learned = plan.learned(now, 2)
    np.testing.assert_array_equal(flat(body, "new_w", "new_b"), learned.params)


def test_held_weights_stay():
    plan = plan_of()
    held = np.zeros(plan.n_weights, bool)
    held[1] = True
    plan = Plan(plan.config, plan.points, held)
    body = inspected(plan, plan.first(), 2, None)
    assert body["layers"][0]["new_w"][0][1] == body["layers"][0]["w"][0][1]
    assert body["layers"][0]["new_w"][0][0] != body["layers"][0]["w"][0][0]


def test_nothing_changes_by_looking():
    plan = plan_of(layers=(Layer(4, "tanh", 0.5),))
    now = plan.taken(plan.first(), 10)
    before = now.params.copy()
    first = inspected(plan, now, 1, None)
    assert inspected(plan, now, 1, None) == first
    np.testing.assert_array_equal(now.params, before)
    np.testing.assert_array_equal(plan.taken(now, 5).params, plan.taken(now, 5).params)


def test_a_place_has_no_target_and_no_gradients():
    plan = plan_of()
    now = plan.first()
    x1, x2 = (float(x) for x in plan.points.X[4])
    at, of = inspected(plan, now, None, (x1, x2)), inspected(plan, now, 4, None)
    assert at["sample"] is None
    assert at["prediction"] == of["prediction"]
    for name in ("target", "loss"):
        assert at[name] is None
    for layer, other in zip(at["layers"], of["layers"], strict=True):
        assert layer["z"] == other["z"]
        for name in ("dz", "da", "dw", "db", "penalty_dw", "new_w", "new_b"):
            assert layer[name] is None, name


def test_a_place_in_the_picture_of_many_columns():
    rng = np.random.default_rng(0)
    table = tuple(map(tuple, rng.normal(size=(20, 4)).tolist()))
    own = Own(("a", "b", "c", "d"), table, ("no", "yes") * 10, shown=(2, 0))
    plan = plan_of(data=DataConfig("own", own=own), features=("x1", "x2", "x3", "x4"))
    now = plan.first()
    assert inspected(plan, now, None, (1.0, 2.0))["inputs"] == [2, 0, 1, 0]
    assert inspected(plan, now, None, (1.0, 2.0, 3.0, 4.0))["inputs"] == [1, 2, 3, 4]
    with pytest.raises(ValueError, match=r"3 coordinates were given; give 2, .* or 4"):
        inspected(plan, now, None, (1.0, 2.0, 3.0))


@pytest.mark.parametrize("value", [1e6, -1e6])
def test_what_is_not_finite_is_null(value):
    plan = plan_of(layers=(Layer(2, "relu"),), problem="regression", data=DataConfig("reg-plane"))
    now = plan.first()
    now = now._replace(params=np.full_like(now.params, 1e30))
    body = inspected(plan, now, None, (value, value))
    text = json.dumps(inspected(plan, now, 0, None), allow_nan=False)
    assert json.loads(text)["layers"]
    assert json.dumps(body, allow_nan=False)


@pytest.mark.parametrize(
    ("sample", "point", "message"),
    [
        (500, None, "there is no point 500"),
        (None, None, "give the number of a point, or the coordinates"),
        (1, (0.0, 0.0), "give the number of a point, or the coordinates"),
    ],
)
def test_what_is_asked_for_must_be_there(sample, point, message):
    plan = plan_of()
    with pytest.raises(ValueError, match=message):
        inspected(plan, plan.first(), sample, point)
