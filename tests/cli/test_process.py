"""The command as a process of its own: exit status, streams, pipes, start-up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import baremath

FULL = Path("/dev/full")  # a device on which every write fails


def baremath_process(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "baremath", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, timeout=120, check=False)


def test_version():
    process = baremath_process("--version")
    assert process.returncode == 0
    assert process.stdout.decode().split() == ["baremath", baremath.__version__]


def test_exit_status_is_of_the_process(tmp_path):
    assert baremath_process("fit", tmp_path / "no.csv", "--target", "y").returncode == 1
    assert baremath_process("fit", "--cv", "none").returncode == 2


def test_help_starts_without_the_heavy_libraries():
    code = (
        "import sys; from baremath.cli import main; main(['--help']); "
        "heavy = {'numpy', 'polars', 'sklearn', 'matplotlib', 'scipy'} & set(sys.modules); "
        "sys.exit(bool(heavy))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_output_to_a_pipe_has_neither_colour_nor_progress(flats):
    process = baremath_process("fit", flats, "--target", "rent")
    assert process.returncode == 0
    assert b"\x1b" not in process.stdout
    told = [line for line in process.stderr.splitlines() if b"compiling the kernels" not in line]
    assert told == []  # kernels are compiled once a machine, and that is said


@pytest.mark.skipif(os.name == "nt", reason="a closed pipe is an error of POSIX")
@pytest.mark.parametrize("command", ["datasets", "predict"])
def test_a_reader_that_leaves_early_is_no_error(flats, flats_model, command):
    arguments = ["predict", str(flats_model), str(flats)] if command == "predict" else ["datasets"]
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        process = subprocess.run(
            [sys.executable, "-m", "baremath", *arguments],
            stdout=closed,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )
    assert process.stderr == b""


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line():
    with FULL.open("wb") as full:
        process = subprocess.run(
            [sys.executable, "-m", "baremath", "datasets"],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )
    assert process.returncode == 1
    assert process.stderr.decode().count("\n") == 1
    assert "No space left" in process.stderr.decode()
