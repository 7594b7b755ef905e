"""The page of networks: training, weights by hand, the sum, the timeline."""

import re
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import expect

from baremath.playground.server.config import DataConfig
from baremath.playground.server.points import points_of

FAST = "speed=none"

#: Of the network that the page begins with: inputs, units of each layer, outputs.
SHAPE = (2, 4, 2, 1)


def layers_of(weights, shape=SHAPE):
    """Return (W, b) of each layer of flat weights."""
    found, first = [], 0
    for n_in, n_out in pairwise(shape):
        W = weights[first : first + n_out * n_in].reshape(n_out, n_in)
        found.append((W, weights[first + n_out * n_in : first + n_out * (n_in + 1)]))
        first += n_out * (n_in + 1)
    return found


def test_trains_the_circle_to_a_test_loss_under_0_05(network):
    network.open(FAST)
    network.button("Play").click()
    network.wait_until(network.test_loss, "x < 0.05")
    assert network.rate.inner_text() != "–"
    network.button("Pause").click()
    network.wait_for_last_frame()
    expect(network.rate).to_have_text("–")
    steps, epoch = network.number(network.steps), network.number(network.epoch)
    assert epoch == steps // 25
    accuracy = network.page.get_by_role("row", name="Accuracy").get_by_role("cell").last
    assert network.number(accuracy) > 90
    network.button("Reset to the first weights").click()
    expect(network.steps).to_have_text("0")


def test_plays_and_steps_by_keyboard(network):
    network.open("speed=100")
    network.page.locator("main").focus()
    network.page.keyboard.press("Space")
    network.wait_until(network.steps, "x > 0")
    network.page.keyboard.press("Space")
    expect(network.button("Play")).to_be_visible()
    network.button("Reset to the first weights").click()
    expect(network.steps).to_have_text("0")
    for unit, steps in (("batch", "1"), ("epoch", "25")):
        network.page.get_by_text(unit, exact=True).click()
        network.page.locator("main").focus()
        network.page.keyboard.press(".")
        expect(network.steps).to_have_text(steps)
    network.page.get_by_text("sample", exact=True).click()
    network.button("One sample forward").click()
    network.button("One sample forward").click()
    expect(network.steps).to_have_text(re.compile("^2[567]$"))


def test_weight_is_edited_by_pointer(network):
    network.open()
    before, loss = network.first_weights(), network.test_loss.inner_text()
    source = network.button("Feature x1").bounding_box()
    target = network.button("Unit 1 of layer 1").bounding_box()
    x = (source["x"] + source["width"] + target["x"]) / 2
    y = (source["y"] + target["y"] + target["height"]) / 2
    network.page.mouse.click(x, y)
    card = network.page.get_by_role("dialog", name="Weight from x1 to unit 1 of layer 1")
    slider = card.get_by_role("slider")
    box = slider.bounding_box()
    network.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    network.page.mouse.down()
    network.page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2, steps=5)
    expect(network.test_loss).not_to_have_text(loss)
    network.page.mouse.up()
    after = network.weights("w[0] > 1")
    np.testing.assert_array_equal(after[1:], before[1:])

    field = card.get_by_role("spinbutton")
    field.fill("-2.5")
    field.press("Enter")
    edited = network.weights("w[0] === -2.5")
    loss = network.test_loss.inner_text()
    card.get_by_role("button", name="Close").click()
    expect(card).to_be_hidden()
    network.page.reload()
    expect(network.test_loss).to_have_text(loss)
    np.testing.assert_array_equal(network.weights(), edited)


def test_weight_is_edited_by_touch(browser, server):
    context = browser.new_context(
        base_url=server.url, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto("network")
    source = page.get_by_role("button", name="Feature x1", exact=True)
    source.scroll_into_view_if_needed()
    box = source.bounding_box()
    target = page.get_by_role("button", name="Unit 1 of layer 1").bounding_box()
    x = (box["x"] + box["width"] + target["x"]) / 2
    page.touchscreen.tap(x, (box["y"] + target["y"] + target["height"]) / 2)
    card = page.get_by_role("dialog", name="Weight from x1 to unit 1 of layer 1")
    loss = card.get_by_text("Test loss")
    before = loss.inner_text()
    slider = card.get_by_role("slider").bounding_box()
    page.touchscreen.tap(slider["x"] + 0.8 * slider["width"], slider["y"] + slider["height"] / 2)
    expect(loss).not_to_have_text(before)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_weight_and_bias_are_edited_by_keyboard(network):
    network.open()
    loss = network.test_loss.inner_text()
    before = layers_of(network.first_weights())
    network.press(network.button("Unit 1 of layer 2"), "ArrowDown", "ArrowLeft")
    handle = network.page.get_by_role("button", name="Weight from unit 1 of layer 1 to unit 2 of")
    expect(handle).to_be_focused()
    handle.press("ArrowDown")
    handle = network.page.get_by_role("button", name="Weight from unit 2 of layer 1 to unit 2 of")
    expect(handle).to_be_focused()
    handle.press("Enter")
    card = network.page.get_by_role("dialog")
    expect(card.get_by_role("slider")).to_be_focused()
    for _ in range(3):
        network.page.keyboard.press("PageUp")
    expect(network.test_loss).not_to_have_text(loss)
    after = layers_of(network.weights(f"w[17] > {before[1][0][1, 1] + 0.2}"))
    assert after[1][0][1, 1] > before[1][0][1, 1]
    network.page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(handle).to_be_focused()

    network.press(network.button("The output"), "Enter")
    bias = card.get_by_role("group", name="Bias of the output").get_by_role("spinbutton")
    bias.fill("0.75")
    bias.press("Enter")
    network.weights("w.at(-1) === 0.75")


def test_held_weight_stays_where_it_is(network):
    network.open(FAST)
    before = network.first_weights()
    network.press(network.button("The output"), "Enter")
    card = network.page.get_by_role("dialog")
    row = card.get_by_role("group", name="Bias of the output")
    row.get_by_role("button", name="Hold it where it is").click()
    expect(row.get_by_role("button", name="Let it learn again")).to_be_visible()
    network.train()
    after = network.weights()
    assert after[-1] == before[-1]
    assert (after[:-1] != before[:-1]).all()


def test_sum_has_the_numbers_of_the_network(network):
    network.open(FAST)
    network.train()
    layers = layers_of(network.weights().astype(float))
    page = network.page
    panel = page.get_by_role("region", name="Show the sum")
    panel.get_by_role("button", name="Stop at point").click()
    number = panel.get_by_role("spinbutton", name="Number of the point")
    number.fill("8")
    number.press("Enter")
    points = points_of(DataConfig(), "classification")
    a = [points.X[7].astype(float)]
    for W, b in layers:
        a.append(np.tanh(W @ a[-1] + b))
    y = points.y[7]

    def cells(table, row):
        found = table.get_by_role("row").nth(row).locator("td").all()
        return [network.number(cell) for cell in found]

    units = panel.get_by_role("table", name="All units of")
    links = panel.get_by_role("table", name="Links that come into this unit")
    close = {"rel": 6e-3, "abs": 1e-3}
    following = ["Forward: layer 2", "Forward: output", "Loss"]
    for layer, (W, b) in enumerate(layers):
        output = units.get_by_role("row").nth(1).locator("td").nth(1)
        network.wait_until(output, f"Math.abs(x - {a[layer + 1][0]}) < 0.01")
        for unit in range(len(b)):
            z = W[unit] @ a[layer] + b[unit]
            assert cells(units, unit + 1) == pytest.approx([z, a[layer + 1][unit]], **close)
        for i, value in enumerate(a[layer]):
            expected = [value, W[0, i], value * W[0, i]]
            assert cells(links, i + 1) == pytest.approx(expected, **close)
        panel.get_by_role("button", name=following[layer]).last.click()
    loss = network.number(network.figure("Loss", panel))
    assert loss == pytest.approx((a[-1][0] - y) ** 2 / 2, **close)

    # Backward: the gradient of the loss by the output's weights
    panel.get_by_role("button", name="Backward: output").last.click()
    dz = (a[-1][0] - y) * (1 - a[-1][0] ** 2)
    expect(links.get_by_role("columnheader", name="gradient")).to_be_visible()
    for i in range(2):
        assert cells(links, i + 1)[3] == pytest.approx(dz * a[2][i], **close)

    panel.get_by_role("button", name="Update").last.click()
    expect(links.get_by_role("columnheader", name="new weight")).to_be_visible()
    steps = network.number(network.steps)
    panel.get_by_role("button", name="Take this step").click()
    network.wait_until(network.steps, f"x === {steps + 1}")
    after = layers_of(network.weights())
    expected = layers[2][0][0] - 0.03 * dz * a[2]
    np.testing.assert_allclose(after[2][0][0], expected, rtol=1e-4, atol=1e-6)
    expect(panel.get_by_text("The step took this point's loss from")).to_be_visible()


def test_timeline_goes_back_and_branches(network):
    network.open(FAST)
    first = network.first_weights()
    network.train("x > 1000")
    last, trained = network.number(network.steps), network.weights()
    timeline = network.page.get_by_role("region", name="Timeline")
    slider = timeline.get_by_role("slider")
    timeline.get_by_role("button", name="To the beginning").click()
    expect(network.steps).to_have_text("0")
    np.testing.assert_array_equal(network.first_weights(), first)

    box = slider.bounding_box()
    network.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    network.wait_until(network.steps, f"0.4 * {last} < x && x < 0.6 * {last}")
    network.press(slider, "ArrowRight")
    network.press(slider, "b")
    network.page.keyboard.type("the middle")
    network.page.keyboard.press("Enter")
    tick = timeline.get_by_role("button", name="the middle: go to step")
    expect(tick).to_be_visible()

    branches = timeline.get_by_role("list", name="Branches")
    expect(branches).to_have_count(0)
    network.page.get_by_role("slider", name="Learning rate", exact=True).press("ArrowRight")
    network.button("One epoch forward").click()
    expect(branches.get_by_role("button")).to_have_count(2)
    branches.get_by_role("button", name="Branch A").click()
    network.wait_until(network.steps, f"x === {last}")
    np.testing.assert_array_equal(network.weights(), trained)
    rate = network.page.get_by_role("spinbutton", name="Learning rate, as a number")
    expect(rate).to_have_value("0.03")
    branches.get_by_role("button", name="Branch B").click()
    expect(rate).to_have_value("0.1")
    tick.click()
    network.wait_until(network.steps, f"0.4 * {last} < x && x < 0.6 * {last}")


def test_unit_is_enlarged_under_the_pointer(network):
    network.open("speed=50")
    picture = network.page.get_by_role("figure", name="What the output says over the plane")
    expect(picture).to_be_visible()
    network.button("Unit 2 of layer 1").hover()
    enlarged = network.page.get_by_role("figure", name="What unit 2 of layer 1 says")
    expect(enlarged).to_be_visible()
    network.press(network.button("Feature x1"), "Enter")
    expect(network.page.get_by_role("figure", name="What Feature x1 says")).to_be_visible()
    expect(network.button("Feature x1")).to_have_attribute("aria-pressed", "false")
