"""What goes wrong with each activation, measured in a network of ten layers.

    python examples/activations.py

The gradient vanishes through sigmoids; through tanh it arrives, if the weights begin as Xavier's.
ReLUs die of small weights, and live with He's. Prints a report of each, and saves activations.png:
the activations with their derivatives.
"""

import matplotlib.pyplot as plt
import numpy as np

from baremath import nn
from baremath.plotting import ActivationDisplay

STORY = [
    (nn.Sigmoid, "pytorch"),
    (nn.Tanh, "xavier_uniform"),
    (nn.ReLU, "pytorch"),
    (nn.ReLU, "he_uniform"),
]
SHOWN = ("sigmoid", "tanh", "softsign", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus")


def main() -> None:
    X = np.random.default_rng(0).normal(size=(200, 20))
    for activation, weight_init in STORY:
        layers: list[nn.Module] = []
        for n_in in [20] + 8 * [50]:
            layers += [nn.Linear(n_in, 50, weight_init=weight_init), activation()]
        deep = nn.Sequential(*layers, nn.Linear(50, 1)).initialise(seed=0)
        print(f"{activation.__name__}, weight_init={weight_init!r}\n")
        print(nn.activation_report(deep, X), "\n")

    figure, axes = plt.subplots(3, 3, figsize=(12, 9), layout="constrained")
    for name, ax in zip(SHOWN, axes.ravel(), strict=True):
        ActivationDisplay.from_activation(name, ax=ax)
    figure.savefig("activations.png", dpi=110)


if __name__ == "__main__":
    main()
