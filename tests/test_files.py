"""A file is whole or not there, whatever happens while it is written."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from baremath.files import atomic_write


def test_a_new_file_gets_the_permissions_of_open(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    with atomic_write(tmp_path / "atomic") as temporary:
        temporary.write_text("")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_replaced_file_keeps_its_permissions_and_is_private_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o640)
    with atomic_write(path) as temporary:
        assert stat.S_IMODE(temporary.stat().st_mode) == 0o600
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_the_temporary_file_is_a_neighbour_with_the_same_suffix(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "table.parquet") as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".parquet"
        assert temporary.read_bytes() == b""


@pytest.mark.parametrize("interruption", [RuntimeError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("old", [None, "old"])
def test_an_interruption_leaves_everything_as_it_was(
    tmp_path: Path, interruption: type[BaseException], old: str | None
) -> None:
    path = tmp_path / "file"
    if old is not None:
        path.write_text(old)
    before = {p.name: p.read_text() for p in tmp_path.iterdir()}

    def write_a_half() -> None:
        with atomic_write(path) as temporary:
            temporary.write_text("half")
            raise interruption

    with pytest.raises(interruption):
        write_a_half()
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == before


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "folder" / "file")
    with atomic_write(tmp_path / "link") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "folder" / "file").read_text() == "new"


def test_a_bad_place_is_named_before_the_work_begins(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError, match=r"none/file: the folder .*none doesn't exist"),
        atomic_write(tmp_path / "none" / "file"),
    ):
        pytest.fail("the block must not run")
    with (
        pytest.raises(IsADirectoryError, match="it is a folder"),
        atomic_write(tmp_path),
    ):
        pytest.fail("the block must not run")


def test_a_name_too_long_is_one_line_about_that_name(tmp_path: Path) -> None:
    path = tmp_path / ("x." + "y" * 252)
    with pytest.raises(OSError, match=r"cannot write .*: File name too long"), atomic_write(path):
        pytest.fail("the block must not run")


def test_a_full_disk_is_one_line_and_leaves_the_old_file(tmp_path: Path, monkeypatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "file"
    path.write_text("old")
    monkeypatch.setattr("os.fsync", full)
    with (
        pytest.raises(OSError, match=r"cannot write .*file: No space left on device"),
        atomic_write(path) as temporary,
    ):
        temporary.write_text("new")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]
