"""LEGO: layers, activations, losses and initialisers."""

from baremath.nn import initialisers
from baremath.nn.activations import (
    ACTIVATIONS,
    ELU,
    GELU,
    Activation,
    Heaviside,
    Identity,
    LeakyReLU,
    LogSoftmax,
    PReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
    elu,
    gelu,
    heaviside,
    leaky_relu,
    log_softmax,
    relu,
    sigmoid,
    silu,
    softmax,
    softplus,
    softsign,
    tanh,
)
from baremath.nn.batch_norm import BatchNorm1d
from baremath.nn.dropout import Dropout
from baremath.nn.flatten import Flatten
from baremath.nn.initialisers import INITIALISERS
from baremath.nn.layer_norm import LayerNorm
from baremath.nn.linear import Linear
from baremath.nn.losses import (
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HingeLoss,
    HuberLoss,
    L1Loss,
    Loss,
    MSELoss,
    NLLLoss,
)
from baremath.nn.module import Module, parameter
from baremath.nn.penalty import L1Penalty, L2Penalty, Penalty
from baremath.nn.report import ActivationReport, activation_report
from baremath.nn.residual import Residual
from baremath.nn.sequential import Sequential

__all__ = [
    "ACTIVATIONS",
    "ELU",
    "GELU",
    "INITIALISERS",
    "Activation",
    "ActivationReport",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "CrossEntropyLoss",
    "Dropout",
    "Flatten",
    "Heaviside",
    "HingeLoss",
    "HuberLoss",
    "Identity",
    "L1Loss",
    "L1Penalty",
    "L2Penalty",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "Loss",
    "MSELoss",
    "Module",
    "NLLLoss",
    "PReLU",
    "Penalty",
    "ReLU",
    "Residual",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tanh",
    "activation_report",
    "elu",
    "gelu",
    "heaviside",
    "initialisers",
    "leaky_relu",
    "log_softmax",
    "parameter",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
]
