r"""0–1 loss: two decompositions, of Domingos and of Kohavi and Wolpert.

At a point, P is the share of the rounds that predict each class, p the share of the labels that
are each class, and q is one for the best class and zero for the others. Rounds and labels are
independent, so the loss is :math:`1 - \sum_k p_k P_k`. All else follows from P, p and q.

With one label t, wrong at a known rate η and then any other class of K alike, q is not seen, but

.. math:: q_k = \frac{[k = t] - \eta / (K - 1)}{1 - \eta K / (K - 1)}

has the best class's indicator as its mean; all parts are linear in q, and so unbiased too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.estimator import encode
from baremath.model_selection._points import Points
from baremath.model_selection._result import BiasVarianceDecomposition, Floats, Labels, Parts
from baremath.model_selection._standard_error import standard_error


def decompose_zero_one(
    codes: NDArray[np.int32],
    classes: NDArray[Any],
    points: Points,
    noise: Any,
    noise_from: str | None,
) -> BiasVarianceDecomposition:
    """Return Domingos' decomposition of the 0–1 loss, with that of Kohavi and Wolpert.

    Parameters
    ----------
    codes : ndarray of shape (n_rounds, n_points)
        The place of each predicted class.
    classes : ndarray of shape (n_classes,)
        All classes that are observed or predicted, sorted.
    points : Points
    noise : ndarray of shape (n_points, n_classes), float, callable or None
        As in `bias_variance_decomposition`; None with ``noise_from="replicates"`` too.
    noise_from : {None, "given", "replicates"}
    """
    shares, best, gini_noise = _labels(classes, points, noise, noise_from)
    labels = Labels(classes, _votes(codes, len(classes)), shares, best)
    domingos = _domingos(labels)
    kohavi_wolpert = _kohavi_wolpert(labels, gini_noise, len(codes))
    common: dict[str, Any] = {
        "noise_from": noise_from,
        "predictions": codes,
        "main_prediction": classes[labels.votes.argmax(axis=1)],
        "y_test": points.y,
        "point": points.point,
        "labels": labels,
    }
    return BiasVarianceDecomposition(
        name="0–1 loss, Domingos",
        **_summary(*domingos, codes, points.weights),
        kohavi_wolpert=BiasVarianceDecomposition(
            name="0–1 loss, Kohavi–Wolpert",
            **_summary(*kohavi_wolpert, codes, points.weights),
            **common,
        ),
        **common,
    )


def _domingos(labels: Labels) -> tuple[Parts, Parts]:
    r"""Return the parts at each point, and what each class adds to them where a round predicts it.

    With the main prediction m, the class most often predicted (of equal ones the first):

    ===================  =========================================================
    noise                :math:`\sum_k (q_k - p_k) P_k`; Domingos' :math:`c_1 N`
    bias                 :math:`1 - q_m`
    unbiased variance    :math:`q_m (1 - P_m)`
    biased variance      :math:`\sum_{k \ne m} q_k P_k`
    ===================  =========================================================

    The main prediction of finitely many rounds errs near ties, which makes the variance a little
    small; no correction is known.

    References
    ----------
    Domingos (2000), A unified bias-variance decomposition for zero-one and squared loss,
    theorem 2 for several classes.
    """
    P, p, q = labels.votes, labels.shares, labels.best
    place = np.arange(len(P)), P.argmax(axis=1)
    q_main = q[place]
    others = np.ones_like(P)
    others[place] = 0.0
    unbiased, biased = q_main[:, np.newaxis] * others, q * others
    by_class = Parts(1 - p, q - p, np.zeros_like(P), unbiased - biased, unbiased, biased)
    per_point = by_class.map(lambda table: np.einsum("ik,ik->i", P, table))
    return Parts(**{**vars(per_point), "bias2": 1 - q_main}), by_class


def _kohavi_wolpert(labels: Labels, noise: Floats, n_rounds: int) -> tuple[Parts, Parts]:
    r"""Return the parts at each point, and what each class adds to them where a round predicts it.

    It is the squared error of the indicators of the classes, halved:

    .. math:: \tfrac{1}{2} \Big(1 - \sum_k p_k^2\Big), \quad
              \tfrac{1}{2} \sum_k (p_k - P_k)^2, \quad \tfrac{1}{2} \Big(1 - \sum_k P_k^2\Big)

    for noise, bias² and variance; noise and variance times :math:`n / (n - 1)` and
    :math:`R / (R - 1)`, and what that adds taken off the bias², so that each is unbiased.

    References
    ----------
    Kohavi and Wolpert (1996), Bias plus variance decomposition for zero-one loss functions.
    """
    P, p, R = labels.votes, labels.shares, n_rounds
    squared = np.sum(P**2, axis=1)
    variance = R / (R - 1) * (1 - squared) / 2
    within = (1 - np.sum(p**2, axis=1)) / 2
    bias2 = np.sum((p - P) ** 2, axis=1) / 2 - variance / R - (noise - within)
    per_point = Parts(1 - np.einsum("ik,ik->i", p, P), noise, bias2, variance)
    by_class = Parts(1 - p, np.zeros_like(P), P - p, (1 + squared[:, np.newaxis]) / 2 - P)
    return per_point, by_class


def _summary(
    per_point: Parts, by_class: Parts, codes: NDArray[np.int32], weights: Floats
) -> dict[str, Any]:
    names = [name for name, part in vars(by_class).items() if part is not None]
    tables = np.stack([getattr(by_class, name) for name in names], axis=-1)
    place = np.arange(len(weights))
    per_round = np.array([weights @ tables[place, row] for row in codes])
    errors = {
        name: standard_error(getattr(per_point, name), weights, per_round[:, j])
        for j, name in enumerate(names)
    }
    mean = per_point.map(lambda part: float(weights @ part))
    return {"mean": mean, "standard_error": Parts(**errors), "per_point": per_point}


def _votes(codes: NDArray[np.int32], n_classes: int) -> Floats:
    n_rounds, n_points = codes.shape
    votes, place = np.zeros((n_points, n_classes)), np.arange(n_points)
    for row in codes:
        votes[place, row] += 1
    votes /= n_rounds
    return votes


def _labels(
    classes: NDArray[Any], points: Points, noise: Any, noise_from: str | None
) -> tuple[Floats, Floats, Floats]:
    """Return p, q and Kohavi and Wolpert's noise at each point."""
    counts = points.counts
    observed = np.zeros((len(counts), len(classes)))
    np.add.at(observed, (points.point, encode(points.y, classes)), 1)
    observed /= counts[:, np.newaxis]
    if callable(noise):
        p = known_shares(noise, points, classes)
        return p, _indicator(p), _gini(p)
    if noise_from == "given":
        return observed, *_wrong_at_a_rate(observed, float(noise))
    if noise_from == "replicates":
        gini, twins = _gini(observed), counts > 1
        best, noises = _indicator(observed), gini * counts / np.maximum(counts - 1, 1)
        if not twins.all():
            rate = counts[twins] @ (1 - observed[twins].max(axis=1)) / counts[twins].sum()
            best[~twins] = _wrong_at_a_rate(observed[~twins], float(rate))[0]
            noises[~twins] = counts @ gini / np.sum(counts - 1)
        return observed, best, noises
    return observed, observed, np.zeros(len(counts))


def _wrong_at_a_rate(observed: Floats, eta: float) -> tuple[Floats, Floats]:
    """Return q and Kohavi and Wolpert's noise where one label is wrong at the rate `eta`."""
    K = observed.shape[1]
    each = eta / (K - 1)
    if not 0 <= eta < 1 - 1 / K:
        raise ValueError(
            f"noise={eta:g} must be the rate at which labels are wrong: at least 0, and less than "
            f"{1 - 1 / K:.3g}, at which {K} classes say nothing any more."
        )
    gini = (1 - (1 - eta) ** 2 - (K - 1) * each**2) / 2
    return (observed - each) / (1 - K * each), np.full(len(observed), gini)


def known_shares(noise: Any, points: Points, classes: NDArray[Any]) -> Floats:
    """Return the probability of each class that a function says for each point."""
    shape = len(points.counts), len(classes)
    p = np.asarray(noise(points.X), dtype=np.float64)
    if p.shape != shape or not ((p >= 0).all() and np.allclose(p.sum(axis=1), 1, atol=1e-8)):
        raise ValueError(
            "the function noise must return the probability of each class at each row of X, rows "
            f"that sum to 1, of shape {shape}, its columns {', '.join(map(str, classes))}; "
            f"it returned an array of shape {p.shape}"
            + (f" with entries from {p.min():g} to {p.max():g}." if p.size else ".")
        )
    return p


def _indicator(shares: Floats) -> Floats:
    best = np.zeros_like(shares)
    best[np.arange(len(shares)), shares.argmax(axis=1)] = 1.0
    return best


def _gini(shares: Floats) -> Floats:
    return np.asarray((1 - np.sum(shares**2, axis=1)) / 2)
