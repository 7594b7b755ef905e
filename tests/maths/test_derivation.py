"""A Derivation checks what it is given, says what the model computed, and reads well."""

import dataclasses
import io
import re

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from baremath.maths import Derivation, Step, Terms, number, plain


def step(**fields: object) -> Step:
    simple = Step(
        title="A",
        symbol="y",
        formula="b + w x",
        substituted=r"1 + 2 \cdot 3",
        value=7.0,
        expression="b + w * x",
        inputs={"b": 1.0, "w": 2.0, "x": 3.0},
    )
    return dataclasses.replace(simple, **fields)  # type: ignore[arg-type]


def test_every_value_follows_from_its_inputs(example: Derivation) -> None:
    for each in Derivation.from_json(example.to_json()).steps:
        inputs = {
            name: np.asarray(value) if isinstance(value, list) else value
            for name, value in each.inputs.items()
        }
        value = eval(each.expression, {**vars(np), **inputs})
        if isinstance(each.value, str):
            assert value == each.value
        else:
            np.testing.assert_allclose(value, each.value, rtol=1e-12)


def test_numpy_is_left_behind() -> None:
    given = step(
        value=np.array([[1, 2.5]]),
        inputs={
            "a": np.float32(0.5),
            "n": np.int64(3),
            "v": (np.float64(1.0), 2),
            "s": np.str_("t"),
        },
        terms=Terms(["x"], [[np.float64(2.0)], [np.int32(3)]]),  # type: ignore[arg-type]
    )
    assert given.value == [[1.0, 2.5]]
    assert given.inputs == {"a": 0.5, "n": 3, "v": [1.0, 2], "s": "t"}
    assert [type(value) for value in given.inputs.values()] == [float, int, list, str]
    assert given.terms == Terms(("x",), ((2.0,), (3,)))
    assert type(given.terms.rows[0][0]) is float


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"title": 3}, TypeError, "title is text, not 3 of type int"),
        ({"formula": None}, TypeError, "formula is text, not None"),
        ({"formula": r"\frac{1}"}, ValueError, "frac lacks its argument"),
        ({"symbol": "{"}, ValueError, "cannot read the LaTeX"),
        ({"value": 1j}, TypeError, "value is a number, text, None or nested lists"),
        ({"value": np.array([1j])}, TypeError, "not of type complex"),
        ({"inputs": {"x": object()}}, TypeError, "the input 'x' is a number"),
        ({"inputs": {3: 4.0}}, TypeError, "the name of an input is text, not 3"),
        ({"terms": [("a", 1)]}, TypeError, "terms of a step are Terms or None, not list"),
    ],
)
def test_a_wrong_field_is_named(
    fields: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        step(**fields)


def test_wrong_terms_and_steps_are_named() -> None:
    with pytest.raises(ValueError, match=r"row 1 of Terms has 1 entries for 2 columns: \(3,\)"):
        Terms(("a", "b"), ((1, 2), (3,)))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="an entry of Terms is text or a number, not of type list"):
        Terms(("a",), (([1.0],),))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="cannot read the LaTeX 'a_'"):
        Terms(("a_",), ())
    with pytest.raises(TypeError, match="a derivation is made of Step, not str"):
        Derivation("t", ("step",))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ({}, ["y = b + w x", "  = 1 + 2 · 3", "  = 7"]),
        ({"relation": r"\leftarrow"}, ["y ← b + w x", "  = 1 + 2 · 3", "  = 7"]),
        ({"substituted": "", "value": None}, ["y = b + w x"]),
        ({"formula": "", "substituted": "7"}, ["y = 7"]),
        ({"formula": "", "substituted": "", "value": None}, ["y"]),
        ({"value": "<b>"}, ["y = b + w x", "  = 1 + 2 · 3", "  = <b>"]),
        ({"value": True, "substituted": ""}, ["y = b + w x", "  = True"]),
        ({"value": [1, 2], "substituted": ""}, ["y = b + w x", "  = ⎡1⎤", "    ⎣2⎦"]),
        ({"value": [[1, 2]], "substituted": ""}, ["y = b + w x", "  = [1  2]"]),
        (
            {"value": [[1, 2], 3.5], "substituted": ""},
            ["y = b + w x", "  = ⎡[1; 2]⎤", "    ⎣   3.5⎦"],
        ),
        ({"value": [], "substituted": ""}, ["y = b + w x", "  = []"]),
        ({"value": float("nan"), "substituted": ""}, ["y = b + w x", "  = NaN"]),
    ],
)
def test_the_lines_of_a_step(fields: dict[str, object], lines: list[str]) -> None:
    text = str(Derivation("T", (step(**fields),)))
    assert text.split("\n") == ["T", "", "1. A", *("   " + line for line in lines)]


def test_a_long_symbol_has_its_own_line() -> None:
    long = step(symbol=r"\mathrm{predicted\_median\_house\_value}", note="In dollars.")
    assert Derivation("T", (long,)).to_text(40).split("\n")[3:] == [
        "   predicted_median_house_value",
        "     = b + w x",
        "     = 1 + 2 · 3",
        "     = 7",
        "   In dollars.",
    ]


def test_the_equals_signs_stand_below_each_other(example: Derivation) -> None:
    for part in re.split(r"\n\n\d+\. ", example.to_text(100))[1:]:
        columns = [m.start() for m in re.finditer(r"[=←] ", part, re.MULTILINE)]
        starts = [line for line in part.split("\n") if re.match(r"   [^ ─]?[^ ]{0,3} +[=←] ", line)]
        assert columns
        assert len({re.search("[=←]", line).start() for line in starts}) == 1  # type: ignore[union-attr]


@pytest.mark.parametrize("width", [48, 80, 100, 160])
def test_text_keeps_to_its_width_and_shows_every_row(example: Derivation, width: int) -> None:
    text = example.to_text(width)
    assert all(cell_len(line) <= width for line in text.split("\n"))
    assert all(line == line.rstrip() for line in text.split("\n"))
    assert example.steps[0].terms is not None
    for _, *numbers in example.steps[0].terms.rows:
        assert re.search(" +".join(re.escape(plain(number(x))) for x in numbers), text)  # type: ignore[arg-type]
    if width >= 80:
        assert "R&D 5% #1" in text
        assert "ocean_proximity = <1H OCEAN" in text


def test_rich_prints_the_same_text(example: Derivation) -> None:
    console = Console(width=90, color_system="truecolor", force_terminal=True, legacy_windows=False)
    with console.capture() as capture:
        console.print(example)
    uncoloured = re.sub(r"\x1b\[[0-9;]*m", "", capture.get())
    assert uncoloured != capture.get()
    assert uncoloured == example.to_text(90) + "\n"


def test_no_line_ends_in_spaces(example: Derivation) -> None:
    console = Console(width=90, file=io.StringIO())
    with console.capture() as capture:
        console.print(example)
    lines = capture.get().split("\n")
    assert [line for line in lines if line != line.rstrip()] == []


def test_no_name_reaches_the_terminal_as_a_command() -> None:
    nasty = "\x1b[31m[bold]red[/bold] :smile:\x07\n"
    text = Derivation(nasty, (step(title=nasty, note=nasty, value=nasty),)).to_text()
    assert "\x1b" not in text
    assert "\x07" not in text
    assert text.count("[bold]red[/bold] :smile:") == 4


def test_a_long_table_shows_its_ends_and_the_json_has_all() -> None:
    rows = tuple((f"feature {i}", float(i)) for i in range(1000))
    derivation = Derivation("T", (step(terms=Terms((r"\text{f}", "w"), rows)),))
    text = derivation.to_text()
    assert "feature 0 " in text
    assert "feature 999 " in text
    assert "feature 500 " not in text
    assert text.count("⋮") == 2
    assert len(derivation.to_dict()["steps"][0]["terms"]["rows"]) == 1000


def test_latex_escapes_and_balances(example: Derivation) -> None:
    latex = example.to_latex()
    assert r"\section*{Row 3 of \textless{}script\textgreater{}alert('t')" in latex
    assert r"\subsection*{1. The prediction of \textless{}this\textgreater{} row" in latex
    assert r"R\&D 5\% \#1 & $-3.2$ & $0$ & $0$ \\" in latex
    assert (
        r"größe \textasciitilde{} \{ß\}\textasciicircum{}2 \textbackslash{} \$\textbar{}" in latex
    )
    assert r"w_1 & \leftarrow w_1 - \alpha \frac{\partial L}{\partial w_1} \\" in latex
    noted = Derivation("T", (step(note="α ≤ 5 % of −b"),)).to_latex()
    assert r"$\alpha$ $\leq$ 5 \% of $-$b" in noted
    environments = re.findall(r"\\(begin|end)\{([a-z*]+)\}", latex)
    opened = []
    for side, environment in environments:
        if side == "begin":
            opened.append(environment)
        else:
            assert opened.pop() == environment
    assert not opened
    assert latex.count("{") - latex.count(r"\{") == latex.count("}") - latex.count(r"\}")


def test_a_long_sum_continues_on_rows_of_its_own(example: Derivation) -> None:
    rows = example.to_latex().split("\n")
    first, last = rows.index(r"\begin{align*}"), rows.index(r"\end{align*}")
    equation = rows[first + 1 : last]
    assert equation[0].startswith(r"\hat{y} & = b + \sum")
    assert all(row.startswith((r"& = ", " & = ", r"& \quad {} ")) for row in equation[1:])
    sums = [row.removesuffix(r" \\") for row in equation[1:-1]]
    joined = "".join(row.removeprefix(" & = ").removeprefix(r"& \quad {} ") + " " for row in sums)
    assert plain(joined) == plain(example.steps[0].substituted)
    assert all(len(plain(row.split("& ")[-1].removesuffix(r" \\"))) <= 70 for row in equation)


def test_a_sum_is_cut_outside_all_braces_only() -> None:
    fraction = r"\frac{11111 + 22222}{33333 - 44444}"
    latex = " + ".join([fraction, r"\left(1 - 2\right]", "[3 - 4)", "(5 - 6)", "x^{7 - 8}"] * 4)
    rows = Derivation("T", (step(formula=latex),)).to_latex().split("\n")
    pieces = [row.split("& ")[-1].removesuffix(r" \\").removeprefix("= ") for row in rows[4:]]
    sums = [
        piece.removeprefix(r"\quad {} ") for piece in pieces if "x" in piece or "11111" in piece
    ]
    assert len(sums) > 3
    assert all(plain(part) for part in sums)  # each is whole: it can be read
    assert " ".join(part.strip() for part in sums) == latex


def test_a_step_that_only_names_its_symbol_is_a_row() -> None:
    bare = step(formula="", substituted="", value=None)
    assert "y &  \n" in Derivation("T", (bare,)).to_latex()


def test_steps_are_numbered_in_order(example: Derivation) -> None:
    numbers = re.findall(r"^(\d+)\. ", example.to_text(), re.MULTILINE)
    assert numbers == ["1", "2", "3", "4", "5", "6"]
