"""One training step of a small network, operation by operation, beside the peers' engines."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from importlib.metadata import version
from itertools import pairwise
from typing import Any

import numpy as np

from baremath.autodiff import linear, mean, square, tanh, tensor
from benchmarks.measure import Row, side_by_side

WIDTHS = (2, 4, 2, 1)
ROWS, RATE = 10, 0.03
STEPS = 200  # in one run
DEEP = (20, 1000, 256)  # layers, rows, width

Step = Callable[[], Any]


class Peer:
    """An engine to compare with: what to install, how it is shown, and the mark against it."""

    def __init__(self, package: str, shown: str, mark: float, make: Callable[[], Step]) -> None:
        self.package = package
        self.shown = shown
        self.mark = mark
        self.make = make


def data() -> tuple[np.ndarray, np.ndarray]:
    """Return a batch."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, WIDTHS[0])).astype(np.float32)
    return X, np.tanh(X[:, :1] * X[:, 1:]).astype(np.float32)


def weights() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return each layer's weights, of shape (n_out, n_in), and biases, the same at every call."""
    rng = np.random.default_rng(1)
    return [
        (rng.normal(size=(n_out, n_in)).astype(np.float32), np.zeros(n_out, np.float32))
        for n_in, n_out in pairwise(WIDTHS)
    ]


# Each returns a step: forward, mean squared error, backward, update; the step returns the loss.


def our_step() -> Step:
    """Return a step of baremath: gradients into `grad`, the update written out."""
    X, y = map(tensor, data())
    layers = [(tensor(w, True), tensor(b, True)) for w, b in weights()]
    parameters = [p for layer in layers for p in layer]

    def step() -> Any:
        h = X
        for w, b in layers:
            h = tanh(linear(h, w, b))
        loss = mean(square(h - y))
        loss.backward()
        for p in parameters:
            p.data = p.data - RATE * p.grad.data
            p.grad = None
        return loss

    return step


def pytorch_step() -> Step:
    """Return a step of PyTorch, run operation by operation."""
    import torch

    X, y = map(torch.tensor, data())
    layers = [
        (torch.tensor(w, requires_grad=True), torch.tensor(b, requires_grad=True))
        for w, b in weights()
    ]
    optimizer = torch.optim.SGD([p for layer in layers for p in layer], lr=RATE)

    def step() -> Any:
        optimizer.zero_grad()
        h = X
        for w, b in layers:
            h = torch.tanh(torch.nn.functional.linear(h, w, b))
        loss = torch.nn.functional.mse_loss(h, y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def autograd_step() -> Step:
    """Return a step of HIPS autograd."""
    import autograd
    import autograd.numpy as anp

    X, y = data()
    state = {"layers": weights()}

    def loss(layers: Any) -> Any:
        h = X
        for w, b in layers:
            h = anp.tanh(anp.dot(h, w.T) + b)
        return anp.mean((h - y) ** 2)

    value_and_grad = autograd.value_and_grad(loss)

    def step() -> Any:
        value, gradients = value_and_grad(state["layers"])
        state["layers"] = [
            (w - RATE * by_w, b - RATE * by_b)
            for (w, b), (by_w, by_b) in zip(state["layers"], gradients, strict=True)
        ]
        return value

    return step


def mygrad_step(guarding: bool) -> Step:
    """Return a step of MyGrad, with or without its guarding of memory."""
    import mygrad

    X, y = data()
    layers = [(mygrad.tensor(w.T.copy()), mygrad.tensor(b)) for w, b in weights()]
    parameters = [p for layer in layers for p in layer]

    def compute() -> Any:
        h = X
        for w, b in layers:
            h = mygrad.tanh(mygrad.matmul(h, w) + b)
        loss = mygrad.mean(mygrad.square(h - y))
        loss.backward()
        for p in parameters:
            p.data -= RATE * p.grad
            p.null_grad()
        return loss

    def unguarded() -> Any:
        with mygrad.mem_guard_off:
            return compute()

    return compute if guarding else unguarded


PEERS = (
    Peer("torch", "PyTorch, eager", 1, pytorch_step),
    Peer("autograd", "HIPS autograd", 3, autograd_step),
    Peer("mygrad", "MyGrad", 3, partial(mygrad_step, True)),
    Peer("mygrad", "MyGrad, memory guarding off", 0, partial(mygrad_step, False)),
)


def final_loss(step: Step, steps: int = 1000) -> float:
    """Return the loss after some steps."""
    for _ in range(steps):
        step()
    loss = step()
    return float(loss.item() if hasattr(loss, "item") else loss)


def many(step: Step) -> None:
    """Run the steps of one measurement."""
    for _ in range(STEPS):
        step()


def installed(package: str) -> bool:
    """Return whether a peer can be imported, and say so if not."""
    try:
        import_module(package)
    except ImportError:
        print(f"{package} is not installed here; its rows are left out", flush=True)
        return False
    return True


def rows() -> Iterator[Row]:
    """Measure, one row after another."""
    ours_last = final_loss(our_step())
    for peer in PEERS:
        if not installed(peer.package):
            continue
        theirs_last = final_loss(peer.make())
        pair = side_by_side(partial(many, our_step()), partial(many, peer.make()), 31, rest=0.0)
        error = abs(ours_last / theirs_last - 1)
        yield Row(
            f"training step, {'-'.join(map(str, WIDTHS))}, batch {ROWS}",
            f"{peer.shown} ({version(peer.package)})",
            f"{1e6 * pair.ours / STEPS:.0f} µs",
            f"{1e6 * pair.theirs / STEPS:.0f} µs",
            f"{pair.ratio:.1f}",
            f"≥ {peer.mark:g}" if peer.mark else "–",
            pair.ratio >= peer.mark and error < 1e-4,
            f"losses after 1,000 steps differ by {error:.0e}, relative",
        )
    yield memory_row()


def memory_row() -> Row:
    """Return the memory of a forward and a backward pass through a deep network."""
    layers, n, width = DEEP
    rng = np.random.default_rng(0)
    X = tensor(rng.normal(size=(n, width)).astype(np.float32))
    parameters = [
        (tensor(rng.normal(size=(width, width)).astype(np.float32) / 16, True), tensor(zeros, True))
        for zeros in np.zeros((layers, width), np.float32)
    ]

    def sweep() -> None:
        h = X
        for w, b in parameters:
            h = tanh(linear(h, w, b))
        mean(square(h)).backward(retain_graph=False)

    sweep()
    for p in (p for layer in parameters for p in layer):
        p.grad = None
    tracemalloc.start()
    sweep()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    needed = layers * n * width * 4 / 2**20
    return Row(
        f"memory of a sweep, {layers} layers of {n:,} × {width}",
        "the activations that the rules read",
        f"{peak:.1f} MiB",
        f"{needed:.1f} MiB",
        f"{needed / peak:.2f}",
        "≥ 1/1.2",
        peak <= 1.2 * needed,
        f"{peak / needed:.2f} times what is needed, with the weights' gradients",
    )
