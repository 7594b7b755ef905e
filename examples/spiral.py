"""Three spirals of 1,000 points told apart by one hidden layer of 100 neurons.

    python examples/spiral.py

Prints the accuracy as it trains, and saves spiral.png: the regions that the network has learned.
"""

import numpy as np

from baremath import nn, optim
from baremath.datasets import make_spirals
from baremath.neural_network import NeuralNetClassifier
from baremath.plotting import DecisionBoundaryDisplay


def main() -> None:
    X, y = make_spirals(random_state=0)
    network = nn.Sequential(nn.Linear(2, 100), nn.ReLU(), nn.Linear(100, 3))
    model = NeuralNetClassifier(
        network, optimizer=optim.Adam(0.01), batch_size=256, max_iter=300, tol=1e-3, random_state=0
    )
    model.fit(X, y)
    for epoch in (1, 10, 30, model.n_iter_):
        print(f"epoch {epoch:3d}: cross-entropy {model.history_['loss'][epoch - 1]:.4f}")
    print(f"training accuracy {np.mean(model.predict(X) == y):.4f}")

    display = DecisionBoundaryDisplay.from_estimator(model, X, y).plot()
    display.figure_.savefig("spiral.png", dpi=150)


if __name__ == "__main__":
    main()
