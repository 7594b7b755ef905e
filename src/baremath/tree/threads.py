"""What kernels of trees share: how they are compiled, and where their threads meet."""

from __future__ import annotations

import gc
import hashlib
import platform
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, cast

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core import event as numba_event
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.extending import intrinsic

#: Words of a barrier: how many have arrived, and a cache line further how often all have.
BARRIER_WORDS = 32
_ROUND = 16
_SPINS = 256

_ON_X86 = platform.machine() in ("x86_64", "AMD64")

Function = Callable[..., Any]


class _Notice(numba_event.Listener):
    """Says what a first fit waits for, before the first kernel that isn't on disk is compiled."""

    said = False

    def on_start(self, event: Any) -> None:
        """Write the line, once."""
        ours = event.data["dispatcher"].py_func.__module__.startswith("baremath.")
        if ours and not self.said:
            self.said = True
            sys.stderr.write("baremath: compiling the kernels for trees, once on this machine…\n")

    def on_end(self, event: Any) -> None:
        """Say nothing more."""


numba_event.register("numba:compile", _Notice())


def kernel(function: Function) -> Function:
    """Compile a function on its first call, and keep the machine code on disk.

    It lets go of the interpreter while it runs, and divides as the processor does. What is on disk
    is used as long as no file with kernels has changed: Numba itself looks only at the one that a
    function stands in, and not at those of the functions that it calls.
    """
    return _kernel(function)


def filling_kernel(function: Function) -> Function:
    """Compile a kernel that only fills arrays that it is given.

    It makes none, and counts no references to those that it has: their owner outlives the call.
    """
    return _kernel(function, _nrt=False)


def _kernel(function: Function, **options: Any) -> Function:
    options |= {"nogil": True, "no_cfunc_wrapper": True, "pipeline_class": _KernelCompiler}
    compiled: Any = njit(error_model="numpy", cache=True, **options)(function)
    compiled._cache._cache_file._source_stamp = _stamp()
    return cast("Function", compiled)


def part(function: Function) -> Function:
    """Make a function a part of the kernels that call it; Python can't call it."""
    return _part(function, pipeline_class=_PartCompiler)


def filling_part(function: Function) -> Function:
    """Make a part that only fills arrays that it is given, as a `filling_kernel`."""
    return _part(function, _nrt=False, pipeline_class=_PartCompiler)


def inlined(function: Function) -> Function:
    """Make a function a part of the kernels that call it, written out at each call."""
    return _part(function, forceinline=True)


def _part(function: Function, **options: Any) -> Function:
    options |= {"nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    compiled: Function = njit(error_model="numpy", **options)(function)
    return compiled


class _Code(JITCodeLibrary):
    """Code that is optimised once, as a whole: not each function before that by itself."""

    def _optimize_functions(self, module: Any) -> None:
        module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self) -> None:
        passes, builder = self._codegen._module_pass_manager(opt=2)
        passes.run(self._final_module, builder)


class _PartCode(_Code):
    """Code of a part: it is optimised, and becomes machine code, within kernels alone."""

    @property
    def codegen(self) -> Any:
        """What gives the machine code its environment: there is none of it."""
        return self

    def set_env(self, *_: Any) -> None:
        """Do nothing."""

    def get_pointer_to_function(self, name: str) -> int:
        """Return that Python can't call it."""
        return 0

    def _optimize_final_module(self) -> None:
        """Do nothing."""

    def _finalize_final_module(self) -> None:
        self._finalized = True


class _Types:
    """Numba's types, with those of operators kept: finding one out again takes as long as before.

    Parameters
    ----------
    context : numba.core.typing.Context
        What finds them out.
    """

    _found: ClassVar[dict[Any, Any]] = {}

    def __init__(self, context: Any) -> None:
        self._context = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def resolve_function_type(self, function: Any, arguments: Any, keywords: Any) -> Any:
        """Return the signature of a call."""
        if keywords or type(function) is not types.Function:
            return self._context.resolve_function_type(function, arguments, keywords)
        call = function, arguments
        if call not in self._found:
            self._found[call] = self._context.resolve_function_type(*call, keywords)
        return self._found[call]


class _KernelCompiler(Compiler):
    """Numba's compiler, in less time."""

    code = _Code

    def compile_extra(self, function: Function) -> Any:
        """Compile a function; no garbage is collected meanwhile, there is next to none."""
        collects = gc.isenabled()
        gc.disable()
        try:
            return super().compile_extra(function)
        finally:
            if collects:
                gc.enable()

    def define_pipelines(self) -> Any:
        """Say where types and the code are kept."""
        state = self.state
        state.typingctx = _Types(state.typingctx)
        state.library = self.code(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return super().define_pipelines()


class _PartCompiler(_KernelCompiler):
    code = _PartCode


@cache
def _stamp() -> str:
    """Return a text that changes with the files that have kernels."""
    rooms = Path(__file__).parent, Path(__file__).parents[1] / "ensemble"
    texts = [path.read_bytes() for room in rooms for path in sorted(room.glob("*.py"))]
    marks = b"@kernel", b"@filling_", b"@part", b"@inlined"
    kernels = [text for text in texts if any(mark in text for mark in marks)]
    return hashlib.sha256(b"".join(kernels)).hexdigest()


def instruction(function: Function) -> Function:
    """Let a kernel call what a function writes in LLVM's instructions."""
    written: Function = intrinsic(function)
    return written


@instruction
def prefetch(typing: Any, array: Any, index: Any) -> Any:
    """Fetch an element of a flat array into the cache ahead of its use."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, signature, arguments)
        number = ir.IntType(32)
        pointer = place.type
        function = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(ir.VoidType(), [pointer, number, number, number]),
            "llvm.prefetch.p0",
        )
        builder.call(function, [place, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.none(array, types.intp), write


@instruction
def lowest_bit(typing: Any, word: Any) -> Any:
    """Return the place of the lowest bit that is set."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), write


@instruction
def borrowed(typing: Any, arrays: Any) -> Any:
    """Return a tuple of arrays for which no references are counted: their owner outlives it.

    Counting is an atomic step for each array and each call, and takes longer than a small node.
    """

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (values,) = arguments
        for place, kind in enumerate(arrays.types):
            if isinstance(kind, types.Array):
                value = builder.extract_value(values, place)
                held = context.make_array(kind)(context, builder, value)
                held.meminfo = cgutils.get_null_value(held.meminfo.type)
                values = builder.insert_value(values, held._getvalue(), place)
        return values

    return arrays(arrays), write


@instruction
def _add(typing: Any, words: Any, index: Any, number: Any) -> Any:
    """Add to a word in one indivisible step; return what was there before."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, signature, arguments)
        return builder.atomic_rmw("add", place, arguments[2], "acq_rel")

    return types.int64(words, types.intp, types.int64), write


@instruction
def _read(typing: Any, words: Any, index: Any) -> Any:
    """Read a word that another thread may be writing."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, signature, arguments)
        return builder.load_atomic(place, "acquire", 8)

    return types.int64(words, types.intp), write


@instruction
def _write(typing: Any, words: Any, index: Any, number: Any) -> Any:
    """Write a word that another thread may be reading."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, signature, arguments)
        builder.store_atomic(arguments[2], place, "release", 8)
        return context.get_dummy_value()

    return types.none(words, types.intp, types.int64), write


@instruction
def _rest(typing: Any) -> Any:
    """Let another thread have the core."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(32), [])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, "sched_yield"), [])
        return context.get_dummy_value()

    return types.none(), write


@instruction
def _pause(typing: Any) -> Any:
    """Wait for some cycles."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if _ON_X86:
            kind = ir.FunctionType(ir.VoidType(), [])
            name = "llvm.x86.sse2.pause"
            builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [])
        return context.get_dummy_value()

    return types.none(), write


@filling_part
def barrier(words: Any, n_threads: int) -> None:
    """Return once all threads have come here: they spin, and after a while let others run."""
    if n_threads == 1:
        return
    before = _read(words, _ROUND)
    if _add(words, 0, 1) + 1 == n_threads:
        _write(words, 0, 0)
        _write(words, _ROUND, before + 1)
        return
    turns = 0
    while _read(words, _ROUND) == before:
        turns += 1
        if turns < _SPINS:
            _pause()
        else:
            _rest()


@filling_part
def share(thread: int, n_threads: int, n: int) -> Any:
    """Return from where to where the part of a thread goes."""
    return n * thread // n_threads, n * (thread + 1) // n_threads


class Crew:
    """Threads that run one function together, each with its number; it ends when all have ended.

    Ctrl-C is raised in the main thread, which is none of them: what has begun ends first, so that
    no thread waits at a barrier for another.

    Parameters
    ----------
    n_threads : int
        How many; a single one is the caller's own.
    """

    def __init__(self, n_threads: int) -> None:
        self.n_threads = n_threads
        self._pool = ThreadPoolExecutor(n_threads) if n_threads > 1 else None

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def run(self, function: Callable[[int], Any]) -> Any:
        """Call ``function(thread)`` in every thread; return what the first returns."""
        if self._pool is None:
            return function(0)
        pool = self._pool

        def lead() -> Any:
            others = [pool.submit(function, k) for k in range(1, self.n_threads)]
            result = function(0)
            for other in others:
                other.result()
            return result

        running = pool.submit(lead)
        try:
            return running.result()
        finally:
            wait([running])


def _place(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    return builder.gep(array.data, [arguments[1]])
