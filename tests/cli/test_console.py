"""Results can be read on any terminal: whatever its encoding, with colour or without."""

from __future__ import annotations

import io
import json
import sys

import pytest

from baremath.cli import main
from baremath.cli.console import print_prose


@pytest.fixture
def printed_in(monkeypatch):
    """Run a command on a stdout of this encoding and return what it wrote."""

    def run_it(encoding: str, *arguments: object) -> bytes:
        written = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
        assert main([str(argument) for argument in arguments]) == 0
        return written.getvalue()

    return run_it


@pytest.mark.parametrize(
    ("encoding", "spread"), [("ascii", " +- "), ("cp1252", " ± "), ("utf-8", " ± ")]
)
def test_every_encoding_can_show_the_result(printed_in, flats, encoding, spread):
    text = printed_in(encoding, "fit", flats, "--target", "rent").decode(encoding)
    assert "is worth it" in text
    assert spread in text
    assert "?" not in text


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_json_is_exact_in_every_encoding(printed_in, flats, encoding):
    text = printed_in(encoding, "fit", flats, "--target", "rent", "--json").decode(encoding)
    assert json.loads(text)["metric"] == "R²"


def test_formulas_can_be_read_in_ascii(printed_in, flats, flats_model):
    text = printed_in("ascii", "explain", flats_model, flats).decode("ascii")
    assert "y^ = b + sum_j w_j x_j" in text
    assert "?" not in text


def test_colour_only_for_who_wants_it(run, flats, monkeypatch):
    command = ["fit", flats, "--target", "rent"]
    assert "\x1b" not in run(*command).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[1;32m" in run(*command).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "32m" not in run(*command).out


def test_a_line_on_a_terminal_never_ends_in_a_sign():
    from rich.console import Console

    text = "y = 1 " + " ".join(f"−\N{NO-BREAK SPACE}{i} x{i} · z" for i in range(10, 40))
    for width in range(12, 40):
        shown = io.StringIO()
        terminal = Console(file=shown, force_terminal=True, width=width, color_system=None)
        print_prose(terminal, text)
        lines = shown.getvalue().splitlines()
        assert " ".join(map(str.strip, lines)) == text.replace("\N{NO-BREAK SPACE}", " ")
        assert max(map(len, lines)) <= width
        assert not any(line.rstrip().endswith("−") for line in lines)
