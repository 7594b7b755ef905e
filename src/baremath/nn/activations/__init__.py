"""The activations, each as a function and as a layer."""

from baremath.autodiff import log_softmax, relu, softmax, softplus, tanh
from baremath.nn.activations.activation import Activation
from baremath.nn.activations.probabilities import LogSoftmax, Softmax
from baremath.nn.activations.smooth import ELU, GELU, SiLU, Softplus, elu, gelu, silu
from baremath.nn.activations.squashing import Sigmoid, Softsign, Tanh, sigmoid, softsign
from baremath.nn.activations.straight import (
    Heaviside,
    Identity,
    LeakyReLU,
    PReLU,
    ReLU,
    heaviside,
    leaky_relu,
)

#: By name in lower case, PyTorch's and scikit-learn's.
ACTIVATIONS: dict[str, type[Activation]] = {
    "elu": ELU,
    "gelu": GELU,
    "heaviside": Heaviside,
    "identity": Identity,
    "leaky_relu": LeakyReLU,
    "log_softmax": LogSoftmax,
    "logistic": Sigmoid,
    "prelu": PReLU,
    "relu": ReLU,
    "sigmoid": Sigmoid,
    "silu": SiLU,
    "softmax": Softmax,
    "softplus": Softplus,
    "softsign": Softsign,
    "step": Heaviside,
    "tanh": Tanh,
}

__all__ = [
    "ACTIVATIONS",
    "ELU",
    "GELU",
    "Activation",
    "Heaviside",
    "Identity",
    "LeakyReLU",
    "LogSoftmax",
    "PReLU",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tanh",
    "elu",
    "gelu",
    "heaviside",
    "leaky_relu",
    "log_softmax",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
]
