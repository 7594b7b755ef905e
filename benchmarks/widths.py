"""What a training step costs, from narrow networks to wide ones."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial

from benchmarks.measure import micro, seconds
from benchmarks.training_networks import Network, blurred_classes


def lines() -> Iterator[str]:
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
