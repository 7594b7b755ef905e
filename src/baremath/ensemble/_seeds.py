"""A stream of random numbers for each member, the same whoever fits it and in which order."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_random_state


def draw_seed(random_state: Any) -> int:
    """Return the number from which all streams of a fit are derived.

    Parameters
    ----------
    random_state : int, RandomState, Generator or None
        A whole number is itself the seed; None draws one from the operating system.
    """
    if random_state is None:
        return int(np.random.SeedSequence().entropy)  # type: ignore[arg-type]
    if isinstance(random_state, np.random.Generator):
        return int.from_bytes(random_state.bytes(16), "little")
    if isinstance(random_state, np.random.RandomState):
        return int.from_bytes(random_state.bytes(16), "little")
    check_random_state(random_state)  # the error message for what is no seed
    return int(random_state)


def stream(seed: int, *place: int) -> np.random.Generator:
    """Return the stream of one member, as `numpy.random.SeedSequence.spawn` derives it.

    Examples
    --------
    >>> spawned = np.random.SeedSequence(7).spawn(3)[2]
    >>> bool(stream(7, 2).random() == np.random.default_rng(spawned).random())
    True
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=place))


def reseed(model: Any, generator: np.random.Generator, *, only_unset: bool = False) -> None:
    """Give every `random_state` of a model, and of the models in it, a number of this stream."""
    seeds = {
        name: int(generator.integers(2**31 - 1))
        for name, value in sorted(model.get_params(deep=True).items())
        if name.rpartition("__")[2] == "random_state" and (value is None or not only_unset)
    }
    model.set_params(**seeds)
