"""Clipping: a gradient made shorter where it is too long."""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.autodiff import clip, greater, sqrt, where


def clip_by_norm(gradient: Any, max_norm: float) -> Any:
    r"""Return the gradient, shortened to a length: the direction stays.

    .. math:: g \cdot \min\left(1, \frac{c}{\lVert g \rVert_2}\right)

    Parameters
    ----------
    gradient : array or tensor of any shape
        Of one parameter; or of all, in one vector, for the length of the whole.
    max_norm : float
        :math:`c`, the largest length.

    Returns
    -------
    array or tensor of the same shape
        Where the gradient isn't too long it is unchanged. One so long that its square is infinite
        becomes 0, and an infinite element of it NaN, as in PyTorch.

    Raises
    ------
    ValueError
        If `max_norm` is zero or negative.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), On the difficulty of training recurrent neural networks.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath.optim import clip_by_norm
    >>> clip_by_norm(np.array([3.0, 4.0]), max_norm=1.0)
    array([0.6, 0.8])
    >>> clip_by_norm(np.array([3.0, 4.0]), max_norm=10.0)
    array([3., 4.])
    """
    _check(max_norm, "max_norm")
    square = (gradient * gradient).sum()
    too_long = greater(square, max_norm * max_norm)
    # Where it isn't too long 1 stands in for its length, which may be 0: no 0/0, nor in derivatives
    length = sqrt(where(too_long, square, 1.0))
    return gradient * where(too_long, max_norm / length, 1.0)


def clip_by_value(gradient: Any, limit: float) -> Any:
    r"""Return the gradient with each element between two bounds: the direction may turn.

    .. math:: \min(\max(g_i, -c), c)

    Parameters
    ----------
    gradient : array or tensor of any shape
    limit : float
        :math:`c`, the largest magnitude of an element.

    Returns
    -------
    array or tensor of the same shape

    Raises
    ------
    ValueError
        If `limit` is zero or negative.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath.optim import clip_by_value
    >>> clip_by_value(np.array([0.5, -4.0]), limit=1.0)
    array([ 0.5, -1. ])
    """
    _check(limit, "limit")
    return clip(gradient, -limit, limit)


def _check(bound: Any, name: str) -> None:
    if isinstance(bound, int | float | np.number) and not bound > 0:
        raise ValueError(
            f"{name}={bound} must be more than 0; leave the clipping out for no bound."
        )
