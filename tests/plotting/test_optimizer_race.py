"""The paths are those of the optimizers, and the picture says who came how far."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from PIL import Image

from baremath.autodiff import maximum
from baremath.optim import OPTIMIZERS, SGD, Adam, GradientDescent, Momentum, RMSProp
from baremath.plotting import SURFACES, OptimizerRace, Surface

Gradient = Callable[[float, float], list[float]]


def beale(x: float, y: float) -> list[float]:
    residuals = [a - x + x * y**k for k, a in ((1, 1.5), (2, 2.25), (3, 2.625))]
    by_x = [y**k - 1 for k in (1, 2, 3)]
    by_y = [k * x * y ** (k - 1) for k in (1, 2, 3)]
    return [2 * np.dot(residuals, by_x), 2 * np.dot(residuals, by_y)]


GRADIENTS: dict[str, Gradient] = {
    "valley": lambda x, y: [x, 20 * y],
    "saddle": lambda x, y: [x, y**3 - y],
    "ravine": lambda x, y: [2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)],
    "beale": beale,
}
every_surface = pytest.mark.parametrize("name", list(SURFACES))

BOWL = Surface(lambda x, y: x**2 + y**2, (1.0, 1.0), (-2.0, 2.0, -1.5, 1.5), n_steps=5)


def legend(race: OptimizerRace) -> list[str]:
    return [text.get_text() for text in race.ax_.get_legend().get_texts()]


@every_surface
def test_the_paths_follow_the_gradient(name: str) -> None:
    race = OptimizerRace.from_surface(name, n_steps=30)
    assert race.n_steps == 30
    for optimizer, path in zip(race.optimizers, race.paths, strict=True):
        w = np.array(SURFACES[name].start)
        state = optimizer.init(w)
        for reached in path:
            np.testing.assert_allclose(reached, w, rtol=1e-9, atol=1e-12)
            w, state = optimizer.update(w, np.array(GRADIENTS[name](*w)), state)


@every_surface
def test_the_minima_are_the_lowest_points(name: str) -> None:
    surface = SURFACES[name]
    left, right, bottom, top = surface.window
    x, y = np.meshgrid(np.linspace(left, right, 400), np.linspace(bottom, top, 400))
    for minimum in surface.minima:
        np.testing.assert_allclose(GRADIENTS[name](*minimum), 0, atol=1e-12)
        assert surface.function(*minimum) <= surface.function(x, y).min()


@every_surface
def test_all_rules_take_part_and_come_down_within_the_picture(name: str, ax: Axes) -> None:
    race = OptimizerRace.from_surface(name)
    assert [type(o) for o in race.optimizers] == [r for r in OPTIMIZERS.values() if r is not SGD]
    left, right, bottom, top = SURFACES[name].window
    for path, heights in zip(race.paths, race.heights, strict=True):
        assert ((left, bottom) <= path).all()
        assert (path <= (right, top)).all()
        assert 0 <= heights[-1] < heights[0] / 3
    assert not re.search("diverged|outside", " ".join(legend(race.plot(ax))))


def test_each_shows_what_it_is_known_for() -> None:
    valley = OptimizerRace.from_surface("valley")
    descent, momentum, *_ = valley.paths
    assert (np.sign(descent[:20, 1]) == [1, -1] * 10).all()  # zigzags across the valley
    assert momentum[:, 0].max() > 1  # overshoots
    saddle = OptimizerRace.from_surface("saddle")
    names = [optimizer.name for optimizer in saddle.optimizers]
    on_the_saddle = {
        name: int((np.abs(path) < 0.3).all(axis=1).sum())
        for name, path in zip(names, saddle.paths, strict=True)
    }
    assert on_the_saddle["gradient_descent"] >= 10  # lingers
    assert on_the_saddle["adam"] == on_the_saddle["adagrad"] == on_the_saddle["rmsprop"] == 0


def test_the_legend_has_the_winner_first_and_says_how_high_each_is(ax: Axes) -> None:
    racers = [RMSProp(0.1, rho=0.9), GradientDescent(0.25), Momentum(0.001)]
    race = OptimizerRace.from_surface(BOWL, racers).plot(ax)
    assert legend(race) == [
        "GradientDescent, α = 0.25\n0.002",  # each coordinate is halved five times: 2/4⁵
        f"RMSProp, α = 0.1, ρ = 0.9\n{race.heights[0][-1]:.2g}",
        f"Momentum, α = 0.001\n{race.heights[2][-1]:.2g}",
    ]
    assert race.heights[1][-1] == pytest.approx(2 / 4**5, rel=0.03)  # above a point of the path
    assert race.ax_.get_title(loc="left") == "Optimizers after 5 steps"


def test_who_diverges_or_leaves_the_picture_is_said(ax: Axes) -> None:
    racers = [GradientDescent(300.0), GradientDescent(1.1), GradientDescent(0.1)]
    race = OptimizerRace.from_surface(BOWL, racers).plot(ax)
    # 599³ is beyond a million: the third step is the last one, and isn't shown.
    assert np.isfinite(race.paths[0]).all(axis=1).tolist() == [True] * 3 + [False] * 3
    assert legend(race)[1:] == [
        f"GradientDescent, α = 1.1\n{race.heights[1][-1]:.2g}, outside the picture",
        "GradientDescent, α = 300\ndiverged in step 3",
    ]
    race.figure_.canvas.draw()


def test_a_surface_of_ones_own_without_a_known_minimum(ax: Axes) -> None:
    surface = Surface(lambda x, y: np.abs(x - 0.3) + maximum(y, 0.0) - 4, (1, 1), (-1, 2, -1, 2))
    race = OptimizerRace.from_surface(surface, [GradientDescent(0.1), Adam(0.1)]).plot(ax)
    assert all(heights.min() >= 0 for heights in race.heights)
    assert race.heights[0][0] == pytest.approx(0.7 + 1, abs=0.02)
    default = OptimizerRace.from_surface(surface)
    assert [type(o) for o in default.optimizers] == [r for r in OPTIMIZERS.values() if r is not SGD]
    assert all(optimizer == type(optimizer)() for optimizer in default.optimizers)


@pytest.mark.filterwarnings("error")
def test_a_flat_surface_and_one_with_a_hole_can_be_drawn(ax: Axes) -> None:
    flat = Surface(lambda x, y: 0 * x + 0 * y, (1, 1), (-2, 2, -2, 2), n_steps=2)
    OptimizerRace.from_surface(flat).plot(ax).figure_.canvas.draw()
    hole = Surface(lambda x, y: np.log(x) + y**2, (1, 1), (-1, 2, -1, 2), n_steps=30)
    race = OptimizerRace.from_surface(hole, [GradientDescent(0.2), GradientDescent(0.01)])
    race.plot(mpl.figure.Figure().add_subplot()).figure_.canvas.draw()
    assert "diverged" in legend(race)[1]


def test_another_start(ax: Axes) -> None:
    race = OptimizerRace.from_surface("beale", [Adam(0.1)], start=(4.0, 1.5), n_steps=1).plot(ax)
    np.testing.assert_allclose(race.paths[0], [[4, 1.5], [3.9, 1.4]], rtol=1e-6)
    assert race.ax_.get_title(loc="left") == "Beale's function after 1 step"
    assert "$f = (1.5" in " ".join(text.get_text() for text in ax.texts)


def test_twenty_learning_rates_can_be_told_apart(ax: Axes) -> None:
    racers = [Momentum(0.001 * k) for k in range(1, 21)]
    race = OptimizerRace.from_surface(BOWL, racers).plot(ax)
    looks = {(head.get_color(), head.get_marker()) for head in race.heads_}
    assert len(looks) == len(set(legend(race))) == 20


@pytest.fixture
def pyplot() -> Iterator[Any]:
    plt.switch_backend("agg")
    plt.close("all")
    yield plt
    plt.close("all")


def test_given_axes_are_used_and_nothing_else_is_touched(ax: Axes, pyplot: Any) -> None:
    before = dict(mpl.rcParams)
    race = OptimizerRace.from_surface(BOWL).plot(ax)
    assert race.ax_ is ax
    assert race.figure_ is ax.figure
    assert pyplot.get_fignums() == []
    assert dict(mpl.rcParams) == before


def test_without_axes_a_figure_of_pyplot_is_opened(pyplot: Any) -> None:
    race = OptimizerRace.from_surface(BOWL)
    assert pyplot.get_fignums() == []
    assert race.plot() is race
    assert pyplot.get_fignums() == [race.figure_.number]
    assert list(race.figure_.get_size_inches()) == [8, 5]


def test_the_animation_shows_the_way_so_far(ax: Axes, tmp_path: Path) -> None:
    race = OptimizerRace.from_surface(BOWL, [GradientDescent(0.25), GradientDescent(300.0)])
    animation = race.animate(ax, seconds=2)
    race._show_step(2)
    np.testing.assert_array_equal(race.lines_[0].get_xydata(), race.paths[0][:3])
    np.testing.assert_array_equal(race.heads_[0].get_xydata(), race.paths[0][2:3])
    assert race.ax_.get_title(loc="left") == "Optimizers after 2 steps"
    assert legend(race)[0].endswith("0.12")
    assert list(animation.new_frame_seq()) == [0, 1, 2, 3, 4, 5, 5, 5, 5]  # three a second
    file = tmp_path / "race.gif"
    animation.save(file, writer="pillow", dpi=30)
    with Image.open(file) as picture:
        assert picture.n_frames == 6  # those that are alike are one
        assert picture.size == (180, 120)


def test_a_long_race_has_few_frames_and_becomes_a_page(ax: Axes) -> None:
    animation = OptimizerRace.from_surface(BOWL, [Adam()], n_steps=500).animate(ax, seconds=0.3)
    frames = list(animation.new_frame_seq())
    assert frames == [0, 250, 500] + [500] * 10
    ax.figure.set_dpi(30)
    assert animation.to_jshtml(default_mode="once").count("data:image/png;base64") == 13


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="surface='hill' must be a Surface or one of valley, sad"):
        OptimizerRace.from_surface("hill")
    with pytest.raises(ValueError, match="optimizers is empty; pass one or more"):
        OptimizerRace.from_surface("valley", [])
    for racers in (Adam(0.1), ["adam"], [Adam]):
        with pytest.raises(TypeError, match=r"optimizers=.* must be a list of optimizers, such as"):
            OptimizerRace.from_surface("valley", racers)
    for n_steps in (0, 2.5, "9"):
        with pytest.raises(ValueError, match=f"n_steps={n_steps!r} must be a whole number of 1 or"):
            OptimizerRace.from_surface("valley", n_steps=n_steps)
    for start in [(np.nan, 1.0), (1.0, 2.0, 3.0), 1.0]:
        with pytest.raises(ValueError, match="must be two numbers at which the surface has a heig"):
            OptimizerRace.from_surface("valley", start=start)
    nowhere = Surface(lambda x, y: np.log(-1 - x * x) + y, (0, 0), (-1, 1, -1, 1))
    with pytest.raises(ValueError, match=r"start=\(0, 0\) must be"):
        OptimizerRace.from_surface(nowhere)
    with pytest.raises(ValueError, match=r"window=\(1, -1, 0, 1\) must be left, right, bottom"):
        Surface(lambda x, y: x + y, (0, 0), (1, -1, 0, 1))
    for seconds in (0, -1, float("nan")):
        with pytest.raises(ValueError, match=f"seconds={seconds} must be more than 0"):
            OptimizerRace.from_surface(BOWL).animate(seconds=seconds)
