"""Linear: every neuron's weighted sum."""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.autodiff import linear, matmul, random, transpose
from baremath.autodiff.ops.operation import shape_of
from baremath.nn.checks import length
from baremath.nn.initialisers import Initialiser, drawn, playground, pytorch
from baremath.nn.module import Module, parameter, refill


class Linear(Module):
    r"""A layer of neurons before their activation.

    .. math:: y_j = \sum_k w_{jk} x_k + b_j, \qquad Y = X W^T + b

    Parameters
    ----------
    in_features : int
        Numbers that go in.
    out_features : int
        Neurons.
    bias : bool, default=True
        Whether there is a b.
    weight_init : str, callable or float, default="pytorch"
        How w is drawn: one of `INITIALISERS`, a function ``(shape, rng) -> array``, or a number.
    bias_init : float, callable or None, default=None
        Likewise for b. None is what goes with `weight_init`: PyTorch's
        :math:`U(\pm 1/\sqrt{n_{in}})`, the playground's 0.1, with all others 0.

    Attributes
    ----------
    weight : Tensor of shape (out_features, in_features)
        w.
    bias : Tensor of shape (out_features,) or None
        b.

    Examples
    --------
    >>> from baremath import nn
    >>> layer = nn.Linear(3, 2, weight_init=1, bias_init=0.5)
    >>> layer([[1.0, 2.0, 3.0]]).tolist()
    [[6.5, 6.5]]
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        weight_init: str | Initialiser | float = "pytorch",
        bias_init: Initialiser | float | None = None,
    ) -> None:
        self.in_features = length("in_features", in_features)
        self.out_features = length("out_features", out_features)
        self.weight_init = weight_init
        self.bias_init = bias_init
        self.weight = parameter(np.zeros((out_features, in_features)), "weight")
        self.bias = parameter(np.zeros(out_features), "bias") if bias else None
        self.reset_parameters(random.default_rng())

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Draw w, then b."""
        shape = (self.out_features, self.in_features)
        refill(self.weight, drawn("weight_init", self.weight_init, shape, rng))
        if self.bias is None:
            return
        if self.bias_init is not None:
            refill(self.bias, drawn("bias_init", self.bias_init, shape[:1], rng))
        elif self.weight_init in ("pytorch", pytorch):
            refill(self.bias, pytorch(shape, rng)[:, 0])
        else:
            refill(self.bias, 0.1 if self.weight_init in ("playground", playground) else 0.0)

    def forward(self, x: Any) -> Any:
        """Return the sums of each row of x, of shape (…, in_features).

        Raises
        ------
        ValueError
            If the rows have another length.
        """
        try:
            if self.bias is None:
                return matmul(x, transpose(self.weight))
            return linear(x, self.weight, self.bias)
        except ValueError:
            shape = shape_of(x)
            if shape and shape[-1] == self.in_features:
                raise
            there = f": x has shape {shape}" if len(shape) != 2 else ""  # a table has columns
            raise ValueError(
                f"linear: {self.called} expects {self.in_features} features, got "
                f"{shape[-1] if shape else 'one number'}{there}"
            ) from None

    def settings(self) -> str:
        """Return the arguments it was made with, those at their default left out."""
        shown = [f"{self.in_features}, {self.out_features}"]
        shown += ["bias=False"] if self.bias is None else []
        for name, default in (("weight_init", "pytorch"), ("bias_init", None)):
            value = getattr(self, name)
            if value != default:
                shown.append(f"{name}={getattr(value, '__name__', repr(value))}")
        return ", ".join(shown)
