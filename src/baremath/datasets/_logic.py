"""Truth tables as data: AND, OR, NOT and XOR."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state

from baremath.datasets._validation import Seed, check_count, check_noise

# The last entry of a row is the answer.
_TRUTH_TABLES = {
    "AND": [(0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 1)],
    "OR": [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 1)],
    "NOT": [(0, 1), (1, 0)],
    "XOR": [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)],
}


def make_logic(
    name: str, n_samples: int = 4, *, noise: float = 0.0, random_state: Seed = None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    r"""Repeat the truth table of a logical function, with the inputs blurred if wished.

    Row i is row i mod r of the truth table, which has r rows, in the order 00, 01, 10, 11. The
    answer is taken before the noise is added:

    .. math:: X_i = b_i + \varepsilon_i, \quad y_i = f(b_i), \quad \varepsilon \sim N(0, \sigma^2)

    Parameters
    ----------
    name : {"AND", "OR", "NOT", "XOR"}
        The function f, in any letter case.
    n_samples : int, default=4
        How many rows. The whole table is 4 rows, for NOT 2.
    noise : float, default=0.0
        :math:`\sigma`, the standard deviation of what is added to each input.
    random_state : int, RandomState or None, default=None
        Seed of the noise.

    Returns
    -------
    X : ndarray of shape (n_samples, 2), for NOT (n_samples, 1)
        The inputs: 0 is false and 1 is true.
    y : ndarray of int, shape (n_samples,)
        The answers, 0 or 1.

    Raises
    ------
    ValueError
        If the name is none of the four.

    References
    ----------
    McCulloch and Pitts (1943), A logical calculus of the ideas immanent in nervous activity.
    Minsky and Papert (1969), Perceptrons, for what XOR asks of a neuron.

    Examples
    --------
    >>> from baremath.datasets import make_logic
    >>> X, y = make_logic("xor")
    >>> for (a, b), answer in zip(X, y):
    ...     print(int(a), "xor", int(b), "=", answer)
    0 xor 0 = 0
    0 xor 1 = 1
    1 xor 0 = 1
    1 xor 1 = 0
    """
    if not isinstance(name, str) or name.upper() not in _TRUTH_TABLES:
        raise ValueError(f"name must be one of {', '.join(_TRUTH_TABLES)}; got {name!r}")
    n_samples, noise = check_count("n_samples", n_samples), check_noise(noise)
    table = np.array(_TRUTH_TABLES[name.upper()])
    rows = table[np.arange(n_samples) % len(table)]
    inputs, answers = rows[:, :-1], rows[:, -1]
    X = inputs + noise * check_random_state(random_state).normal(size=inputs.shape)
    return X, answers.astype(np.int64)
