"""What the trainer says of mistakes, and how it is printed."""

from __future__ import annotations

import numpy as np
import pytest

from baremath import nn, optim
from baremath.training import StopWhen, Trainer

X = np.random.default_rng(0).normal(size=(40, 3))
Y = X[:, :1]


def trained(module, loss, batch_size=None):
    return Trainer(module, loss, optim.SGD(0.1), batch_size=batch_size).fit(
        X, Y, 2, stop=StopWhen(patience=5)
    )


def test_a_forward_without_return_is_named():
    class Silent(nn.Linear):
        def forward(self, x):
            super().forward(x)

    with pytest.raises(TypeError, match="forward returned nothing: is a `return` missing"):
        trained(Silent(3, 1), nn.MSELoss())


def test_a_function_that_gives_many_losses_is_told_to_take_the_mean():
    with pytest.raises(ValueError, match=r"a loss is one number.*take the mean"):
        trained(nn.Linear(3, 1), lambda output, y: (output - y) ** 2)


def test_columns_are_spoken_of_before_the_size_of_a_batch():
    with pytest.raises(ValueError, match=r"X of shape \(40, 3\).*expects 4 features, got 3$"):
        trained(nn.Linear(4, 1), nn.MSELoss(), batch_size=400)


def test_trainer_and_best_are_printed_short():
    trainer = trained(nn.Linear(3, 1), nn.MSELoss())
    loss = trainer.history["loss"][-1]
    assert repr(trainer) == (
        f"<Trainer of Linear (4 parameters) by SGD: 2 steps, 2 epochs, loss {loss:.4g}>"
    )
    assert repr(trainer.best) == f"Best(epoch=2, value={loss:.4g})"
