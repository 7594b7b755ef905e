"""One hidden layer comes as near to a continuous function as its width allows.

    python examples/universal_approximation.py

Fits layers of 1 to 16 neurons to a curve, prints the error of each, and saves
universal_approximation.png.

Cybenko (1989), Approximation by superpositions of a sigmoidal function.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from baremath.neural_network import MLPRegressor

WIDTHS = (1, 2, 4, 8, 16)


def curve(x: np.ndarray) -> np.ndarray:
    """Return a function with bends of several sizes."""
    return np.sin(3 * x) + 0.5 * np.cos(7 * x) + 0.3 * x


def fitted(width: int, x: np.ndarray) -> np.ndarray:
    """Return what one hidden layer of this width makes of the curve: the best of three starts."""
    models = [
        MLPRegressor(
            hidden_layer_sizes=(width,),
            activation="tanh",
            solver="lbfgs",
            alpha=0.0,
            max_iter=1500,
            random_state=seed,
        )
        for seed in range(3)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the last digits take long
        for model in models:
            model.fit(x, curve(x[:, 0]))
    return min(models, key=lambda model: model.loss_).predict(x)


def main() -> None:
    x = np.linspace(-2, 2, 200)[:, np.newaxis]
    fits = {width: fitted(width, x) for width in WIDTHS}
    errors = [float(np.sqrt(np.mean((fit - curve(x[:, 0])) ** 2))) for fit in fits.values()]
    for width, error in zip(WIDTHS, errors, strict=True):
        print(f"{width:3d} neurons: root mean squared error {error:.4f}")

    figure, axes = plt.subplots(1, 4, figsize=(14, 3.4), layout="constrained")
    for width, ax in zip((2, 4, 16), axes, strict=False):
        ax.plot(x, curve(x), color="#7F7F7F", linewidth=4, alpha=0.4, label="the function")
        ax.plot(x, fits[width], color="#0072B2", label=f"{width} neurons")
        ax.legend(frameon=False, loc="lower right")
    axes[3].loglog(WIDTHS, errors, "o-", color="#D55E00", base=2)
    axes[3].set(xlabel="neurons", title="root mean squared error")
    figure.savefig("universal_approximation.png", dpi=130)


if __name__ == "__main__":
    main()
