"""Loss: how wrong the outputs are, as one number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath import autodiff
from baremath.autodiff import Tensor, astype, equal, mean, reshape, where
from baremath.nn.module import Module

REDUCTIONS = ("mean", "sum", "none")


class Loss(Module):
    r"""A measure of how far outputs are from targets: what training makes small.

    .. math:: L = \frac{\sum_i s_i \, l_i}{\sum_i s_i}

    A subclass computes the losses :math:`l_i` of the outputs one by one, in `each`, and says in
    `check` which targets it understands.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default="mean"
        What becomes of the losses: the mean above, their weighted sum, or nothing.

    Attributes
    ----------
    formula : str
        The loss l of one output, in LaTeX: :math:`\hat y` and y, or z (a number before the
        sigmoid or softmax).
    derivative_formula : str
        Its derivative by the output.
    """

    formula: str
    derivative_formula: str

    def __init__(self, reduction: str = "mean") -> None:
        if reduction not in REDUCTIONS:
            raise ValueError(f"reduction must be 'mean', 'sum' or 'none', not {reduction!r}")
        self.reduction = reduction

    def each(self, output: Any, target: Any) -> Any:
        """Return the loss of every output."""
        raise NotImplementedError(f"{type(self).__name__} has no each(output, target)")

    def forward(self, output: Any, target: Any, sample_weight: Any = None) -> Any:
        """Return the loss.

        Parameters
        ----------
        output : Tensor of shape (n_rows, ...)
            What the model computed.
        target : array_like
            What it should have computed.
        sample_weight : array_like of shape (n_rows,), optional
            s, what each row counts; 1 by default. If all are 0, so is the loss.

        Returns
        -------
        Tensor
            One number, or with ``reduction="none"`` the losses, each times its row's weight.

        Raises
        ------
        ValueError
            If the shapes don't fit; or there are no rows, of which there is no mean.
        """
        losses, weights = self._weighted(output, target, sample_weight)
        if self.reduction == "none":
            return losses
        if self.reduction == "sum":
            return autodiff.sum(losses)
        if weights is None:
            return mean(losses)
        total, weight = _sums(losses, weights)
        return total / where(equal(weight, 0), 1.0, weight)

    def sums(self, output: Any, target: Any, sample_weight: Any = None) -> tuple[Any, Any]:
        r"""Return the two sums whose quotient is the mean loss.

        Both add up over the parts of a batch, and so do the gradients of the first.

        Parameters
        ----------
        output, target, sample_weight
            As in `forward`.

        Returns
        -------
        total : Tensor
            :math:`\sum_i s_i \, l_i`, one number.
        weight : Tensor or int
            :math:`\sum_i s_i`; without weights how many losses there are.
        """
        return _sums(*self._weighted(output, target, sample_weight))

    def counts(self, target: Any, losses: Any) -> Any:
        """Return what each loss counts in the mean beside its row's weight; None if it is 1."""
        return None

    def _weighted(self, output: Any, target: Any, sample_weight: Any) -> tuple[Any, Any]:
        """Return the losses times their rows' weights, and what each counts in a mean, if not 1."""
        output, target = as_array(output), as_array(target)
        losses = self.each(output, target)
        if self.reduction == "mean" and math.prod(losses.shape) == 0:
            raise ValueError(f"{type(self).__name__}: there is no mean loss of an empty batch")
        weights = self._row_weights(sample_weight, losses)
        weighted = losses if weights is None else losses * weights
        if (counts := self.counts(target, losses)) is not None:
            weights = counts if weights is None else counts * weights
        return weighted, weights

    def _row_weights(self, sample_weight: Any, losses: Any) -> Any:
        """Return the weights in a shape to be multiplied by the losses; None if there are none."""
        if sample_weight is None:
            return None
        weights = as_array(sample_weight)
        if weights.shape != losses.shape[:1]:
            raise ValueError(
                f"sample_weight has shape {weights.shape}; the losses have {losses.shape}, and "
                "each row needs one weight"
            )
        if weights.dtype != losses.dtype:
            weights = astype(weights, losses.dtype)
        return reshape(weights, weights.shape + (1,) * (losses.ndim - 1))

    def check(self, output_shape: tuple[int, ...], target: Any, sample_weight: Any = None) -> None:
        """Refuse targets and weights that this loss can't be computed of, before any training.

        Parameters
        ----------
        output_shape : tuple of int
            What the model returns for the rows of `target`: (n_rows, ...).
        target : array_like
            What it should return.
        sample_weight : array_like, optional
            What each row counts.

        Raises
        ------
        ValueError
            If something doesn't fit; it says what, and what to do.
        """
        values = checked_numbers("target", target)
        if not output_shape or output_shape[0] == 0:
            raise ValueError("the batch is empty: there must be at least one row")
        self.check_target(tuple(output_shape), values)
        if sample_weight is None:
            return
        weights = checked_numbers("sample_weight", sample_weight)
        if weights.shape != tuple(output_shape[:1]):
            raise ValueError(
                f"sample_weight has shape {weights.shape}; there are {output_shape[0]} rows, and "
                "each needs one weight"
            )
        if (weights < 0).any() or not weights.any():
            raise ValueError("sample_weight must be at least 0, and above 0 for some row")

    def check_target(self, output_shape: tuple[int, ...], target: NDArray[Any]) -> None:
        """Refuse finite numbers that are no targets of this loss."""
        same_shape(output_shape, target)


def _sums(losses: Any, weights: Any) -> tuple[Any, Any]:
    """Return the sum of the losses, and of what they count."""
    size = math.prod(losses.shape)
    if weights is None:
        return autodiff.sum(losses), size
    return autodiff.sum(losses), autodiff.sum(weights) * (size / math.prod(weights.shape))


def same_shape(output_shape: tuple[int, ...], target: Any) -> None:
    """Refuse a target that isn't of the output's shape, with the way to make it so."""
    if tuple(target.shape) == tuple(output_shape):
        return
    way = "each output needs one target"
    if math.prod(target.shape) == math.prod(output_shape):
        way = f"write target.reshape{tuple(output_shape)}"
    raise ValueError(
        f"target has shape {tuple(target.shape)} and the output {tuple(output_shape)}; {way}"
    )


def checked_numbers(name: str, values: Any) -> NDArray[Any]:
    """Return an argument as an array of finite numbers.

    Raises
    ------
    ValueError
        If it isn't one.
    """
    array = np.asarray(values.data if isinstance(values, Tensor) else values)
    if array.dtype.kind not in "fiub":
        raise ValueError(
            f"{name} holds {array.dtype}, and a loss is computed of numbers; number the classes "
            "from 0 on" + (", as LabelEncoder does" if array.dtype.kind in "OSUT" else "")
        )
    if not np.isfinite(array).all():
        row = int(np.argwhere(~np.isfinite(array))[0][0]) if array.ndim else 0
        raise ValueError(f"{name} is not finite in row {row}: leave such rows out")
    return array


def as_array(x: Any) -> Any:
    """Return lists as an array, and all else as it is."""
    return x if hasattr(x, "shape") else np.asarray(x)
