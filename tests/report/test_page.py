"""The report as a browser reads it: complete, well formed, and sufficient unto itself."""

from __future__ import annotations

import re

import pytest

from baremath.ladder import TableModel
from baremath.linear_model import LinearRegression
from baremath.report import write_derivation, write_report
from baremath.report._typical import explain_row, typical_row
from baremath.report.format import duration, score, signed

HOSTILE = "<img src=x onerror=alert(1)>"


def test_says_what_the_climb_found(page, found):
    for fact in (signed(found.sentence), found.target, found.metric, *found.warnings):
        assert " ".join(fact.split()) in page.text
    assert signed(found.formula) in " ".join(page.texts)
    for rung in found.models:
        for number in (rung.cv_mean, rung.cv_std, rung.test):
            assert score(number) in page.text
        assert rung.name in page.text
        assert duration(rung.fit_seconds) in page.text
        assert f"{rung.n_parameters:,}" in page.text
    for library, version in found.versions.items():
        assert f"{library} {version}" in page.text
    assert f"seed {found.random_state}" in page.text


def test_every_rung_is_shown_in_its_own_maths(page, found):
    for rung in found.models[1:]:
        most = 3 if rung.name == "decision tree" and rung.name != found.best else 8
        assert signed(rung.model.formula(most=most)) in " ".join(page.texts)


def test_holds_the_derivation_of_a_test_row(page, found):
    assert page.all("math")
    row = typical_row(found)
    assert f"row {row} of the table" in page.text
    assert f"How row {row} gets its {found.target}" in page.text
    for step in explain_row(found, row).steps:
        assert step.title in page.text


def test_numbers_have_one_minus_sign_and_no_letters(page):
    words = page.text[: page.text.index("How it was measured")]
    assert not re.search(r"(?<![\w-])-\s?\d", words)
    assert not re.search(r"\d[eE][+-]?\d", words)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("y = -2.5 + 3 x - 40,000 z", "y = −2.5 +\xa03 x −\xa040,000 z"),
        ("P(a = b) = σ(-2 - 1 x + … (5 more))", "P(a = b) = σ(−2 −\xa01 x +\xa0… (5 more))"),
        ("R² -0.003 ± 0.010 over 5 folds", "R² −0.003 ± 0.010 over 5 folds"),
        ("y = 2 z-score + 3 [date = 2020-01-05]", "y = 2 z-score +\xa03 [date = 2020-01-05]"),
    ],
)
def test_signs_stay_with_their_numbers(text, shown):
    assert signed(text) == shown


def test_describes_every_column(page, found):
    rows = page.text[page.text.index("What each column holds") :]
    for name in found.train.columns:
        assert name in rows


def test_loads_nothing_and_runs_nothing(page):
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "iframe", "img", "object", "embed", "base", "form"}
    for _, attributes in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in {"src", "href", "xlink:href", "action", "srcset", "data"}:
                assert value is not None
                assert value.startswith(("#", "data:image/png;base64,"))
    assert "@import" not in page.markup
    assert all(place.startswith("#") for place in re.findall(r"url\(([^)]*)\)", page.markup))


def test_forbids_the_browser_to_load_anything(page):
    (policy,) = [
        meta["content"] or ""
        for meta in page.all("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.split(maxsplit=1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert "script-src" not in rules
    assert "*" not in policy


def test_hostile_names_are_only_text(page):
    assert not page.all("img")
    assert not page.all("b")
    assert HOSTILE not in page.markup
    assert HOSTILE in page.text


def test_can_be_read_without_seeing_it(page):
    assert page.all("html")[0]["lang"] == "en"
    tags = [tag for tag, _ in page.elements]
    assert tags.count("h1") == tags.count("main") == 1
    assert tags.count("title") > len(page.all("svg"))
    assert {"header", "nav", "footer"} <= set(tags)
    for svg in page.all("svg"):
        assert svg["role"] == "img"
    assert tags.count("caption") == 2
    assert all(th.get("scope") in {"row", "col"} for th in page.all("th"))


def test_identifiers_are_unique_and_every_link_leads_somewhere(page):
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(names) == len(set(names))
    links = {link["href"][1:] for link in page.all("a")}
    assert links
    assert links <= set(names)


def test_same_climb_same_page(found, tmp_path):
    for name in ("a.html", "b.html"):
        write_report(found, tmp_path / name)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


@pytest.mark.parametrize("failure", [ValueError("no"), KeyboardInterrupt()])
def test_an_old_report_stays_if_the_new_one_fails(regression, tmp_path, monkeypatch, failure):
    def fails(*_, **__):
        raise failure

    path = tmp_path / "report.html"
    path.write_text("old")
    monkeypatch.setattr(TableModel, "explain", fails)
    with pytest.raises(type(failure)):
        write_report(regression, path)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


def test_a_baseline_that_is_worth_it_has_a_report_too(tmp_path):
    import numpy as np
    import polars as pl

    from baremath.ladder import climb

    rng = np.random.default_rng(5)
    noise = climb(pl.DataFrame({"x": rng.normal(size=60), "y": rng.normal(size=60)}), "y")
    assert noise.best == "baseline (mean)"
    write_report(noise, tmp_path / "report.html")
    assert signed(noise.sentence) in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_derivation_alone_is_a_page(tmp_path):
    X, y = [[1.0], [2.0], [4.0]], [3.0, 5.0, 9.5]
    derivation = LinearRegression().fit(X, y).explain(X, y, row=2)
    write_derivation(derivation, tmp_path / "row.html")
    markup = (tmp_path / "row.html").read_text(encoding="utf-8")
    assert derivation.to_html() in markup
    assert "Content-Security-Policy" in markup
    assert "<script" not in markup
