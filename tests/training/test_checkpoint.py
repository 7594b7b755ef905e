"""A run that is killed goes on as if nothing had happened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from baremath import nn, optim
from baremath.training import Checkpoint, StopWhen, Trainer, accuracy

Make = Callable[..., Trainer]
Table = tuple[Any, Any]

#: Runs with everything that has a state, each in a process of its own, which is killed after the
#: steps it is told; until one comes to the end.
RUNS = """
import json, os, signal, sys
from pathlib import Path
import numpy as np
from baremath import nn, optim
from baremath.datasets import make_spirals
from baremath.training import Checkpoint, StopWhen, Trainer, accuracy

def run(path, every, unit, kill_at):
    X, y = make_spirals(3, 30, random_state=0)
    module = nn.Sequential(
        nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 3)
    ).initialise(3)
    trainer = Trainer(
        module, nn.CrossEntropyLoss(), optim.Adam(0.2), batch_size=16, clip=2.0, seed=7,
        penalty=nn.L2Penalty(0.001), schedule=optim.ReduceOnPlateau(patience=0, factor=0.7),
        metrics={"accuracy": accuracy},
    )

    class Kill:
        def on_step_end(self, trainer):
            if trainer.steps == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    if Path(path).exists():
        trainer.load(path)
    trainer.fit(
        X, y, epochs=8 - trainer.epochs, validation=0.2, stop=StopWhen(patience=3),
        callbacks=[Checkpoint(path, every, unit), Kill()],
    )
    history = {f"history.{name}": column for name, column in trainer.history.items()}
    rate = trainer.hyper["optimizer.learning_rate"]
    np.savez(f"{path}.npz", **module.state_dict(), **history, steps=trainer.steps, rate=rate)

for path, every, unit, kills in json.loads(sys.argv[1]):
    for kill_at in [*kills, None]:
        child = os.fork()
        if not child:
            run(path, every, unit, kill_at)
            os._exit(0)
        killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
        assert killed is (kill_at is not None), (path, kill_at)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_killed_run_ends_with_exactly_the_weights_of_a_whole_one(tmp_path: Path) -> None:
    plans = {
        "whole": (1000, "epochs", []),
        "steps": (3, "steps", [2, 11, 17]),
        "each step": (1, "steps", [5, 6, 10]),
        "epochs": (2, "epochs", [14, 21]),
    }
    told = json.dumps([[str(tmp_path / name), *plan] for name, plan in plans.items()])
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", RUNS, told], env=environment, check=True, timeout=300)
    whole, *resumed = (dict(np.load(tmp_path / f"{name}.npz")) for name in plans)
    assert whole["steps"] > 21
    for run in resumed:
        assert run.keys() == whole.keys()
        for name, array in whole.items():
            np.testing.assert_array_equal(run[name], array, err_msg=name)
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]


def weights(trainer: Trainer) -> Any:
    return np.concatenate([array.ravel() for array in trainer.module.state_dict().values()])


@pytest.mark.parametrize("name", sorted(optim.OPTIMIZERS), ids=str)
def test_every_optimizer_goes_on_exactly(
    name: str, make_trainer: Make, spirals: Table, tmp_path: Path
) -> None:
    def made() -> Trainer:
        return make_trainer(optimizer=optim.OPTIMIZERS[name](learning_rate=0.01))

    whole = made().data(*spirals)
    whole.run(10)
    first = made().data(*spirals)
    first.run(6)
    first.save(tmp_path / "here")
    second = made().load(tmp_path / "here").data(*spirals)
    assert (second.steps, second.epochs) == (6, 1)
    second.run(4)
    np.testing.assert_array_equal(weights(second), weights(whole))
    for key, value in whole._now.state["optimizer"].items():
        there = second._now.state["optimizer"][key]
        np.testing.assert_array_equal(there, value)
        assert np.asarray(there).dtype == np.asarray(value).dtype


def test_hyperparameters_are_restored(make_trainer: Make, spirals: Table, tmp_path: Path) -> None:
    trainer = make_trainer(penalty=nn.L1Penalty(0.5)).data(*spirals)
    trainer.run(2)
    trainer.optimizer.learning_rate, trainer.penalty.rate = 0.123, 0.25  # type: ignore[union-attr]
    trainer.batch_size, trainer.seed = 17, 5
    trainer.save(tmp_path / "here")
    other = make_trainer(penalty=nn.L1Penalty(0.5)).load(tmp_path / "here")
    assert other.hyper == trainer.hyper
    assert (other.batch_size, other.seed) == (17, 5)


def test_early_stopping_remembers_the_best_epoch_across_a_checkpoint(
    make_trainer: Make, spirals: Table, tmp_path: Path
) -> None:
    path, stop = tmp_path / "here", StopWhen(patience=4)

    def made() -> Trainer:
        return make_trainer(optimizer=optim.Adam(0.3), batch_size=10)

    whole = made().fit(*spirals, 60, validation=0.3, stop=stop)
    assert whole.best is not None
    for epochs in (whole.best.epoch + 2, whole.epochs):
        made().fit(
            *spirals,
            epochs,
            validation=0.3,
            stop=StopWhen(patience=99),
            callbacks=[Checkpoint(path)],
        )
        resumed = made().load(path)
        resumed.fit(*spirals, 60 - resumed.epochs, validation=0.3, stop=stop)
        assert resumed.epochs == whole.epochs
        np.testing.assert_array_equal(weights(resumed), weights(whole))


def test_the_file_is_plain_safetensors_with_json(
    make_trainer: Make, spirals: Table, tmp_path: Path
) -> None:
    trainer = make_trainer(metrics={"accuracy": accuracy}).fit(*spirals, 2)
    trainer.save(tmp_path / "here.safetensors")
    tensors = load_file(tmp_path / "here.safetensors")
    for path, array in trainer.module.state_dict().items():
        np.testing.assert_array_equal(tensors[f"parameters.{path}"], array)
    content = (tmp_path / "here.safetensors").read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert json.loads(header["__metadata__"]["facts"])["history"] == trainer.history


def test_a_failed_write_leaves_the_old_file(
    make_trainer: Make, spirals: Table, tmp_path: Path, monkeypatch: Any
) -> None:
    path = tmp_path / "here"
    trainer = make_trainer().data(*spirals)
    trainer.save(path)
    before = path.read_bytes()
    trainer.step()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match=r"cannot write .*here: No space left on device"):
        trainer.save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["here"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: content[:-10], "not a checkpoint, or cut short or damaged"),
        (lambda content: content[:20], "not a checkpoint, or cut short or damaged"),
        (lambda content: b"", "not a checkpoint, or cut short or damaged"),
        (lambda content: b"PK" + content[2:], "not a checkpoint, or cut short or damaged"),
        (lambda content: content.replace(b"version 1", b"version 9"), "not a checkpoint of this"),
        (lambda content: content.replace(b"counters", b"kounters"), "damaged"),
        (lambda content: content.replace(b"CrossEntropyLoss", b"CrossEntropyLess"), "with loss"),
        (lambda content: content.replace(b"m_weight", b"n_weight"), "there is no optimizer.m_w"),
    ],
    ids=["cut", "cut short", "empty", "foreign", "version", "JSON", "loss", "tensors"],
)
def test_a_damaged_file_is_refused_and_nothing_changes(
    spoil: Any, message: str, make_trainer: Make, spirals: Table, tmp_path: Path
) -> None:
    path = tmp_path / "here"
    trainer = make_trainer().data(*spirals)
    trainer.run(2)
    trainer.save(path)
    path.write_bytes(spoil(path.read_bytes()))
    before, progress = weights(trainer), trainer._now
    with pytest.raises(ValueError, match=message) as caught:
        trainer.load(path)
    assert str(path) in str(caught.value)
    assert trainer._now is progress
    np.testing.assert_array_equal(weights(trainer), before)


def test_weights_alone_are_not_a_checkpoint(make_trainer: Make, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file(make_trainer().module.state_dict(), path)
    with pytest.raises(ValueError, match="plain safetensors"):
        make_trainer().load(path)


def test_a_missing_file_is_named(make_trainer: Make, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere: no such file"):
        make_trainer().load(tmp_path / "nowhere")


def test_other_parts_and_other_shapes_are_refused(
    make_trainer: Make, network: Any, tmp_path: Path
) -> None:
    path = tmp_path / "here"
    make_trainer().save(path)
    for other, message in [
        (make_trainer(network(2, 9, 3)), r"is float32 of shape \(8, 2\) in it, and .* \(9, 2\)"),
        (make_trainer(network(2, 8, 8, 3)), "of another module"),
        (make_trainer(network(2, 3)), "of another module"),
        (make_trainer(network(2, 8, 3, dtype=np.float64)), "and float64"),
        (make_trainer(optimizer=optim.SGD(0.1)), "with optimizer Adam, and this trainer has SGD"),
        (make_trainer(loss=nn.NLLLoss()), "with loss CrossEntropyLoss"),
        (make_trainer(penalty=nn.L2Penalty()), "with penalty none"),
        (make_trainer(schedule=optim.Constant()), "with schedule none"),
    ]:
        before = weights(other)
        with pytest.raises(ValueError, match=message):
            other.load(path)
        np.testing.assert_array_equal(weights(other), before)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"unit": "hours"}, "unit='hours' must be"),
        ({"every": 0}, "every=0 must be a whole number of epochs above 0"),
        ({"every": 1.5}, "every=1.5 must be a whole number"),
        ({"path": "/no/such/folder/file"}, "its folder doesn't exist"),
    ],
    ids=["unit", "zero", "parts", "folder"],
)
def test_a_checkpoint_that_makes_no_sense_is_refused(
    arguments: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        Checkpoint(**{"path": tmp_path / "here", **arguments})


def test_numpys_numbers_are_settings_too(make_trainer: Make, tmp_path: Path) -> None:
    settings = {"batch_size": np.int64(8), "clip": np.float32(0.5), "seed": np.int32(3)}
    make_trainer(optimizer=optim.SGD(np.float64(0.25)), **settings).save(tmp_path / "here")
    other = make_trainer(optimizer=optim.SGD(0.1)).load(tmp_path / "here")
    assert (other.batch_size, other.clip, other.seed) == (8, 0.5, 3)
    assert other.hyper["optimizer.learning_rate"] == 0.25


def test_another_table_begins_its_epoch_anew(
    make_trainer: Make, spirals: Table, tmp_path: Path
) -> None:
    X, y = spirals
    trainer = make_trainer().data(X, y)
    trainer.run(6)
    trainer.save(tmp_path / "here")
    other = make_trainer().load(tmp_path / "here").fit(X[:64], y[:64], 1)
    assert (other.steps, other.epochs) == (8, 2)
