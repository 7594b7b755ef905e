"""The networks whose training is measured: what they learn, how, and how quick they are to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count, pairwise

import numpy as np

from baremath import nn, optim
from baremath.datasets import make_batman, make_spirals, make_xor
from baremath.training import Trainer
from baremath.training.data import Data

Rows = tuple[np.ndarray, np.ndarray]

Weights = list[tuple[np.ndarray, np.ndarray]]  # of each layer: (n_out, n_in), and the biases


@dataclass(frozen=True)
class Network:
    """A network, what it learns, how, and how much quicker than each peer it is to be."""

    widths: tuple[int, ...]
    activation: str  # "tanh" or "relu"
    loss: str  # "mse", with an activation after the last layer too; "cross-entropy", "logistic"
    batch: int | None
    optimizer: str  # "sgd" or "adam"
    rate: float
    n_rows: int
    make: Callable[[Network], Rows]
    steps: int  # in one run, whole epochs
    times: int  # how often it is run
    marks: dict[str, float] = field(default_factory=dict)
    dropout: float = 0.0
    compile_mark: float = 0.5  # seconds
    tolerance: float = 1e-3  # of the loss after the first run, relative
    overlap_steps: int = 0  # after which the areas found are compared too

    @property
    def name(self) -> str:
        """How it is shown."""
        extras = [f"dropout {self.dropout:g}"] if self.dropout else []
        extras.append(f"batch {self.batch}" if self.batch else f"all {self.n_rows:,} rows a step")
        optimizer = {"sgd": "SGD", "adam": "Adam"}[self.optimizer]
        activation = {"tanh": "tanh", "relu": "ReLU"}[self.activation]
        return f"{'-'.join(map(str, self.widths))}, {', '.join([activation, *extras, optimizer])}"

    @property
    def steps_per_epoch(self) -> int:
        """Steps an epoch; the last may be of fewer rows."""
        return -(-self.n_rows // (self.batch or self.n_rows))

    @property
    def gflop(self) -> float:
        """What the matrix products of a step need: two of each layer for gradients, one before."""
        products = sum(a * b for a, b in pairwise(self.widths))
        by_inputs = self.widths[0] * self.widths[1]  # the gradient that nobody asks for
        return 2e-9 * (self.batch or self.n_rows) * (3 * products - by_inputs)

    def is_activated(self, layer: int) -> bool:
        """Whether an activation follows a layer."""
        return layer < len(self.widths) - 2 or self.loss == "mse"

    def rows(self) -> Rows:
        """Return inputs and targets."""
        return self.make(self)

    def orders(self) -> Iterator[np.ndarray]:
        """Yield the order of the rows in each epoch, as `Trainer` draws it with seed 0."""
        data = Data(*self.rows(), dtype=np.float32)
        for epoch in count():
            yield data.order(epoch, seed=0, shuffle=True)

    def module(self) -> nn.Sequential:
        """Return the module with its first weights, the same at every call."""
        layers: list[nn.Module] = []
        for i, (n_in, n_out) in enumerate(pairwise(self.widths)):
            layers.append(nn.Linear(n_in, n_out))
            if self.is_activated(i):
                layers.append(nn.Tanh() if self.activation == "tanh" else nn.ReLU())
                layers += [nn.Dropout(self.dropout)] if self.dropout else []
        return nn.Sequential(layers).initialise(seed=0)

    def first_weights(self) -> Weights:
        """Return what every side begins with."""
        return weights_of(self.module())

    def trainer(self) -> Trainer:
        """Return our side, with its rows."""
        losses = {
            "mse": nn.MSELoss,
            "cross-entropy": nn.CrossEntropyLoss,
            "logistic": nn.BCEWithLogitsLoss,
        }
        rule = {"sgd": optim.SGD, "adam": optim.Adam}[self.optimizer]
        trainer = Trainer(
            self.module(), losses[self.loss](), rule(self.rate), batch_size=self.batch, seed=0
        )
        return trainer.data(*self.rows())

    def output(self, weights: Weights, X: np.ndarray) -> np.ndarray:
        """Return the output in NumPy's float64, the same for every side."""
        h = np.asarray(X, float)
        for i, (w, b) in enumerate(weights):
            h = h @ w.T.astype(float) + b
            if self.is_activated(i):
                h = np.tanh(h) if self.activation == "tanh" else np.maximum(h, 0)
        return h

    def loss_of(self, weights: Weights) -> float:
        """Return the loss over all rows, without dropout."""
        X, y = self.rows()
        z = self.output(weights, X)
        if self.loss == "mse":
            return float(np.mean((z - y) ** 2))
        if self.loss == "logistic":
            return float(np.mean(np.logaddexp(0, z) - y * z))
        logs = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
        return -float(np.mean(np.take_along_axis(logs, y[:, np.newaxis], axis=1)))

    def overlap_of(self, weights: Weights) -> float:
        """Return the intersection over union of what was learned and Batman, on fresh points."""
        scale = make_batman(self.n_rows, random_state=0)[0].std(axis=0)
        fresh, inside = make_batman(self.n_rows, random_state=1)
        learned = self.output(weights, fresh / scale)[:, 0] > 0
        return float(np.sum(learned & (inside == 1)) / np.sum(learned | (inside == 1)))


def weights_of(module: nn.Module) -> Weights:
    """Return each layer's weights and biases."""
    arrays = [np.array(parameter.data) for parameter in module.parameters()]
    return list(zip(arrays[::2], arrays[1::2], strict=True))


def xor(network: Network) -> Rows:
    """Return TensorFlow Playground's XOR, in its units."""
    X, y = make_xor(network.n_rows, random_state=0)
    return X.astype(np.float32), np.where(y > 0, 1, -1).astype(np.float32)[:, np.newaxis]


def spirals(network: Network) -> Rows:
    """Return three spirals."""
    X, y = make_spirals(3, network.n_rows // 3, random_state=0)
    return X.astype(np.float32), y


def batman(network: Network) -> Rows:
    """Return points inside and outside the logo."""
    X, y = make_batman(network.n_rows, random_state=0)
    return (X / X.std(axis=0)).astype(np.float32), y.astype(np.float32)[:, np.newaxis]


def blurred_classes(network: Network) -> Rows:
    """Return rows as wide as the network, whose class is the largest of noisy sums."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(network.n_rows, network.widths[0])).astype(np.float32)
    sums = X @ rng.normal(size=(network.widths[0], network.widths[-1]))
    return X, (sums + rng.normal(size=sums.shape)).argmax(axis=1)


NETWORKS = (
    Network(
        (2, 4, 2, 1), "tanh", "mse", 10, "sgd", 0.03, 10_000, xor, 1_000, 15,
        {"JAX scan": 12, "PyTorch eager": 700, "torch.compile": 0}, compile_mark=0.25,
    ),
    Network(
        (2, 100, 3), "relu", "cross-entropy", None, "adam", 0.01, 3_000, spirals, 100, 15,
        {"JAX scan": 3.5, "torch.compile": 9, "PyTorch eager": 0}, compile_mark=0.25,
    ),
    Network(
        (784, 256, 128, 10), "relu", "cross-entropy", 128, "adam", 0.001, 12_800, blurred_classes,
        100, 9, {"JAX scan": 1.1, "torch.compile": 2.5, "PyTorch eager": 4},
        dropout=0.2, tolerance=0.06,  # three deviations of a difference between two seeds' losses
    ),
    Network(
        (784, 1024, 1024, 10), "relu", "cross-entropy", 256, "adam", 0.001, 5_120, blurred_classes,
        20, 9, {"JAX scan": 0.9, "PyTorch eager": 1.5, "torch.compile": 0},
    ),
    Network(
        (2, 64, 64, 64, 1), "tanh", "logistic", 256, "adam", 0.005, 20_000, batman, 79, 15,
        {"PyTorch eager": 3}, tolerance=0.05, overlap_steps=79 * 60,
    ),
)  # fmt: skip
