"""Losses of classes: cross-entropies, and the hinge."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from baremath import autodiff
from baremath.autodiff import Tensor, equal, expand_dims, log_softmax, mean, where
from baremath.autodiff.symbol import Symbol
from baremath.nn.activations import relu, softplus
from baremath.nn.checks import real
from baremath.nn.losses.loss import Loss, checked_numbers, same_shape


class BCEWithLogitsLoss(Loss):
    r"""The cross-entropy of two classes: that of logistic regression.

    .. math:: l = -y \ln \sigma(z) - (1 - y) \ln(1 - \sigma(z)) = \ln(1 + e^z) - y z, \qquad
              \frac{\partial l}{\partial z} = \sigma(z) - y

    The outputs are the numbers z before the sigmoid ("logits"); so no logarithm of 0 is taken.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default="mean"
        What becomes of the losses.

    Examples
    --------
    >>> from baremath import nn
    >>> from baremath.autodiff import tensor
    >>> nn.BCEWithLogitsLoss(reduction="none")(tensor([0.0, 1000.0]), [1, 0]).tolist()
    [0.6931471824645996, 1000.0]
    """

    formula = r"\ln(1 + e^z) - y z"
    derivative_formula = r"\sigma(z) - y"

    def each(self, output: Any, target: Any) -> Any:
        """Return the cross-entropy of each output and its target, a probability."""
        same_shape(output.shape, target)
        return softplus(output) - output * target

    def check_target(self, output_shape: tuple[int, ...], target: NDArray[Any]) -> None:
        """Refuse what isn't a probability of each output."""
        same_shape(output_shape, target)
        if (wrong := target[(target < 0) | (target > 1)]).size:
            raise ValueError(
                f"target must be 0 or 1, or a probability between; it holds {wrong.flat[0]:g}. "
                "Number the two classes 0 and 1; of more classes use CrossEntropyLoss"
            )


class _ClassLoss(Loss):
    """A loss of one output for each class, with a weight for each."""

    def __init__(self, weight: ArrayLike | None, reduction: str) -> None:
        super().__init__(reduction)
        self.weight = None if weight is None else _class_weights(weight)

    def weighted(self, logs: Any) -> Any:
        """Return the log-probabilities times the weight of their class."""
        return logs if self.weight is None else logs * self.weight.astype(logs.dtype)

    def counts(self, target: Any, losses: Any) -> Any:
        """Return the weight of each row's class, where the target names one."""
        if self.weight is None or target.ndim > losses.ndim:
            return None
        return _of_the_class(self.weight.astype(losses.dtype), target, self.weight.size)

    def check_target(self, output_shape: tuple[int, ...], target: NDArray[Any]) -> None:
        """Refuse what isn't a class of the outputs, one for each row."""
        n_classes = output_shape[-1]
        if n_classes < 2:
            raise ValueError(
                f"the output has shape {output_shape}: {type(self).__name__} needs an output for "
                "each class; of one output for two classes use BCEWithLogitsLoss"
            )
        if self.weight is not None and self.weight.size != n_classes:
            raise ValueError(
                f"weight has {self.weight.size} class weights; the output has {n_classes} classes"
            )
        _one_class_a_row(output_shape, target)
        _check_classes(target, n_classes)


class NLLLoss(_ClassLoss):
    r"""The negative log-likelihood: of log-probabilities, that of the right class c.

    .. math:: l = -w_c \, \hat y_c, \qquad
              \frac{\partial l}{\partial \hat y_k} = -w_c \, [k = c]

    The outputs are those of `LogSoftmax`, of shape (n_rows, n_classes). As in PyTorch the mean is
    divided by the sum of the rows' :math:`s_i w_{c_i}`.

    Parameters
    ----------
    weight : array_like of shape (n_classes,), optional
        w, what a row of each class counts; 1 by default.
    reduction : {"mean", "sum", "none"}, default="mean"
        What becomes of the losses.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> round(float(nn.NLLLoss()(np.log([[0.5, 0.5], [0.2, 0.8]]), [0, 1])), 4)
    0.4581
    """

    formula = r"-\hat{y}_c"
    derivative_formula = "-[k = c]"

    def __init__(self, weight: ArrayLike | None = None, reduction: str = "mean") -> None:
        super().__init__(weight, reduction)

    def each(self, output: Any, target: Any) -> Any:
        """Return the negative log-probability of each row's class."""
        _one_class_a_row(output.shape, target)
        return -_of_the_class(self.weighted(output), target, output.shape[-1])


class CrossEntropyLoss(_ClassLoss):
    r"""The cross-entropy of many classes, on the numbers z before the softmax ("logits").

    .. math:: l = -\ln q_c = -\sum_k p_k \ln q_k, \qquad
              \frac{\partial l}{\partial z_k} = q_k - p_k, \qquad
              q_k = \frac{e^{z_k}}{\sum_j e^{z_j}}

    where p is 1 for the right class c and 0 for all others; or whatever probabilities the target
    gives. With label smoothing ε it is :math:`(1 - \epsilon) p_k + \epsilon / K`. A class weight
    multiplies :math:`p_k`; where the target names classes, the mean is divided, as in PyTorch, by
    the sum of the rows' :math:`s_i w_{c_i}`.

    Parameters
    ----------
    label_smoothing : float in [0, 1], default=0
        ε, the share of the probability that is spread evenly over the K classes.
    weight : array_like of shape (n_classes,), optional
        w, what each class counts; 1 by default.
    reduction : {"mean", "sum", "none"}, default="mean"
        What becomes of the losses.

    References
    ----------
    Szegedy, Vanhoucke, Ioffe, Shlens and Wojna (2016), Rethinking the Inception architecture for
    computer vision (label smoothing).

    Examples
    --------
    >>> from baremath import nn
    >>> from baremath.autodiff import tensor
    >>> scores = tensor([[5.0, 4.0, 2.0], [4.0, 2.0, 8.0]])
    >>> round(nn.CrossEntropyLoss()(scores, [0, 2]).item(), 4)  # classes
    0.1848
    >>> round(nn.CrossEntropyLoss()(scores, [[1, 0, 0], [0, 0, 1]]).item(), 4)  # probabilities
    0.1848
    """

    formula = r"-\ln \frac{e^{z_c}}{\sum_k e^{z_k}}"
    derivative_formula = r"\frac{e^{z_k}}{\sum_j e^{z_j}} - [k = c]"

    def __init__(
        self,
        label_smoothing: float = 0.0,
        weight: ArrayLike | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, reduction)
        self.label_smoothing = real("label_smoothing", label_smoothing, low=0, high=1)

    def each(self, output: Any, target: Any) -> Any:
        """Return the cross-entropy of each row and its target: a class, or probabilities."""
        logs = self.weighted(log_softmax(output))
        if target.ndim == output.ndim:
            same_shape(output.shape, target)
            likelihood = autodiff.sum(logs * target, -1)
        else:
            _one_class_a_row(output.shape, target)
            likelihood = _of_the_class(logs, target, output.shape[-1])
        if isinstance(self.label_smoothing, int | float) and self.label_smoothing == 0:
            return -likelihood
        even = mean(logs, -1)
        return -((1 - self.label_smoothing) * likelihood + self.label_smoothing * even)

    def check_target(self, output_shape: tuple[int, ...], target: NDArray[Any]) -> None:
        """Refuse what is neither classes nor probabilities that add up to one."""
        if target.shape != output_shape or output_shape[-1] < 2:
            super().check_target(output_shape, target)
        elif (target < 0).any() or not np.allclose(target.sum(-1), 1, atol=1e-3):
            raise ValueError(
                "target has the shape of the output, so each row is the probabilities of the "
                "classes: at least 0, and with the sum 1. For the numbers of classes give shape "
                f"{output_shape[:-1]}"
            )


class HingeLoss(Loss):
    r"""The loss of the largest margin, that of support vector machines.

    .. math:: l = \max(0, 1 - y \hat y), \qquad
              \frac{\partial l}{\partial \hat y} = -y \, [y \hat y < 1], \qquad y = \pm 1

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default="mean"
        What becomes of the losses.

    References
    ----------
    Cortes and Vapnik (1995), Support-vector networks.

    Examples
    --------
    >>> from baremath import nn
    >>> from baremath.autodiff import tensor
    >>> nn.HingeLoss(reduction="none")(tensor([2.0, 0.5, -1.0]), [1, 1, 1]).tolist()
    [0.0, 0.5, 2.0]
    """

    formula = r"\max(0, 1 - y \hat{y})"
    derivative_formula = r"-y \cdot [y \hat{y} < 1]"

    def each(self, output: Any, target: Any) -> Any:
        """Return by how much each output is short of 1 on the side of its target."""
        same_shape(output.shape, target)
        return relu(1 - output * target)

    def check_target(self, output_shape: tuple[int, ...], target: NDArray[Any]) -> None:
        """Refuse what is neither -1 nor 1."""
        same_shape(output_shape, target)
        if (wrong := target[(target != 1) & (target != -1)]).size:
            raise ValueError(
                f"target must be -1 or 1 for the hinge loss; it holds {wrong.flat[0]:g}. Of 0 and "
                "1 make 2 * target - 1"
            )


def _of_the_class(x: Any, target: Any, n_classes: int) -> Any:
    """Return of each row of x, of shape (…, n_classes), the element of the row's class."""
    _check_classes(target, n_classes)
    chosen = equal(expand_dims(target, -1), np.arange(n_classes))
    return autodiff.sum(where(chosen, x, 0.0), -1)


def _check_classes(target: Any, n_classes: int) -> None:
    """Refuse numbers that are no classes: now, or in a compiled function at every call."""
    target = target.data if isinstance(target, Tensor) else target
    if isinstance(target, Symbol):
        target.recorder.check(target, partial(_check_classes, n_classes=n_classes))
        return
    known = (target >= 0) & (target < n_classes) & (target == np.floor(target))
    if np.all(known):
        return
    row = np.argwhere(~known)[0]
    at = f"row {row[0]}" if len(row) == 1 else f"row {tuple(row.tolist())}"
    raise ValueError(
        f"target holds the class {target[tuple(row)]:g} in {at}; the classes of {n_classes} "
        f"outputs are 0 … {n_classes - 1}: number them so, or give the last layer an output for "
        "each"
    )


def _one_class_a_row(output_shape: tuple[int, ...], target: Any) -> None:
    """Refuse a target that isn't one class for each row of outputs."""
    rows = tuple(output_shape[:-1])
    if tuple(target.shape) == rows:
        return
    way = "one class is needed for each row"
    if math.prod(target.shape) == math.prod(rows):
        way = f"write target.reshape{rows}"
    raise ValueError(
        f"target has shape {tuple(target.shape)}, and the output {tuple(output_shape)} is a row of "
        f"scores for each of {rows} targets; {way}"
    )


def _class_weights(weight: ArrayLike) -> NDArray[np.float64]:
    weights = checked_numbers("weight", weight).astype(np.float64)
    if weights.ndim != 1 or (weights < 0).any() or not weights.any():
        raise ValueError(
            "weight is one number for each class, at least 0 and not all 0, not "
            f"{np.array2string(weights, threshold=8)}"
        )
    return weights
