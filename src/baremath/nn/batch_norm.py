"""BatchNorm1d: features brought to one scale, by the batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.autodiff import mean, no_grad, reshape, sqrt, square, tensor
from baremath.nn.checks import length, real
from baremath.nn.module import Module, parameter, refill


class BatchNorm1d(Module):
    r"""A layer that brings each feature to mean 0 and variance 1, then to a learned scale.

    .. math:: y = w \cdot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + b

    In training μ and σ² are the batch's, and running averages of them are kept:

    .. math:: \mu_{run} \leftarrow (1 - m) \mu_{run} + m \mu, \qquad
              \sigma^2_{run} \leftarrow (1 - m) \sigma^2_{run} + m \tfrac{n}{n - 1} \sigma^2

    In predicting those are used. As in PyTorch the batch is divided by its biased variance, and
    the unbiased one is averaged.

    Parameters
    ----------
    num_features : int
        Features, the second dimension of x.
    eps : float, default=1e-5
        ε, which keeps the root off zero.
    momentum : float in [0, 1], default=0.1
        m, the weight of the newest batch.
    affine : bool, default=True
        Whether w and b are learned; otherwise they are 1 and 0.

    Attributes
    ----------
    weight, bias : Tensor of shape (num_features,) or None
        w and b.
    running_mean, running_var : Tensor of shape (num_features,)
        The buffers μ and σ², replaced by new tensors at each batch.

    References
    ----------
    Ioffe and Szegedy (2015), Batch normalization: accelerating deep network training by reducing
    internal covariate shift.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> layer = nn.BatchNorm1d(1)
    >>> layer(np.array([[1.0], [3.0]])).tolist()
    [[-0.999994993209...], [0.999994993209...]]
    >>> layer.running_mean.tolist(), layer.running_var.tolist()
    ([0.200000002980...], [1.10000002384...])
    """

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True
    ) -> None:
        self.num_features = length("num_features", num_features)
        self.eps = real("eps", eps, low=0)
        self.momentum = real("momentum", momentum, low=0, high=1)
        self.affine = affine
        self.weight = parameter(np.ones(num_features), "weight") if affine else None
        self.bias = parameter(np.zeros(num_features), "bias") if affine else None
        self.running_mean = tensor(np.zeros(num_features), dtype=np.float32)
        self.running_var = tensor(np.ones(num_features), dtype=np.float32)

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Set scale and averages to where they begin; nothing is drawn."""
        for values, t in ((0, self.bias), (1, self.weight)):
            if t is not None:
                refill(t, values)
        refill(self.running_mean, 0)
        refill(self.running_var, 1)

    def forward(self, x: Any) -> Any:
        """Return x, of shape (n, num_features) or (n, num_features, m), normalised.

        Raises
        ------
        ValueError
            If x has another shape, or in training only one value of each feature.
        """
        if x.ndim not in (2, 3) or x.shape[1] != self.num_features:
            raise ValueError(
                f"{self.called} expects x of shape (n, {self.num_features}) or "
                f"(n, {self.num_features}, m), got {x.shape}"
            )
        broadcast = (1, self.num_features, 1)[: x.ndim]
        if self.training:
            axes = (0, 2)[: x.ndim - 1]
            average = mean(x, axes)
            centred = x - reshape(average, broadcast)
            variance = mean(square(centred), axes)
            self._measure(average, variance, x.size // self.num_features)
        else:
            centred, variance = x - reshape(self.running_mean, broadcast), self.running_var
        scale = 1 / sqrt(variance + self.eps)
        if self.weight is None:
            return centred * reshape(scale, broadcast)
        return centred * reshape(scale * self.weight, broadcast) + reshape(self.bias, broadcast)

    def _measure(self, average: Any, variance: Any, n: int) -> None:
        """Take mean and variance of a batch, of n values each, into the running averages."""
        if n < 2:
            raise ValueError(
                f"{self.called} measures a variance in training, and {n} value"
                f"{'' if n == 1 else 's'} of each feature ha{'s' if n == 1 else 've'} none: use "
                "batches of at least 2 rows, or call eval() first"
            )
        with no_grad():
            old, new = 1 - self.momentum, self.momentum
            self.running_mean = old * self.running_mean + new * average
            self.running_var = old * self.running_var + new * (n / (n - 1)) * variance
