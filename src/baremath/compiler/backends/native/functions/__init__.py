"""The elementary functions as LLVM IR, inlined into the loops that call them.

LLVM has no vectorised exp, tanh or log, and a call of the C library ends vectorisation. So each
function is written here from additions, multiplications and choices, without a branch, for one
number or a vector of them; only angles far from 0 take another way. NaN stays NaN, infinities and
zeros give their limits (though not always the sign of a zero), denormal arguments count in full,
and denormal results come out right, except that sigmoid may return 0 for them. The processor needs
a fused multiply–add.

>>> print(module_text({("abs", "float32", 4)}))
declare <4 x float> @llvm.fabs.v4f32(<4 x float>)
define internal <4 x float> @bm.abs.f32x4(<4 x float> %x) alwaysinline nounwind {
  %1 = call <4 x float> @llvm.fabs.v4f32(<4 x float> %x)
  ret <4 x float> %1
}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from baremath.compiler.backends.native.functions.emitter import Emitter, Type, Value
from baremath.compiler.backends.native.functions.error_function import erf
from baremath.compiler.backends.native.functions.exponential import exp, expm1, sigmoid, tanh
from baremath.compiler.backends.native.functions.far_angles import for_each
from baremath.compiler.backends.native.functions.logarithmic import log, log1p, softplus
from baremath.compiler.backends.native.functions.power import power
from baremath.compiler.backends.native.functions.trigonometric import far, near

__all__ = ["ERROR_BOUNDS", "FUNCTIONS", "definition", "module_text", "symbol"]


def _ceil(x: Value) -> Value:
    return x.emitter.call("ceil", x)


def _maximum(x: Value, y: Value) -> Value:
    return x.emitter.call("maximum", x, y)


def _minimum(x: Value, y: Value) -> Value:
    return x.emitter.call("minimum", x, y)


def _sign(x: Value) -> Value:
    return (x > 0.0).where(x.constant(1.0), (x < 0.0).where(x.constant(-1.0), x))


_ONE_ARGUMENT: dict[str, Callable[[Value], Value]] = {
    "abs": Value.absolute,
    "ceil": _ceil,
    "erf": erf,
    "exp": exp,
    "expm1": expm1,
    "floor": Value.floor,
    "log": log,
    "log1p": log1p,
    "sigmoid": sigmoid,
    "sign": _sign,
    "softplus": softplus,
    "sqrt": Value.sqrt,
    "tanh": tanh,
}
_TWO_ARGUMENTS: dict[str, Callable[[Value, Value], Value]] = {
    "maximum": _maximum,
    "minimum": _minimum,
    "power": power,
}

#: Those of an angle, which call another function where it is far from 0.
_ANGLES = frozenset({"cos", "sin", "tan"})

FUNCTIONS = frozenset(_ONE_ARGUMENT) | frozenset(_TWO_ARGUMENTS) | _ANGLES

_BITS = {"float32": 32, "float64": 64}

#: No result is further from the true value than this, in units in the last place of the result;
#: of the functions that are not here every result is exact (sqrt: correctly rounded).
ERROR_BOUNDS = {
    "float32": {
        "cos": 1.0,
        "erf": 1.1,
        "exp": 1.0,
        "expm1": 1.6,
        "log": 1.0,
        "log1p": 1.5,
        "power": 0.6,
        "sigmoid": 2.5,
        "sin": 1.0,
        "softplus": 2.0,
        "tan": 2.5,
        "tanh": 2.5,
    },
    "float64": {
        "cos": 1.0,
        "erf": 1.1,
        "exp": 1.0,
        "expm1": 2.0,
        "log": 1.0,
        "log1p": 1.5,
        "power": 1.2,
        "sigmoid": 2.5,
        "sin": 1.0,
        "softplus": 2.0,
        "tan": 2.5,
        "tanh": 2.5,
    },
}


def _checked(name: str, dtype: str) -> int:
    if name not in FUNCTIONS:
        raise ValueError(
            f"no elementary function {name!r}; there are {', '.join(sorted(FUNCTIONS))}"
        )
    if dtype not in _BITS:
        raise ValueError(f"elementary functions compute in float32 or float64, not in {dtype}")
    return _BITS[dtype]


def symbol(name: str, dtype: str, lanes: int) -> str:
    """Return what a function is called in a module, e.g. ``bm.exp.f32x16`` or ``bm.exp.f32``."""
    bits = _checked(name, dtype)
    return f"bm.{name}.f{bits}" + (f"x{lanes}" if lanes > 1 else "")


def definition(name: str, dtype: str, lanes: int) -> tuple[str, frozenset[str]]:
    """Return a function as LLVM IR, and the declarations of the intrinsics that it calls.

    Parameters
    ----------
    name : str
        One of :data:`FUNCTIONS`.
    dtype : {"float32", "float64"}
        Of the arguments and the result.
    lanes : int
        How many numbers one argument holds; 1 is a plain number, not a vector.
    """
    number = Type("float", _checked(name, dtype), lanes)
    if name in _ANGLES:
        return _of_angle(name, dtype, number)
    emitter = Emitter()
    x, y = Value(emitter, number, "%x"), Value(emitter, number, "%y")
    if name in _TWO_ARGUMENTS:
        result, arguments = _TWO_ARGUMENTS[name](x, y), f"{number} %x, {number} %y"
    else:
        result, arguments = _ONE_ARGUMENT[name](x), f"{number} %x"
    head = f"define internal {number} @{symbol(name, dtype, lanes)}({arguments})"
    body = "\n".join(f"  {line}" for line in [*emitter.lines, f"ret {number} {result}"])
    return f"{head} alwaysinline nounwind {{\n{body}\n}}", frozenset(emitter.declarations)


def _of_angle(name: str, dtype: str, number: Type) -> tuple[str, frozenset[str]]:
    """Return a function of angles, which calls another where one of them is far from 0."""
    emitter, own = Emitter(), symbol(name, dtype, number.lanes)
    result, is_far = near(name, Value(emitter, number, "%x"))
    any_far = is_far
    if number.lanes > 1:
        any_far = emitter.any(is_far)
    lines = "\n".join(f"  {line}" for line in emitter.lines)
    text = f"""define internal {number} @{own}({number} %x) alwaysinline nounwind {{
{lines}
  br i1 {any_far}, label %far, label %done
far:
  %there = call {number} @{own}.far({number} %x)
  %both = select {is_far.type} {is_far}, {number} %there, {number} {result}
  br label %done
done:
  %result = phi {number} [ {result}, %0 ], [ %both, %far ]
  ret {number} %result
}}"""
    if number.lanes > 1:
        text += "\n" + for_each(f"{own}.far", f"{symbol(name, dtype, 1)}.far", number)
    return text, frozenset(emitter.declarations)


def _of_far_angle(name: str, dtype: str) -> tuple[str, frozenset[str]]:
    """Return the function of one angle that is far from 0."""
    emitter, number = Emitter(), Type("float", _BITS[dtype], 1)
    result = far(name, Value(emitter, number, "%x"))
    lines = "\n".join(f"  {line}" for line in emitter.lines)
    head = f"define internal {number} @{symbol(name, dtype, 1)}.far({number} %x)"
    text = f"{head} noinline cold nounwind {{\n{lines}\n  ret {number} {result}\n}}"
    return text, frozenset(emitter.declarations)


def module_text(needed: Iterable[tuple[str, str, int]]) -> str:
    """Return the declarations and definitions of these functions, each once, in a fixed order.

    Parameters
    ----------
    needed : iterable of (name, dtype, lanes)
        As for :func:`definition`.
    """
    functions = sorted(set(needed))
    definitions = [definition(*function) for function in functions]
    angles = sorted({(name, dtype) for name, dtype, _ in functions if name in _ANGLES})
    definitions += [_of_far_angle(*function) for function in angles]
    declarations: set[str] = set().union(*(declared for _, declared in definitions))
    return "\n".join([*sorted(declarations), *(text for text, _ in definitions)])
