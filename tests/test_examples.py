"""Every example runs, reaches what it says, and saves its picture."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    matplotlib = pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    backend = matplotlib.get_backend()
    matplotlib.use("agg")

    def run_example(name):
        runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
        return capsys.readouterr().out

    yield run_example
    matplotlib.pyplot.close("all")
    matplotlib.use(backend)


def test_the_spirals_are_told_apart(run):
    assert float(re.search(r"training accuracy ([\d.]+)", run("spiral"))[1]) >= 0.99


def test_the_logo_is_learned(run):
    printed = run("batman")
    assert float(re.search(r"intersection over union .* ([\d.]+)", printed)[1]) >= 0.95


def test_xor_is_found_by_training(run):
    printed = run("xor")
    assert "2-2-1 network: 100%" in printed
    assert "perceptron: 50%" in printed or "perceptron: 75%" in printed


def test_the_optimizers_come_down(run):
    printed = run("optimizers")
    heights = [float(height) for height in re.findall(r"ends ([\d.e-]+) above", printed)]
    assert len(heights) == 4
    assert max(heights) < 0.1


def test_the_activations_are_reported(run):
    printed = run("activations")
    assert "vanishes" in printed


def test_wider_layers_come_nearer(run):
    errors = [
        float(error) for error in re.findall(r"error ([\d.]+)", run("universal_approximation"))
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < errors[0] / 50


def test_no_example_is_left_out():
    tested = {"spiral", "batman", "xor", "optimizers", "activations", "universal_approximation"}
    assert {path.stem for path in EXAMPLES.glob("*.py")} == tested
