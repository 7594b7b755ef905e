"""Threads of machine code: Ctrl-C and forks leave nothing waiting."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

import numpy as np
import pytest

from baremath import nn, optim
from baremath.training import Trainer
from baremath.training.compiled import job


@pytest.fixture(name="trainer")
def fixture_trainer(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(job, "_cores", lambda: 3)
    monkeypatch.setattr(job, "_THREAD_FLOPS", 0)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1800, 3))
    y = np.tanh(X[:, :1] - X[:, 1:2])

    def made() -> Trainer:
        module = nn.Sequential(nn.Linear(3, 100), nn.Tanh(), nn.Linear(100, 1)).initialise(0)
        return Trainer(module, nn.MSELoss(), optim.SGD(0.1), batch_size=600).data(X, y)

    return made


def weights(trainer: Trainer) -> Any:
    return np.concatenate([x.ravel() for x in trainer.module.state_dict().values()])


def test_ctrl_c_leaves_the_trainer_at_a_whole_step(trainer: Any) -> None:
    interrupted = trainer()
    interrupted.run(20)
    for k in range(3):
        timer = threading.Timer(0.01 + 0.02 * k, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            interrupted.run(10**9)
        timer.join()
    expected = trainer()
    expected.run(interrupted.steps)
    assert (weights(interrupted) == weights(expected)).all()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_trains_on_with_threads_of_its_own(trainer: Any) -> None:
    parent = trainer()
    parent.run(20)
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        parent.run(5)
        os._exit(0 if parent.steps == 25 else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
