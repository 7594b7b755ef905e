"""Save and load fitted models, never by pickle."""

from __future__ import annotations

import importlib
import io
import json
import os
import pkgutil
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from baremath.files import atomic_write

# The rooms whose public estimators `load` trusts; a room that gains its first estimator joins here.
_ROOMS_WITH_ESTIMATORS = frozenset(
    {"ensemble", "ladder", "linear_model", "model_selection", "neural_network", "tree"}
)

# The rooms whose public classes `load` trusts: what networks are made of, and learn by.
_ROOMS_WITH_PARTS = frozenset({"nn", "optim"})

# Plain values that skops asks about although building one runs nobody's code.
_HARMLESS_TYPES = frozenset(
    {
        "numpy.dtype",
        "baremath.autodiff.tensor.Tensor",
        "baremath.tree.categories.Columns",
        "baremath.tree.structure.Tree",
    }
)

_VERSIONS = "baremath.json"


def save(model: Any, path: str | os.PathLike[str]) -> None:
    """Write a model to a file that can be opened without running code from it.

    The file is skops's: a zip archive of JSON and NumPy arrays, with the versions of baremath and
    scikit-learn added. It appears whole or not at all; an older file of the same name stays as it
    was until the new one is complete.

    Parameters
    ----------
    model : estimator
        Fitted or not; any scikit-learn estimator will do, also a pipeline.
    path : str or path
        Where to write, usually ``*.skops``. The folder must exist.

    Warns
    -----
    UserWarning
        If `load` will refuse the file unless it is told to trust some of the model's types, with
        the names to give it. A tree of scikit-learn's is one such type.

    Raises
    ------
    ValueError
        If the model holds something that can't be loaded again, as a lambda can't.
    OSError
        If the file can't be written, in one line that says why.

    References
    ----------
    skops: secure persistence of scikit-learn models,
    https://skops.readthedocs.io/en/stable/persistence.html

    Examples
    --------
    >>> import tempfile
    >>> from baremath import load, save
    >>> from baremath.linear_model import LinearRegression
    >>> model = LinearRegression().fit([[1.0], [2.0], [3.0]], [3.0, 5.0, 7.0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(model, f"{folder}/line.skops")
    ...     print(load(f"{folder}/line.skops").predict([[4.0]]).round(6))
    [9.]
    """
    import skops.io

    content = _dump(model)
    asked = skops.io.get_untrusted_types(data=content)
    _refuse_what_cannot_be_found_again(asked, model)
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)
    refused = [name for name in asked if not _is_trusted(name)]
    if refused:
        warnings.warn(
            f"{path} is saved, but load will refuse it until you allow what this "
            f"{type(model).__name__} is made of: load(path, trusted={refused})",
            stacklevel=2,
        )


def load(path: str | os.PathLike[str], trusted: Sequence[str | type] = ()) -> Any:
    """Read a model written by `save`; no code from the file is run.

    The file names the types it is made of. Trusted are baremath's public estimators, layers and
    optimizers, and what skops trusts by itself (scikit-learn's estimators, NumPy's arrays and
    functions, plain Python values). A file that needs any other type is refused before anything is
    built.

    Parameters
    ----------
    path : str or path
        The file.
    trusted : sequence of str or type, default=()
        Further types and functions to allow, by full name (``"my_package.my_function"``) or as
        the type itself. Allow only what you know: loading may run their code.

    Returns
    -------
    estimator
        The model, as it was saved.

    Raises
    ------
    ValueError
        If the file isn't a model (or is only a part of one), is damaged, was saved by another
        minor version of baremath, or needs a type that isn't trusted; in one line that says which.
    OSError
        If the file isn't there, is a folder or may not be read.

    Examples
    --------
    >>> from baremath import load
    >>> load("nowhere.skops")
    Traceback (most recent call last):
    ...
    FileNotFoundError: nowhere.skops: no such file
    """
    path = Path(path)
    _refuse_what_is_no_archive(path)
    _refuse_another_version(path)
    import skops.io

    try:
        asked = skops.io.get_untrusted_types(file=path)
    except Exception as error:  # what a damaged archive makes skops raise has no bounds
        raise ValueError(_cannot_open(path, error)) from error
    own = [name for name in asked if _is_trusted(name)]
    allowed = [trusted] if isinstance(trusted, str) else list(trusted)
    unknown = set(asked) - {*own, *map(_full_name, allowed)}
    if unknown:
        names = ", ".join(sorted(unknown))
        raise ValueError(
            f"{path} ({_saved_by(path)}) needs {names}, which baremath doesn't trust: loading "
            "could run its code. If you know where the file comes from, allow it: "
            f"load(path, trusted={sorted(unknown)})"
        )
    try:
        return skops.io.load(path, trusted=own + allowed)
    except Exception as error:
        raise ValueError(_cannot_open(path, error)) from error


def _dump(model: Any) -> bytes:
    """Return the model as a skops archive, with the versions that made it."""
    import skops.io

    try:
        content = skops.io.dumps(model, compression=zipfile.ZIP_DEFLATED)
    except Exception as error:  # skops and __reduce__ of any object it meets: no bounds either
        raise ValueError(
            f"cannot save {type(model).__name__}: it holds something that can't be stored "
            f"without pickle ({_one_line(error)})"
        ) from error
    archive = io.BytesIO(content)
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr(_VERSIONS, json.dumps(_versions()))
    return archive.getvalue()


def _refuse_what_cannot_be_found_again(names: Sequence[str], model: Any) -> None:
    """Find lambdas and local functions now: they are stored by name, and theirs leads nowhere."""
    for name in names:
        try:
            pkgutil.resolve_name(name)
        except (AttributeError, ImportError, ValueError):
            raise ValueError(
                f"cannot save {type(model).__name__}: it holds {name}, which couldn't be found "
                "again by that name. Use a function or class defined at the top level of a "
                "module, or a NumPy function such as np.sin"
            ) from None


def _refuse_what_is_no_archive(path: Path) -> None:
    """Say at once what the file is, where it can't be a model."""
    if path.is_dir():
        raise IsADirectoryError(f"{path}: a folder, not a model file")
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file")
    if not path.is_file():
        raise ValueError(f"{path}: not a model saved by baremath")
    if path.stat().st_size == 0:
        raise ValueError(f"{path}: the file is empty, not a model saved by baremath")
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            starts_as_archive = file.read(4) == b"PK\x03\x04"
        if starts_as_archive:
            raise ValueError(f"{path}: the file is cut short or damaged; save the model again")
        raise ValueError(f"{path}: not a model saved by baremath; baremath.save writes one")


def _refuse_another_version(path: Path) -> None:
    """Say so where attributes may have other names or meanings; a patch release changes none."""
    import baremath

    saved_by = _versions_in(path).get("baremath")
    if isinstance(saved_by, str) and _minor(saved_by) != _minor(baremath.__version__):
        raise ValueError(
            f"{path}: saved by baremath {saved_by}, and this is {baremath.__version__}, whose "
            f"models may differ; fit it again, or install baremath {saved_by}"
        )


def _minor(version: str) -> list[str]:
    return version.split(".")[:2]


def _is_trusted(name: str) -> bool:
    """Whether `load` needs no leave for a type that skops asks about."""
    return name in _HARMLESS_TYPES or _is_own(name)


def _is_own(name: str) -> bool:
    """Whether it is the name of an estimator, or a part of one, that baremath's rooms export.

    The name comes from the file, so nothing is imported by it but a room of the lists above.
    """
    from sklearn.base import BaseEstimator

    package, _, rest = name.partition(".")
    room_name = rest.partition(".")[0]
    if package != "baremath" or room_name not in _ROOMS_WITH_ESTIMATORS | _ROOMS_WITH_PARTS:
        return False
    room = importlib.import_module(f"baremath.{room_name}")
    kind = BaseEstimator if room_name in _ROOMS_WITH_ESTIMATORS else object
    public = (getattr(room, attribute) for attribute in room.__all__)
    return any(
        isinstance(member, type) and issubclass(member, kind) and _full_name(member) == name
        for member in public
    )


def _full_name(type_or_name: str | type) -> str:
    """Return the name by which skops knows a type."""
    if isinstance(type_or_name, str):
        return type_or_name
    return f"{type_or_name.__module__}.{type_or_name.__name__}"


def _versions() -> dict[str, str]:
    import sklearn

    import baremath

    return {"baremath": baremath.__version__, "scikit-learn": sklearn.__version__}


def _versions_in(path: Path) -> dict[str, Any]:
    """Return which versions made the archive; none where it wasn't `save`, or it is damaged."""
    try:
        with zipfile.ZipFile(path) as file:
            return dict(json.loads(file.read(_VERSIONS)))
    except Exception:  # a damaged archive can raise nearly anything
        return {}


def _saved_by(path: Path) -> str:
    versions = _versions_in(path)
    named = ", ".join(f"{name} {versions[name]}" for name in _versions() if name in versions)
    return f"saved by {named or 'unknown versions'}"


def _cannot_open(path: Path, error: Exception) -> str:
    """Say why an archive isn't a model that can be loaded."""
    if isinstance(error, KeyError) and "schema.json" in str(error):
        return f"{path}: a zip archive, but not a model saved by baremath"
    here = ", ".join(f"{name} {version}" for name, version in _versions().items())
    return (
        f"{path}: the file is damaged or doesn't fit the versions installed "
        f"({_saved_by(path)}; here {here}): {_one_line(error)}"
    )


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
