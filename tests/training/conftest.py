"""Small networks, trainers that are made alike, and a table that they learn."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from baremath import nn, optim
from baremath.datasets import make_spirals
from baremath.training import Trainer


def network(
    *sizes: int, seed: int = 0, activation: Any = nn.Tanh, dtype: Any = np.float32
) -> nn.Module:
    layers: list[nn.Module] = []
    for n_in, n_out in itertools.pairwise(sizes):
        layers += [nn.Linear(n_in, n_out), activation()]
    module = nn.Sequential(*layers[:-1])
    module.initialise(seed)
    return module.astype(dtype)


@pytest.fixture(name="network")
def _network() -> Callable[..., nn.Module]:
    return network


@pytest.fixture(scope="session")
def spirals() -> tuple[Any, Any]:
    return make_spirals(3, 40, random_state=0)


@pytest.fixture
def make_trainer() -> Callable[..., Trainer]:
    """Return a function that makes the same trainer each time, but for what it is told."""

    def make(module: Any = None, optimizer: Any = None, **settings: Any) -> Trainer:
        settings = {"batch_size": 32, **settings}
        loss = settings.pop("loss", None) or nn.CrossEntropyLoss()
        module = network(2, 8, 3) if module is None else module
        return Trainer(module, loss, optimizer or optim.Adam(0.02), **settings)

    return make
