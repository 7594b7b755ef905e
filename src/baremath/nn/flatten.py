"""Flatten: each row in one dimension."""

from __future__ import annotations

import math
from typing import Any

from baremath.autodiff import reshape
from baremath.nn.module import Module


class Flatten(Module):
    """A layer that puts the numbers of each row one after the other: (n, 8, 8) becomes (n, 64).

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> nn.Flatten()(np.zeros((5, 8, 8))).shape
    (5, 64)
    """

    def forward(self, x: Any) -> Any:
        """Return x in two dimensions."""
        if x.ndim == 0:
            raise ValueError(f"{self.called} expects rows, got one number: x has shape ()")
        return reshape(x, (x.shape[0], math.prod(x.shape[1:])))
