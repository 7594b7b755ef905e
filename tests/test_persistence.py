"""Models survive the disk; foreign, damaged and hostile files don't get in."""

from __future__ import annotations

import importlib
import io
import json
import os
import pickle
import pkgutil
import re
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import skops.io
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import baremath
from baremath import load, nn, optim, save
from baremath.ladder import RUNGS, Rung, TableModel
from baremath.linear_model import LinearRegression
from baremath.neural_network import (
    MLPClassifier,
    MLPRegressor,
    NeuralNetClassifier,
    NeuralNetRegressor,
)
from baremath.persistence import _is_own


@pytest.fixture
def model() -> LinearRegression:
    return LinearRegression().fit([[1.0], [2.0], [4.0]], [3.0, 5.0, 8.5])


@pytest.fixture
def saved(model: LinearRegression, tmp_path: Path) -> Path:
    path = tmp_path / "model.skops"
    save(model, path)
    return path


def public_function(values: np.ndarray) -> np.ndarray:
    return np.asarray(values) + 1.0


def with_schema(path: Path, change: dict[str, object]) -> Path:
    """Rewrite the archive with some top-level entries of its schema changed."""
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(contents["schema.json"]) | change
    contents["schema.json"] = json.dumps(schema).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


# What is saved comes back


def test_the_loaded_model_predicts_the_same_bits(model: LinearRegression, saved: Path) -> None:
    loaded = load(saved)
    assert type(loaded) is LinearRegression
    assert loaded.get_params() == model.get_params()
    X = np.linspace(-3, 3, 50)[:, None]
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_a_pipeline_of_scikit_learn_and_baremath_needs_no_further_trust(tmp_path: Path) -> None:
    X = np.array([[1.0, np.nan], [2.0, 3.0], [3.0, 1.0], [5.0, 2.0]])
    model = make_pipeline(SimpleImputer(), StandardScaler(), LinearRegression())
    model.fit(X, [1.0, 2.0, 4.0, 3.0])
    save(model, tmp_path / "model.skops")
    np.testing.assert_array_equal(load(tmp_path / "model.skops").predict(X), model.predict(X))


@pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: rung.name)
def test_every_rung_fitted_on_a_table_comes_back(tmp_path: Path, rung: Rung) -> None:
    rng = np.random.default_rng(0)
    table = pl.DataFrame(
        {
            "size": rng.normal(size=40),
            "rooms": [None, 1, 2, 3] * 10,
            "place": ["hill", "sea", None, "town"] * 10,
            "sold": [date(2020, 1, 1 + day % 28) for day in range(40)],
        }
    )
    y = pl.Series("price", rng.normal(size=40) if rung.task == "regression" else ["lo", "hi"] * 20)
    model = TableModel(rung.make(0, 40), rung.task).fit(table, y)
    save(model, tmp_path / "model.skops")
    loaded = load(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded.predict(table), model.predict(table))
    assert loaded.formula() == model.formula()
    assert str(loaded.explain(table, y, 1)) == str(model.explain(table, y, 1))


NETWORK = nn.Sequential(
    *(nn.Linear(3, 6), nn.BatchNorm1d(6), nn.PReLU(), nn.Residual(nn.Linear(6, 6))),
    *(nn.LayerNorm(6), nn.Dropout(0.1), nn.Flatten(), nn.Linear(6, 2)),
)


@pytest.mark.parametrize(
    "model",
    [
        MLPClassifier((5,), max_iter=3, n_iter_no_change=9, random_state=0),
        MLPClassifier((5,), solver="lbfgs", random_state=0),
        MLPRegressor(hidden_layer_sizes=(5, 4), activation=nn.LeakyReLU(0.2), random_state=0),
        NeuralNetClassifier(
            NETWORK,
            nn.CrossEntropyLoss(label_smoothing=0.1),
            optim.RMSProp(0.01),
            penalty=nn.L1Penalty(1e-3),
            schedule=optim.WarmUp(2, optim.CosineDecay(10)),
            random_state=0,
        ),
        NeuralNetRegressor(nn.Linear, optimizer="sgd", random_state=0),
    ],
    ids=["classifier", "lbfgs", "regressor", "module", "class"],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_networks_come_back_and_go_on(model: BaseEstimator, tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(40, 3))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    model.fit(X, y)
    save(model, tmp_path / "network.skops")
    loaded = load(tmp_path / "network.skops")
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert str(loaded.explain(X, y, 1)) == str(model.explain(X, y, 1))
    if hasattr(model, "partial_fit"):
        after = [vars(m.partial_fit(X, y))["module_"].state_dict() for m in (model, loaded)]
        np.testing.assert_equal(*after)


def test_an_unfitted_model_keeps_its_parameters(tmp_path: Path) -> None:
    save(LinearRegression(alpha=0.25), tmp_path / "model.skops")
    assert load(tmp_path / "model.skops").alpha == 0.25


def test_every_public_estimator_of_every_room_is_trusted() -> None:
    rooms = [
        importlib.import_module(f"baremath.{module.name}")
        for module in pkgutil.iter_modules(baremath.__path__)
        if module.ispkg
    ]
    public = [getattr(room, name) for room in rooms for name in getattr(room, "__all__", ())]
    found = [
        f"{member.__module__}.{member.__name__}"
        for member in public
        if isinstance(member, type) and issubclass(member, BaseEstimator)
    ]
    assert any(name.endswith(".LinearRegression") for name in found)
    assert [name for name in found if not _is_own(name)] == []


def test_layers_and_optimizers_are_trusted_and_what_is_no_public_class_is_not() -> None:
    assert _is_own("baremath.nn.linear.Linear")
    assert _is_own("baremath.optim.adam.Adam")
    assert not _is_own("baremath.nn.activations.straight.relu")
    assert not _is_own("baremath.nn.module.Module.initialise")
    assert not _is_own("baremath.training.trainer.Trainer")


def test_scikit_learn_versions_and_ours_are_in_the_file(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        versions = json.loads(archive.read("baremath.json"))
    assert versions["baremath"] == baremath.__version__
    assert set(versions) == {"baremath", "scikit-learn"}


def test_a_file_by_skops_alone_is_read_too(model: LinearRegression, tmp_path: Path) -> None:
    skops.io.dump(model, tmp_path / "model.skops")
    np.testing.assert_array_equal(load(tmp_path / "model.skops").coef_, model.coef_)


def resaved_by(path: Path, version: object) -> Path:
    """Rewrite the archive as another version of baremath would have."""
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    versions = json.loads(contents["baremath.json"]) | {"baremath": version}
    contents["baremath.json"] = json.dumps(versions).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("version", ["2.5.9", "2.5", "2.5.0.dev1", None])
def test_a_model_of_the_same_minor_version_is_read(
    saved: Path, monkeypatch: pytest.MonkeyPatch, version: object
) -> None:
    monkeypatch.setattr(baremath, "__version__", "2.5.1")
    assert type(load(resaved_by(saved, version))) is LinearRegression


@pytest.mark.parametrize("version", ["2.4.1", "2.51.0", "3.5.1", "1"])
def test_a_model_of_another_minor_version_is_refused_in_one_line(
    saved: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr(baremath, "__version__", "2.5.1")
    with pytest.raises(ValueError, match="saved by baremath") as refusal:
        load(resaved_by(saved, version))
    assert str(refusal.value) == (
        f"{saved}: saved by baremath {version}, and this is 2.5.1, whose models may differ; fit "
        f"it again, or install baremath {version}"
    )


# Types that aren't trusted


def test_a_function_is_refused_by_name_until_it_is_trusted(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    name = f"{public_function.__module__}.public_function"
    with pytest.warns(UserWarning, match=rf"load\(path, trusted=\['{name}'\]\)"):
        save(FunctionTransformer(public_function), path)
    with pytest.raises(ValueError, match=rf"needs {name}, which .*trusted=\['{name}'\]"):
        load(path)
    for trusted in ([name], name):
        np.testing.assert_array_equal(load(path, trusted).transform([[1.0]]), [[2.0]])


class Foreign(BaseEstimator):
    pass


def test_a_foreign_type_can_be_trusted_as_a_type(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Foreign"):
        save(Foreign(), tmp_path / "model.skops")
    with pytest.raises(ValueError, match="Foreign"):
        load(tmp_path / "model.skops")
    assert type(load(tmp_path / "model.skops", trusted=[Foreign])) is Foreign


def test_a_model_that_load_will_refuse_is_saved_with_a_warning_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "forest.skops"
    forest = RandomForestClassifier(2, random_state=0).fit([[0.0], [1.0]], [0, 1])
    with pytest.warns(UserWarning, match=r"load will refuse it until .*trusted=") as warned:
        save(forest, path)
    assert warned[0].filename == __file__
    needed = re.search(r"trusted=\[(.*)\]", str(warned[0].message))
    assert needed is not None
    with pytest.raises(ValueError, match="doesn't trust"):
        load(path)
    loaded = load(path, trusted=[name.strip("'") for name in needed[1].split(", ")])
    assert loaded.predict([[1.0]]) == forest.predict([[1.0]])


def test_a_refused_type_is_never_imported(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = tmp_path / "ran"
    (tmp_path / "hostile.py").write_text(f"open({str(trace)!r}, 'w')\nclass Model: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    with_schema(saved, {"__module__": "hostile", "__class__": "Model"})
    with pytest.raises(ValueError, match=r"needs hostile\.Model"):
        load(saved)
    assert not trace.exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("baremath.linear_model", "threshold_neuron"),  # public, and no estimator
        ("baremath.persistence", "save"),
        ("baremath.cli", "main"),
        ("baremath.__main__", "main"),
        ("baremath.linear_model.os", "LinearRegression"),  # not where that class lives
        ("baremathlinear_model", "LinearRegression"),
    ],
)
def test_only_estimators_of_baremath_are_trusted(saved: Path, module: str, name: str) -> None:
    with_schema(saved, {"__module__": module, "__class__": name})
    with pytest.raises(ValueError, match=f"needs {module}.{name}, which baremath doesn't trust"):
        load(saved)


# What can't be saved is refused when saving


def local_function() -> object:
    def inner(values: np.ndarray) -> np.ndarray:
        return values

    return inner


@pytest.mark.parametrize(
    ("function", "name"), [(lambda values: values, "<lambda>"), (local_function(), "inner")]
)
def test_a_function_without_a_name_is_refused_at_saving(
    tmp_path: Path, function: object, name: str
) -> None:
    with pytest.raises(ValueError, match=f"cannot save FunctionTransformer: it holds .*{name}"):
        save(FunctionTransformer(function), tmp_path / "model.skops")
    assert list(tmp_path.iterdir()) == []


def test_an_object_without_a_stored_form_is_refused_at_saving(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    path.write_text("old")
    model = FunctionTransformer(kw_args={"rows": (n for n in range(3))})
    with pytest.raises(
        ValueError, match="cannot save FunctionTransformer: it holds something"
    ) as refusal:
        save(model, path)
    assert "\n" not in str(refusal.value)
    assert path.read_text() == "old"


# Files that are no models


def as_zip(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"x,y\n1,2\n", "not a model saved by baremath"),
        (b"\x00\xff" * 500, "not a model saved by baremath"),
        (b"PK\x03\x04", "cut short"),
        (as_zip("readme.txt", b"hello"), "a zip archive, but not a model"),
        (as_zip("schema.json", b"{"), "damaged"),
        (as_zip("schema.json", b"[1, 2]"), "damaged"),
        (as_zip("schema.json", b'{"protocol": 1}'), "damaged"),
    ],
)
def test_a_foreign_file_gets_one_clear_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "file.skops"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as refusal:
        load(path)
    assert str(refusal.value).startswith(f"{path}: ")
    assert "\n" not in str(refusal.value)


class Bomb:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.trace),)


def test_a_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(Bomb(tmp_path / "ran")))
    with pytest.raises(ValueError, match="not a model saved by baremath"):
        load(path)
    assert not (tmp_path / "ran").exists()


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.skops: no such file$"):
        load(tmp_path / "none.skops")
    with pytest.raises(IsADirectoryError, match="a folder, not a model file"):
        load(tmp_path)


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="not a model"):
        load(tmp_path / "pipe")
    with pytest.raises(OSError, match="isn't a plain file"):
        save(Ridge(), tmp_path / "pipe")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_truncated_file_gets_one_clear_line(saved: Path, share: float) -> None:
    content = saved.read_bytes()
    path = saved.with_name("part.skops")
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=r"empty|cut short|not a model") as refusal:
        load(path)
    assert "\n" not in str(refusal.value)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_damaged_byte_is_noticed_or_harmless(saved: Path, share: float, flip: int) -> None:
    content = bytearray(saved.read_bytes())
    content[int(share * len(content))] ^= flip
    path = saved.with_name("damaged.skops")
    path.write_bytes(content)
    try:
        loaded = load(path)
    except ValueError as refusal:
        message = str(refusal)
    else:  # dates and attributes of the archive's members mean nothing to us
        message = ""
        np.testing.assert_array_equal(loaded.coef_, load(saved).coef_)
    assert "\n" not in message


def test_a_failure_says_which_versions_made_the_file(saved: Path) -> None:
    with_schema(saved, {"__loader__": "LoaderOfTheFuture"})
    with pytest.raises(
        ValueError, match=rf"saved by baremath {baremath.__version__}, scikit-learn"
    ):
        load(saved)


# Atomic writing
