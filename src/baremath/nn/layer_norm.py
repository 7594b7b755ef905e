"""LayerNorm: each row brought to one scale, by itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.autodiff import mean, sqrt, square
from baremath.nn.checks import lengths, real
from baremath.nn.module import Module, parameter, refill


class LayerNorm(Module):
    r"""A layer that brings each row to mean 0 and variance 1, then to a learned scale.

    .. math:: y = w \cdot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + b

    μ and σ² are those of the row's own numbers, in training and in predicting alike.

    Parameters
    ----------
    normalized_shape : int or tuple of int
        The last dimensions of x, over which mean and variance are taken.
    eps : float, default=1e-5
        ε, which keeps the root off zero.
    elementwise_affine : bool, default=True
        Whether w and b are learned; otherwise they are 1 and 0.

    Attributes
    ----------
    weight, bias : Tensor of shape normalized_shape, or None
        w and b.

    References
    ----------
    Ba, Kiros and Hinton (2016), Layer normalization.

    Examples
    --------
    >>> from baremath import nn
    >>> from baremath.autodiff import tensor
    >>> [round(y, 3) for y in nn.LayerNorm(2)(tensor([1.0, 3.0])).tolist()]
    [-1.0, 1.0]
    """

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
    ) -> None:
        self.normalized_shape = shape = lengths("normalized_shape", normalized_shape)
        self.eps = real("eps", eps, low=0)
        self.elementwise_affine = elementwise_affine
        self.weight = parameter(np.ones(shape), "weight") if elementwise_affine else None
        self.bias = parameter(np.zeros(shape), "bias") if elementwise_affine else None

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Set the scale to where it begins; nothing is drawn."""
        for values, t in ((1, self.weight), (0, self.bias)):
            if t is not None:
                refill(t, values)

    def forward(self, x: Any) -> Any:
        """Return x, of shape (…, *normalized_shape), normalised.

        Raises
        ------
        ValueError
            If x has other last dimensions.
        """
        own = self.normalized_shape
        if x.shape[x.ndim - len(own) :] != own:
            raise ValueError(
                f"{self.called} expects x of shape (…, {', '.join(map(str, own))}), got {x.shape}"
            )
        axes = tuple(range(x.ndim - len(own), x.ndim))
        centred = x - mean(x, axes, keepdims=True)
        scale = 1 / sqrt(mean(square(centred), axes, keepdims=True) + self.eps)
        y = centred * scale
        return y if self.weight is None else y * self.weight + self.bias
