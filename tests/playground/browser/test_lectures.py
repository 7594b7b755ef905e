"""The lectures' pages: by pointer and by keyboard, checked by numbers computed otherwise."""

import math
import re

import numpy as np
import pytest
from playwright.sync_api import expect


def comes_back(screen, *elements):
    """Read some texts, reload, and find them again."""
    before = [element.inner_text() for element in elements]
    screen.page.reload()
    for element, text in zip(elements, before, strict=True):
        expect(element).to_have_text(text, use_inner_text=True)


def test_regression_by_pointer_and_by_keyboard(screen):
    screen.open("regression")
    loss, least = screen.figure("Loss of your line"), screen.figure("Least possible")
    screen.wait_until(loss, "x > 0")
    first = loss.inner_text()
    screen.drag(screen.page.get_by_role("slider", name="Right end of the line"), 0, -60)
    expect(loss).not_to_have_text(first)

    point = screen.page.get_by_role("slider", name="Point 1,")
    screen.press(point, "Shift+ArrowUp", "PageDown")
    expect(screen.page.get_by_role("slider", name="Point 2,")).to_be_focused()

    found = screen.wait_for_hash("points=.*intercept=.*slope=")
    x, y = np.array([one.split(":")[:2] for one in found["points"].split(",")], dtype=float).T
    coefficients = np.polyfit(x, y, 1)
    error = np.mean((np.polyval(coefficients, x) - y) ** 2)
    screen.wait_until(least, f"Math.abs(x - {error / 2}) < 0.005 * x")
    screen.page.get_by_role("button", name="Best line").click()
    expect(loss).to_have_text(least.inner_text())
    screen.wait_for_hash(f"slope={str(coefficients[0])[:4]}")
    comes_back(screen, loss, least)


def test_regression_adds_holds_out_and_overfits(screen):
    screen.open("regression")
    plot = screen.page.get_by_role("group", name="Points, and the line through them")
    points = plot.get_by_role("slider", name=re.compile("^Point"))
    expect(points).to_have_count(18)
    plot.click(position={"x": 100, "y": 60})
    expect(points).to_have_count(19)
    screen.press(points.last, "t", "Delete")
    expect(points).to_have_count(18)
    screen.page.get_by_label("Hold out every third point").check()
    degree = screen.page.get_by_role("slider", name="Degree of the polynomial", exact=True)
    screen.press(degree, "End")
    train = screen.figure("Loss of the polynomial")
    held = screen.figure("On the points held out")
    screen.wait_until(held, "x > 1")
    assert screen.number(train) < 0.1 * screen.number(held)


def test_logistic_by_pointer_and_by_keyboard(screen):
    screen.open("logistic")
    loss = screen.figure("Your cross-entropy")
    screen.wait_until(loss, "x > 0")
    first = loss.inner_text()
    screen.drag(screen.page.get_by_role("slider", name="One end of the boundary"), 30, 40)
    expect(loss).not_to_have_text(first)
    dragged = loss.inner_text()
    screen.press(screen.page.get_by_role("slider", name="Point 1,"), "c")
    expect(loss).not_to_have_text(dragged)

    found = screen.wait_for_hash("points=.*plane=")
    points = np.array([one.split(":") for one in found["points"].split(",")], dtype=float)
    bias, *weights = map(float, found["plane"].split(","))
    z = (2 * points[:, 2] - 1) * (bias + points[:, :2] @ weights)
    screen.wait_until(loss, f"Math.abs(x - {np.mean(np.log1p(np.exp(-z)))}) < 0.006 * x")
    comes_back(screen, loss)


def test_logistic_of_one_feature_has_its_sigmoid(screen):
    screen.open("logistic#features=1")
    loss = screen.figure("Your cross-entropy")
    screen.wait_until(loss, "x > 0")
    first = loss.inner_text()
    screen.press(screen.page.get_by_role("slider", name="How steep the curve is"), "ArrowRight")
    expect(loss).not_to_have_text(first)
    screen.page.get_by_role("button", name="Best weights").click()
    expect(loss).to_have_text(screen.figure("With the best weights").inner_text())


def test_optimizers_race_from_where_they_are_put(screen):
    screen.page.emulate_media(reduced_motion="reduce")
    screen.open("optimizers")
    page = screen.page
    row = page.get_by_role("row", name="Momentum")
    height = row.get_by_role("cell").nth(2)
    screen.wait_until(height, "x < 1")
    ring = page.get_by_role("slider", name="Start")
    screen.drag(ring, 60, -30)
    dragged = screen.wait_for_hash("start=")["start"]
    screen.press(ring, "Shift+ArrowLeft")
    page.wait_for_function("start => !location.hash.includes(start)", arg=f"start={dragged}")

    steps = page.get_by_role("slider", name="Step", exact=True)
    screen.press(steps, "Home")
    heights = [row.get_by_role("cell").nth(2) for row in page.get_by_role("row").all()[1:]]
    for other in heights[1:]:
        expect(other).to_have_text(heights[0].inner_text())
    page.get_by_role("group", name="The race").get_by_role("button", name="Play").click()
    screen.wait_until(height, "x < 1")

    page.get_by_role("checkbox", name="Adagrad").uncheck()
    expect(page.get_by_role("spinbutton", name="Learning rate of Adagrad")).to_have_count(0)
    rate = page.get_by_role("spinbutton", name="Learning rate of Momentum")
    rate.fill("5")
    rate.press("Enter")
    expect(height).to_contain_text("lost in step")
    screen.wait_for_hash("rates=momentum:5.*out=adagrad")
    comes_back(screen, height, row)


def test_activations_have_their_values_and_slopes(screen):
    screen.open("activations")
    value, derivative = screen.figure("Value"), screen.figure("Derivative")
    slider = screen.page.get_by_role("slider", name="Input x", exact=True)
    screen.press(slider, "ArrowLeft")
    x = float(screen.wait_for_hash("x=")["x"])
    sigmoid = 1 / (1 + math.exp(-x))
    screen.wait_until(value, f"Math.abs(x - {sigmoid}) < 0.001")
    screen.wait_until(derivative, f"Math.abs(x - {sigmoid * (1 - sigmoid)}) < 0.001")

    handle = screen.page.get_by_role("slider", name="Input of sigmoid").first
    screen.drag(handle, 120, 0)
    x = float(handle.get_attribute("aria-valuenow"))
    assert x > 2
    screen.wait_for_hash(f"x={x:g}(&|$)")
    screen.wait_until(value, f"Math.abs(x - {1 / (1 + math.exp(-x))}) < 0.001")
    expect(screen.figure("Here it is")).to_have_text("flat" if x > 4 else "learning")
    screen.page.get_by_label("One", exact=True).select_option("Tanh")
    screen.wait_until(value, f"Math.abs(x - {math.tanh(x)}) < 0.001")
    screen.wait_for_hash("first=tanh")
    comes_back(screen, value, derivative)


def test_chain_rule_agrees_with_finite_differences(screen):
    screen.open("chain-rule")
    page = screen.page
    field = page.get_by_role("textbox", name="Expression")
    field.fill("x * exp(y) + x^3")
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(3)
    expect(page.get_by_role("button", name="power")).to_be_visible()
    screen.press(page.get_by_role("slider", name="x", exact=True), "ArrowRight")
    screen.press(page.get_by_role("slider", name="y", exact=True), "Home")
    known = screen.wait_for_hash(r"values=x:[\d.]+,y:-5")["values"]
    x, y = (float(one.split(":")[1]) for one in known.split(","))

    def f(x, y):
        return x * math.exp(y) + x**3

    h = 1e-5
    by_x = (f(x + h, y) - f(x - h, y)) / (2 * h)
    by_y = (f(x, y + h) - f(x, y - h)) / (2 * h)
    for row, difference in zip(rows.all()[1:], (by_x, by_y), strict=True):
        gradient = row.get_by_role("cell").first
        screen.wait_until(gradient, f"Math.abs(x - {difference}) < 1e-4 * Math.abs(x)")
        expect(row).to_contain_text("agree")
    comes_back(screen, rows.nth(1), rows.nth(2))


def test_chain_rule_walks_and_tells_errors(screen, expected_errors):
    expected_errors.append("400 (Bad Request)")
    screen.open("chain-rule")
    page = screen.page
    progress = page.get_by_text(re.compile("^All 6 values"))
    expect(progress).to_be_visible()
    page.get_by_role("button", name="From the start").click()
    expect(page.get_by_text("Nothing is computed yet: step on, or play.")).to_be_visible()
    page.get_by_role("button", name="One step on").click()
    graph = page.get_by_role("group", name="Graph of the expression")
    screen.press(graph.get_by_role("button").first, "ArrowRight")
    expect(page.get_by_text(re.compile("^Forward: value 2 of"))).to_be_visible()
    page.get_by_role("button", name="All", exact=True).click()
    expect(progress).to_be_visible()

    field = page.get_by_role("textbox", name="Expression")
    field.fill("sin(x) + ")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#expression-help")).to_contain_text("▲")
    field.fill("__import__('os')")
    expect(page.locator("#expression-help")).to_contain_text("▲")
    page.get_by_label("Examples").select_option("Saturation")
    expect(field).to_have_attribute("aria-invalid", "false")


def test_boosting_adds_trees_and_follows_points(screen):
    screen.open("boosting")
    page = screen.page
    train, test = screen.figure("train loss"), screen.figure("test loss")
    trees = page.get_by_role("slider", name="Trees in the sum", exact=True)
    screen.press(trees, "Home")
    screen.wait_for_hash("k=0")
    none = screen.number(train)
    page.get_by_role("button", name="One tree more").click()
    screen.wait_for_hash("k=1(&|$)")
    assert screen.number(train) < none

    chart = page.get_by_role("figure", name="Loss of the training")
    chart.scroll_into_view_if_needed()
    box = chart.locator("canvas").bounding_box()
    before = train.inner_text()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.5 * box["height"])
    expect(train).not_to_have_text(before)
    page.mouse.move(0, 0)
    expect(train).to_have_text(before)

    screen.press(trees, "ArrowRight", "ArrowRight")
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(4)
    added = sum(screen.number(row.locator("td").nth(1)) for row in rows.all())
    assert screen.number(rows.last.locator("td").last) == pytest.approx(added, abs=0.01)

    plot = page.get_by_role("application", name="Points and the sum")
    target = page.get_by_role("row", name="its target").get_by_role("cell").last
    before = target.inner_text()
    screen.press(plot, "Escape", "PageDown", "PageDown", "Shift+ArrowUp")
    expect(target).not_to_have_text(before)
    screen.wait_for_hash("own=")
    expect(page.get_by_text("80 points, changed by you.")).to_be_visible()
    with page.expect_response(lambda answer: is_of_own_points(answer.request, 81)):
        plot.click(position={"x": 12, "y": 12})
    expect(page.get_by_text("81 points, changed by you.")).to_be_visible()
    screen.wait_for_hash("point=80")
    comes_back(screen, train, test, target)


def is_of_own_points(request, n):
    return request.post_data is not None and len(request.post_data_json["points"]["y"]) == n


def test_boosting_of_classes(screen):
    screen.open("boosting")
    screen.page.get_by_text("Classes", exact=True).click()
    right = screen.figure("test, right")
    screen.wait_until(right, "x > 50")
    screen.page.get_by_role("button", name="Draw again").click()
    screen.wait_for_hash("problem=classification.*data_seed=1")
    screen.press(screen.page.get_by_role("slider", name="Depth", exact=True), "Home")
    screen.wait_for_hash("depth=1")
    screen.wait_until(right, "x > 40")


def test_bias_and_variance_are_parts_of_the_error(screen):
    screen.open("bias-variance")
    page = screen.page
    place = page.get_by_role("slider", name="Place whose numbers are shown")
    told = place.get_attribute("aria-valuetext")
    screen.press(place, "ArrowLeft")
    expect(place).not_to_have_attribute("aria-valuetext", told)
    heading = page.get_by_role("heading", name="The numbers at x =")
    before = heading.inner_text()
    screen.drag(place, 80, 0)
    expect(heading).not_to_have_text(before)

    choices = page.get_by_role("button", name=re.compile(r"noise .*, bias² .*, loss"))
    expect(choices.first).to_be_visible()
    for choice in choices.all():
        name = choice.get_attribute("aria-label").replace("\u2212", "-")
        noise, bias2, variance, loss = (
            float(re.search(rf"{part} ([\d.e,-]+\d)", name)[1].replace(",", ""))
            for part in ("noise", "bias²", "variance", "loss")
        )
        assert noise + bias2 + variance == pytest.approx(loss, rel=0.02)
    screen.press(choices.first, "Enter")
    expect(choices.first).to_have_attribute("aria-pressed", "true")
    choices.last.click()
    expect(choices.last).to_have_attribute("aria-pressed", "true")

    told = place.get_attribute("aria-valuetext")
    page.get_by_role("button", name="Resample").click()
    expect(place).not_to_have_attribute("aria-valuetext", told)
    screen.wait_for_hash("seed=1")
    comes_back(screen, heading)
