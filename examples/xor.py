"""XOR: no line tells it apart; two hidden neurons, found by training, do.

    python examples/xor.py

Prints what a perceptron and a network make of the four rows, and one prediction with its numbers;
saves xor.png: the bent boundary.
"""

from baremath.datasets import make_logic
from baremath.linear_model import Perceptron
from baremath.neural_network import MLPClassifier
from baremath.plotting import DecisionBoundaryDisplay


def main() -> None:
    X, y = make_logic("XOR")
    line = Perceptron(max_iter=100).fit(X, y)
    print(f"perceptron: {line.score(X, y):.0%} of the rows, as no line can have all four")

    network = MLPClassifier(
        hidden_layer_sizes=(2,),
        activation="tanh",
        learning_rate_init=0.1,
        alpha=0.0,
        max_iter=2000,
        tol=1e-3,
        n_iter_no_change=50,
        random_state=0,
    )
    network.fit(X, y)
    print(f"2-2-1 network: {network.score(X, y):.0%} after {network.n_iter_} epochs")
    for row, probability in zip(X, network.predict_proba(X)[:, 1], strict=True):
        print(f"  {row[0]:.0f} xor {row[1]:.0f}: P(1) = {probability:.3f}")
    print()
    print(network.explain(X, row=1, feature_names=["a", "b"]))

    display = DecisionBoundaryDisplay.from_estimator(network, X, y).plot()
    display.figure_.savefig("xor.png", dpi=150)


if __name__ == "__main__":
    main()
