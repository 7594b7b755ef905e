"""The Batman logo learned from 20,000 points by a network of 2-64-64-64-1.

    python examples/batman.py

Prints the intersection over union on fresh points, and saves batman.png: the learned logo, with the
curve that the points were labelled by.
"""

import matplotlib.pyplot as plt
import numpy as np

from baremath import nn, optim
from baremath.datasets import batman_curve, make_batman
from baremath.training import Trainer

EPOCHS = 80


def main() -> None:
    X, y = make_batman(20_000, random_state=0)
    scale = X.std(axis=0)
    network = nn.Sequential(
        nn.Linear(2, 64), nn.ReLU(),
        nn.Linear(64, 64), nn.ReLU(),
        nn.Linear(64, 64), nn.ReLU(),
        nn.Linear(64, 1),
    )  # fmt: skip
    network.initialise(seed=0)
    trainer = Trainer(
        network,
        nn.BCEWithLogitsLoss(),
        optim.Adam(0.005),
        batch_size=256,
        schedule=optim.CosineDecay(EPOCHS),
    )
    trainer.fit(X / scale, y[:, np.newaxis], EPOCHS)

    fresh, inside = make_batman(20_000, random_state=1)
    learned = trainer.predict(fresh / scale)[:, 0] > 0
    overlap = np.sum(learned & (inside == 1)) / np.sum(learned | (inside == 1))
    print(f"{trainer.steps} steps, cross-entropy {trainer.history['loss'][-1]:.4f}")
    print(f"intersection over union on fresh points {overlap:.4f}")

    x1, x2 = np.meshgrid(np.linspace(-7.5, 7.5, 600), np.linspace(-3.5, 3.5, 280))
    plane = np.column_stack([x1.ravel(), x2.ravel()])
    logo = trainer.predict(plane / scale).reshape(x1.shape)
    figure, ax = plt.subplots(figsize=(9, 4.4), layout="constrained")
    ax.contourf(x1, x2, logo, levels=[0, np.inf], colors=["#222222"])
    ax.plot(*batman_curve().T, color="#E69F00", linewidth=1, label="the curve itself")
    ax.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
    ax.set_title(f"Learned from 20,000 points: intersection over union {overlap:.3f}", loc="left")
    ax.legend(frameon=False)
    figure.savefig("batman.png", dpi=150)


if __name__ == "__main__":
    main()
