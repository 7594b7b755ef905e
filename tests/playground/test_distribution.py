"""What is installed: the pages, without what they are made of."""

import tarfile
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
STATIC = "baremath/playground/static/"
WEB = "baremath/playground/web/"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tmp_path_factory.mktemp("dist"))


def test_the_wheel_has_the_pages(folder: str) -> None:
    (path,) = WheelBuilder(str(ROOT)).build(directory=folder, versions=["standard"])
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
    assert f"{STATIC}index.html" in names
    assert any(name.startswith(f"{STATIC}assets/") and name.endswith(".js") for name in names)
    assert not [name for name in names if WEB in name or "node_modules" in name]


def test_the_sdist_has_the_pages_and_their_sources(folder: str) -> None:
    (path,) = SdistBuilder(str(ROOT)).build(directory=folder, versions=["standard"])
    with tarfile.open(path) as sdist:
        names = ["/".join(name.split("/")[1:]) for name in sdist.getnames()]
    assert f"src/{STATIC}index.html" in names
    assert f"src/{WEB}package-lock.json" in names
    assert "hatch_build.py" in names
    assert not [name for name in names if "node_modules" in name]
