"""The formulas of one unit for one point, with the numbers put in: forward, backward, update."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from baremath.maths import Derivation, Step, factor, number
from baremath.maths.mathml import mathml
from baremath.maths.shown import aligned
from baremath.playground.server import network
from baremath.playground.server.looking import rules
from baremath.playground.server.looking.chain_rule import backward
from baremath.playground.server.looking.inspection import look
from baremath.playground.server.looking.unit import (
    Unit,
    derivative,
    products,
    step,
    sum_of,
    with_name,
    with_z,
)
from baremath.playground.server.plan import Plan
from baremath.training.progress import Progress

_WIDTH = 70  # characters of a line, about


def formula(
    plan: Plan,
    now: Progress,
    layer: int,
    unit: int,
    sample: int | None,
    point: tuple[float, ...] | None,
) -> dict[str, Any]:
    r"""Return how one unit computes, what the chain rule says of it, and how it learns.

    Forward: :math:`z = w_1 x_1 + \dots + b` and :math:`a = f(z)`. Backward: what the next layer
    sends back, :math:`\frac{\partial L}{\partial a} = \sum_k w_k \delta_k`, or the loss itself;
    :math:`\delta = \frac{\partial L}{\partial a} f'(z)`; and the gradients
    :math:`\frac{\partial L}{\partial w_i} = \delta x_i`. Update: the optimizer's rule for each
    weight, in a step by this point alone. The numbers are those of `inspection.inspected`.

    Parameters
    ----------
    plan : Plan
    now : Progress
    layer, unit : int
        From 0; in the formulas they count from 1.
    sample, point
        As in `inspection.inspected`.

    Returns
    -------
    dict
        ``"layer"``, ``"unit"``; ``"forward"``, ``"backward"`` and ``"update"``, each a MathML
        element, the latter two None without a target; ``"text"``, all of it as plain text.

    Raises
    ------
    ValueError
        If there is no such unit, or no such point.
    """
    network.place_of(plan.shape, layer, unit, None)
    seen = look(plan, now, sample, point)
    asked = Unit(plan, seen, layer, unit)
    there = seen.after is not None
    parts = {
        "forward": list(_forward(asked)),
        "backward": list(backward(asked)) if there else [],
        "update": list(_update(asked)) if there else [],
    }
    steps = tuple(one for part in parts.values() for one in part)
    return {
        "layer": layer,
        "unit": unit,
        **{name: _mathml(part) if part else None for name, part in parts.items()},
        "text": Derivation(asked.title, steps).to_text(),
    }


def _mathml(steps: Iterable[Step]) -> str:
    rows = " \\\\\n".join(aligned(one, _WIDTH) for one in steps)
    return mathml(rf"\begin{{aligned}} {rows} \end{{aligned}}", block=True)


def _forward(unit: Unit) -> Iterator[Step]:
    w, x = unit.layer.W[unit.number], unit.layer.inputs
    yield step(
        "The weighted sum",
        "z",
        sum_of([rf"w_{{{i}}} \, {name}" for i, name in enumerate(unit.inputs, 1)], "b"),
        sum_of(products(w, x), number(unit.layer.b[unit.number]), w * x),
        unit.z,
    )
    yield _activation(unit)


def _activation(unit: Unit) -> Step:
    title, symbol = "What comes out", "a"
    if unit.is_output and unit.output == "softmax":
        powers = [f"e^{{{number(z)}}}" for z in unit.layer.z]
        latex = rf"\frac{{e^{{z_{{{unit.number + 1}}}}}}}{{\sum_k e^{{z_k}}}}"
        numbers = rf"\frac{{{powers[unit.number]}}}{{{' + '.join(powers)}}}"
        return step(title, symbol, latex, numbers, unit.a)
    if unit.is_output and unit.output == "sigmoid":
        title = "What is shown of it, from -1 to 1"
        latex = r"\tanh\left(\frac{z}{2}\right) = 2 \sigma(z) - 1"
        numbers = rf"\tanh\left(\frac{{{number(unit.z)}}}{{2}}\right)"
        return step(title, symbol, latex, numbers, unit.a)
    known = unit.activation()
    if known is None:
        return step(title, symbol, "z", "", unit.a)
    return step(title, symbol, known[0], with_z(known[0], unit.z), unit.a)


def _update(unit: Unit) -> Iterator[Step]:
    """Return the steps for the weights and then the bias; the first of them has the rule."""
    first = True
    for i in [*unit.shown(), len(unit.inputs)]:
        if i is None:
            yield unit.more("The updates")
            continue
        yield from _update_of(unit, None if i == len(unit.inputs) else i, with_rule=first)
        first = False


def _update_of(unit: Unit, i: int | None, *, with_rule: bool) -> Iterator[Step]:
    """Return the steps for one weight, or with i None for the bias."""
    plan, before, after = unit.plan, unit.seen.before, unit.seen.after
    assert after is not None
    place = network.place_of(plan.shape, unit.place, unit.number, i)
    name, called = ("b", "the bias") if i is None else (f"w_{{{i + 1}}}", f"weight {i + 1}")
    title = f"The update of {called}"
    w, new_w = float(before.params[place]), float(after.params[place])
    if plan.held is not None and plan.held[place]:
        yield step(f"{title}: it is held", name, name, "", new_w, r"\leftarrow")
        return
    gradient = _gradient(unit, i, name, title)
    yield gradient
    given = rules.numbers_of(
        plan.optimizer,
        plan.setting.hyper(before._replace(n_rows=1, row=0))["optimizer.learning_rate"],
        float(gradient.value),  # type: ignore[arg-type]
        (w, new_w),
        _remembered(before, place),
        _remembered(after, place),
    )
    symbols, numbers = rules.symbols(plan.optimizer), rules.put_in(plan.optimizer, given)
    for line in rules.RULES[plan.config.optimizer.name]:
        yield step(
            title,
            with_name(line.symbol, "w", name),
            with_name(line.formula(symbols), "w", name) if with_rule else "",
            line.formula(numbers),
            given[line.value],
            line.relation,
        )


def _gradient(unit: Unit, i: int | None, name: str, title: str) -> Step:
    """Return the gradient that the rule is given: the loss's, and the penalty's."""
    g = float(unit.gradient("db") if i is None else unit.gradient("dw")[i])
    formula, numbers = derivative(name), ""
    if i is not None and unit.layer.penalty_dw is not None:
        more = float(unit.gradient("penalty_dw")[i])
        squared = unit.plan.config.penalty.name == "L2"
        formula += r" + \lambda " + (name if squared else rf"\operatorname{{sign}}({name})")
        numbers = f"{number(g)} + {factor(more)}"
        g += more
    return step(f"{title}: its gradient", "g", formula, numbers, g)


def _remembered(progress: Progress, place: int) -> dict[str, float]:
    """Return what the optimizer remembers of one weight."""
    memory = progress.state["optimizer"]
    return {
        name: float(values[place] if values.ndim else values) for name, values in memory.items()
    }
