"""One trainer is driven by one thread at a time."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from baremath import nn, optim
from baremath.training import Trainer

X = np.random.default_rng(0).normal(size=(20, 2))
Y = X[:, :1]


@pytest.mark.parametrize(
    "use",
    [
        lambda trainer: trainer.fit(X, Y, 1),
        lambda trainer: trainer.step(),
        lambda trainer: trainer.epoch(),
        lambda trainer: trainer.data(X, Y),
    ],
)
def test_another_thread_is_refused_while_one_trains(use: Callable[[Trainer], Any]) -> None:
    trainer = Trainer(nn.Linear(2, 1), nn.MSELoss(), optim.SGD(0.1), batch_size=5)
    trains, goes_on = threading.Event(), threading.Event()

    def wait(trainer: Trainer) -> None:
        trains.set()
        goes_on.wait(60)

    thread = threading.Thread(target=trainer.fit, args=(X, Y, 1), kwargs={"callbacks": [wait]})
    thread.start()
    try:
        assert trains.wait(60)
        with pytest.raises(RuntimeError, match="this trainer is training in another thread"):
            use(trainer)
    finally:
        goes_on.set()
        thread.join()
    use(trainer)


def test_a_callback_may_drive_its_own_trainer() -> None:
    trainer = Trainer(nn.Linear(2, 1), nn.MSELoss(), optim.SGD(0.1), batch_size=5)
    trainer.fit(X, Y, 2, callbacks=[lambda trainer: trainer.data(X, Y)])
    assert trainer.epochs == 2


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_trains_by_itself(copied: Callable[[Trainer], Trainer]) -> None:
    trainer = Trainer(nn.Linear(2, 1), nn.MSELoss(), optim.SGD(0.1), batch_size=5).fit(X, Y, 1)
    assert copied(trainer).fit(X, Y, 1).history == trainer.fit(X, Y, 1).history
