"""Dropout: a network that can't rely on any one neuron."""

from __future__ import annotations

from typing import Any

from baremath.autodiff import random
from baremath.nn.checks import real
from baremath.nn.module import Module


class Dropout(Module):
    r"""A layer that, in training, sets each number to zero with probability p.

    .. math:: y = \frac{m}{1 - p} \cdot x, \qquad m \sim \operatorname{Bernoulli}(1 - p)

    The factor keeps the expected value, so that in predicting it is left out: :math:`y = x`.

    Parameters
    ----------
    p : float in [0, 1), default=0.5
        The share that is dropped. A plain attribute: it may be changed at any time.

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov (2014), Dropout: a simple way to
    prevent neural networks from overfitting.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> from baremath.autodiff import random
    >>> layer = nn.Dropout(0.25)
    >>> with random.stream(seed=0):
    ...     layer(np.full(8, 3.0)).tolist()
    [4.0, 0.0, 4.0, 4.0, 0.0, 4.0, 4.0, 4.0]
    >>> layer.eval()(np.ones(3)).tolist()
    [1.0, 1.0, 1.0]
    """

    def __init__(self, p: float = 0.5) -> None:
        self.p = real("p", p, low=0, high=1, open_="h")

    def forward(self, x: Any) -> Any:
        """Return x with some of its numbers dropped, or in predicting x itself."""
        if not self.training:
            return x
        kept = random.bernoulli(1 - self.p, x.shape, dtype=x.dtype)
        return x * (kept / (1 - self.p))
