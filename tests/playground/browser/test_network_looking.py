"""The page of networks: what is looked at, while the network changes and where a reader points."""

import json
import re

import pytest
from playwright.sync_api import expect

FAST = "speed=none"
OUTPUT = "What the output says over the plane"


def point_at(page, figure, across, down):
    """Put the pointer on a picture, at these shares of its sides."""
    picture = page.get_by_role("figure", name=figure)
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
    return picture.get_by_role("status")


def test_card_goes_with_the_input_of_its_weight(network):
    network.open()
    network.press(network.button("Unit 2 of layer 1"), "ArrowLeft")
    handle = network.page.get_by_role("button", name="Weight from x1 to unit 2 of layer 1")
    expect(handle).to_be_focused()
    handle.press("ArrowDown")
    handle = network.page.get_by_role("button", name="Weight from x2 to unit 2 of layer 1")
    expect(handle).to_be_focused()
    handle.press("Enter")
    card = network.page.get_by_role("dialog", name="Weight from x2 to unit 2 of layer 1")
    expect(card).to_be_visible()
    network.button("Feature x2").click()
    expect(network.page.get_by_role("dialog")).to_be_hidden()
    expect(network.button("Feature x2")).to_have_attribute("aria-pressed", "false")


def test_card_goes_with_the_layer_of_its_unit(network):
    network.open(FAST)
    network.train("x > 100")
    network.button("Add a hidden layer").click()
    expect(network.button("Unit 1 of layer 3")).to_be_visible()
    network.train("x > 1000")
    network.press(network.button("The output"), "Enter")
    expect(network.page.get_by_role("dialog", name="The output")).to_be_visible()
    timeline = network.page.get_by_role("region", name="Timeline")
    timeline.get_by_role("button", name="To the beginning").click()
    expect(network.steps).to_have_text("0")
    expect(network.button("Unit 1 of layer 3")).to_be_hidden()
    expect(network.page.get_by_role("dialog")).to_be_hidden()
    network.button("Play").click()
    network.wait_until(network.test_loss, "x < 0.4")


def test_handle_goes_with_the_layer_of_its_weight(network):
    network.open()
    network.press(network.button("The output"), "ArrowLeft")
    for source in ("unit 1 of layer 2", "unit 2 of layer 2"):
        name = f"Weight from {source} to the output"
        handle = network.page.get_by_role("button", name=name)
        expect(handle).to_be_focused()
        handle.press("ArrowDown")
    handle = network.page.get_by_role("button", name="Bias of the output")
    expect(handle).to_be_focused()
    network.button("Remove the last hidden layer").click()
    expect(network.button("Unit 1 of layer 2")).to_be_hidden()
    expect(handle).to_be_hidden()
    network.train("x > 100")


def test_readout_has_the_units_of_own_data(network):
    rows = [[x, y] for x in range(8) for y in range(8)]
    own = {
        "columns": ["a", "b"],
        "X": rows,
        "y": [25_000 + 7000 * x + 8000 * y for x, y in rows],
        "shown": [0, 1],
    }
    network.open(f"problem=regression&loss=squared&data=own&own={json.dumps(own)}")
    said = point_at(network.page, OUTPUT, 0.5, 0.5)
    expect(said).to_contain_text("(3.50, 3.50): ")
    value = float(said.inner_text().split(": ")[1].replace(",", ""))
    assert 25_000 < value < 131_000


def test_readout_tells_that_a_value_is_cut(network):
    network.open("problem=regression&data=reg-plane&loss=squared&speed=none")
    network.train("x > 1000")
    expect(point_at(network.page, OUTPUT, 0.99, 0.01)).to_contain_text(": ≥ 1")


def test_readout_of_a_feature_is_its_value(network):
    network.open()
    network.button("Feature x1").focus()
    said = point_at(network.page, "What Feature x1 says over the plane", 0.99, 0.5)
    expect(said).to_contain_text(": 5.8")


def test_regression_can_be_discretised(network):
    network.open("problem=regression&data=reg-plane&loss=squared")
    switch = network.page.get_by_role("switch", name="Discretise")
    switch.check()
    network.wait_for_hash("discretise=1")


def test_sum_has_the_penalty(network):
    network.open("penalty=L2&penalty_rate=0.1&speed=none")
    network.train("x > 20")
    panel = network.page.get_by_role("region", name="Show the sum")
    panel.get_by_role("button", name="Stop at point").click()
    panel.get_by_role("button", name="Update").last.click()
    links = panel.get_by_role("table", name="Links that come into this unit")
    expect(links.get_by_role("columnheader")).to_have_text(
        ["from", "value", "× weight", "=", "gradient", "+ penalty", "new weight"]
    )
    cells = links.get_by_role("row").nth(1).locator("td").all()
    _, weight, _, gradient, penalty, new = [network.number(cell) for cell in cells]
    assert penalty == pytest.approx(0.1 * weight, rel=1e-2)
    assert new == pytest.approx(weight - 0.03 * (gradient + penalty), rel=5e-3)


def test_point_stays_when_an_empty_place_is_clicked(network):
    network.open()
    page = network.page
    panel = page.get_by_role("region", name="Show the sum")
    panel.get_by_role("button", name="Stop at point").click()
    number = panel.get_by_role("spinbutton", name="Number of the point")
    number.fill("8")
    number.press("Enter")
    plane = page.get_by_role("application", name="The points")
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    page.mouse.click(box["x"] + 3, box["y"] + 3)
    plane.press("Escape")
    expect(number).to_have_value("8")
    panel.get_by_role("button", name="Close").click()
    plane.press("Escape")
    expect(panel.get_by_role("button", name="Stop at point 1", exact=True)).to_be_visible()


def test_heading_goes_with_all_that_is_below_it(network):
    network.open("hide=noise,share,batch_size,seed")
    heading = network.page.get_by_role("heading", name="Data", exact=True)
    expect(heading).to_be_visible()
    network.open("hide=data,noise,share,batch_size,seed")
    network.page.reload()
    expect(network.test_loss).not_to_have_text("–")
    expect(heading).to_be_hidden()


def test_names_of_classes_stay_as_they_are(network):
    own = {
        "columns": ["a", "b"],
        "X": [[x % 5, x % 7] for x in range(40)],
        "y": ["e-mail" if x % 5 < 2 else "-1" for x in range(40)],
        "shown": [0, 1],
    }
    network.open(f"data=own&own={json.dumps(own)}")
    output = network.page.get_by_role("region", name="Output", exact=True)
    expect(output.get_by_text("e-mail").first).to_be_visible()
    matrix = network.page.get_by_role("table", name="Test data")
    expect(matrix.get_by_role("columnheader")).to_have_text(["−1", "e-mail"])


def test_proposed_rate_is_a_short_number(network):
    network.open(f"problem=regression&data=reg-plane&layers=8:relu,8:relu&learning_rate=10&{FAST}")
    network.button("Play").click()
    doctor = network.page.get_by_role("region", name="Training diverged")
    proposed = doctor.get_by_role("button", name=re.compile("and go on from step"))
    expect(proposed).to_have_text(re.compile(r"Use (\d{1,2}|\d\.\d|0\.0*\d{1,2}) and go on"))
