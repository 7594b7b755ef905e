"""Optimizers: rules that turn a gradient into a step; and schedules of their learning rate."""

from baremath.optim.adadelta import Adadelta
from baremath.optim.adagrad import Adagrad
from baremath.optim.adam import Adam, AdamW
from baremath.optim.clipping import clip_by_norm, clip_by_value
from baremath.optim.gradient_descent import SGD, GradientDescent
from baremath.optim.momentum import Momentum, Nesterov
from baremath.optim.optimizer import Optimizer
from baremath.optim.reduce_on_plateau import ReduceOnPlateau
from baremath.optim.rmsprop import RMSProp
from baremath.optim.schedule import (
    Constant,
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    Schedule,
    StepDecay,
)
from baremath.optim.warm_up import SCHEDULES, WarmUp

#: Every optimizer, by its name.
OPTIMIZERS: dict[str, type[Optimizer]] = {
    optimizer.name: optimizer
    for optimizer in (
        GradientDescent,
        SGD,
        Momentum,
        Nesterov,
        Adagrad,
        Adadelta,
        RMSProp,
        Adam,
        AdamW,
    )
}

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Constant",
    "CosineDecay",
    "ExponentialDecay",
    "GradientDescent",
    "InverseTimeDecay",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "RMSProp",
    "ReduceOnPlateau",
    "Schedule",
    "StepDecay",
    "WarmUp",
    "clip_by_norm",
    "clip_by_value",
]
