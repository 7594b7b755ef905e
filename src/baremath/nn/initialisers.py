r"""Initialisers: how the first weights are drawn.

Each is a function of the shape (n_out, n_in, …) of the weights and a random generator. Behind them
is one thought: a sum of :math:`n_{in}` numbers times weights of variance :math:`v` has
:math:`n_{in} v` times their variance, so v decides whether signals, and on the way back gradients,
grow or fade from layer to layer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int, ...]
Initialiser = Callable[[Shape, np.random.Generator], NDArray[np.float64]]


def xavier_uniform(shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
    r"""Draw weights that keep the variance of signals and of gradients, for tanh and the like.

    .. math:: w \sim U(-a, a), \qquad a = \sqrt{\frac{6}{n_{in} + n_{out}}}

    Parameters
    ----------
    shape : tuple of int
        (n_out, n_in), and perhaps the size of a kernel.
    rng : numpy.random.Generator
        Where the numbers come from.

    Returns
    -------
    ndarray of that shape

    References
    ----------
    Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural
    networks.

    Examples
    --------
    >>> import numpy as np
    >>> w = xavier_uniform((200, 100), np.random.default_rng(0))
    >>> bool(abs(w).max() <= np.sqrt(6 / 300)), round(float(w.var() * 300), 1)
    (True, 2.0)
    """
    bound = math.sqrt(6 / sum(fans(shape)))
    return rng.uniform(-bound, bound, shape)


def xavier_normal(shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
    r"""Draw weights that keep the variance of signals and of gradients, for tanh and the like.

    .. math:: w \sim N\left(0, \frac{2}{n_{in} + n_{out}}\right)

    Parameters
    ----------
    shape, rng
        As in `xavier_uniform`.

    Returns
    -------
    ndarray of that shape

    References
    ----------
    Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural
    networks.
    """
    return rng.normal(0, math.sqrt(2 / sum(fans(shape))), shape)


def he_uniform(shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
    r"""Draw weights that keep the variance of signals through ReLU, which drops half of it.

    .. math:: w \sim U(-a, a), \qquad a = \sqrt{\frac{6}{n_{in}}}

    Parameters
    ----------
    shape, rng
        As in `xavier_uniform`.

    Returns
    -------
    ndarray of that shape

    References
    ----------
    He, Zhang, Ren and Sun (2015), Delving deep into rectifiers.
    """
    bound = math.sqrt(6 / fans(shape)[0])
    return rng.uniform(-bound, bound, shape)


def he_normal(shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
    r"""Draw weights that keep the variance of signals through ReLU, which drops half of it.

    .. math:: w \sim N\left(0, \frac{2}{n_{in}}\right)

    Parameters
    ----------
    shape, rng
        As in `xavier_uniform`.

    Returns
    -------
    ndarray of that shape

    References
    ----------
    He, Zhang, Ren and Sun (2015), Delving deep into rectifiers.
    """
    return rng.normal(0, math.sqrt(2 / fans(shape)[0]), shape)


def pytorch(shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
    r"""Draw weights, and biases, as PyTorch's Linear does by default.

    .. math:: w, b \sim U(-a, a), \qquad a = \frac{1}{\sqrt{n_{in}}}

    Parameters
    ----------
    shape, rng
        As in `xavier_uniform`.

    Returns
    -------
    ndarray of that shape

    References
    ----------
    LeCun, Bottou, Orr and Müller (1998), Efficient BackProp, with a third of its variance.
    """
    bound = 1 / math.sqrt(fans(shape)[0])
    return rng.uniform(-bound, bound, shape)


def playground(shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
    r"""Draw weights as the TensorFlow Playground does; its biases begin at 0.1.

    .. math:: w \sim U(-0.5, 0.5), \qquad b = 0.1

    Parameters
    ----------
    shape, rng
        As in `xavier_uniform`.

    Returns
    -------
    ndarray of that shape

    References
    ----------
    Smilkov, Carter, Sculley, Viégas and Wattenberg (2017), Direct-manipulation visualization of
    deep networks.
    """
    return rng.uniform(-0.5, 0.5, shape)


def zeros(shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
    r"""Return :math:`w = 0`; all neurons of a layer then stay alike, whatever they learn.

    Parameters
    ----------
    shape, rng
        As in `xavier_uniform`; nothing is drawn.

    Returns
    -------
    ndarray of that shape
    """
    return np.zeros(shape)


#: By name, as `Linear` takes them.
INITIALISERS: dict[str, Initialiser] = {
    "he_normal": he_normal,
    "he_uniform": he_uniform,
    "playground": playground,
    "pytorch": pytorch,
    "xavier_normal": xavier_normal,
    "xavier_uniform": xavier_uniform,
    "zeros": zeros,
}


def drawn(
    argument: str, how: str | Initialiser | float, shape: Shape, rng: np.random.Generator
) -> NDArray[Any]:
    """Return numbers drawn by an initialiser of that name, by a function, or all the same.

    Raises
    ------
    ValueError
        If there is none of that name, or it gives another shape or what isn't finite.
    TypeError
        If it is none of the three.
    """
    if isinstance(how, str):
        if how not in INITIALISERS:
            raise ValueError(f"{argument}={how!r} is not one of {', '.join(INITIALISERS)}")
        how = INITIALISERS[how]
    if isinstance(how, Real) and not isinstance(how, bool):
        values = np.full(shape, float(how))
    elif callable(how):
        values = np.asarray(how(shape, rng))
    else:
        raise TypeError(
            f"{argument} is a name ({', '.join(INITIALISERS)}), a number or a function "
            f"(shape, rng) -> array, not {how!r}"
        )
    if values.shape != shape:
        raise ValueError(f"{argument} returned the shape {values.shape}; what is asked is {shape}")
    if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
        raise ValueError(f"{argument} gave something other than finite numbers: {values}")
    return values


def fans(shape: Shape) -> tuple[int, int]:
    """Return how many numbers go into a neuron, and to how many neurons each goes."""
    if len(shape) < 2:
        raise ValueError(
            f"an initialiser of weights needs a shape (n_out, n_in, …), not {shape}; give biases "
            "a number"
        )
    kernel = math.prod(shape[2:])
    return shape[1] * kernel, shape[0] * kernel
