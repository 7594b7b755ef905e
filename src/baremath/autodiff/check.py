"""A derivative against finite differences."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.autodiff import ops, tree
from baremath.autodiff.recording import no_grad
from baremath.autodiff.tensor import Tensor
from baremath.autodiff.transforms import grad

Function = Callable[..., Any]
Floats = NDArray[np.float64]

ORDINALS = {1: "gradient", 2: "second derivative", 3: "third derivative"}


class GradientError(AssertionError):
    """A gradient that finite differences contradict."""


def check_gradient(
    f: Function,
    *args: Any,
    order: int = 1,
    step: float | None = None,
    rtol: float = 1e-5,
    atol: float = 1e-7,
) -> None:
    r"""Compare the gradient of a function with central differences, in float64.

    .. math:: \frac{\partial f}{\partial x_i} \approx \frac{f(x + h e_i) - f(x - h e_i)}{2h}

    Parameters
    ----------
    f : callable
        Returns a number, an array, or a tree of them. Of several numbers a sum with random weights,
        always the same ones, is checked.
    *args : number, array, tensor, module or tree of them
        All floats among them are differentiated by; nothing in them is changed. They had better lie
        further than a step from where `f` has a kink.
    order : int, default=1
        Up to which order: 2 checks also how the gradient changes.
    step : float, optional
        The step h for numbers up to 1, in proportion for larger ones. By default
        :math:`\epsilon^{1/3} \approx 6 \cdot 10^{-6}`, where the error of the formula, about
        :math:`h^2 f''' / 6`, is as large as that of rounding, :math:`\epsilon f / h`.
    rtol, atol : float, default=1e-5, 1e-7
        A difference up to ``atol + rtol * abs(expected)`` is allowed.

    Raises
    ------
    GradientError
        If a derivative is wrong: with the function, the argument, the index, what `grad` got, what
        was expected, and what is allowed.
    TypeError
        If there are no floats among the arguments.

    References
    ----------
    Press, Teukolsky, Vetterling and Flannery (2007), Numerical Recipes, 5.7.

    Examples
    --------
    >>> import numpy as np
    >>> check_gradient(np.tanh, np.array([0.5, -1.0]), order=2)
    >>> check_gradient(lambda x: np.sum(x * x.detach()), np.array([0.5, -1.0]))
    Traceback (most recent call last):
    baremath.autodiff.check.GradientError: the gradient of <lambda> by argument 0 at [0] is ...
    """
    name = getattr(f, "__name__", type(f).__name__)
    copies = [tree.mapped(_own, arg) for arg in args]
    variables = [leaf for leaf in tree.leaves(copies) if _is_variable(leaf)]
    if not variables:
        arrays = (x.data if isinstance(x, Tensor) else x for x in tree.leaves(list(args)))
        given = ", ".join(dict.fromkeys(str(np.asarray(x).dtype) for x in arrays)) or "no arguments"
        raise TypeError(
            f"check_gradient({name}, ...) was given {given}, and only floats have a gradient: "
            "write x.astype(float), or 3.0 in place of 3."
        )
    step = float(np.finfo(np.float64).eps ** (1 / 3)) if step is None else step

    def number(values: list[Any]) -> Any:
        following = iter(values)
        given = tree.mapped(lambda x: next(following) if _is_variable(x) else x, copies)
        return _weighted_sum(f(*given))

    with no_grad():
        if getattr(f(*copies), "shape", None) != ():
            name += " (its results summed with random weights)"
    for k in range(1, order + 1):
        what = f"the {ORDINALS.get(k, f'derivative of order {k}')} of {name}"
        gradients = grad(number)(variables)
        for where, x, got in _pairs(copies, gradients):
            value = functools.partial(_value, number, variables)
            _compare(what, where, x, got, value, (step, rtol, atol))
        number = _slope(number)


def _compare(
    what: str,
    where: str,
    x: Floats,
    got: Floats,
    value: Callable[[], float],
    limits: tuple[float, float, float],
) -> None:
    """Compare one gradient with the differences of a value when x is moved, element by element."""
    step, rtol, atol = limits
    if got.shape != x.shape:
        raise GradientError(f"{what} by {where} has shape {got.shape}; the argument has {x.shape}.")
    for index in np.ndindex(x.shape):
        middle = x[index]
        h = step * max(1.0, abs(float(middle)))
        low, high = middle - h, middle + h
        x[index] = high
        above = value()
        x[index] = low
        below = value()
        x[index] = middle
        expected = (above - below) / (high - low)  # of the steps that were made, not meant
        allowed = atol + rtol * abs(expected)
        if not abs(got[index] - expected) <= allowed:
            raise GradientError(
                f"{what} by {where} at {list(index)} is wrong: got {got[index]:.10g}, expected "
                f"{expected:.10g} (the central difference over a step of {h:.1g}); they differ by "
                f"{abs(got[index] - expected):.2g}, and {allowed:.2g} is allowed "
                f"(atol={atol:g} + rtol={rtol:g} * {abs(expected):.3g})."
            )


def _pairs(copies: list[Any], gradients: list[Any]) -> Iterator[tuple[str, Floats, Floats]]:
    """Yield each differentiated array with what to call it and its gradient."""
    following = iter(gradients)
    for path, x in tree.paths(copies):
        if not _is_variable(x):
            continue
        gradient = next(following)
        first, _, rest = path[1:].partition("]")
        where = f"argument {first}{rest and ', ' + rest}"
        if isinstance(gradient, dict):
            for name, parameter in x.named_parameters().items():
                yield f"{where}, {name}", parameter.data, _plain(gradient[name])
        else:
            yield where, x.data, _plain(gradient)


def _own(x: Any) -> Any:
    """Return a float64 copy of an argument; anything without floats as it is."""
    if hasattr(x, "named_parameters"):
        return copy.deepcopy(x).astype(np.float64)
    array = x.data if isinstance(x, Tensor) else np.asarray(x)
    is_float = array.dtype.kind == "f"
    return Tensor(array.astype(np.float64).reshape(array.shape)) if is_float else x


def _is_variable(x: Any) -> bool:
    return hasattr(x, "named_parameters") or (isinstance(x, Tensor) and x.dtype.kind == "f")


def _weighted_sum(results: Any) -> Any:
    """Return the one number that is differentiated."""
    rng = np.random.default_rng(0)
    total: Any = 0.0
    for y in tree.leaves(results):
        if not isinstance(y, Tensor):
            return y  # grad says what is wrong with it
        total = total + (y if y.shape == () else ops.sum(y * rng.uniform(0.5, 1.5, y.shape)))
    return total


def _slope(number: Function) -> Function:
    """Return the function whose gradient is the change of a gradient in one random direction."""

    def slope(values: list[Any]) -> Any:
        return _weighted_sum(grad(number)(values))

    return slope


def _value(number: Function, variables: list[Any]) -> float:
    with no_grad():
        return float(number(variables))


def _plain(gradient: Any) -> Floats:
    return np.asarray(gradient.data if isinstance(gradient, Tensor) else gradient)
