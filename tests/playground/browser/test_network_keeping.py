"""The page of networks: exports, links, breaks of the connection, controls left out, motion."""

import subprocess
import sys

import numpy as np
from playwright.sync_api import expect

from baremath import load
from baremath.playground.server.config import DataConfig
from baremath.playground.server.points import points_of

FAST = "speed=none"


def saved(network, name, folder):
    """Choose something from the menu of exports, and return the file."""
    network.button("Export").click()
    with network.page.expect_download() as download:
        network.page.get_by_role("dialog", name="Export").get_by_role("button", name=name).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_exported_program_comes_to_the_same_weights(network, tmp_path):
    network.open(FAST)
    network.train()
    path = saved(network, "Python program", tmp_path)
    assert path.name == "playground.py"
    shown = network.weights()
    run = "import runpy, sys; print(*runpy.run_path(sys.argv[1])['weights'])"
    done = subprocess.run(
        [sys.executable, "-c", run, str(path)], capture_output=True, text=True, check=True
    )
    printed = done.stdout.splitlines()
    assert f"after {network.number(network.steps):.0f} steps: " in done.stdout
    np.testing.assert_allclose(np.array(printed[-1].split(), float), shown, rtol=1e-4, atol=1e-5)


def test_exported_model_predicts_what_is_on_the_screen(network, tmp_path):
    network.open(FAST)
    network.train("x > 2000")
    model = load(saved(network, "Model file", tmp_path))
    points = points_of(DataConfig(), "classification")
    right = np.mean(model.predict(points.X[~points.train]) == points.y[~points.train])
    accuracy = network.page.get_by_role("row", name="Accuracy").get_by_role("cell").last
    assert abs(network.number(accuracy) - 100 * right) < 0.06


def test_picture_is_saved(network, tmp_path):
    network.open(FAST)
    network.train("x > 50")
    svg = saved(network, "SVG", tmp_path).read_text()
    assert svg.startswith(("<svg", "<?xml"))
    assert "x₁" in svg
    assert "http://127.0.0.1" not in svg
    png = saved(network, "PNG", tmp_path).read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(png) > 10_000


def test_link_reproduces_the_screen(network, another):
    network.open(f"data=spiral&features=x1,x2,sin%20x1&layers=5:relu,3&{FAST}")
    network.train()
    network.page.get_by_text("Discretise", exact=True).click()
    weights, link = network.weights(), network.link()
    other = another()
    other.page.goto(link)
    for figure in ("test_loss", "train_loss", "steps", "epoch"):
        expect(getattr(other, figure)).to_have_text(getattr(network, figure).inner_text())
    np.testing.assert_array_equal(other.weights(), weights)
    expect(other.page.get_by_role("switch", name="Discretise")).to_be_checked()
    expect(other.button("Spiral")).to_have_attribute("aria-pressed", "true")
    other.train("x > 600")


def test_comes_back_after_the_server_does(network, server, expected_errors):
    expected_errors.append("WebSocket")
    network.open(FAST)
    network.train()
    weights = network.weights()
    loss, steps = network.test_loss.inner_text(), network.steps.inner_text()
    server.stop()
    status = network.page.get_by_role("status").filter(has_text="Connection lost")
    expect(status).to_be_visible()
    server.start()
    expect(network.page.get_by_title("Connected", exact=True)).to_be_attached()
    told = f"Connected again at step {steps}; the timeline begins there."
    expect(network.page.get_by_text(told)).to_be_visible()
    expect(network.steps).to_have_text(steps)
    expect(network.test_loss).to_have_text(loss)
    np.testing.assert_array_equal(network.weights(), weights)
    network.train(f"x > {int(steps.replace(',', '')) + 100}")


def test_controls_are_left_out_by_the_address(network):
    network.open(
        "hide=transport,speed,data,own,learning_rate,variants,ladder,stop,inspect,layers,export"
    )
    page = network.page
    for name in ("Play", "Circle", "Own data", "Compare", "Climb it", "Export"):
        expect(network.button(name)).to_have_count(0)
    expect(network.button("Add a hidden layer")).to_have_count(0)
    expect(network.slider("Speed")).to_have_count(0)
    expect(network.slider("Learning rate")).to_have_count(0)
    expect(page.get_by_role("heading", name="Stop by itself")).to_have_count(0)
    expect(page.get_by_label("Optimizer", exact=True)).to_be_visible()
    page.locator("main").focus()
    page.keyboard.press("Space")
    page.get_by_label("Optimizer", exact=True).select_option("Adam")
    network.wait_for_hash("optimizer=adam")
    expect(network.steps).to_have_text("0")


def test_reduced_motion_is_honoured(network):
    network.page.emulate_media(reduced_motion="reduce")
    network.open(FAST)
    network.train("x > 50")
    longest = network.page.evaluate(
        """Math.max(0, ...document.getAnimations().map(one => {
            const { duration, iterations } = one.effect.getComputedTiming();
            return Number(duration) * iterations;
        }))"""
    )
    assert longest <= 10


def test_everything_is_reached_by_tab_in_order(network):
    network.open()
    page = network.page
    seen = []
    for _ in range(120):
        page.keyboard.press("Tab")
        name = page.evaluate(
            """(() => {
                const one = document.activeElement;
                if (one === document.body) return null;
                const box = one.getBoundingClientRect();
                const seen = one.checkVisibility() && box.bottom > 0 && box.top < innerHeight;
                return [one.getAttribute("aria-label") ?? one.innerText.trim(), seen];
            })()"""
        )
        if name is None:
            break
        seen.append(name)
    names = [name for name, _ in seen]
    assert names[0] == "Skip to the page"
    assert [name for name, visible in seen if not visible] == []
    wanted = ["Play", "Export", "Circle", "Feature x1", "Unit 1 of layer 1", "The output"]
    places = [names.index(name) for name in wanted]
    assert places == sorted(places)
