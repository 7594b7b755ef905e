"""A file of tensors and facts that appears whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from baremath.files import atomic_write

PathLike: TypeAlias = str | os.PathLike[str]

_FORMAT = "baremath training checkpoint, version 1"


def write_file(path: PathLike, tensors: dict[str, NDArray[Any]], facts: dict[str, Any]) -> None:
    """Write tensors as safetensors, with the facts as JSON in the header.

    One file, so that tensors and facts can't come from different moments: it is written beside
    the old one, flushed to the disk, and takes its name.

    Raises
    ------
    OSError
        If it can't be written; an older file stays as it was.
    """
    from safetensors.numpy import save

    content = save(
        {name: np.asarray(array, order="C") for name, array in tensors.items()},
        metadata={"format": _FORMAT, "facts": json.dumps(facts, default=_plain)},
    )
    with atomic_write(path) as partial:
        partial.write_bytes(content)


def read_file(path: PathLike) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return the tensors and the facts.

    Raises
    ------
    OSError
        If there is no such file, or it can't be read.
    ValueError
        If it is something else, or damaged.
    """
    from safetensors import safe_open

    if not Path(path).exists():
        raise FileNotFoundError(f"{path}: no such file")
    if not Path(path).is_file():
        raise IsADirectoryError(f"{path}: a folder, not a checkpoint")
    try:
        with safe_open(os.fspath(path), framework="np") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except OSError:
        raise
    except Exception as error:  # a damaged file makes safetensors raise its own
        raise ValueError(
            f"{path}: not a checkpoint, or cut short or damaged ({' '.join(str(error).split())})"
        ) from error
    if metadata.get("format") != _FORMAT:
        raise ValueError(
            f"{path}: not a checkpoint of this version of baremath: its format is "
            f"{metadata.get('format', 'plain safetensors')!r}, and not {_FORMAT!r}"
        )
    try:
        facts = json.loads(metadata["facts"])
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path}: the checkpoint is damaged: its JSON can't be read") from error
    return tensors, facts


def _plain(number: Any) -> Any:
    """Return a NumPy number as Python's, for JSON."""
    if isinstance(number, np.generic):
        return number.item()
    raise TypeError(f"a checkpoint can't hold {number!r} of type {type(number).__name__}")
