"""The page of networks: what stays where the connection breaks, and where an address can't."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from baremath.playground.server import limits

FAST = "speed=none"


@pytest.fixture
def sockets(network):
    """Return the connections of the page, as they are made."""
    found = []
    network.page.on("websocket", lambda one: found.append(one))
    return found


def wait_for_loss(network):
    """Wait until the connection is lost."""
    expect(network.page.get_by_title("Connection lost, trying again")).to_be_visible()


def wait_for_return(network):
    """Wait until the connection is back."""
    expect(network.page.get_by_title("Connected", exact=True)).to_be_attached()


def test_ended_session_waits_for_its_reader(network, sockets, monkeypatch):
    network.open(FAST)
    network.train()
    steps = network.steps.inner_text()
    timeline = network.page.get_by_role("region", name="Timeline")
    network.press(timeline.get_by_role("slider"), "b")
    network.page.keyboard.type("here")
    network.page.keyboard.press("Enter")
    expect(timeline.get_by_role("button", name="here: go to step")).to_be_visible()
    monkeypatch.setattr(limits, "IDLE", 0.5)
    network.press(network.slider("Speed"), "ArrowLeft")
    resting = network.page.get_by_title("Session ended; a click or key goes on")
    expect(resting).to_be_visible()
    expect(network.page.get_by_text("It goes on with your next click or key.")).to_be_visible()

    monkeypatch.setattr(limits, "IDLE", 60.0)
    network.page.mouse.click(5, 5)
    wait_for_return(network)
    expect(network.steps).to_have_text(steps)
    expect(network.page.get_by_text("gone with the last: a bookmark")).to_be_visible()
    assert len(sockets) == 2


def test_full_server_is_asked_seldom(network, sockets, monkeypatch):
    monkeypatch.setattr(limits, "MOST_SESSIONS", 0)
    network.page.goto("network")
    told = network.page.get_by_text("The page waits for a place: 0 sessions are open")
    expect(told).to_be_visible()
    monkeypatch.undo()
    network.page.get_by_role("button", name="Now").click()
    wait_for_return(network)
    expect(network.test_loss).not_to_have_text("–")
    assert len(sockets) == 2


def test_edits_while_the_server_is_away_come_after_the_weights(network, server, expected_errors):
    expected_errors.append("WebSocket")
    network.open(FAST)
    network.train()
    steps, before = network.steps.inner_text(), network.weights()
    server.stop()
    wait_for_loss(network)
    network.button("Add a unit to layer 1").click()
    network.button("Reset to the first weights").click()
    expect(network.page.get_by_text("There is no connection to the server")).to_be_visible()
    server.start()
    wait_for_return(network)
    expect(network.button("Unit 5 of layer 1")).to_be_visible()
    expect(network.steps).to_have_text(steps)
    after = network.weights("w.length === 30")
    np.testing.assert_array_equal(after[:8], before[:8])
    np.testing.assert_array_equal(after[25:], before[20:])


def test_address_opened_while_the_server_is_away(network, another, server, expected_errors):
    expected_errors += ["WebSocket", "ERR_CONNECTION_REFUSED"]
    other = another()
    other.open("data=xor&seed=3")
    other.button("One epoch forward").click()
    expect(other.steps).to_have_text("25")
    weights, link = other.weights(), other.link()
    network.open(FAST)
    network.train()
    server.stop()
    wait_for_loss(network)
    network.page.evaluate("hash => (location.hash = hash)", link.split("#")[1])
    server.start()
    wait_for_return(network)
    expect(network.steps).to_have_text("25")
    np.testing.assert_array_equal(network.weights(), weights)


def test_held_weight_is_in_the_address(network):
    network.open()
    network.press(network.button("The output"), "Enter")
    row = network.page.get_by_role("dialog").get_by_role("group", name="Bias of the output")
    row.get_by_role("button", name="Hold it where it is").click()
    assert network.wait_for_hash("frozen=")["frozen"] == "24"
    network.page.reload()
    network.press(network.button("The output"), "Enter")
    expect(row.get_by_role("button", name="Let it learn again")).to_be_visible()


def test_weights_come_into_the_address_while_it_trains(network):
    network.open("speed=200")
    network.button("Play").click()
    step = int(network.wait_for_hash("step=[1-9]")["step"])
    network.page.reload()
    expect(network.button("Play")).to_be_visible()
    network.wait_until(network.steps, f"x >= {step}")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("weights=AAAAAAAAAAA&step=7", "New weights are drawn, as the last can't be used: "),
        ("features=x9", "x9"),
        ("problem=regression&data=circle", "circle"),
        ("hide=foo", "hide: “foo” is no part of this page"),
    ],
)
def test_address_that_does_not_fit_is_told(network, settings, told):
    network.open(settings)
    notices = network.page.locator(".notices")
    expect(notices).to_contain_text(told)
    expect(notices).not_to_contain_text("nothing is configured yet")
    expect(network.steps).to_have_text("0")
    expect(network.button("Circle")).to_have_attribute("aria-pressed", "true")
    network.train("x > 10")


def test_problem_alone_takes_its_first_data(network):
    network.open("problem=regression")
    expect(network.button("Plane")).to_have_attribute("aria-pressed", "true")
    expect(network.page.locator(".notices")).to_be_empty()


def test_table_too_large_for_the_address_is_told_and_shown_again(network):
    network.open(FAST)
    page = network.page
    rows = "\n".join(f"{i / 7:.6f},{i % 13},{i % 11 / 3:.6f},{i % 2}" for i in range(5000))
    page.get_by_role("button", name="Own data").click()
    dialog = page.get_by_role("dialog", name="Own data")
    network.drop(dialog, "first,second,third,kind\n" + rows)
    dialog.get_by_label("Shown from bottom to top").select_option("third")
    dialog.get_by_role("button", name="Learn from 5000 points").click()
    expect(page.get_by_text("too many for an address")).to_be_visible()
    assert len(page.evaluate("location.hash")) < 5000
    page.get_by_role("button", name="Own data").click()
    expect(dialog).to_contain_text("5,000 rows and 4 columns")
    expect(dialog.get_by_label("Shown from bottom to top")).to_have_value(re.compile("."))
    expect(dialog.get_by_label("Target: what is predicted")).to_have_text(re.compile("kind"))
    page.keyboard.press("Escape")

    page.reload()
    expect(page.get_by_text("the points of one's own are missing")).to_be_visible()
    expect(network.button("Circle")).to_have_attribute("aria-pressed", "true")
    expect(network.test_loss).not_to_have_text("–")


def test_points_of_the_address_are_a_table_again(network):
    rows = '"X":[[1,2],[3,4],[5,6],[7,9]],"y":["no","yes","no","yes"]'
    network.open(f'data=own&own={{"columns":["a","b"],{rows},"shown":[0,1]}}')
    network.page.get_by_role("button", name="Own data").click()
    dialog = network.page.get_by_role("dialog", name="Own data")
    expect(dialog.get_by_label("Paste a table")).to_have_value(re.compile("a,b,target\n1,2,no\n"))
    expect(dialog.get_by_role("button", name="Learn from 4 points")).to_be_enabled()


def test_drawing_is_drawn_on(network):
    network.open(FAST)
    page = network.page
    page.get_by_role("button", name="Own data").click()
    dialog = page.get_by_role("dialog", name="Own data")
    dialog.get_by_text("Drawn by hand").click()
    plane = dialog.get_by_role("application", name="Plane of")
    network.press(plane, "1", "Enter", "ArrowRight", "Enter", "2", "ArrowUp", "Enter")
    dialog.get_by_role("button", name="Learn from 3 points").click()
    network.wait_for_hash("own=")
    page.get_by_role("button", name="Own data").click()
    expect(dialog).to_contain_text("3 points.")
    network.press(plane, "2", "ArrowDown", "Enter")
    expect(dialog.get_by_role("button", name="Learn from 4 points")).to_be_enabled()
