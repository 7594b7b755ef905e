"""`baremath datasets`: every built-in table with its source and licence."""

from __future__ import annotations

import json

from baremath.datasets import DATASETS


def test_text_names_every_source_and_licence(run):
    outcome = run("datasets")
    words = " ".join(outcome.out.split())
    assert (outcome.status, outcome.err) == (0, "")
    for known in DATASETS.values():
        for fact in (known.name, known.target, known.source, known.licence):
            assert fact in words


def test_json_lists_the_registry(run):
    listed = json.loads(run("datasets", "--json").out)
    assert [entry["name"] for entry in listed] == list(DATASETS)
    for entry in listed:
        for fact, value in entry.items():
            assert value == getattr(DATASETS[entry["name"]], fact)
