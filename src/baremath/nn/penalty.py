"""Penalties: what large weights cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from baremath import autodiff
from baremath.nn.checks import real


class Penalty:
    """A price on weights, added to the loss, so that a network stays simple.

    Only parameters of two or more dimensions are weights; biases are free.

    Parameters
    ----------
    rate : float, default=0.0001
        λ, at least 0. A plain attribute: it may be changed at any time.
    """

    def __init__(self, rate: float = 1e-4) -> None:
        self.rate = real("rate", rate, low=0)

    def __setattr__(self, name: str, value: Any) -> None:
        ours = type(self).__module__.startswith("baremath.")  # a class of one's own may keep more
        if ours and name != "rate" and not hasattr(type(self), name):
            raise AttributeError(f"{type(self).__name__} has no {name!r} to set; it has a rate.")
        super().__setattr__(name, value)

    def of_one(self, w: Any) -> Any:
        """Return the penalty of one array of weights at rate 1."""
        raise NotImplementedError(f"{type(self).__name__} has no of_one(w)")

    def __call__(self, parameters: Mapping[str, Any]) -> Any:
        """Return the penalty.

        Parameters
        ----------
        parameters : mapping of str to Tensor
            As `Module.named_parameters` returns them.

        Returns
        -------
        Tensor
            One number; a 0 of Python's if there are no weights.
        """
        total: Any = 0.0
        for w in parameters.values():
            if w.ndim >= 2:
                total = total + self.of_one(w)
        return self.rate * total

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v}' for k, v in vars(self).items())})"


class L2Penalty(Penalty):
    r"""Ridge: weights decay in proportion to themselves.

    .. math:: P = \frac{\lambda}{2} \sum w^2, \qquad \frac{\partial P}{\partial w} = \lambda w

    Parameters
    ----------
    rate : float, default=0.0001
        λ, at least 0.

    Examples
    --------
    >>> from baremath import nn
    >>> from baremath.autodiff import tensor
    >>> nn.L2Penalty(0.5)({"weight": tensor([[1.0, -3.0]]), "bias": tensor([7.0])}).item()
    2.5
    """

    def of_one(self, w: Any) -> Any:
        """Return half the sum of the squares."""
        return 0.5 * autodiff.sum(autodiff.square(w))


class L1Penalty(Penalty):
    r"""Lasso: weights that aren't needed become zero.

    .. math:: P = \lambda \sum |w|, \qquad
              \frac{\partial P}{\partial w} = \lambda \operatorname{sign}(w)

    The derivative at 0 is 0, so that a weight that has become zero can come back.

    Parameters
    ----------
    rate : float, default=0.0001
        λ, at least 0.

    Examples
    --------
    >>> from baremath import nn
    >>> from baremath.autodiff import tensor
    >>> nn.L1Penalty(0.5)({"weight": tensor([[1.0, -3.0]]), "bias": tensor([7.0])}).item()
    2.0
    """

    def of_one(self, w: Any) -> Any:
        """Return the sum of the absolute values."""
        return autodiff.sum(autodiff.abs(w))
