"""Two climbs on small tables, one of each task, and a reader of the pages made of them."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from baremath.ladder import Climb, climb
from baremath.report import write_report

VOID = {"meta", "link", "br", "img", "input", "hr"}
HOSTILE = "<img src=x onerror=alert(1)>"


class Page(HTMLParser):
    """A page taken apart: its elements with their attributes, its text, and whether it nests."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.markup = markup
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(markup)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data):
        if "style" not in self._open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def flats(n: int = 80) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    area = rng.uniform(20, 120, n).round(1)
    district = rng.choice(["harbour", "hill", HOSTILE], n)
    rent = 200 + 9 * area + 150 * (district == "hill") + rng.normal(0, 25, n)
    return pl.DataFrame(
        {"area $m^2$": area, HOSTILE: district, "city": ["Brno"] * n, "rent <b>": rent.round(2)}
    )


def birds(n: int = 90) -> pl.DataFrame:
    rng = np.random.default_rng(1)
    kind = np.repeat(["finch", "owl", HOSTILE], n // 3)
    weight = np.repeat([20.0, 300.0, 150.0], n // 3) + rng.normal(0, 60, n)
    return pl.DataFrame({"weight": weight, "wing": rng.uniform(5, 50, n), "kind": kind})


@pytest.fixture(scope="session")
def regression() -> Climb:
    return climb(flats(), "rent <b>")


@pytest.fixture(scope="session")
def classification() -> Climb:
    return climb(birds(), "kind")


@pytest.fixture(params=["regression", "classification"], scope="session")
def found(request: pytest.FixtureRequest) -> Climb:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def page(found: Climb, tmp_path_factory: pytest.TempPathFactory) -> Page:
    path: Path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(found, path)
    return Page(path.read_text(encoding="utf-8"))
