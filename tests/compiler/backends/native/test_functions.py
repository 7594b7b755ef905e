import ctypes
import itertools
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from llvmlite import binding

from baremath import scalar
from baremath.compiler.backends.native.functions import (
    ERROR_BOUNDS,
    FUNCTIONS,
    definition,
    module_text,
    symbol,
)
from baremath.compiler.backends.native.functions.far_angles import TABLE

Array = np.ndarray[Any, np.dtype[Any]]
Key = tuple[str, str, int]

TWO_ARGUMENTS = ("maximum", "minimum", "power")
WIDEST = {"float32": 16, "float64": 8}
MORE_PRECISE = {"float32": np.float64, "float64": np.longdouble}
SPECIALS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 2.5, -2.5, np.inf, -np.inf]
SPECIALS += [
    np.nan,
    5e-324,
    -5e-324,
    1e-45,
    1e-40,
    1e-310,
    1e30,
    -1e30,
    16777217.0,
    1023.0,
    1.7e308,
]

LOOP = """
define void @run.{symbol}(ptr %x, ptr %y, ptr %out, i64 %n) {{
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %px = getelementptr {scalar}, ptr %x, i64 %i
  %py = getelementptr {scalar}, ptr %y, i64 %i
  %po = getelementptr {scalar}, ptr %out, i64 %i
  %a = load {type}, ptr %px, align 4
  %b = load {type}, ptr %py, align 4
  %r = call {type} @{symbol}({arguments})
  store {type} %r, ptr %po, align 4
  %next = add i64 %i, {lanes}
  %more = icmp slt i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}}
"""


def loop_over(name: str, dtype: str, lanes: int) -> str:
    number = {"float32": "float", "float64": "double"}[dtype]
    vector = number if lanes == 1 else f"<{lanes} x {number}>"
    arguments = f"{vector} %a" + (f", {vector} %b" if name in TWO_ARGUMENTS else "")
    named = symbol(name, dtype, lanes)
    return LOOP.format(symbol=named, scalar=number, type=vector, arguments=arguments, lanes=lanes)


def compiled(keys: list[Key]) -> tuple[Any, str]:
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    machine = binding.Target.from_default_triple().create_target_machine(
        cpu=binding.get_host_cpu_name(), features=binding.get_host_cpu_features().flatten()
    )
    loops = "".join(loop_over(*key) for key in keys)
    module = binding.parse_assembly(module_text(keys) + loops)
    module.verify()
    builder = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options(1))
    builder.getModulePassManager().run(module, builder)
    assembly = machine.emit_assembly(module)
    return binding.create_mcjit_compiler(module, machine), assembly


@pytest.fixture(scope="module")
def engine() -> Any:
    keys = [(n, d, k) for n in FUNCTIONS for d, widest in WIDEST.items() for k in (1, widest)]
    made, _ = compiled(keys)
    made.finalize_object()
    return made


def run(engine: Any, name: str, lanes: int, x: Array, y: Array | None = None) -> Array:
    """Apply a function to arrays; the ends that fill no vector are padded."""
    pad = -len(x) % lanes
    x = np.concatenate([x, np.ones(pad, x.dtype)])
    y = x if y is None else np.concatenate([y, np.ones(pad, x.dtype)])
    out = np.empty_like(x)
    address = engine.get_function_address(f"run.{symbol(name, x.dtype.name, lanes)}")
    function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, ctypes.c_int64)(address)
    function(x.ctypes.data, y.ctypes.data, out.ctypes.data, len(x))
    return out[: len(x) - pad]


def cast(values: Any, dtype: Any) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(values).astype(dtype)


def sample(dtype: str) -> Array:
    """Numbers of every exponent, more of the common ones, and the special ones."""
    rng = np.random.default_rng(0)
    if dtype == "float32":
        everywhere = np.arange(0, 2**32, 2039, dtype=np.uint64).astype(np.uint32).view(dtype)
    else:
        everywhere = rng.integers(0, 2**64, 2**19, dtype=np.uint64).view(dtype)
    common = [rng.uniform(-width, width, 2**18) for width in (2.0, 40.0, 750.0)]
    return np.concatenate([everywhere, cast(np.concatenate([*common, SPECIALS]), dtype)])


def erf(x: Array) -> Array:
    """The error function by its series of positive terms, in the precision of x."""
    size = np.minimum(np.abs(x), 7)
    term = total = size.copy()
    for n in range(1, 220):
        term = term * (2 * size * size / (2 * n + 1))
        total = total + term
    value = np.exp(-size * size) * total * 2 / np.sqrt(4 * np.arctan(x.dtype.type(1)))
    return np.asarray(np.copysign(value, x))


TRUTH: dict[str, Callable[[Array], Array]] = {
    "erf": erf,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
}


def truth(name: str, *arguments: Array) -> Array:
    """The value in a more precise type."""
    precise = [cast(x, MORE_PRECISE[x.dtype.name]) for x in arguments]
    with np.errstate(all="ignore"):
        function = TRUTH[name] if name in TRUTH else getattr(np, name)
        return np.asarray(function(*precise))


def errors(given: Array, true: Array) -> Array:
    """How far off results are, in units in the last place."""
    rounded = cast(true, given.dtype)
    limits = np.finfo(given.dtype)
    with np.errstate(all="ignore"):
        unit = np.spacing(np.minimum(np.abs(rounded), limits.max)).astype(true.dtype)
        # Infinity stands where the number after the largest would be.
        after = limits.max.astype(true.dtype) * (1 + limits.eps / 2)
        distance = np.abs(
            np.clip(cast(given, true.dtype), -after, after) - np.clip(true, -after, after)
        )
        distance = distance / unit
    distance[np.isnan(given) & np.isnan(true)] = 0
    return np.where(np.isnan(distance), np.inf, distance)


def assert_close(given: Array, true: Array, bound: float, *arguments: Array) -> None:
    found = errors(given, true)
    worst = int(np.argmax(found))
    at = ", ".join(repr(x[worst]) for x in arguments)
    message = f"at {at}: {given[worst]!r}, not {true[worst]!r}, {found[worst]:.3f} units off"
    assert found[worst] <= bound, message


ANGLES = ("cos", "sin", "tan")


def difficult_angles(dtype: str) -> Array:
    """Large numbers, and those of every size next to multiples of a right angle."""
    rng = np.random.default_rng(3)
    quarters = np.round(2.0 ** rng.uniform(0, 60, 2**14)) * np.longdouble(np.pi / 2)
    nearest = [5.319372648326541e255, 6381956970095103 * 2.0**797, 1.7976931348623157e308]
    limits = [2.0**18, 2.0**22, 2.0**48, 3.4028234663852886e38]
    far = np.concatenate([quarters, rng.uniform(2.0**17, 2.0**50, 2**14), nearest, limits])
    return cast(np.concatenate([far, -far, np.nextafter(limits, 0)]), dtype)


BOUNDED = [(n, d) for d, bounds in ERROR_BOUNDS.items() for n in bounds if n != "power"]


@pytest.mark.parametrize(("name", "dtype"), BOUNDED)
def test_error_is_within_its_bound_everywhere(engine: Any, name: str, dtype: str) -> None:
    x = sample(dtype)
    if name == "erf":
        x = x[::8]  # the series takes its time
    if name in ANGLES:
        x = np.concatenate([x, difficult_angles(dtype)])
    true = truth(name, x)
    if name == "sigmoid":  # denormal results may become 0
        regular = ~(true < np.finfo(dtype).smallest_normal)
        assert run(engine, name, 1, x[~regular]).max() < np.finfo(dtype).smallest_normal
        x, true = x[regular], true[regular]
    for lanes in (1, WIDEST[dtype]):
        assert_close(run(engine, name, lanes, x), true, ERROR_BOUNDS[dtype][name], x)


@pytest.mark.parametrize("dtype", WIDEST)
def test_power_is_within_its_bound_for_every_size_of_result(engine: Any, dtype: str) -> None:
    rng = np.random.default_rng(1)
    limits = np.finfo(dtype)
    smallest, largest = np.log(limits.smallest_subnormal), np.log(limits.max)
    size = rng.uniform(1.02 * smallest, 1.02 * largest, 2**18)
    anywhere = np.exp(rng.uniform(0.99 * smallest, largest, size.size))
    near_one = 1 + rng.uniform(-0.5, 1, size.size) * 2.0 ** -rng.integers(0, 20, size.size)
    x = np.concatenate([anywhere, near_one, rng.uniform(-40, 40, size.size)])
    whole = rng.integers(-20, 20, size.size)
    y = np.concatenate([size / np.log(anywhere), size / np.log(near_one), whole])
    x, y = cast(x, dtype), cast(y, dtype)
    for lanes in (1, WIDEST[dtype]):
        result = run(engine, "power", lanes, x, y)
        assert_close(result, truth("power", x, y), ERROR_BOUNDS[dtype]["power"], x, y)


@pytest.mark.parametrize("dtype", WIDEST)
@pytest.mark.parametrize("name", TWO_ARGUMENTS)
def test_two_special_arguments_give_what_numpy_gives(engine: Any, name: str, dtype: str) -> None:
    pairs = cast(list(itertools.product(SPECIALS, SPECIALS)), dtype)
    x, y = pairs[:, 0].copy(), pairs[:, 1].copy()
    true = truth(name, x, y)
    for lanes in (1, WIDEST[dtype]):
        result = run(engine, name, lanes, x, y)
        assert_close(result, true, ERROR_BOUNDS[dtype].get(name, 0.0), x, y)
        if name == "power":
            np.testing.assert_array_equal(
                np.signbit(result[result == 0]), np.signbit(true[result == 0])
            )


@pytest.mark.parametrize("dtype", WIDEST)
@pytest.mark.parametrize("name", ["abs", "ceil", "floor", "sign", "sqrt"])
def test_what_needs_no_approximation_is_exact(engine: Any, name: str, dtype: str) -> None:
    x = sample(dtype)
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(x)
    for lanes in (1, WIDEST[dtype]):
        np.testing.assert_array_equal(run(engine, name, lanes, x), expected)


@pytest.mark.parametrize("dtype", WIDEST)
@pytest.mark.parametrize("name", ["abs", "ceil", "erf", "floor", "sqrt", "tanh"])
def test_the_sign_of_zero_is_kept(engine: Any, name: str, dtype: str) -> None:
    zeros = cast([0.0, -0.0], dtype)
    expected = [False, False] if name == "abs" else [False, True]
    assert np.signbit(run(engine, name, 1, zeros)).tolist() == expected


def test_tanh_is_odd_and_never_beyond_one(engine: Any) -> None:
    x = sample("float32")
    x = x[~np.isnan(x)]
    result = run(engine, "tanh", 16, x)
    np.testing.assert_array_equal(run(engine, "tanh", 16, -x), -result)
    assert np.abs(result).max() == 1


@pytest.mark.parametrize("dtype", WIDEST)
@pytest.mark.parametrize("name", ANGLES)
def test_a_far_angle_leaves_its_neighbours_in_a_vector_alone(
    engine: Any, name: str, dtype: str
) -> None:
    x = cast(np.linspace(-3, 3, 64), dtype)
    alone = run(engine, name, WIDEST[dtype], x)
    x[::9] = [1e25, -1e30, np.inf, np.nan, 1e9, -np.inf, 3e38, 1e19]
    mixed = run(engine, name, WIDEST[dtype], x)
    others = np.arange(64) % 9 > 0
    np.testing.assert_array_equal(mixed[others], alone[others])
    assert_close(mixed, truth(name, x), ERROR_BOUNDS[dtype][name], x)


def test_the_known_sine_of_a_huge_number(engine: Any) -> None:
    """10^22, from Ng (1992), Argument reduction for huge arguments: good to the last bit."""
    assert run(engine, "sin", 1, np.array([1e22]))[0] == pytest.approx(-0.8522008497671888, 1e-15)


def test_the_bits_of_two_over_pi() -> None:
    def arctan_of_inverse(n: int, one: int) -> int:
        terms = ((-1) ** k * one // (n ** (2 * k + 1) * (2 * k + 1)) for k in range(1000))
        return sum(terms)

    one = 2**1400
    pi = 16 * arctan_of_inverse(5, one) - 4 * arctan_of_inverse(239, one)  # Machin
    expected = 2 * one * 2**1280 // pi
    assert int("".join(f"{word:016x}" for word in TABLE), 16) == expected


@pytest.mark.parametrize("lanes", [2, 4, 8])
def test_every_width_computes_the_same(engine: Any, lanes: int) -> None:
    narrow, _ = compiled([("tanh", "float32", lanes), ("power", "float64", lanes)])
    narrow.finalize_object()
    x = np.linspace(0.1, 5, 64)
    y = np.linspace(-3, 3, 64)
    expected = run(engine, "power", 1, x, y)
    np.testing.assert_array_equal(run(narrow, "power", lanes, x, y), expected)
    x = x.astype(np.float32)
    np.testing.assert_array_equal(run(narrow, "tanh", lanes, x), run(engine, "tanh", 1, x))


@pytest.mark.parametrize("dtype", WIDEST)
def test_nothing_is_called_once_inlined_but_for_far_angles(dtype: str) -> None:
    _, assembly = compiled([(name, dtype, WIDEST[dtype]) for name in sorted(FUNCTIONS)])
    assert "run." in assembly
    assert re.findall(r"^\s+(?:callq?|bl)\s+(?!\*|bm\.).*", assembly, re.MULTILINE) == []
    named = re.findall(r"\$([A-Za-z_][\w.]*)", assembly)  # whose addresses are used
    far = r"bm\.two_over_pi|bm\.(sin|cos|tan)\.f\d+(x\d+)?\.far"
    assert [name for name in named if not re.fullmatch(far, name)] == []


def test_every_function_of_an_expression_is_there() -> None:
    assert set(scalar.FUNCTIONS) | {"power"} <= FUNCTIONS


def test_a_module_names_each_function_and_declaration_once_in_a_fixed_order() -> None:
    keys = [("tanh", "float32", 16), ("exp", "float32", 16), ("tanh", "float32", 16)]
    text = module_text(keys)
    assert text == module_text(keys[1:])
    assert re.findall(r"@(bm\.\S+?)\(", text) == ["bm.exp.f32x16", "bm.tanh.f32x16"]
    declared = re.findall(r"^declare .*$", text, re.MULTILINE)
    assert len(declared) == len(set(declared))
    assert set(declared) == definition(*keys[0])[1] | definition(*keys[1])[1]


def test_a_symbol_tells_function_type_and_lanes() -> None:
    assert symbol("exp", "float32", 16) == "bm.exp.f32x16"
    assert symbol("exp", "float64", 1) == "bm.exp.f64"


def test_unknown_functions_and_types_are_named() -> None:
    with pytest.raises(ValueError, match="no elementary function 'gamma'; there are abs, ceil"):
        symbol("gamma", "float32", 1)
    with pytest.raises(ValueError, match="float32 or float64, not in int64"):
        definition("exp", "int64", 1)
