"""A module that changes its own Python state is refused where its Python runs only once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baremath import nn, optim
from baremath.autodiff.symbol import TraceError
from baremath.training import Trainer

X = np.random.default_rng(0).normal(size=(20, 2))
Y = X.sum(axis=1, keepdims=True)
TRACED = ["native", "interpreter"]


class Counting(nn.Module):
    def __init__(self) -> None:
        self.line = nn.Linear(2, 1).initialise(0)
        self.n = 0

    def forward(self, x: Any) -> Any:
        self.n += 1
        return self.line(x) * self.n


class Collecting(nn.Module):
    def __init__(self) -> None:
        self.line = nn.Linear(2, 1).initialise(0)
        self.acts: list[Any] = []

    def forward(self, x: Any) -> Any:
        h = self.line(x)
        self.acts.append(h)
        return h


class Keeping(nn.Module):
    def __init__(self) -> None:
        self.line = nn.Linear(2, 1).initialise(0)

    def forward(self, x: Any) -> Any:
        self.last = self.line(x)
        return self.last


def trainer(module: nn.Module, backend: str) -> Trainer:
    return Trainer(module, nn.MSELoss(), optim.SGD(0.01), batch_size=7, backend=backend)


def line_of(text: str) -> int:
    """Return the number of the first line of this file that is this text."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    return 1 + [line.strip() for line in lines].index(text)


@pytest.mark.parametrize("backend", TRACED)
@pytest.mark.parametrize(
    ("module", "said", "line"),
    [
        (Counting, "Counting.n has changed from 0 to 1", "self.n += 1"),
        (Collecting, "Collecting.acts has changed", "self.acts.append(h)"),
        (Keeping, "Keeping has got the attribute last", "self.last = self.line(x)"),
    ],
)
def test_it_is_refused_at_the_users_line(
    module: type[nn.Module], said: str, line: str, backend: str
) -> None:
    learner = module()
    before = {name: str(value) for name, value in vars(learner).items()}
    with pytest.raises(TraceError, match=said) as caught:
        trainer(learner, backend).fit(X, Y, 2)
    assert str(caught.value).startswith(f"test_side_effects.py:{line_of(line)}: ")
    assert 'backend="eager"' in str(caught.value)
    after = {name: str(value) for name, value in vars(learner).items() if name != "training"}
    assert after == {name: value for name, value in before.items() if name != "training"}


@pytest.mark.parametrize("backend", TRACED)
def test_so_is_a_loss_that_counts(backend: str) -> None:
    class Counted(nn.MSELoss):
        calls = 0

        def forward(self, output: Any, y: Any) -> Any:
            self.calls += 1
            return super().forward(output, y) * self.calls

    taught = Trainer(nn.Linear(2, 1), Counted(), optim.SGD(0.01), batch_size=7, backend=backend)
    with pytest.raises(TraceError, match="calls"):
        taught.fit(X, Y, 1)


def test_in_a_part_of_the_module_its_path_is_named() -> None:
    with pytest.raises(TraceError, match=r"Sequential\.layers\.0\.n has changed"):
        trainer(nn.Sequential(Counting()), "native").fit(X, Y, 1)


def test_the_eager_backend_runs_it_at_every_step_and_not_before() -> None:
    module = Counting()
    first = np.mean((Y - Counting().line(X).data) ** 2)
    taught = Trainer(module, nn.MSELoss(), optim.SGD(0.0001), batch_size=None, backend="eager").fit(
        X, Y, 3
    )
    assert module.n == 3
    np.testing.assert_allclose(taught.history["loss"][0], first, rtol=1e-6)


@pytest.mark.parametrize("module", [Collecting, Keeping])
def test_eager_training_goes_on_with_what_a_forward_has_kept(module: type[nn.Module]) -> None:
    taught = trainer(module(), "eager")
    plain = trainer(nn.Linear(2, 1).initialise(0), "eager")
    for one in (taught, plain):
        one.fit(X, Y, 2, validation=(X, Y)).fit(X, Y, 1)
    assert taught.history == plain.history


def test_a_buffer_may_change() -> None:
    module = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 1)).initialise(0)
    trainer(module, "native").fit(X, Y, 2)
    assert np.abs(module.layers[0].running_mean.data).max() > 0


def test_a_buffer_that_changes_its_shape_is_named() -> None:
    module = Keeping()
    module.last = nn.Linear(2, 1).bias.detach()
    with pytest.raises(ValueError, match=r"sets last, of shape \(1,\), to a tensor of shape"):
        trainer(module, "eager").fit(X, Y, 1)
