"""A training step in a whole run, beside the peers' quickest ways, at equal loss."""

from __future__ import annotations

import math
import statistics
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from itertools import pairwise

import numpy as np

from baremath import nn, optim
from baremath.datasets import make_batman, make_spirals, make_xor
from baremath.training import Trainer
from benchmarks import training_peers
from benchmarks.eager import installed
from benchmarks.measure import Pair, Row, in_new_process, seconds, side_by_side
from benchmarks.training_peers import Side, Weights

Rows = tuple[np.ndarray, np.ndarray]

PLAYGROUND = 7.3e-6  # s a step of 2-4-2-1: its engine under Node, on the machine of the marks


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
        epoch = 0
        while True:
            yield np.random.default_rng([0, epoch]).permutation(self.n_rows)
            epoch += 1

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


# What they learn


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

LONG = 0.2  # seconds of a run: after a rest a processor takes a millisecond to be fast again

PEERS = {  # what each needs, and how it is set up
    "JAX scan": ("jax", training_peers.jax_scan),
    "PyTorch eager": ("torch", training_peers.pytorch_eager),
    "torch.compile": ("torch", training_peers.pytorch_compiled),
}


def ours(network: Network) -> Side:
    """Return our side."""
    trainer = network.trainer()
    return Side(trainer.run, lambda: weights_of(trainer.module))


def rows() -> Iterator[Row]:
    """Measure, one row after another."""
    for network in NETWORKS:
        pairs = {}
        for peer in network.marks:
            if installed(PEERS[peer][0]):
                pairs[peer], row = compare(network, peer)
                yield row
        yield from network_rows(network, pairs)
    yield from estimator_rows()


def compare(network: Network, peer: str) -> tuple[Pair, Row]:
    """Measure one network beside one peer."""
    package, set_up = PEERS[peer]
    us, them = ours(network), set_up(network)()
    us.run(network.steps)
    first = seconds(partial(them.run, network.steps))
    equal, check = equally_good(network, us, them)
    pair = of_a_step(network, us, them)
    if peer != "PyTorch eager":
        check += f"; it compiles for {max(0.0, first - network.steps * pair.theirs):.1f} s"
    mark = network.marks[peer]
    row = Row(
        f"training step, {network.name}",
        ", ".join(part for part in (f"{peer} ({version(package)})", them.set_up) if part),
        micro(pair.ours),
        micro(pair.theirs),
        f"{pair.ratio:.3g}",
        f"≥ {mark:g}" if mark else "–",
        equal and pair.ratio >= mark,
        check,
    )
    return pair, row


def of_a_step(network: Network, us: Side, them: Side) -> Pair:
    """Measure a step of both, in runs that are long enough to be warm."""
    steps = [
        network.steps * max(1, math.ceil(LONG / seconds(partial(side.run, network.steps))))
        for side in (us, them)
    ]
    pair = side_by_side(partial(us.run, steps[0]), partial(them.run, steps[1]), network.times)
    return Pair(pair.ours / steps[0], pair.theirs / steps[1], pair.ratio * steps[0] / steps[1])


def equally_good(network: Network, us: Side, them: Side) -> tuple[bool, str]:
    """Compare what both have learned in one run; where areas are learned, in a longer one too."""
    our_loss, their_loss = network.loss_of(us.weights()), network.loss_of(them.weights())
    error = abs(our_loss / their_loss - 1)
    check = f"losses after {network.steps:,} steps differ by {error:.0e}, relative"
    if not network.overlap_steps:
        return error <= network.tolerance, check
    for side in (us, them):
        side.run(network.overlap_steps - network.steps)
    areas = [network.overlap_of(side.weights()) for side in (us, them)]
    check += f"; IoU after {network.overlap_steps:,}: {areas[0]:.3f}, theirs {areas[1]:.3f}"
    return error <= network.tolerance and areas[0] >= areas[1] - 0.02, check


def micro(time: float) -> str:
    """Return seconds as microseconds."""
    return f"{1e6 * time:.3g} µs" if time < 1e-3 else f"{1e6 * time:,.0f} µs"


def network_rows(network: Network, pairs: dict[str, Pair]) -> Iterator[Row]:
    """Return what else is asked of a network, from what was measured beside the peers."""
    if not pairs:
        return
    step = statistics.median(pair.ours for pair in pairs.values())
    if network is NETWORKS[0]:
        yield Row(
            f"training step, {network.name}",
            "TensorFlow Playground's engine, Node: cited, measured earlier on such a machine",
            micro(step),
            micro(PLAYGROUND),
            f"{PLAYGROUND / step:.3g}",
            "≥ 20",
            PLAYGROUND / step >= 20,
            "not measured in this run",
        )
    took = statistics.median(first_step(network) for _ in range(3))
    check = "first step in a new process, less a later one"
    if "PyTorch eager" in pairs:
        eager = pairs["PyTorch eager"].theirs
        paid = f"after {np.ceil(took / (eager - step)):,.0f} steps" if eager > step else "never"
        check += f"; paid for {paid}, against PyTorch eager"
    mark = network.compile_mark
    yield Row(
        f"compile time, {network.name}", "–", f"{took:.2f} s", "–", "–", f"≤ {mark:g} s",
        took <= mark, check,
    )  # fmt: skip
    if network.gflop > 1:
        speed, peak = network.gflop / step, largest_speed()
        yield Row(
            f"share of peak, {network.name}", "a large float32 matrix product",
            f"{speed:.0f} GFLOP/s", f"{peak:.0f} GFLOP/s", f"{speed / peak:.2f}", "–", True,
            f"{network.gflop:.2f} GFLOP a step in its matrix products",
        )  # fmt: skip


FIRST = """
from benchmarks.measure import seconds
from benchmarks.training import NETWORKS
trainer = NETWORKS[{place}].trainer()
first = seconds(trainer.step)
print(first - min(seconds(trainer.step) for _ in range(5)))
"""


def first_step(network: Network) -> float:
    """Return by how much the first step of a new process takes longer than a later one."""
    return float(in_new_process(FIRST.format(place=NETWORKS.index(network))))


def largest_speed() -> float:
    """Return the GFLOP/s of a large matrix product in float32."""
    square = np.random.default_rng(0).normal(size=(2048, 2048)).astype(np.float32)
    return 2e-9 * len(square) ** 3 / min(seconds(lambda: square @ square) for _ in range(7))


# The estimator, everything included

DIGITS = "from benchmarks.training import digits_fit; print(*digits_fit({ours}))"


def digits_fit(ours: bool, times: int = 6) -> list[float]:
    """Return the mean log-loss after 50 epochs on the digits, and the seconds of each fit."""
    from sklearn.datasets import load_digits
    from sklearn.metrics import log_loss
    from sklearn.neural_network import MLPClassifier as Theirs

    from baremath.neural_network import MLPClassifier

    X, y = load_digits(return_X_y=True)
    model = (MLPClassifier if ours else Theirs)(
        hidden_layer_sizes=(100,), max_iter=50, tol=0, n_iter_no_change=50, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 50 epochs aren't all that it could take
        took = [seconds(partial(model.fit, X / 16, y)) for _ in range(times)]
    return [float(log_loss(y, model.predict_proba(X / 16))), *took]


def estimator_rows(processes: int = 5) -> Iterator[Row]:
    """Compare whole fits with scikit-learn's, the first of a process and later ones."""
    runs = [
        [[float(x) for x in in_new_process(DIGITS.format(ours=i)).split()] for i in (True, False)]
        for _ in range(processes)
    ]
    our_loss, their_loss = runs[0][0][0], runs[0][1][0]
    for call, mark, part in (
        ("first fit in a process", 3, slice(1, 2)),
        ("later fits", 6, slice(2, None)),
    ):
        us, them = (
            statistics.median(statistics.median(run[side][part]) for run in runs) for side in (0, 1)
        )
        yield Row(
            f"MLPClassifier, digits, 50 epochs, {call}",
            f"MLPClassifier ({version('scikit-learn')})",
            f"{1e3 * us:.0f} ms",
            f"{1e3 * them:.0f} ms",
            f"{them / us:.1f}",
            f"≥ {mark}",
            them / us >= mark and our_loss <= 1.1 * their_loss,
            f"log-loss {our_loss:.4f}, theirs {their_loss:.4f}",
        )


# From narrow to wide


def widths() -> Iterator[str]:
    """Yield a table of a step's cost over the width of two hidden layers."""
    yield "| two hidden layers of | MFLOP a step | a step | GFLOP/s |"
    yield "|---|---|---|---|"
    speeds = []
    for power in range(2, 12):
        width = 2**power
        network = Network(
            (64, width, width, 10), "relu", "cross-entropy", 64, "sgd", 0.01, 640,
            blurred_classes, 10, 7,
        )  # fmt: skip
        trainer = network.trainer()
        steps = 10 * max(1, round(0.1 / (network.gflop / 50 + 2e-6) / 10))
        trainer.run(10)
        runs = [seconds(partial(trainer.run, steps)) for _ in range(network.times)]
        step = statistics.median(runs) / steps
        speeds.append(network.gflop / step)
        yield f"| {width:,} | {1e3 * network.gflop:,.2f} | {micro(step)} | {speeds[-1]:.2f} |"
    slowest = min(after / max(speeds[: i + 1]) for i, after in enumerate(speeds[1:]))
    yield (
        "\n64-w-w-10, ReLU, batch 64, SGD; FLOPs are those of the matrix products. A step's cost "
        f"grows no faster than its FLOPs: {'met' if slowest >= 0.9 else '**not met**'} (a width's "
        f"GFLOP/s is at least {slowest:.2f} times that of any narrower one; mark: 0.9, for noise)."
    )
