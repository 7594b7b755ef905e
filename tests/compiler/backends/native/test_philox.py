"""Random words against the generator in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from tests.compiler.backends.native.running import run

from baremath.autodiff.ops.philox import random_words
from baremath.compiler.loops.language import Buffer, Program, Words

SEED, STEP = (
    Buffer("seed", "uint64", (), (), "s", 0, 1),
    Buffer("step", "uint64", (), (), "s", 1, 1),
)
FIRST = Buffer("first", "uint64", (), (), "s", 2, 1)


@pytest.mark.parametrize("count", [0, 1, 4, 31, 32, 33, 100, 1000])
@pytest.mark.parametrize(
    ("seed", "step"), [(0, 0), (2**40 + 77, 2**33 + 5), (2**64 - 1, 2**64 - 1)]
)
def test_words(count: int, seed: int, step: int) -> None:
    to = Buffer("to", "uint32", (count,), (1,), "to", 0, count)
    flat = {"to": np.zeros(count, np.uint32), "s": np.array([seed, step, 0], np.uint64)}
    run(Program("f", (to, SEED, STEP), (Words(to, SEED, STEP, 3, count),)), flat)
    assert (flat["to"] == random_words(seed, step, 3, count)).all()


def test_a_tile_draws_the_words_of_its_own_rows() -> None:
    to = Buffer("to", "uint32", (24,), (1,), "to", 0, 24)
    flat = {"to": np.zeros(24, np.uint32), "s": np.array([5, 6, 8], np.uint64)}
    words = Words(to, SEED, STEP, 1, 24, FIRST, row_words=3)
    run(Program("f", (to, SEED, STEP, FIRST), (words,)), flat)
    assert (flat["to"] == random_words(5, 6, 1, 48)[24:]).all()
