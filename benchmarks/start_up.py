"""What a user waits for before anything happens."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.measure import process_seconds, seconds

ROOT = Path(__file__).parents[1]


def import_seconds() -> float:
    """Return what `import baremath` adds to the start of Python."""
    bare = process_seconds([sys.executable, "-c", "pass"])
    return process_seconds([sys.executable, "-c", "import baremath"]) - bare


def make_run_seconds() -> tuple[float, float]:
    """Return the seconds of `make run` in a fresh clone: from nothing, and once more after that."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder, "baremath")
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        run = partial(subprocess.run, ["make", "run"], cwd=clone, check=True, capture_output=True)
        return seconds(run), seconds(run)
