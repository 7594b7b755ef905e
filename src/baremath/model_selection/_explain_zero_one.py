"""Domingos' and Kohavi and Wolpert's parts of the 0–1 loss at one point, with its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from baremath.maths import Step, Terms, factor, number, product_sum, signed_sum, vector
from baremath.model_selection._result import Floats, Labels

if TYPE_CHECKING:
    from baremath.model_selection._result import BiasVarianceDecomposition


def zero_one_steps(result: BiasVarianceDecomposition, row: int) -> Iterator[Step]:
    """Yield the steps of Domingos' decomposition, or of Kohavi and Wolpert's."""
    assert result.labels is not None
    yield from _share_steps(result, result.labels, row)
    if result.mean.biased_variance is not None:
        yield from _domingos_steps(result, result.labels, row)
    else:
        yield from _kohavi_wolpert_steps(result, result.labels, row)


def _share_steps(result: BiasVarianceDecomposition, labels: Labels, row: int) -> Iterator[Step]:
    P, p, q = labels.votes[row], labels.shares[row], labels.best[row]
    R, names = result.n_rounds, [str(label) for label in labels.classes]
    votes = np.rint(P * R)
    yield Step(
        title=f"How {R} models vote",
        symbol="P_k",
        formula=r"\tfrac{1}{R} \sum_r [f_r = k]",
        substituted=rf"\tfrac{{1}}{{{R}}} {vector(votes)}",
        value=P,
        expression="votes / R",
        inputs={"votes": votes, "R": R},
        terms=Terms(
            columns=(r"\text{class}", r"\text{votes}", "P_k", "p_k", "q_k"),
            rows=tuple(zip(names, votes, P, p, q, strict=True)),
        ),
        note="p is the share of the labels, and q is 1 for the best answer"
        + (
            ", as far as one label that may be wrong tells."
            if np.any((q != 0) & (q != 1))
            else f": {names[int(q.argmax())]}."
        ),
    )
    yield Step(
        title="The loss: a label and a vote that differ",
        symbol=r"\mathrm{loss}",
        formula=r"1 - \sum_k p_k P_k",
        substituted=f"1 - ({product_sum(None, p, P)})",
        value=float(result.per_point.loss[row]),
        expression="1 - sum(p * P)",
        inputs={"p": p, "P": P},
    )


def _domingos_steps(result: BiasVarianceDecomposition, labels: Labels, row: int) -> Iterator[Step]:
    P, p, q = labels.votes[row], labels.shares[row], labels.best[row]
    main = int(P.argmax())
    at = result.per_point
    q_main, P_main = float(q[main]), float(P[main])
    others = np.delete(np.arange(len(P)), main)
    yield Step(
        title="The main prediction: the class with most votes",
        symbol="m",
        formula=r"\operatorname{argmax}_k P_k",
        substituted=rf"\operatorname{{argmax}} {vector(P)}",
        value=float(main),
        expression="float(argmax(P))",
        inputs={"P": P},
        note=f"Class {main}, counted from 0, is {labels.classes[main]}.",
    )
    yield Step(
        title="The bias: is the main prediction the best answer?",
        symbol="B",
        formula="1 - q_m",
        substituted=f"1 - {factor(q_main)}",
        value=float(at.bias2[row]),
        expression="1 - q",
        inputs={"q": q_main},
        note="" if q_main in (0, 1) else "Outside 0 to 1, as q is: one label is a rough estimate.",
    )
    yield Step(
        title="The variance where the main prediction is right: each other vote is a loss",
        symbol=r"V_{\mathrm{u}}",
        formula=r"q_m (1 - P_m)",
        substituted=f"{factor(q_main)} (1 - {number(P_main)})",
        value=float(at.unbiased_variance[row]),
        expression="q * (1 - P)",
        inputs={"q": q_main, "P": P_main},
    )
    yield Step(
        title="The variance where it is wrong: another vote may be right",
        symbol=r"V_{\mathrm{b}}",
        formula=r"\sum_{k \ne m} q_k P_k",
        substituted=product_sum(None, q[others], P[others]),
        value=float(at.biased_variance[row]),
        expression="sum(q * P)",
        inputs={"q": q[others], "P": P[others]},
    )
    yield Step(
        title="The noise: what wrong labels cost, less what they forgive",
        symbol="N",
        formula=r"\sum_k (q_k - p_k) P_k",
        substituted=product_sum(None, q - p, P),
        value=float(at.noise[row]),
        expression="sum((q - p) * P)",
        inputs={"q": q, "p": p, "P": P},
        note="The noise is not known, and counts as bias." if result.noise_from is None else "",
    )
    parts = [at.noise[row], at.bias2[row], at.unbiased_variance[row], -at.biased_variance[row]]
    yield _sum_step(r"N + B + V_{\mathrm{u}} - V_{\mathrm{b}}", parts, float(at.loss[row]))


def _kohavi_wolpert_steps(
    result: BiasVarianceDecomposition, labels: Labels, row: int
) -> Iterator[Step]:
    P, p, R = labels.votes[row], labels.shares[row], result.n_rounds
    at = result.per_point
    noise, variance, bias2 = (float(part[row]) for part in (at.noise, at.variance, at.bias2))
    within = float((1 - np.sum(p**2)) / 2)
    yield Step(
        title="The variance: two models that differ, halved",
        symbol="V",
        formula=r"\tfrac{R}{R - 1} \cdot \tfrac{1}{2} \left(1 - \sum_k P_k^2\right)",
        substituted=rf"\tfrac{{{R}}}{{{R - 1}}} \cdot \tfrac{{1}}{{2}} (1 - ({_squares(P)}))",
        value=variance,
        expression="R / (R - 1) * (1 - sum(P ** 2)) / 2",
        inputs={"R": R, "P": P},
    )
    yield _gini_noise_step(result, p, noise, int(np.sum(result.point == row)))
    yield Step(
        title="The squared bias: how far the votes are from the labels",
        symbol="B^2",
        formula=r"\tfrac{1}{2} \sum_k (p_k - P_k)^2 - \tfrac{V}{R} - (N - N_p)",
        substituted=rf"\tfrac{{1}}{{2}} ({_squares(p - P)}) - \tfrac{{{number(variance)}}}{{{R}}} "
        rf"- ({number(noise)} - {number(within)})",
        value=bias2,
        expression="sum((p - P) ** 2) / 2 - variance / R - (noise - within)",
        inputs={"p": p, "P": P, "variance": variance, "R": R, "noise": noise, "within": within},
        note="What the scatter of votes and labels adds to the square is taken off; N with the "
        "index p is the noise of the labels as they stand, half of 1 − Σ p².",
    )
    yield _sum_step("N + B^2 + V", [noise, bias2, variance], float(at.loss[row]))


def _gini_noise_step(result: BiasVarianceDecomposition, p: Floats, noise: float, n: int) -> Step:
    title = "The noise: two labels that differ, halved"
    if result.noise_from == "replicates" and n > 1:
        return Step(
            title=title,
            symbol="N",
            formula=r"\tfrac{n}{n - 1} \cdot \tfrac{1}{2} \left(1 - \sum_k p_k^2\right)",
            substituted=rf"\tfrac{{{n}}}{{{n - 1}}} \cdot \tfrac{{1}}{{2}} (1 - ({_squares(p)}))",
            value=noise,
            expression="n / (n - 1) * (1 - sum(p ** 2)) / 2",
            inputs={"n": n, "p": p},
            note=f"From the {n} rows with these features.",
        )
    return Step(
        title=title,
        symbol="N",
        formula=r"\tfrac{1}{2} \left(1 - \sum_k p^2(k \mid x)\right)",
        substituted="",
        value=noise,
        expression="noise",
        inputs={"noise": noise},
        note={
            None: "It is not known, and counts as bias.",
            "given": "As it follows from what was given.",
            "replicates": "This row has no twin: the mean of the rows that have one.",
        }[result.noise_from],
    )


def _sum_step(formula: str, parts: list[float], loss: float) -> Step:
    return Step(
        title="The loss is the sum of the parts",
        symbol=r"\mathrm{loss}",
        formula=formula,
        substituted=signed_sum(parts),
        value=loss,
        expression="sum(parts)",
        inputs={"parts": parts},
    )


def _squares(values: Floats) -> str:
    texts = [f"{factor(value)}^2" for value in values]
    return signed_sum(texts, list(values**2), most=4)
