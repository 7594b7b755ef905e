"""What the trainer says of mistakes, and how it is printed."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from baremath import nn, optim
from baremath.autodiff.symbol import TraceError
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


class Deciding(nn.Linear):
    """A module whose Python asks for values."""

    def forward(self, x):
        return super().forward(x) if np.sum(x) > 0 else -super().forward(x)


@pytest.mark.parametrize("backend", ["native", "interpreter"])
def test_what_cannot_be_traced_names_the_eager_backend(backend):
    trainer = Trainer(Deciding(3, 1), nn.MSELoss(), optim.SGD(0.1), batch_size=8, backend=backend)
    with pytest.raises(TraceError, match='backend="eager"') as caught:
        trainer.fit(X, Y, 1)
    assert str(caught.value).startswith("test_messages.py:")
    assert "static_argnames" not in str(caught.value)
    trainer.backend = "eager"
    assert len(trainer.fit(X, Y, 1).history["loss"]) == 1


def test_so_does_a_prediction():
    trainer = Trainer(Deciding(3, 1), nn.MSELoss(), optim.SGD(0.1), batch_size=8)
    rows = np.ones((1_000_000, 3))
    with pytest.raises(TraceError, match='backend="eager"'):
        trainer.predict(rows)
    trainer.backend = "eager"
    assert trainer.predict(rows).shape == (1_000_000, 1)


def test_a_number_that_is_asked_for_is_not_to_be_named_in_static_argnames():
    class Reading(nn.Linear):
        def forward(self, x):
            return super().forward(x) * float(np.sum(x))

    with pytest.raises(TraceError, match=r'compute with the tensor itself.*"eager"'):
        trained(Reading(3, 1), nn.MSELoss())


@pytest.mark.parametrize(
    ("part", "name", "said"),
    [
        (lambda trainer: trainer, "learning_rate", r"trainer\.optimizer\.learning_rate"),
        (lambda trainer: trainer, "rate", r"trainer\.penalty\.rate"),
        (lambda trainer: trainer, "batchsize", "it has module, loss, optimizer, batch_size"),
        (lambda trainer: trainer.optimizer, "lr", "SGD has no 'lr' to set; it has learning_rate"),
        (
            lambda trainer: trainer.penalty,
            "alpha",
            "L2Penalty has no 'alpha' to set; it has a rate",
        ),
    ],
)
def test_an_attribute_that_is_none_is_refused_and_the_right_one_named(part, name, said):
    trainer = Trainer(
        nn.Linear(3, 1), nn.MSELoss(), optim.SGD(0.1), batch_size=8, penalty=nn.L2Penalty(0.1)
    )
    with pytest.raises(AttributeError, match=said):
        setattr(part(trainer), name, 0.5)


def test_a_class_of_ones_own_may_keep_what_it_likes():
    class Trained(Trainer):
        pass

    class Stepping(optim.SGD):
        pass

    class Priced(nn.L2Penalty):
        pass

    trainer = Trained(nn.Linear(3, 1), nn.MSELoss(), Stepping(0.1), batch_size=8, penalty=Priced())
    for one in (trainer, trainer.optimizer, trainer.penalty):
        one.note = "mine"
    copied = copy.deepcopy(trainer)
    assert copied.note == copied.optimizer.note == copied.penalty.note == "mine"
