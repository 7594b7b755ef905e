"""Exported functions, linked and called without Python's help, against the eager engine."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baremath import nn
from baremath.autodiff import Tensor, gather, no_grad, random
from baremath.compiler import TraceError
from baremath.compiler.export import export

CC = shutil.which("cc")
needs_cc = pytest.mark.skipif(CC is None, reason="there is no C compiler")


def command(*arguments: Any) -> str:
    done = subprocess.run(
        [str(argument) for argument in arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout


def loaded(object_file: Path, name: str) -> Any:
    library = object_file.with_suffix(".so")
    command(CC, "-shared", "-nostdlib", "-Wl,-z,defs", "-o", library, object_file)
    function = ctypes.CDLL(str(library))[name]
    return lambda *arrays: function(*[ctypes.c_void_p(array.ctypes.data) for array in arrays])


def rows(*shape: int, dtype: Any = np.float32) -> Any:
    return np.random.default_rng(0).normal(size=shape).astype(dtype)


@pytest.mark.parametrize("n_rows", [1, 5, 33])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@needs_cc
def test_a_module(tmp_path: Path, dtype: Any, n_rows: int) -> None:
    layers = (nn.Linear(7, 30), nn.Tanh(), nn.BatchNorm1d(30), nn.Dropout(0.5), nn.Linear(30, 3))
    module = nn.Sequential(*layers, nn.Softmax()).initialise(0).astype(dtype)
    X, out = rows(n_rows, 7, dtype=dtype), np.full((n_rows, 3), np.nan, dtype)
    file, header = export(module, tmp_path / "model", np.zeros_like(X))
    assert module.training
    kind = "float" if dtype == np.float32 else "double"
    assert f"void model(const {kind} *x, {kind} *out);" in header.read_text()
    assert f"x: read, {n_rows} by 7" in header.read_text()
    call = loaded(file, "model")
    module.eval()
    with no_grad():
        expected = module(Tensor(X)).data
    module.initialise(1)  # the weights are in the code as they were
    call(X, out)
    np.testing.assert_allclose(out, expected, rtol=2e-5 if dtype == np.float32 else 1e-12)


@needs_cc
def test_a_c_program(tmp_path: Path) -> None:
    module = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)).initialise(3)
    file, _ = export(module, tmp_path / "my.model", np.zeros((1, 2), np.float32), name="my_model")
    main = tmp_path / "main.c"
    main.write_text(
        '#include <stdio.h>\n#include "my.model.h"\n#include "my.model.h"\n'
        "int main(void) { float x[2] = {0.5f, -1}, out[1]; my_model(x, out);"
        ' printf("%.9g", out[0]); return 0; }\n'
    )
    program = tmp_path / "main"
    command(CC, "-Wall", "-Werror", "-std=c99", "-o", program, main, file)
    expected = module(np.array([[0.5, -1]], np.float32)).item()
    assert float(command(program)) == pytest.approx(expected, rel=1e-6)


@needs_cc
def test_a_function_of_several_arguments(tmp_path: Path) -> None:
    weights = rows(3, 4, dtype=np.float64)

    def score(int: Any, p: Any) -> Any:  # noqa: A002 - a keyword in C
        return {"z": int @ weights + p["a.b"], "positive": (int > 0).sum(axis=1), "same": p["a.b"]}

    x, a = rows(2, 3, dtype=np.float64), rows(4, dtype=np.float64)
    file, header = export(score, tmp_path / "score", x, {"a.b": a})
    declared = (
        "void score(const double *int_, const double *p_a_b, double *out_z, int64_t *out_positive, "
        "double *out_same);"
    )
    assert declared in header.read_text()
    z, positive, same = np.empty((2, 4)), np.empty(2, np.int64), np.empty(4)
    loaded(file, "score")(x, a, z, positive, same)
    np.testing.assert_allclose(z, x @ weights + a, rtol=1e-12)
    np.testing.assert_array_equal(positive, (x > 0).sum(axis=1))
    np.testing.assert_array_equal(same, a)


def test_files_are_replaced_whole(tmp_path: Path) -> None:
    module, X = nn.Linear(2, 1), np.zeros((1, 2), np.float32)
    files = export(module, tmp_path / "model", X)
    assert files == (tmp_path / "model.o", tmp_path / "model.h")
    before = [file.read_bytes() for file in files]
    with pytest.raises(TraceError):
        export(lambda x: x if x[0, 0] > 0 else -x, tmp_path / "model", X)
    assert [file.read_bytes() for file in files] == before
    assert sorted(tmp_path.iterdir()) == sorted(files)
    with pytest.raises(FileNotFoundError, match="doesn't exist"):
        export(module, tmp_path / "nowhere" / "model", X)


@pytest.mark.parametrize("name", ["int", "2d", "a b", "class", "_x", "é"])
def test_a_name_that_c_would_not_take(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="function in C: give name="):
        export(np.tanh, tmp_path / name, np.zeros(3))


def noisy(x: Any, seed: Any) -> Any:
    with random.stream(seed, 0):
        return x + random.normal(x.shape)


@pytest.mark.parametrize(
    ("f", "args", "message"),
    [
        (noisy, (np.zeros(3), 0), "draws random numbers"),
        (lambda x, k: gather(x, k, 0), (np.zeros(3), np.zeros(2, int)), "must be from -3 to 2"),
        (lambda x: np.tanh(x).T @ np.tanh(x), (np.zeros((400, 400)),), "fewer rows"),
    ],
)
def test_what_c_alone_cannot_do(tmp_path: Path, f: Any, args: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        export(f, tmp_path / "model", *args)
    assert not list(tmp_path.iterdir())


def test_a_module_in_training_mode_among_the_arguments(tmp_path: Path) -> None:
    module = nn.BatchNorm1d(2)
    with pytest.raises(ValueError, match="running_mean"):
        export(lambda m, x: m(x), tmp_path / "model", module, np.zeros((4, 2), np.float32))
