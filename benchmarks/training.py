"""A training step in a whole run, beside the peers' quickest ways, at equal loss."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from functools import partial
from importlib.metadata import version

import numpy as np

from benchmarks import training_peers
from benchmarks.eager import installed
from benchmarks.measure import Pair, Row, in_new_process, micro, seconds, side_by_side
from benchmarks.training_networks import NETWORKS, Network, weights_of
from benchmarks.training_peers import Side

PLAYGROUND = 7.3e-6  # s a step of 2-4-2-1: its engine under Node, on the machine of the marks


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
from benchmarks.training_networks import NETWORKS
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
