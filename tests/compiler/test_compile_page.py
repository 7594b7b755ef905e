"""docs/compile.md: each example runs, and the list of functions is whole."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baremath.autodiff.ops.operation import NUMPY
from baremath.compiler import TraceError

TEXT = (Path(__file__).parents[2] / "docs" / "compile.md").read_text(encoding="utf-8")


def blocks() -> list[tuple[str, str]]:
    return re.findall(r"```python( refused)?\n(.*?)```", TEXT, re.DOTALL)


def test_each_example_runs_and_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"__name__": "compile_page"}
    for refused, code in blocks():
        run = compile(code, "compile.md", "exec")
        if refused:
            with pytest.raises(TraceError, match=r"compile.md:\d+: "):
                exec(run, names)
            continue
        exec(run, names)
        expected = re.findall(r"^ *print\(.*\)  # (.*)$", code, re.MULTILINE)
        assert capsys.readouterr().out.splitlines() == expected


def test_the_functions_of_numpy_are_listed() -> None:
    found = re.search(r"<!-- functions -->\n(.*?)<!-- /functions -->", TEXT, re.DOTALL)
    assert found
    assert found[1].strip() == listed()


def listed() -> str:
    """Return NumPy's functions as the page lists them."""
    modules = {"": np, "linalg.": np.linalg}
    names = [
        f"`np.{path}{name}`"
        for path, module in modules.items()
        for name, f in sorted(vars(module).items())
        if callable(f) and _hashable(f) and f in NUMPY and name == f.__name__
    ]
    lines, line = [], ""
    for name in names:
        if len(line) + len(name) > 96:
            lines.append(line)
            line = ""
        line = f"{line}, {name}" if line else name
    return ",\n".join([*lines, line])


def _hashable(f: Any) -> bool:
    return type(f).__hash__ is not None
