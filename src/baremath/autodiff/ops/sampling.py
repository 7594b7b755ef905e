"""Random numbers as operations: functions of a seed and a step, so that any backend draws them."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from baremath.autodiff.node import Like
from baremath.autodiff.ops.operation import Operation, Sample
from baremath.autodiff.ops.philox import random_words

Shape = tuple[int, ...]


class Draw(Operation):
    """An array of independent random numbers, each a function of seed, step, draw and its place.

    The places are counted along the last axis first, so an array and the same array reshaped hold
    the same numbers. The seed and the step are inputs: a compiled loop counts the steps itself.
    The attributes are ``shape``, ``draw``, the number of the array within the step, and ``dtype``.
    """

    differentiable = False

    def __call__(
        self, seed: Any, step: Any, *, shape: Shape, draw: int = 0, dtype: Any = np.float32
    ) -> Any:
        """Return the array of a draw."""
        dtype = np.dtype(dtype)
        if dtype not in (np.float32, np.float64):
            raise TypeError(f"{self.name} numbers are float32 or float64, not {dtype}")
        shape = tuple(map(operator.index, shape))
        if any(n < 0 for n in shape):
            raise ValueError(f"{self.name} numbers of shape {shape}: a length is negative")
        return super().__call__(seed, step, shape=shape, draw=draw, dtype=dtype)

    def result(self, seed: Any, step: Any, *, shape: Shape, draw: int, dtype: Any) -> Like:
        """Return what was asked for."""
        return Like.of(shape, dtype)

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield several draws."""
        for draw, shape in enumerate([(2, 3), (), (0, 2), (5,)]):
            for dtype in (np.float32, np.float64):
                yield (7, 3), {"shape": shape, "draw": draw, "dtype": dtype}


class Uniform(Draw):
    """Numbers from [0, 1), all multiples of 2⁻²⁴ alike; of 2⁻⁵³ in float64.

    Element n is made of word n; in float64 of the words 2n and 2n + 1.
    """

    name = "uniform"
    latex = "U(0, 1)"

    def value(self, seed: Any, step: Any, *, shape: Shape, draw: int, dtype: Any) -> Any:
        """Keep as many bits as the type has."""
        size = math.prod(shape)
        if dtype == np.float32:
            words = random_words(int(seed), int(step), draw, size)
            words >>= np.uint32(8)
            numbers = words.astype(np.float32)
            numbers *= np.float32(2**-24)
        else:
            words = random_words(int(seed), int(step), draw, 2 * size)
            numbers = (words[::2] >> np.uint32(5)) * 2.0**26
            numbers += words[1::2] >> np.uint32(6)
            numbers *= 2.0**-53
        return numbers.reshape(shape)


class Normal(Draw):
    r"""Numbers of mean 0 and variance 1, by the transform of Box and Muller.

    The elements 2n and 2n + 1 are made of the words u = 2n and v = 2n + 1:

    .. math:: \sqrt{-2 \ln \frac{u + 1/2}{2^{32}}} \cdot \cos, \sin \frac{2 \pi v}{2^{32}}

    References
    ----------
    Box, Muller (1958), A note on the generation of random normal deviates.
    """

    name = "normal"
    latex = "N(0, 1)"

    def value(self, seed: Any, step: Any, *, shape: Shape, draw: int, dtype: Any) -> Any:
        """Turn pairs of words into a radius and an angle."""
        size = math.prod(shape)
        words = random_words(int(seed), int(step), draw, size + size % 2)
        radius = words[::2].astype(dtype)
        radius += 0.5
        radius *= 2.0**-32
        np.log(radius, out=radius)
        radius *= -2.0
        np.sqrt(radius, out=radius)
        angle = words[1::2].astype(dtype)
        angle *= 2 * math.pi * 2.0**-32
        numbers = np.empty(len(words), dtype)
        np.multiply(radius, np.cos(angle), out=numbers[::2])
        np.multiply(radius, np.sin(angle), out=numbers[1::2])
        return numbers[:size].reshape(shape)


uniform = Uniform()
normal = Normal()
