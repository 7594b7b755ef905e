"""The chain rule for one unit, with the numbers put in: from the loss, or the next layer, back."""

from __future__ import annotations

from collections.abc import Iterator

from baremath.maths import Step, factor, number
from baremath.playground.server.looking.unit import Unit, derivative, products, step, sum_of, with_z

_DELTA = rf"\delta = {derivative('z')}"


def backward(unit: Unit) -> Iterator[Step]:
    """Return the steps from the loss, or from the next layer, to the gradients of a unit."""
    if not unit.is_output:
        yield from _from_the_next_layer(unit)
    elif unit.layer.da is None:
        yield from _from_cross_entropy(unit)
    else:
        yield from _from_squares(unit)
    delta = float(unit.gradient("dz"))
    for i in unit.shown():
        if i is None:
            yield unit.more("The gradients")
            continue
        yield step(
            f"The gradient of weight {i + 1}",
            derivative(f"w_{{{i + 1}}}"),
            rf"\delta \, {unit.inputs[i]}",
            rf"{number(delta)} \cdot {factor(unit.layer.inputs[i])}",
            unit.gradient("dw")[i],
        )
    yield step("The gradient of the bias", derivative("b"), r"\delta", "", delta)


def _from_the_next_layer(unit: Unit) -> Iterator[Step]:
    after = unit.seen.layers[unit.place + 1]
    assert after.dz is not None
    W, level = after.W[:, unit.number], f"^{{({unit.place + 2})}}"
    yield step(
        "What the next layer sends back through its weights",
        derivative("a"),
        sum_of(
            [
                rf"w_{{{k},{unit.number + 1}}}{level} \delta_{{{k}}}{level}"
                for k in range(1, len(W) + 1)
            ]
        ),
        sum_of(products(W, after.dz), worth=W * after.dz),
        unit.gradient("da"),
    )
    yield _through_the_activation(unit)


def _through_the_activation(unit: Unit) -> Step:
    known = unit.activation()
    if known is None:
        return step("Back through the sum alone", _DELTA, derivative("a"), "", unit.gradient("dz"))
    slope = known[1]
    return step(
        "Back through the activation",
        _DELTA,
        rf"{derivative('a')} \cdot f'(z), \quad f'(z) = {slope}",
        rf"{number(unit.gradient('da'))} \cdot \left({with_z(slope, unit.z)}\right)",
        unit.gradient("dz"),
    )


def _from_squares(unit: Unit) -> Iterator[Step]:
    r"""Return the way back from :math:`\frac{1}{K} \sum_k \frac{1}{2} (a_k - t_k)^2`."""
    assert unit.seen.target is not None
    pairs = list(zip(unit.layer.a, unit.seen.target, strict=True))
    n, (a, t) = len(pairs), pairs[unit.number]
    squares = " + ".join(f"({number(a)} - {factor(t)})^2" for a, t in pairs)
    mean = "" if n == 1 else rf"\frac{{1}}{{{n}}} \cdot "
    yield step(
        "The loss",
        "L",
        r"\frac{1}{2} (a - t)^2" if n == 1 else rf"{mean}\sum_k \frac{{1}}{{2}} (a_k - t_k)^2",
        rf"{mean}\frac{{1}}{{2}} \cdot " + (squares if n == 1 else rf"\left({squares}\right)"),
        unit.seen.loss,
    )
    difference = f"{number(a)} - {factor(t)}"
    yield step(
        "Its derivative by what comes out",
        derivative("a"),
        "a - t" if n == 1 else f"{mean}(a - t)",
        difference if n == 1 else f"{mean}({difference})",
        unit.gradient("da"),
    )
    if unit.output == "softmax":
        yield _through_the_softmax(unit)
    else:
        yield _through_the_activation(unit)


def _through_the_softmax(unit: Unit) -> Step:
    """Return the step through all outputs, as each of them depends on every sum."""
    assert unit.layer.da is not None
    j = unit.number
    terms = [
        rf"{factor(g)} \cdot {factor(a)} \cdot ({int(k == j)} - {factor(unit.a)})"
        for k, (g, a) in enumerate(zip(unit.layer.da, unit.layer.a, strict=True))
    ]
    return step(
        "Back through the softmax",
        _DELTA,
        rf"\sum_k {derivative('a_k')} a_k ([k = {j + 1}] - a_{{{j + 1}}})",
        " + ".join(terms),
        unit.gradient("dz"),
    )


def _from_cross_entropy(unit: Unit) -> Iterator[Step]:
    assert unit.seen.target is not None
    t = float(unit.seen.target[unit.number])
    if unit.output == "softmax":
        p, symbol = unit.a, "a"
        right = int(unit.seen.target.argmax())
        loss = (rf"-\ln a_{{{right + 1}}}", rf"-\ln {factor(unit.layer.a[right])}")
    else:
        p, symbol, t = (unit.a + 1) / 2, "p", (t + 1) / 2
        yield step(
            "The probability of the second class",
            "p",
            r"\sigma(z) = \frac{1}{1 + e^{-z}}",
            with_z(r"\frac{1}{1 + e^{-z}}", unit.z),
            p,
        )
        loss = (r"-\ln p", rf"-\ln {factor(p)}")
        if not t:
            loss = (r"-\ln(1 - p)", rf"-\ln(1 - {factor(p)})")
    yield step("The loss", "L", *loss, unit.seen.loss)
    yield step(
        "Its derivative by the sum: logarithm and exponential in one",
        _DELTA,
        f"{symbol} - t",
        f"{number(p)} - {number(t)}",
        unit.gradient("dz"),
    )
