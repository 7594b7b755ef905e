"""The page of networks: the curve of the losses through the past, bookmarks, seeks and edits."""

from playwright.sync_api import expect

FAST = "speed=none"


def picture_of(network):
    """Return what the curve of the losses looks like, once it stands still."""
    return network.page.evaluate(
        """async () => {
            const canvas = document.querySelector("figure[aria-label='Losses by step'] canvas");
            let last = "";
            for (let same = 0; same < 3; ) {
                await new Promise(resolve => setTimeout(resolve, 150));
                const now = canvas.toDataURL();
                same = now === last ? same + 1 : 0;
                last = now;
            }
            return last;
        }"""
    )


def test_curve_is_whole_again_after_a_scrub(network):
    network.open(FAST)
    network.train("x > 1000")
    last = network.steps.inner_text()
    whole = picture_of(network)
    timeline = network.page.get_by_role("region", name="Timeline")
    timeline.get_by_role("button", name="To the beginning").click()
    expect(network.steps).to_have_text("0")
    assert picture_of(network) != whole
    timeline.get_by_role("button", name="To the end").click()
    expect(network.steps).to_have_text(last)
    assert picture_of(network) == whole


def test_each_branch_has_its_curve(network):
    network.open(FAST)
    network.train("x > 1000")
    whole = picture_of(network)
    timeline = network.page.get_by_role("region", name="Timeline")
    network.press(timeline.get_by_role("slider"), "PageDown", "PageDown")
    network.press(network.slider("Learning rate"), "ArrowRight")
    network.wait_for_hash("learning_rate=0.1")
    network.train("x > 1500")
    other = picture_of(network)
    branches = timeline.get_by_role("list", name="Branches")
    branches.get_by_role("button", name="Branch A").click()
    rate = network.page.get_by_role("spinbutton", name="Learning rate, as a number")
    expect(rate).to_have_value("0.03")
    assert picture_of(network) == whole
    branches.get_by_role("button", name="Branch B").click()
    expect(rate).to_have_value("0.1")
    assert picture_of(network) == other


def test_run_that_goes_on_alone_keeps_its_past(network):
    network.open(FAST)
    panel = network.page.get_by_role("region", name="Side by side")
    panel.get_by_role("button", name="Compare").click()
    network.train("x > 500")
    steps = network.steps.inner_text()
    panel.get_by_role("button", name="Go on with this one").last.click()
    expect(panel.get_by_role("button", name="Compare")).to_be_visible()
    expect(network.steps).to_have_text(steps)
    network.wait_for_hash("learning_rate=")
    timeline = network.page.get_by_role("region", name="Timeline")
    timeline.get_by_role("button", name="To the beginning").click()
    expect(network.steps).to_have_text("0")


def test_bookmark_outlives_a_reset_and_is_removed(network):
    network.open(FAST)
    network.train()
    timeline = network.page.get_by_role("region", name="Timeline")
    timeline.get_by_role("button", name="Bookmark this moment").click()
    network.page.keyboard.type("good")
    network.page.keyboard.press("Enter")
    tick = timeline.get_by_role("button", name="good: go to step")
    expect(tick).to_be_visible()
    steps = network.steps.inner_text()
    network.button("Reset to the first weights").click()
    expect(network.steps).to_have_text("0")
    tick.click()
    expect(network.steps).to_have_text(steps)
    timeline.get_by_role("button", name="Bookmark this moment").click()
    network.page.get_by_role("button", name="Remove the bookmark “good”").click()
    expect(tick).to_have_count(0)


def test_beginning_is_that_of_an_address(network):
    network.open(FAST)
    network.train()
    steps = network.steps.inner_text()
    network.weights()
    network.page.reload()
    expect(network.steps).to_have_text(steps)
    timeline = network.page.get_by_role("region", name="Timeline")
    expect(timeline.get_by_role("button", name="To the beginning")).to_be_disabled()
    network.button("One epoch forward").click()
    expect(network.steps).not_to_have_text(steps)
    timeline.get_by_role("button", name="To the beginning").click()
    expect(network.steps).to_have_text(steps)


def test_refused_play_does_not_play(network):
    network.open("learning_rate=0")
    expect(network.page.get_by_text("learning_rate: a number above 0 to 1000")).to_be_visible()
    rate = network.page.get_by_role("spinbutton", name="Learning rate, as a number")
    expect(rate).to_have_value("0.03")
    network.train("x > 10")


def test_number_may_have_a_comma_and_is_brought_within_its_bounds(network):
    network.open()
    rate = network.page.get_by_role("spinbutton", name="Learning rate, as a number")
    rate.fill("0,5")
    rate.press("Enter")
    network.wait_for_hash("learning_rate=0.5(&|$)")
    rate.fill("99999")
    rate.press("Enter")
    told = network.page.get_by_text("At most")
    expect(told).to_be_visible()
    assert float(rate.input_value()) == float(told.inner_text().split()[-1])
    rate.fill("many")
    rate.press("Tab")
    expect(network.page.get_by_text("A number is needed")).to_be_visible()
