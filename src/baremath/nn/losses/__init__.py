"""The losses."""

from baremath.nn.losses.classification import (
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HingeLoss,
    NLLLoss,
)
from baremath.nn.losses.loss import Loss
from baremath.nn.losses.regression import HuberLoss, L1Loss, MSELoss

__all__ = [
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "HingeLoss",
    "HuberLoss",
    "L1Loss",
    "Loss",
    "MSELoss",
    "NLLLoss",
]
