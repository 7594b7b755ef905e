"""Functions made of functions: gradient, vector-Jacobian product, Jacobian, Hessian."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from baremath.autodiff import tree
from baremath.autodiff.call import ArgNums, Call, Function
from baremath.autodiff.tensor import Tensor


def grad(f: Function, argnums: ArgNums = 0, has_aux: bool = False) -> Function:
    r"""Return the function that computes the gradient of `f`, :math:`x \mapsto \nabla f(x)`.

    Parameters
    ----------
    f : callable
        Returns one number, computed with NumPy's functions, operators or the operations of
        `baremath.autodiff`.
    argnums : int or tuple of int, default=0
        The positional arguments to differentiate by. Each is a number, an array, a tensor, a
        module, or a tuple, list or dict of them. A Python number among float32 arrays becomes
        float32 too; else float64.
    has_aux : bool, default=False
        Whether `f` returns a pair ``(number, aux)``; `aux`, anything, is handed through.

    Returns
    -------
    callable
        Takes the arguments of `f`. Returns the gradient, in the form of the argument (a module's
        is a dict by the paths of its parameters); a tuple of gradients if `argnums` is a tuple;
        ``(gradient, aux)`` if `has_aux`. Arrays come back for arrays, and tensors that can be
        differentiated further where tensors went in or something outside depends on the result.

    See Also
    --------
    value_and_grad : The value too, at no further cost.

    Examples
    --------
    >>> import numpy as np
    >>> grad(lambda x: x**3)(2.0)
    np.float64(12.0)
    >>> grad(grad(lambda x: x**3))(2.0)
    np.float64(12.0)
    >>> grad(lambda p: np.sum(p["w"] * np.array([1.0, 2.0])) + p["b"])({"w": np.ones(2), "b": 0.0})
    {'w': array([1., 2.]), 'b': np.float64(1.0)}
    """
    both = value_and_grad(f, argnums, has_aux)

    @_named("grad", f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, result = both(*args, **kwargs)
        return (result, value[1]) if has_aux else result

    return gradient


def value_and_grad(f: Function, argnums: ArgNums = 0, has_aux: bool = False) -> Function:
    r"""Return the function that computes :math:`f(x)` and its gradient in one sweep each way.

    Parameters
    ----------
    f, argnums, has_aux
        As in `grad`.

    Returns
    -------
    callable
        Returns ``(value, gradient)``, or ``((value, aux), gradient)`` if `has_aux`.

    Raises
    ------
    TypeError
        From the call: if an argument to differentiate by isn't made of floats, or `f` returns
        something other than a tensor.
    ValueError
        From the call: if `f` returns more than one number.

    Examples
    --------
    >>> import numpy as np
    >>> value_and_grad(lambda w, b: np.sum(w) * b, argnums=(0, 1))(np.array([1.0, 2.0]), 3.0)
    (np.float64(9.0), (array([3., 3.]), np.float64(3.0)))
    """

    @_named("value_and_grad", f)
    def both(*args: Any, **kwargs: Any) -> Any:
        call = Call(f, args, kwargs, argnums, has_aux)
        y = call.result
        if not isinstance(y, Tensor) or y.data.size != 1:
            given = f"shape {y.shape}" if isinstance(y, Tensor) else f"a {type(y).__name__}"
            raise ValueError(
                f"the gradient is that of one number, and {call.name} returned {given}; take a sum "
                "or mean of it, use jacobian, or has_aux=True for a pair (number, anything)."
            )
        gradient = call.pull(retain_graph=False)
        value = call.out(y)
        return ((value, tree.mapped(call.out, call.aux)) if has_aux else value), gradient

    return both


def vjp(f: Function, *args: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    r"""Return `f` of the arguments, and the function that pulls a gradient back through it.

    .. math:: pull(g) = g^T \frac{\partial f}{\partial x}

    Parameters
    ----------
    f : callable
        Returns an array, or a tree of arrays.
    *args : number, array, tensor, module or tree of them
        It is differentiated by all of them.

    Returns
    -------
    value : array or tensor
        :math:`f(x)`.
    pull : callable
        Takes the gradient of something by the value, of its shape, and returns a tuple: that
        something's gradient by each argument. It can be called any number of times.

    Examples
    --------
    >>> import numpy as np
    >>> y, pull = vjp(np.sin, np.array([0.0, np.pi]))
    >>> pull(np.array([1.0, 1.0]))
    (array([ 1., -1.]),)
    """
    call = Call(f, args, {}, tuple(range(len(args))))
    return tree.mapped(call.out, call.result), call.pull


def jacobian(f: Function, argnums: ArgNums = 0) -> Function:
    r"""Return the function that computes every :math:`\partial y_i / \partial x_j`.

    Parameters
    ----------
    f : callable
        Returns an array, or a tree of arrays.
    argnums : int or tuple of int, default=0
        The positional arguments to differentiate by, as in `grad`.

    Returns
    -------
    callable
        Returns an array of shape ``(*y.shape, *x.shape)``. Where x is a tree, a tree of them;
        where y is one, a tree in its form of those.

    Notes
    -----
    One backward sweep for each element of y.

    Examples
    --------
    >>> import numpy as np
    >>> jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    @_named("jacobian", f)
    def derivative(*args: Any, **kwargs: Any) -> Any:
        call = Call(f, args, kwargs, argnums)
        return tree.mapped(call.rows, call.result)

    return derivative


def hessian(f: Function, argnums: ArgNums = 0) -> Function:
    r"""Return the function that computes :math:`\partial^2 f / \partial x_i \partial x_j`.

    Parameters
    ----------
    f : callable
        Returns one number.
    argnums : int or tuple of int, default=0
        The positional arguments to differentiate by, as in `grad`.

    Returns
    -------
    callable
        Returns an array of shape ``(*x.shape, *x.shape)``; where x is a tree, a tree of trees.

    Examples
    --------
    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return jacobian(grad(f, argnums), argnums)


def _named(transform: str, f: Function) -> Callable[[Function], Function]:
    """Give a transform's function the name, docstring and signature of what it was made of."""

    def named(made: Function) -> Function:
        made.__name__ = f"{transform}({getattr(f, '__name__', type(f).__name__)})"
        made.__doc__ = getattr(f, "__doc__", None)
        made.__wrapped__ = f  # type: ignore[attr-defined]
        return made

    return named
