"""From the text of a module to machine code in this process."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import Any

from llvmlite import binding

_COMPILING = Lock()  # LLVM's set-up is not made for several threads at once


def vector_bytes() -> int:
    """Return the width of this processor's vectors."""
    features = binding.get_host_cpu_features()
    if features.get("avx512f") and features.get("avx512vl"):
        return 64
    return 32 if features.get("avx2") else 16


def machine(level: int, **options: str) -> Any:
    """Return what LLVM knows of this processor; options say how it places code."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    binding.initialize_native_asmparser()
    features = binding.get_host_cpu_features()
    return binding.Target.from_default_triple().create_target_machine(
        cpu=binding.get_host_cpu_name(),
        features=features.flatten() + ",-prefer-256-bit",
        opt=level,
        **options,
    )


@lru_cache(maxsize=64)
def compiled(text: str, *, vectorise: bool = False) -> Any:
    """Verify, optimise and load a module; the engine that comes back owns the machine code.

    The same text gives the same engine: a model is fitted again as soon as it is asked to.

    Parameters
    ----------
    text : str
        LLVM IR.
    vectorise : bool, default=False
        Whether LLVM has to make vectors of its loops, as of kernels written number by number;
        that takes several times as long.
    """
    with _COMPILING:
        target = machine(3 if vectorise else 2)
        simplify = _vectorised if vectorise else _optimised
        engine = binding.create_mcjit_compiler(simplify(text, target), target)
        engine.finalize_object()
    return engine


def assembly(text: str) -> str:
    """Return what the processor gets of a module, as text."""
    with _COMPILING:
        target = machine(2)
        found: str = target.emit_assembly(_optimised(text, target))
    return found


def object_file(text: str) -> bytes:
    """Return a module as an object file for this processor, which can lie at any address."""
    with _COMPILING:
        target = machine(2, reloc="pic", codemodel="small")
        found: bytes = target.emit_object(_optimised(text, target))
    return found


def _optimised(text: str, target: Any) -> Any:
    """Verify a module, and make it simpler.

    Loops are vectorised and unrolled already when they come here: what is left to do is to inline
    the elementary functions and to turn variables into registers. All of LLVM's own passes
    take three times as long, and the code is no faster.
    """
    code = binding.parse_assembly(text)
    code.verify()
    options = binding.create_pipeline_tuning_options(speed_level=1)
    builder = binding.create_pass_builder(target, options)
    passes = binding.create_new_module_pass_manager()
    passes.add_always_inliner_pass()
    passes.add_sroa_pass()
    passes.add_instruction_combine_pass()
    passes.add_simplify_cfg_pass()
    passes.run(code, builder)
    return code


def _vectorised(text: str, target: Any) -> Any:
    """Verify a module, and let LLVM do all it can."""
    code = binding.parse_assembly(text)
    code.verify()
    options = binding.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    builder = binding.create_pass_builder(target, options)
    builder.getModulePassManager().run(code, builder)
    return code
