"""The program finds the screen's weights again; the model predicts what the screen shows."""

import subprocess
import sys

import numpy as np
import pytest

from baremath import load
from baremath.neural_network import NeuralNetClassifier, NeuralNetRegressor
from baremath.playground.server import network
from baremath.playground.server.config import (
    Config,
    DataConfig,
    Layer,
    OptimizerConfig,
    Own,
    Penalty,
    ScheduleConfig,
)
from baremath.playground.server.exporting.export import exported
from baremath.playground.server.plan import Plan
from baremath.playground.server.points import points_of

TABLE = np.random.default_rng(0).normal([5, -300, 0], [1, 100, 0], (60, 3))
ROWS = tuple(map(tuple, TABLE.tolist()))
WORDS = ("no", 'y"""e\ns\\', "{{ 7 }}") * 20
AMOUNTS = tuple((1000 + 40 * TABLE[:, 0] + TABLE[:, 1]).tolist())
DRAWN = tuple((float(x), float(y)) for x, y in np.random.default_rng(1).uniform(-2, 6, (60, 2)))
WIDE = tuple(f"column {k}" for k in range(32))
WIDE_ROWS = tuple(map(tuple, np.random.default_rng(2).normal(size=(300, 32)).tolist()))
COLUMNS = ("a\nraise SystemExit('typed')", "b'\"", "#")

CASES = {
    "default": Config(),
    "cross-entropy": Config(
        loss="cross-entropy",
        data=DataConfig("xor", noise=10, seed=3),
        schedule=ScheduleConfig("cosine"),
        penalty=Penalty("L1", 0.001),
        features=("x1", "x2", "x1x2"),
        seed=5,
    ),
    "three-spiral": Config(
        data=DataConfig("three-spiral", noise=5),
        layers=(Layer(6, "elu", 0.2), Layer(5, "leaky_relu")),
        optimizer=OptimizerConfig("nesterov"),
        schedule=ScheduleConfig("warm-up", epochs=3),
        init="he",
    ),
    "three-spiral, cross-entropy": Config(
        data=DataConfig("three-spiral", n=100, share=80),
        loss="cross-entropy",
        layers=(Layer(8),),
        optimizer=OptimizerConfig("adamw"),
        features=("x1^2", "x2^2", "sin x1", "sin x2", "x2"),
    ),
    "reg-gauss": Config(
        problem="regression",
        data=DataConfig("reg-gauss", noise=10),
        optimizer=OptimizerConfig("rmsprop"),
        learning_rate=0.003,
        schedule=ScheduleConfig("exponential"),
    ),
    "gates": Config(data=DataConfig("gates", noise=20), layers=(), batch_size=10_000),
    "batman": Config(data=DataConfig("batman", noise=3), layers=(Layer(4, "gelu"),)),
    "own classes": Config(
        data=DataConfig("own", own=Own(COLUMNS, ROWS, WORDS), share=70),
        features=("x3", "x1", "x1x2", "x2"),
    ),
    "own numbered classes": Config(
        data=DataConfig("own", own=Own(("a", "b", "c"), ROWS, (7, 2.5) * 30)),
        features=("x1", "x2", "x3"),
        loss="cross-entropy",
        optimizer=OptimizerConfig("adam"),
    ),
    "own amounts": Config(
        problem="regression",
        data=DataConfig("own", own=Own(("a", "b", "c"), ROWS, AMOUNTS)),
        features=("x1", "x2", "x3"),
    ),
    "drawn classes": Config(
        data=DataConfig("own", own=Own(("x1", "x2"), DRAWN, WORDS, laid=False))
    ),
    "drawn amounts": Config(
        problem="regression",
        data=DataConfig("own", own=Own(("x1", "x2"), DRAWN, AMOUNTS, laid=False)),
    ),
    "one column, one amount": Config(
        problem="regression",
        data=DataConfig("own", own=Own(("x1",), ((3.0,),) * 20, (7.0,) * 20)),
        features=("x1",),
    ),
    "32 columns": Config(
        data=DataConfig("own", own=Own(WIDE, WIDE_ROWS, tuple(map(str, range(10))) * 30), share=90),
        features=(*(f"x{k + 1}" for k in range(32)), "sin x2", "x1^2", "x1x2"),
        layers=(Layer(32, "silu"), Layer(32, "softplus", 0.5), Layer(1, "softsign")),
        optimizer=OptimizerConfig("adagrad"),
        schedule=ScheduleConfig("inverse"),
        penalty=Penalty("L2", 0.01),
        init="xavier",
        batch_size=1,
    ),
    "zeros": Config(
        init="zeros", layers=(Layer(3, "linear"),), optimizer=OptimizerConfig("adadelta")
    ),
    "warm": Config(
        loss="cross-entropy",
        optimizer=OptimizerConfig("momentum", momentum=0.5),
        schedule=ScheduleConfig("step", epochs=1.5),
        data=DataConfig("gauss", noise=50, share=10, n=10),
    ),
    "plane": Config(
        problem="regression", data=DataConfig("reg-plane", n=10), optimizer=OptimizerConfig("adamw")
    ),
}
STEPS = 137

RUN = """
import runpy, sys
import numpy as np
for path in sys.argv[1:]:
    found = runpy.run_path(path)
    rows = np.concatenate([found["inputs"](found["X"]), found["y"][:, None]], axis=1)
    np.savez(path + ".npz", weights=found["weights"], rows=rows, train=found["train"])
"""


def plan_of(config, held=None):
    return Plan(config, points_of(config.data, config.problem), held)


def run(folder, programs):
    """Run programs in another process; return what it printed, and where each left its weights."""
    paths = {name: folder / f"{k}.py" for k, name in enumerate(programs)}
    for name, path in paths.items():
        path.write_bytes(programs[name])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN, *map(str, paths.values())],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, {name: np.load(f"{path}.npz") for name, path in paths.items()}


@pytest.fixture(scope="module")
def trained():
    """Plans, and where they are after some steps."""
    plans = {name: plan_of(config) for name, config in CASES.items()}
    return {
        name: (plan, plan.taken(plan.taken(plan.first(), 31), STEPS - 31))
        for name, plan in plans.items()
    }


@pytest.fixture(scope="module")
def ran(trained, tmp_path_factory):
    programs = {name: exported(*found, "python")[2] for name, found in trained.items()}
    return run(tmp_path_factory.mktemp("programs"), programs)


@pytest.mark.parametrize("name", CASES)
def test_the_program_makes_the_same_points_and_finds_the_same_weights(trained, ran, name):
    plan, now = trained[name]
    found = ran[1][name]
    rows = network.features_of(plan.inputs, plan.points.X)
    np.testing.assert_array_equal(found["rows"][:, :-1], rows)
    np.testing.assert_array_equal(found["rows"][:, -1], plan.points.y)
    np.testing.assert_array_equal(found["train"], plan.points.train)
    np.testing.assert_allclose(found["weights"], now.params, rtol=1e-5, atol=1e-6)


def test_the_program_prints_the_losses_of_the_screen(trained, ran):
    for plan, now in trained.values():
        measured = plan.measured(now)
        line = f"after {STEPS} steps: training loss {measured.train_loss:.6f}, "
        assert line + f"test loss {measured.test_loss:.6f}" in ran[0]
    assert ran[0].count("largest difference from a weight on the screen: 0.0e+00") == len(CASES)
    assert ran[0].count("the weights agree") == len(CASES)


def test_after_an_edit_the_program_starts_from_the_weights(trained, tmp_path):
    plan, now = trained["default"]
    changed = now._replace(params=now.params * np.float32(1.5))
    held = np.zeros(plan.n_weights, bool)
    held[:2] = True
    programs = {
        "edited": exported(plan, changed, "python", edited=True)[2],
        "held": exported(plan_of(plan.config, held), changed, "python")[2],
        "first": exported(plan, plan.first(), "python")[2],
        "other": exported(plan, changed, "python")[2],
    }
    assert b"2 of them are held" in programs["held"]
    assert b"held" not in programs["edited"]
    go_on = programs["edited"].replace(b"MORE_STEPS = 0", b"MORE_STEPS = 9")
    printed, found = run(tmp_path, {**programs, "go on": go_on})
    np.testing.assert_array_equal(found["edited"]["weights"], changed.params)
    np.testing.assert_array_equal(found["held"]["weights"], changed.params)
    np.testing.assert_array_equal(found["first"]["weights"], plan.first().params)
    assert f"on the screen: training loss {plan.measured(changed).train_loss:.6f}" in printed
    assert "9 steps later: training loss" in printed
    assert printed.count("the weights agree") == 1
    assert printed.count("the weights differ") == 1


def units_of(plan, X):
    """Points of the square in the units that the data came in."""
    if plan.config.data.name != "own":
        return X
    low, high = plan.points.domain.T
    return low + (X + 6) / 12 * (high - low)


@pytest.mark.parametrize("name", CASES)
def test_the_model_predicts_what_the_screen_shows(trained, tmp_path, name):
    plan, now = trained[name]
    path = tmp_path / "model.skops"
    path.write_bytes(exported(plan, now, "model")[2])
    model = load(path)
    X = np.random.default_rng(1).uniform(-6, 6, (300, plan.points.X.shape[1]))
    shown = plan.outputs(now, network.features_of(plan.inputs, X.astype(np.float32)))[-1]
    given = units_of(plan, X)
    if plan.config.problem == "regression":
        low, high = plan.points.y_range
        expected = (low + high) / 2 + (high - low) / 2 * shown[:, 0]
        np.testing.assert_allclose(model.predict(given), expected, atol=1e-5 * (high - low))
        return
    sure = np.abs(np.diff(np.sort(shown, axis=1)[:, -2:])).ravel() > 1e-4
    sure = sure if shown.shape[1] > 1 else np.abs(shown[:, 0]) > 1e-4
    named = model.predict(given)[sure].astype(str)
    numbers = network.decided(plan.points, shown)[sure]
    labels = [str(label) for label in model.classes_]
    assert [labels.index(label) for label in named] == numbers.tolist()
    if plan.config.loss == "cross-entropy":
        two = shown.shape[1] == 1
        expected = np.hstack([1 - shown, 1 + shown]) / 2 if two else shown
        np.testing.assert_allclose(model.predict_proba(given), expected, atol=1e-5)


def test_classes_are_named_as_in_the_data(trained, tmp_path):
    classes = {}
    for name in ("default", "three-spiral", "own classes", "own numbered classes"):
        path = tmp_path / "model.skops"
        path.write_bytes(exported(*trained[name], "model")[2])
        classes[name] = load(path).classes_.tolist()
    assert classes["default"] == [-1, 1]
    assert classes["three-spiral"] == [0, 1, 2]
    assert classes["own classes"] == sorted(set(WORDS))
    assert classes["own numbered classes"] == [2.5, 7]


@pytest.mark.parametrize("name", ["three-spiral, cross-entropy", "own amounts"])
def test_the_model_has_what_a_fitted_one_has(trained, tmp_path, name):
    plan, now = trained[name]
    path = tmp_path / "model.skops"
    path.write_bytes(exported(plan, now, "model")[2])
    model = load(path)[-1]
    regression = plan.config.problem == "regression"
    X = network.features_of(plan.inputs, plan.points.X)
    y = plan.points.y if regression else plan.points.y.astype(int)
    kind = NeuralNetRegressor if regression else NeuralNetClassifier
    fitted = kind(**{**model.get_params(deep=False), "max_iter": 1}).fit(X, y)
    assert vars(model).keys() == vars(fitted).keys()
    for attribute, value in vars(fitted).items():
        assert type(getattr(model, attribute)) is type(value), attribute
    assert "The loss of the row" in str(model.explain(X, model.predict(X)))
    targets = model.target_mean_ + y * model.target_scale_ if regression else y
    losses = [model.partial_fit(X, targets).loss_ for _ in range(20)]
    assert losses[-1] < losses[0] < fitted.history_["loss"][0]
    assert model.t_ == now.epochs * len(plan.train) + now.row + 20 * len(X)


def test_files_have_names_and_kinds(trained):
    plan, now = trained["default"]
    assert exported(plan, now, "python")[:2] == ("playground.py", "text/x-python")
    assert exported(plan, now, "model")[:2] == ("playground.skops", "application/zip")
    with pytest.raises(ValueError, match="what='onnx' must be 'python' or 'model'"):
        exported(plan, now, "onnx")
