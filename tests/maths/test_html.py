"""The fragment of HTML: well-formed, nothing users supply is markup, the mathematics all there."""

import html.parser
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baremath.maths import (
    Derivation,
    Step,
    Terms,
    matrix,
    name,
    number,
    plain,
    product_sum,
    vector,
)
from baremath.maths.mathml import mathml

MATHML = "{http://www.w3.org/1998/Math/MathML}"
CHILDREN = {
    **dict.fromkeys(["msub", "msup", "mfrac", "mover", "munder", "mroot"], 2),
    **dict.fromkeys(["msubsup", "munderover"], 3),
    **dict.fromkeys(["mi", "mn", "mo", "mtext", "mspace"], 0),
}


def check(latex: str, *, block: bool = False) -> ElementTree.Element:
    """Convert, and check what the MathML specification asks of the tree."""
    root = ElementTree.fromstring(mathml(latex, block=block))
    for element in root.iter():
        tag = element.tag.removeprefix(MATHML)
        assert tag in {*CHILDREN, "math", "mrow", "mtable", "mtr", "mtd", "mstyle", "msqrt"}
        assert tag not in CHILDREN or len(element) == CHILDREN[tag]
        assert not (len(element) and (element.text or "").strip())
        assert "&" not in (element.text or "") or "&" in plain(latex)
    assert root.get("alttext") == plain(latex)
    return root


def leaves(root: ElementTree.Element) -> list[tuple[str, str]]:
    return [(e.tag.removeprefix(MATHML), e.text) for e in root.iter() if e.text]


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        ("1{,}234.5", [("mn", "1,234.5")]),
        (r"\mathrm{median\_income}", [("mi", "median_income")]),
        (r"\text{<b> & \textless{}i\textgreater{}}", [("mtext", "<b>\xa0&\xa0<i>")]),
        (r"\operatorname{softmax} z", [("mi", "softmax"), ("mi", "z")]),
        (r"\arg\max_k p_k", [("mi", "arg"), ("mo", "max"), ("mi", "k")]),
        (r"\nosuchcommand x", [("mi", "nosuchcommand"), ("mi", "x")]),
        (r"\href{javascript:alert(1)}{x}", [("mi", "href")]),
        (r"\hat{y}", [("mi", "y"), ("mo", "^")]),
        (r"3 < 4", [("mn", "3"), ("mo", "<"), ("mn", "4")]),
        (r"x^\top", [("mi", "x"), ("mo", "⊤")]),
        (r"\boldsymbol{w}", [("mi", "𝐰")]),
    ],
)
def test_leaves(latex: str, expected: list[tuple[str, str]]) -> None:
    assert leaves(check(latex))[: len(expected)] == expected


def test_a_matrix_carries_its_exponent_whole() -> None:
    root = check(matrix([[1, 2], [3, 4]]) + "^{-1}")
    power = root.find(f".//{MATHML}msup")
    assert power is not None
    assert power[0].find(f"{MATHML}mtable") is not None
    assert [e.get("class") for e in power[0]] == ["fence", "bmatrix", "fence"]


def test_aligned_rows_and_nested_tables_keep_their_names() -> None:
    inner = r"\begin{cases} 1 & x \\ 0 & y \end{cases}"
    root = check(rf"\begin{{aligned}} a &= {inner} \\ &= {vector([1, 2])} \end{{aligned}}")
    assert [t.get("class") for t in root.iter(f"{MATHML}mtable")] == ["aligned", "cases", "bmatrix"]
    assert len(root.findall(f".//{MATHML}mtable[@class='aligned']/{MATHML}mtr")) == 2


def test_a_minus_is_a_sign_only_where_nothing_is_on_its_left() -> None:
    root = check("-a - b (-c) = -d")
    signs = [e.get("form") for e in root.iter(f"{MATHML}mo") if e.text == "−"]
    assert signs == ["prefix", None, "prefix", "prefix"]


def test_limits_stand_above_and_below_a_sum() -> None:
    tags = {e.tag.removeprefix(MATHML) for e in check(r"\sum_{i=1}^N x_i \max_w y").iter()}
    assert {"munderover", "munder", "msub"} <= tags
    assert "msubsup" not in tags


@pytest.mark.parametrize(
    ("latex", "spaces"),
    [
        (r"\log p", 1),
        (r"y \log p", 2),
        (r"(1 - y) \log \hat{p}", 2),
        (r"-\log(p)", 0),
        (r"\operatorname{sign} z", 1),
        (r"\max_w L", 1),
        (r"\log \, p", 1),
        (r"\frac{1}{\log p}", 1),
        (r"x^{\log}", 0),
    ],
)
def test_a_function_stands_apart_from_a_bare_operand(latex: str, spaces: int) -> None:
    assert sum(1 for _ in check(latex).iter(f"{MATHML}mspace")) == spaces


def joined(parts: list[str]) -> str:
    return " ".join(parts)


atoms = st.sampled_from(
    [
        *["x", "y_i", "2", "1{,}024", "0.5", r"\alpha", r"\hat{y}", r"\infty", "f(x)", "+", "-"],
        *["=", r"\cdot", r"\le", r"\leftarrow", r"\partial w", r"\log z", r"\sum_{j=1}^{p}", "'"],
        *[r"\mathrm{a\_b}", r"\text{a <b> \& c}", r"\operatorname{sign}(x)", r"\mathbf{X}^\top"],
        *[r"\lVert w \rVert_2^2", r"\bar{x}", r"\,", r"\quad", ",", "|", r"\mid", r"\unknown"],
        *[
            "^2",
            r"\min_w",
            r"\int",
            r"\nabla",
            r"\mathbb{R}^n",
            r"\bigl(",
            r"\boldsymbol{\theta}",
            "<",
        ],
    ]
)
formulas = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map(joined),
        st.builds(r"\frac{{{}}}{{{}}}".format, inner, inner),
        st.builds(r"\sqrt{{{}}}".format, inner),
        st.builds(r"\sqrt[{}]{{{}}}".format, st.just("n"), inner),
        st.builds("{{{}}}_{{{}}}^{{{}}}".format, inner, inner, inner),
        st.builds(r"\left({}\right)^{{{}}}".format, inner, inner),
        st.builds(r"\hat{{{}}}".format, inner),
        st.builds(r"\underbrace{{{}}}_{{{}}}".format, inner, inner),
        st.builds(r"\begin{{bmatrix}} {} & {} \\ {} \end{{bmatrix}}^{{2}}".format, *[inner] * 3),
        st.builds(r"\begin{{cases}} {} & {} \\ {} \end{{cases}}".format, *[inner] * 3),
        st.builds(r"\begin{{aligned}} {} & {} \\ & {} \end{{aligned}}".format, *[inner] * 3),
    ),
    max_leaves=8,
)


@given(formulas, st.booleans())
def test_whatever_is_read_becomes_sound_mathml(latex: str, block: bool) -> None:
    try:
        plain(latex)
    except ValueError:
        with pytest.raises(ValueError, match="cannot read the LaTeX"):
            mathml(latex)
    else:
        check(latex, block=block)


@given(st.floats(), st.integers(1, 17))
def test_every_number_becomes_mathml(x: float, digits: int) -> None:
    shown = leaves(check(number(x, digits)))
    digits_shown = "".join(text for tag, text in shown if tag == "mn")
    assert digits_shown == re.sub(r"[^0-9.,]", "", number(x, digits).replace("{,}", ","))


@given(st.text(max_size=20))
def test_every_name_becomes_mathml(feature: str) -> None:
    shown = "".join(text for _, text in leaves(check(name(feature))))
    if not re.fullmatch(r"[A-Za-z]_\d+", feature):
        assert shown.replace("\xa0", " ") == plain(name(feature)).replace("\xa0", " ")


@given(st.lists(st.floats(), max_size=12))
def test_sums_and_vectors_become_mathml(values: list[float]) -> None:
    check(product_sum(values[0] if values else None, values, values))
    check(vector(values))
    check(matrix([values, values]))


class Tags(html.parser.HTMLParser):
    """Collect what a browser would make of the fragment."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {key for key, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


PAGE = {
    *["section", "style", "h3", "h4", "ol", "li", "div", "p", "table", "thead", "tbody"],
    *["tr", "th", "td"],
}
MATHS = {*CHILDREN, "math", "mrow", "mtable", "mtr", "mtd", "mstyle", "msqrt"}


def test_the_fragment(example: Derivation) -> None:
    fragment = example.to_html()
    assert fragment == example._repr_html_()
    ElementTree.fromstring(fragment)  # well-formed, so nothing can be left open
    page = Tags(fragment)
    assert set(page.tags) <= PAGE | MATHS
    assert page.tags.count("li") == len(example.steps)
    assert {"h3", "h4", "table", "math"} <= set(page.tags)
    for shown in ("<script>alert('t')</script>", "<script>alert(1)</script>", "R&D 5% #1", "größe"):
        assert shown in page.text
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", fragment)


@given(st.text(max_size=30) | st.sampled_from(["</style>", "]]>", "<!--", "\"'><img src=x>"]))
def test_nothing_users_supply_is_markup(text: str) -> None:
    terms = Terms((name(text), "w"), ((text, 1.0), (text + "<i>", -2.0)))
    step = Step(text, name(text), name(text), "", text, text, {}, terms, text)
    fragment = Derivation(text, (step,)).to_html()
    ElementTree.fromstring(fragment)
    page = Tags(fragment)
    assert set(page.tags) <= PAGE | MATHS
    assert page.attributes <= {
        *["class", "scope", "xmlns", "display", "alttext", "form", "mathvariant", "stretchy"],
        *["displaystyle", "rowspacing", "columnspacing", "columnalign"],
    }


def test_numbers_stand_to_the_right_and_names_head_their_rows(example: Derivation) -> None:
    root = ElementTree.fromstring(example.to_html())
    first = root.findall(".//tbody/tr")[0]
    assert [(cell.tag, cell.get("class") or cell.get("scope")) for cell in first] == [
        *[("th", "row"), ("td", "number"), ("td", "number"), ("td", "number")]
    ]
    assert [cell.text for cell in first] == ["longitude", "−26,838", "−122.23", "3,280,409"]
