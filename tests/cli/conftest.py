"""What the tests of the command line share: the command itself, and small tables in files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from baremath.cli import main


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command with these arguments."""

    def run_it(*arguments: object) -> Outcome:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        return Outcome(status, *capsys.readouterr())

    return run_it


def flats_table(n: int = 60) -> pl.DataFrame:
    """Rents that follow a straight line, near enough."""
    rng = np.random.default_rng(0)
    area = rng.uniform(20, 120, n).round(1)
    district = rng.choice(["harbour", "hill", "old town"], n)
    rent = 200 + 9 * area + 150 * (district == "hill") + rng.normal(0, 25, n)
    return pl.DataFrame({"area": area, "district": district, "rent": rent.round(2)})


def birds_table(n: int = 60) -> pl.DataFrame:
    """Two kinds of birds, told apart by their weight with few mistakes."""
    rng = np.random.default_rng(1)
    kind = np.repeat(["finch", "owl"], n // 2)
    weight = np.where(kind == "owl", 300.0, 20.0) + rng.normal(0, 60, n)
    return pl.DataFrame({"weight": weight, "wing": rng.uniform(5, 50, n), "kind": kind})


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables")


@pytest.fixture(scope="session")
def flats(folder: Path) -> Path:
    path = folder / "flats.csv"
    flats_table().write_csv(path)
    return path


@pytest.fixture(scope="session")
def birds(folder: Path) -> Path:
    path = folder / "birds.csv"
    birds_table().write_csv(path)
    return path


@pytest.fixture(scope="session")
def flats_model(flats: Path, folder: Path) -> Path:
    path = folder / "flats.skops"
    assert main(["fit", str(flats), "--target", "rent", "--save", str(path)]) == 0
    return path


@pytest.fixture(scope="session")
def birds_model(birds: Path, folder: Path) -> Path:
    path = folder / "birds.skops"
    assert main(["fit", str(birds), "--target", "kind", "--save", str(path)]) == 0
    return path
