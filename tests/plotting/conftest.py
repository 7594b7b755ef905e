"""Axes to draw on, outside pyplot."""

from __future__ import annotations

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(6, 4), layout="constrained").add_subplot()
