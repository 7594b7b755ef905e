"""A fitted network as a C function: from raw features to what it predicts."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from baremath.autodiff import concatenate, no_grad, reshape, sigmoid, softmax
from baremath.training.checks import check_count

if TYPE_CHECKING:
    from baremath.neural_network._network import Network

DTYPE = np.float64  # in which the estimators predict


def export_network(
    network: Network, path: str | os.PathLike[str], n_rows: int, name: str
) -> tuple[Path, Path]:
    """Write the object file and the header; see `MLPClassifier.export_c`."""
    from baremath.compiler import export  # the compiler takes a while

    check_is_fitted(network)
    n_rows = check_count("n_rows", n_rows, least=1)
    of_outputs, note = _probabilities(network) if is_classifier(network) else _amounts(network)

    def predicted(x: Any) -> dict[str, Any]:
        with no_grad():
            return of_outputs(network.module_(x))

    features = np.zeros((n_rows, network.n_features_in_), DTYPE)
    return export(predicted, path, features, name=name, note=f"{note}\n{_told_of_x(network)}")


def _probabilities(network: Any) -> tuple[Callable[[Any], dict[str, Any]], str]:
    """Return what makes probabilities of the outputs, and how a header tells it."""
    classes = ", ".join(map(repr, network.classes_.tolist()))
    if network._several_labels_:
        told = f"out_probability: that each label is 1, in the order of classes_: {classes}."
        return lambda z: {"probability": sigmoid(z)}, told
    told = f"out_probability: of each class, in the order of classes_: {classes}."
    if network.n_outputs_ == 1:
        return lambda z: {"probability": concatenate([sigmoid(-z), sigmoid(z)], axis=1)}, told
    return lambda z: {"probability": softmax(z, axis=1)}, told


def _amounts(network: Any) -> tuple[Callable[[Any], dict[str, Any]], str]:
    """Return what makes amounts of the outputs, and how a header tells it."""
    mean, scale = network.target_mean_, network.target_scale_

    def amounts(z: Any) -> dict[str, Any]:
        y = mean + scale * z
        return {"y": reshape(y, (len(y),)) if network._one_column_ else y}

    return amounts, "out_y: the predicted amounts, in the unit of the targets that were learned."


def _told_of_x(network: Any) -> str:
    told = "x: the features as predict takes them. Nothing is checked: they must be finite."
    if hasattr(network, "feature_names_in_"):
        told += f"\nColumns: {', '.join(map(repr, network.feature_names_in_.tolist()))}."
    return told
