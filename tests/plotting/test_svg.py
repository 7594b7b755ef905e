"""The SVG stands in any page: alone, with others, and read aloud."""

from __future__ import annotations

import re
import warnings
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from baremath.plotting import PredictedActualDisplay, figure_to_svg

SVG = "{http://www.w3.org/2000/svg}"


def picture(title: str = "Title", *, last: float = 3.0) -> Figure:
    figure = Figure(figsize=(3, 2), layout="constrained")
    ax = figure.add_subplot()
    PredictedActualDisplay.from_predictions([1.0, 2.0, last], [1.0, 2.5, 3.0], ax=ax)
    ax.set_title(title, loc="left")
    ax.imshow([[0, 1], [2, 3]], extent=(1, last, 1, 2))
    return figure


def test_it_is_one_well_formed_element_without_declaration() -> None:
    svg = figure_to_svg(picture())
    assert svg.startswith("<svg ")
    assert ElementTree.fromstring(svg).tag == f"{SVG}svg"


def test_the_same_picture_gives_the_same_text() -> None:
    assert figure_to_svg(picture()) == figure_to_svg(picture())


def test_it_has_no_date_and_no_maker() -> None:
    svg = figure_to_svg(picture())
    assert "metadata" not in svg
    assert not re.search(r"20\d\d-\d\d-\d\d", svg)


def test_identifiers_are_unique_over_two_pictures_and_every_reference_is_met() -> None:
    pictures = [figure_to_svg(picture()), figure_to_svg(picture(last=4.0))]
    seen: set[str] = set()
    for svg in pictures:
        ids = re.findall(r'\sid="([^"]+)"', svg)
        assert len(ids) == len(set(ids))
        assert not seen & set(ids)
        seen |= set(ids)
        references = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg)
        used = {one or other for one, other in references}
        assert used
        assert used <= set(ids)


def test_a_bitmap_is_inside_the_file() -> None:
    assert 'href="data:image/png;base64,' in figure_to_svg(picture()).replace("\n", "")


def test_it_has_a_title_for_screen_readers() -> None:
    root = ElementTree.fromstring(figure_to_svg(picture("R² & <more>")))
    title = root[0]
    assert title.tag == f"{SVG}title"
    assert title.text == "R² & <more>"
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == title.get("id")
    named = ElementTree.fromstring(figure_to_svg(picture(), title="Mine"))
    assert named[0].text == "Mine"


@pytest.mark.parametrize("name", ['"><script>alert(1)</script>', "a & b", 'id="x" url(#y)'])
def test_hostile_names_stay_text(name: str) -> None:
    figure = picture()
    figure.axes[0].set_xlabel(name)
    root = ElementTree.fromstring(figure_to_svg(figure, title=name))
    assert root.find(f".//{SVG}script") is None
    assert root[0].text == name


def test_words_stay_words_even_in_letters_the_font_lacks() -> None:
    figure = picture("価格")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = figure_to_svg(figure)
    assert svg.count("価格") >= 2  # for the ear and for the eye


def test_settings_and_the_figure_stay_as_they_were() -> None:
    before = dict(mpl.rcParams)
    figure = picture()
    canvas = figure.canvas
    figure_to_svg(figure)
    assert dict(mpl.rcParams) == before
    assert figure.canvas is canvas
