"""The page of networks: points of one's own, the data sets, the ladder, the limits."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

FAST = "speed=none"


@pytest.fixture
def table():
    """Three clouds of three features, as a CSV."""
    random = np.random.default_rng(0)
    middles = {"setosa": (0, 0, 5), "virginica": (10, 3, -5), "both; or": (0, 9, 0)}
    rows = [
        ",".join([*(f"{value:.3f}" for value in random.normal(middle)), f'"{name}"'])
        for name, middle in middles.items()
        for _ in range(60)
    ]
    return "\n".join(["length,width,depth,kind", *rows])


def test_dropped_table_of_three_classes_and_three_features(network, table):
    network.open(FAST)
    page = network.page
    page.get_by_role("button", name="Own data").click()
    dialog = page.get_by_role("dialog", name="Own data")
    network.drop(dialog, table)
    expect(dialog).to_contain_text("180 rows and 4 columns")
    expect(dialog.get_by_label("Target: what is predicted")).to_have_text(re.compile("kind"))
    dialog.get_by_label("Shown from bottom to top").select_option("depth")
    dialog.get_by_role("button", name="Learn from 180 points").click()
    expect(dialog).to_be_hidden()
    for name in ("length", "width", "depth"):
        feature = page.get_by_role("button", name=f"Feature {name}", exact=True)
        expect(feature).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Output both; or")).to_be_visible()
    network.train("x > 1000")
    accuracy = page.get_by_role("row", name="Accuracy").get_by_role("cell").last
    network.wait_until(accuracy, "x > 90")
    matrix = page.get_by_role("table", name="Test data")
    expect(matrix.get_by_role("columnheader")).to_have_text(["both; or", "setosa", "virginica"])

    loss = network.test_loss.inner_text()
    network.weights()
    page.reload()
    expect(network.test_loss).to_have_text(loss)


def test_pasted_table_of_amounts(network):
    network.open(FAST)
    page = network.page
    page.get_by_role("button", name="Own data").click()
    dialog = page.get_by_role("dialog", name="Own data")
    rows = "\n".join(f"{x / 7:.2f};{1000 + 20 * x}".replace(".", ",") for x in range(60))
    dialog.get_by_label("Paste a table").fill("size;price\n" + rows)
    expect(dialog).to_contain_text("with decimal commas")
    dialog.get_by_role("button", name="Learn from 60 points").click()
    expect(page.get_by_label("Problem")).to_have_value("regression")
    network.train()
    r2 = page.get_by_role("row", name="R²").get_by_role("cell").last
    network.wait_until(r2, "x > 0.9")


def test_bad_table_is_told_and_keeps_the_points(network):
    network.open()
    page = network.page
    page.get_by_role("button", name="Own data").click()
    dialog = page.get_by_role("dialog", name="Own data")
    dialog.get_by_label("Paste a table").fill('a,b\n1,"2')
    expect(dialog).to_contain_text("A quotation mark is opened and never closed.")
    expect(dialog.get_by_role("button", name="Learn from these points")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(network.button("Circle")).to_have_attribute("aria-pressed", "true")


def test_drawn_points_by_pointer_and_by_keyboard(network):
    network.open(FAST)
    page = network.page
    network.press(page.get_by_role("button", name="Own data"), "Enter")
    dialog = page.get_by_role("dialog", name="Own data")
    dialog.get_by_text("Drawn by hand").click()
    plane = dialog.get_by_role("application", name="Plane of")
    for x in (20, 30, 40, 50, 60, 70):
        plane.click(position={"x": x, "y": 30 + x / 4})
    expect(dialog).to_contain_text("6 points.")
    network.press(plane, "2", "Shift+ArrowRight", "Enter", *4 * ["ArrowDown", "Enter"])
    expect(dialog).to_contain_text("11 points.")
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog).to_contain_text("10 points.")
    dialog.get_by_text("Sprays").click()
    box = plane.bounding_box()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.7 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.8 * box["height"], steps=10)
    page.mouse.up()
    expect(dialog).not_to_contain_text("10 points.")
    dialog.get_by_role("button", name=re.compile(r"Learn from \d+ points")).click()
    expect(dialog).to_be_hidden()
    network.train("x > 300")
    accuracy = page.get_by_role("row", name="Accuracy").get_by_role("cell").first
    network.wait_until(accuracy, "x > 90")


@pytest.mark.parametrize(
    ("name", "setting", "outputs"),
    [
        ("Three spirals", "three-spiral", 3),
        ("XOR gate", "gates", 1),
        ("Batman", "batman", 1),
        ("Spiral", "spiral", 1),
    ],
)
def test_data_sets(network, name, setting, outputs):
    network.open(FAST)
    loss = network.test_loss.inner_text()
    network.press(network.button(name), "Enter")
    network.wait_for_hash(f"data={setting}(&|$)")
    expect(network.button(name)).to_have_attribute("aria-pressed", "true")
    units = network.page.get_by_role("group", name="The network").get_by_role(
        "button", name=re.compile("^(The output|Output )")
    )
    expect(units).to_have_count(outputs)
    expect(network.test_loss).not_to_have_text(loss)
    before = network.test_loss.inner_text()
    network.train("x > 100")
    assert network.test_loss.inner_text() != before


def test_noise_share_and_seed_change_the_points(network):
    network.open()
    for name in ("Noise", "Train on"):
        loss = network.test_loss.inner_text()
        network.press(network.slider(name), "ArrowRight", "ArrowRight")
        expect(network.test_loss).not_to_have_text(loss)
    loss = network.test_loss.inner_text()
    seed = network.page.get_by_role("spinbutton", name="Seed", exact=True)
    seed.fill("7")
    seed.press("Enter")
    expect(network.test_loss).not_to_have_text(loss)
    found = network.wait_for_hash("data_seed=7")
    assert (found["noise"], found["share"]) == ("10", "70")


def test_ladder_on_the_same_points(network):
    network.open("data=xor&n=100")
    network.page.get_by_role("button", name="Climb it").click()
    models = network.page.get_by_role("list", name="The same points").get_by_role("listitem")
    expect(models.get_by_text("fitted in").first).to_be_visible(timeout=60_000)
    right = [network.number(network.figure("test right", model)) for model in models.all()]
    titles = models.get_by_role("heading").all_inner_texts()
    assert len(titles) >= 7
    logistic = right[next(k for k, title in enumerate(titles) if "logistic" in title.lower())]
    assert logistic < 75 < 85 < max(right)


def test_no_ninth_layer_and_no_33rd_unit(network):
    network.open(f"layers={','.join(7 * ['1'])},31&{FAST}")
    add = network.button("Add a unit to layer 8")
    add.click()
    expect(network.button("Unit 32 of layer 8")).to_be_visible()
    expect(add).to_be_disabled()
    expect(network.button("Add a hidden layer")).to_be_disabled()
    network.button("Remove the last hidden layer").click()
    expect(network.button("Unit 1 of layer 8")).to_have_count(0)
    network.button("Add a hidden layer").click()
    expect(network.button("Unit 1 of layer 8")).to_be_visible()
    expect(network.button("Add a hidden layer")).to_be_disabled()
    network.train("x > 10")


def test_too_large_a_table_and_too_many_classes_are_told(network):
    network.open()
    page = network.page
    page.get_by_role("button", name="Own data").click()
    dialog = page.get_by_role("dialog", name="Own data")
    network.drop(dialog, "a,b,c\n" + "\n".join(f"{i},{i % 7},{i % 2}" for i in range(10_500)))
    expect(dialog).to_contain_text(re.compile("10,000"))
    network.drop(dialog, "a,b,kind\n" + "\n".join(f"{i},{i % 7},word{i % 11}" for i in range(50)))
    expect(dialog).to_contain_text(re.compile("10 classes|11"))
    network.drop(dialog, "1,2,3\n", times=3_500_000)
    expect(dialog).to_contain_text("there may be 20")


def test_address_over_a_limit_is_told(network):
    network.open("layers=99&learning_rate=nine")
    notices = network.page.locator(".notices")
    expect(notices).to_contain_text("layers:")
    expect(notices).to_contain_text("learning_rate:")
    expect(network.button("Unit 4 of layer 1")).to_be_visible()
