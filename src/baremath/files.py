"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a file so that its name only ever shows a complete one.

    The block writes to a temporary file in the same folder. When the block ends, the temporary
    file is flushed to the disk and takes the name; if the block is left by an error or Ctrl-C, it
    is removed and the old file, if any, stays as it was. An old file's permissions are kept.

    Parameters
    ----------
    path : str or path
        The file to write or replace. Its folder must exist; a symbolic link is followed.

    Yields
    ------
    Path
        The temporary file: empty, with the same suffix.

    Raises
    ------
    OSError
        If the folder is missing or may not be written to, or if `path` is a folder or another
        thing that isn't a plain file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from baremath.files import atomic_write
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "numbers.txt")
    ...     with atomic_write(path) as temporary:
    ...         _ = temporary.write_text("1 2 3")
    ...     path.read_text()
    '1 2 3'
    """
    path = Path(path)
    _refuse_what_cannot_be_written(path)
    replaces = path.exists()
    target = path.resolve()
    temporary = target.with_name(f".{secrets.token_hex(8)}{target.suffix}")
    try:
        _create(temporary, private=replaces, instead_of=path)
        yield temporary
        try:
            with temporary.open("rb+") as written:
                os.fsync(written.fileno())
            if replaces:
                shutil.copymode(target, temporary)
            temporary.replace(target)
        except OSError as error:
            raise type(error)(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        with suppress(OSError):  # already renamed, or never made; must not hide another error
            temporary.unlink()


def _refuse_what_cannot_be_written(path: Path) -> None:
    """Say what is wrong with the place before any work is done for it."""
    if path.is_dir():
        raise IsADirectoryError(f"cannot write {path}: it is a folder; name a file in it")
    if path.exists() and not path.is_file():
        raise OSError(f"cannot write {path}: it isn't a plain file")
    if not path.resolve().parent.is_dir():
        raise FileNotFoundError(f"cannot write {path}: the folder {path.parent} doesn't exist")


def _create(file: Path, *, private: bool, instead_of: Path) -> None:
    """Create an empty file with the permissions that open() would give, or for the owner only.

    What replaces an existing file starts private, because that file may be: its permissions are
    copied when it is replaced.
    """
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600 if private else 0o666))
    except OSError as error:
        raise type(error)(f"cannot write {instead_of}: {error.strerror}") from None
