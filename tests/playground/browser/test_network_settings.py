"""The page of networks: changes while it trains, runs side by side, the doctor, stop rules."""

import re

import numpy as np
from playwright.sync_api import expect

FAST = "speed=none"


def test_hot_edits_keep_the_weights_and_the_steps(network):
    network.open(FAST)
    network.train()
    page, steps = network.page, network.steps.inner_text()
    before = network.weights()

    network.press(network.slider("Learning rate"), "ArrowRight")
    network.press(network.slider("Batch size"), "ArrowRight")
    page.get_by_label("Optimizer", exact=True).select_option("Adam")
    page.get_by_role("spinbutton", name="β₁").fill("0.8")
    page.keyboard.press("Enter")
    page.get_by_label("Regularisation").select_option("L2")
    network.press(network.slider("Its rate"), "ArrowRight")
    page.get_by_label("Rate over time").select_option("Inverse time")
    page.get_by_role("button", name="Settings of layer 1").click()
    panel = page.get_by_role("dialog", name="Settings of layer 1")
    panel.get_by_label("Activation").select_option("ReLU")
    network.press(panel.get_by_role("slider", name="Dropout", exact=True), "ArrowRight")
    page.keyboard.press("Escape")
    found = network.wait_for_hash("layers=4:relu:0.05,2&")
    assert found["learning_rate"] == "0.1"
    assert found["batch_size"] == "15"
    assert (found["optimizer"], found["beta_1"]) == ("adam", "0.8")
    assert (found["penalty"], found["penalty_rate"]) == ("L2", "0.001")
    assert found["schedule"] == "inverse"
    expect(network.steps).to_have_text(steps)
    np.testing.assert_array_equal(network.weights(), before)

    network.train(f"x > {steps.replace(',', '')}")
    assert (network.weights() != before).any()


def test_added_unit_leaves_what_the_others_learned(network):
    network.open(FAST)
    network.train()
    before = network.weights()
    network.button("Add a unit to layer 1").click()
    expect(network.button("Unit 5 of layer 1")).to_be_visible()
    after = network.weights("w.length === 30")
    # Of layer 1: 4 and 5 units of 2 inputs, and as many biases; of layer 2 each unit has one more
    np.testing.assert_array_equal(after[:8], before[:8])
    np.testing.assert_array_equal(after[10:14], before[8:12])
    np.testing.assert_array_equal(after[15:25].reshape(2, 5)[:, :4], before[12:20].reshape(2, 4))
    np.testing.assert_array_equal(after[25:], before[20:])
    network.button("Remove a unit from layer 1").click()
    np.testing.assert_array_equal(network.weights("w.length === 25"), before)
    network.button("Add a hidden layer").click()
    expect(network.button("Unit 2 of layer 3")).to_be_visible()
    network.press(network.button("Feature x1 times x2"), "Enter")
    network.wait_for_hash("features=x1,x2,x1x2&layers=4,2,2&")


def test_two_runs_side_by_side(network):
    network.open(FAST)
    page = network.page
    panel = page.get_by_role("region", name="Side by side")
    panel.get_by_label("What is different").select_option("Optimizer")
    panel.get_by_label("in the other run").select_option("Adam")
    panel.get_by_role("button", name="Compare").click()
    runs = panel.locator("figure").filter(has=page.get_by_role("button", name="Go on with"))
    expect(runs).to_have_count(2)
    losses = [network.figure("Test loss", runs.nth(k)) for k in range(2)]
    expect(losses[1]).to_have_text(losses[0].inner_text())
    network.train()
    assert losses[0].inner_text() != losses[1].inner_text()
    chosen = losses[1].inner_text()
    steps = network.steps.inner_text()
    runs.nth(1).get_by_role("button", name="Go on with this one").click()
    expect(panel.get_by_role("button", name="Compare")).to_be_visible()
    expect(page.get_by_label("Optimizer", exact=True)).to_have_value("adam")
    expect(network.test_loss).to_have_text(chosen)
    expect(network.steps).to_have_text(steps)


def test_sweep_of_two_things(network):
    network.open(FAST)
    panel = network.page.get_by_role("region", name="Side by side")
    panel.get_by_text("A sweep", exact=True).click()
    panel.get_by_label("and from row to row").select_option("Units of each layer")
    chips = panel.get_by_role("group", name="Units of each layer")
    while chips.get_by_role("checkbox", checked=True, disabled=False).count() > 1:
        chips.get_by_role("checkbox", checked=True, disabled=False).last.uncheck()
    panel.get_by_role("button", name=re.compile(r"^Sweep \d+ runs$")).click()
    runs = panel.get_by_role("listitem")
    expect(runs).to_have_count(8)
    network.train("x > 200")
    losses = {run.locator(".loss").inner_text() for run in runs.all()}
    assert len(losses) > 4
    expect(panel.get_by_text("lowest")).to_have_count(1)
    network.press(panel.get_by_role("button", name="0.01 ·").first, "Enter")
    network.wait_for_hash("learning_rate=0.01&")


def test_divergence_is_named_and_healed(network):
    network.open(f"problem=regression&data=reg-plane&layers=8:relu,8:relu&learning_rate=10&{FAST}")
    network.button("Play").click()
    doctor = network.page.get_by_role("region", name="Training diverged")
    expect(doctor).to_contain_text(re.compile(r"(hidden layer \d|the output layer|the loss)"))
    expect(doctor).to_contain_text(re.compile(r"At step \d+"))
    assert np.isfinite(network.number(network.test_loss))
    assert np.isfinite(network.weights()).all()
    doctor.get_by_role("button", name=re.compile("^Use .* and go on from step")).click()
    expect(doctor).to_be_hidden()
    network.wait_until(network.steps, "x > 500")
    assert np.isfinite(network.number(network.test_loss))
    network.wait_for_hash("^(?!.*learning_rate=10(&|$))")


def test_stops_by_epochs_loss_and_patience(network):
    network.open(FAST)
    panel = network.page.get_by_role("region", name="Stop by itself")
    for rule, limit in (
        ("After", "20"),
        ("At a test loss of", "0.1"),
        ("Test loss no lower for", "3"),
    ):
        panel.get_by_role("switch", name=rule).check(force=True)
        field = panel.get_by_role("spinbutton", name=f"{rule}: how much")
        field.fill(limit)
        field.press("Enter")
        network.button("Play").click()
        expect(panel).to_contain_text("Stopped: ")
        expect(network.button("Play")).to_be_visible()
        if rule == "After":
            expect(network.epoch).to_have_text("20")
            expect(network.steps).to_have_text("500")
        if rule == "At a test loss of":
            assert network.number(network.test_loss) <= 0.1
        panel.get_by_role("switch", name=rule).uncheck(force=True)
        expect(field).to_be_disabled()


def test_metrics_agree_with_the_confusion_matrix(network):
    network.open(f"data=xor&loss=cross-entropy&n=300&{FAST}")
    network.train("x > 300")
    rows = network.page.get_by_role("table", name="Test data").locator("tbody tr")
    counts = np.array(
        [[network.number(cell) for cell in row.locator("td").all()] for row in rows.all()]
    )
    assert counts.sum() == 150
    accuracy = network.page.get_by_role("row", name="Accuracy").get_by_role("cell").last
    assert abs(network.number(accuracy) - 100 * np.trace(counts) / 150) < 0.06

    expect(network.page.get_by_role("radio", name="Squared")).to_be_enabled()
    network.page.get_by_label("Problem").select_option("Regression")
    r2 = network.page.get_by_role("row", name="R²").get_by_role("cell").last
    network.train("x > 300")
    network.wait_until(r2, "x > 0.9")
    network.button("More").click()
    expect(network.page.get_by_role("radio", name="Squared")).to_be_disabled()
