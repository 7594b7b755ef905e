"""Training: the loop, stopping, monitoring, checkpoints."""

from baremath.training.checkpoint import Checkpoint
from baremath.training.divergence import DivergenceError
from baremath.training.layout import Layout
from baremath.training.metrics import accuracy
from baremath.training.step import Batch, TrainingStep
from baremath.training.stopping import Best, StopWhen
from baremath.training.trainer import Trainer

__all__ = [
    "Batch",
    "Best",
    "Checkpoint",
    "DivergenceError",
    "Layout",
    "StopWhen",
    "Trainer",
    "TrainingStep",
    "accuracy",
]
