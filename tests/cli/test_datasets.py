"""`baremath datasets`: every built-in table with its source and licence."""

from __future__ import annotations

import json

import pytest

from baremath.datasets import DATASETS


@pytest.mark.parametrize("width", [80, 119, 120, 150])
def test_text_names_every_fact_source_and_licence(run, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    outcome = run("datasets")
    assert (outcome.status, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert max(map(len, lines)) <= width
    assert [line for line in lines if line != line.rstrip()] == []
    words = " ".join(outcome.out.split())
    for known in DATASETS.values():
        row = next(line.split() for line in lines if line.startswith(f"{known.name} "))
        size = [f"{known.n_rows:,}", "×", str(known.n_features + 1)]
        assert row[:6] == [known.name, known.task, known.target, *size]
        for fact in (known.source, known.licence):
            assert fact in words
        if width != 120:  # where they stand in lines of their own, other facts between them
            assert known.description in words


def test_json_lists_the_registry(run):
    listed = json.loads(run("datasets", "--json").out)
    assert [entry["name"] for entry in listed] == list(DATASETS)
    for entry in listed:
        for fact, value in entry.items():
            assert value == getattr(DATASETS[entry["name"]], fact)
