"""Perceptron: Rosenblatt's rule, with every mistake kept."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from baremath.estimator import all_or_nothing, check_sample_weight, chosen, forget, warn_user
from baremath.linear_model._blocks import Floats
from baremath.linear_model._gradient_descent import MOST_PARAMETERS_KEPT
from baremath.linear_model._linear_classifier import LinearClassifier
from baremath.linear_model._perceptron_kernel import perceptron_kernel
from baremath.linear_model._validation import check_count, check_number
from baremath.maths import Derivation

MOST_UPDATES_KEPT = 10_000
LARGEST = 1e140  # sums of squares of larger numbers overflow


class Perceptron(LinearClassifier):
    r"""A neuron with a step for an activation, which learns from its mistakes alone.

    .. math::
        \hat{y} = [\, b + w^T x > 0 \,], \qquad
        w \leftarrow w + \eta \, (y - \hat{y}) \, x, \qquad b \leftarrow b + \eta \, (y - \hat{y})

    A row that is classified correctly changes nothing. When a line separates the classes the rule
    finds one after finitely many mistakes (Novikoff); otherwise it never rests, so the weights of
    the pass with the fewest mistakes are kept (the pocket). With more than two classes each has its
    own weights, the largest score wins, and a mistake moves the two classes concerned.

    Parameters
    ----------
    eta : float, default=1.0
        η, the step of an update.
    max_iter : int, default=1000
        Passes over the data, at most.
    n_iter_no_change : int, default=20
        Stop when so many passes in a row bring no fewer mistakes.
    shuffle : bool, default=False
        Whether each pass takes the rows in a new order.
    random_state : int, RandomState or None, default=None
        Draws the orders.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        w; one row for two classes.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        b.
    n_iter_ : int
        Passes taken.
    history_ : dict of str to ndarray
        ``"loss"`` of shape (n_iter_ + 1,): the weighted share of rows on the wrong side before each
        pass and after the last. For every update, in order: ``"pass"``, ``"row"``, ``"actual"`` and
        ``"predicted"`` (places in `classes_`), and, for at most 20 parameters and the first 10,000
        updates, ``"parameters"`` before each of them and after the last, intercept first.
    last_step_ : dict of str to ndarray
        The last update: ``"row"`` (x itself), ``"weight"``, ``"before"``, ``"after"``, ``"actual"``
        and ``"predicted"``; empty when there never was a mistake.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had any.

    Warns
    -----
    ConvergenceWarning
        When `max_iter` passes were not enough.

    References
    ----------
    Rosenblatt (1958), The perceptron: a probabilistic model for information storage and
    organization in the brain, Psychological Review 65(6). Gallant (1990), Perceptron-based learning
    algorithms, IEEE Transactions on Neural Networks 1(2).

    Examples
    --------
    >>> from baremath.linear_model import Perceptron
    >>> X, is_and = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1]
    >>> neuron = Perceptron().fit(X, is_and)
    >>> neuron.predict(X)
    array([0, 0, 0, 1])
    >>> neuron.coef_, neuron.intercept_
    (array([[2., 1.]]), array([-2.]))
    """

    def __init__(
        self,
        eta: float = 1.0,
        *,
        max_iter: int = 1000,
        n_iter_no_change: int = 20,
        shuffle: bool = False,
        random_state: Any = None,
    ) -> None:
        self.eta = eta
        self.max_iter = max_iter
        self.n_iter_no_change = n_iter_no_change
        self.shuffle = shuffle
        self.random_state = random_state

    @all_or_nothing
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Pass over the rows until none is misclassified, or it gets no better.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The features.
        y : array-like of shape (n_samples,)
            The class of each row.
        sample_weight : array-like of shape (n_samples,), optional
            Multiplies the step of a row's updates; rows of weight 0 are left out.

        Returns
        -------
        Perceptron
            Itself, fitted.

        Raises
        ------
        ValueError
            When an argument is out of range, there is one class only, or a number or its square is
            not finite.
        """
        forget(self)
        check_number("eta", self.eta, above=True)
        check_count("max_iter", self.max_iter)
        check_count("n_iter_no_change", self.n_iter_no_change)
        features, labels = validate_data(self, X, y, dtype=np.float64)
        if np.abs(features).max() > LARGEST:
            raise ValueError(
                f"X holds {np.abs(features).max():.3g}; squares of numbers above {LARGEST:.0e} "
                "are not finite. Scale the columns."
            )
        codes = self._learn_classes(labels)
        weight = check_sample_weight(sample_weight, features)
        weight = np.ones(len(features)) if weight is None else weight
        learning = _Learning(
            table=np.ascontiguousarray(np.column_stack([np.ones(len(features)), features])),
            codes=codes,
            weight=weight,
            n_classes=len(self.classes_),
            eta=self.eta,
        )
        counted = np.flatnonzero(weight > 0)
        random_state = check_random_state(self.random_state)
        losses, best, since_best = [learning.share_wrong()], learning.W.copy(), 0
        for n_iter in range(1, self.max_iter + 1):
            order = random_state.permutation(counted) if self.shuffle else counted
            learning.one_pass(order, n_iter)
            losses.append(learning.share_wrong())
            since_best += 1
            if losses[-1] < min(losses[:-1]):
                best, since_best = learning.W.copy(), 0
            if losses[-1] == 0 or since_best == self.n_iter_no_change:
                break
        else:
            warn_user(
                f"Perceptron took max_iter={self.max_iter} passes and still finds fewer mistakes; "
                "raise max_iter.",
                ConvergenceWarning,
            )
        self.n_iter_ = n_iter
        self.coef_, self.intercept_ = best[:, 1:], best[:, 0]
        self.history_ = {"loss": np.array(losses), **learning.history()}
        self.last_step_ = learning.last_step
        return self

    def explain(self, X: ArrayLike, y: ArrayLike | None = None, row: int = 0) -> Derivation:
        """Show how one row is classified, and the last mistake that moved the weights.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            A table.
        y : array-like of shape (n_samples,), optional
            Its classes: with them the update that the row would cause is shown too.
        row : int, default=0
            Which row.

        Returns
        -------
        Derivation
            The formulas with the numbers put in.

        Raises
        ------
        IndexError
            When X has no such row.
        """
        from baremath.linear_model._explain_perceptron import explain_perceptron

        return explain_perceptron(self, X, y, row)


class _Learning:
    """The weights while they learn, each row of the table starting with a one for the intercept."""

    def __init__(
        self, table: Floats, codes: NDArray[np.intp], weight: Floats, n_classes: int, eta: float
    ) -> None:
        self.table, self.weight = table, weight
        self.codes, self.steps = codes.astype(np.int64), eta * weight
        self.W = np.zeros((1 if n_classes == 2 else n_classes, table.shape[1]))
        self.updates: list[NDArray[np.int64]] = []  # four rows each: see `history`
        self.path = [self.W.reshape(1, -1).copy()]
        self.path_room = MOST_UPDATES_KEPT if self.W.size <= MOST_PARAMETERS_KEPT else 0
        self.last_step: dict[str, Floats] = {}

    def share_wrong(self) -> float:
        """Return the weighted share of rows on the wrong side."""
        predicted = chosen(self.table @ self.W.T)
        return float(self.weight[predicted != self.codes].sum() / self.weight.sum())

    def one_pass(self, order: NDArray[np.intp], n_pass: int) -> None:
        """Go through the rows in this order and learn from each mistake."""
        order = order.astype(np.int64)
        rows, predicted = np.empty_like(order), np.empty_like(order)
        kept = min(self.path_room, len(order))
        path, scores = np.empty((kept, self.W.size)), np.empty(len(self.W))
        before = np.empty_like(self.W)
        mistakes = perceptron_kernel().one_pass(
            len(order),
            order.ctypes.data,
            self.table.shape[1],
            self.table.ctypes.data,
            self.codes.ctypes.data,
            self.steps.ctypes.data,
            len(self.W),
            self.W.ctypes.data,
            scores.ctypes.data,
            before.ctypes.data,
            rows.ctypes.data,
            predicted.ctypes.data,
            kept,
            path.ctypes.data,
        )
        if not mistakes:
            return
        rows, predicted = rows[:mistakes], predicted[:mistakes]
        self.updates.append(
            np.stack([np.full(mistakes, n_pass), rows, self.codes[rows], predicted])
        )
        self.path.append(path[:mistakes])
        self.path_room -= len(self.path[-1])
        self.last_step = {
            "row": self.table[rows[-1], 1:].copy(),
            "weight": np.array(self.weight[rows[-1]]),
            "before": before,
            "after": self.W.copy(),
            "actual": np.array(self.codes[rows[-1]]),
            "predicted": np.array(predicted[-1]),
        }

    def history(self) -> dict[str, NDArray[Any]]:
        """Return a column for each fact about the updates, and the path where it is kept."""
        updates = np.concatenate([np.zeros((4, 0), dtype=np.int64), *self.updates], axis=1)
        columns = dict(zip(("pass", "row", "actual", "predicted"), updates, strict=True))
        if self.W.size > MOST_PARAMETERS_KEPT:
            return columns
        return {**columns, "parameters": np.concatenate(self.path)}
