"""Every page: it opens, in light and dark, at each width, and all of it has a name."""

import re

import pytest
from playwright.sync_api import expect

PAGES = {
    "": "See how learning works",
    "network": "Network",
    "regression": "Regression",
    "logistic": "Logistic",
    "optimizers": "Optimizers",
    "activations": "Activations",
    "chain-rule": "Chain rule",
    "boosting": "Boosting",
    "bias-variance": "Bias and variance",
}
WIDTHS = (1280, 820, 390)

#: Roles of what a reader can do something with.
INTERACTIVE = {
    "application",
    "button",
    "checkbox",
    "combobox",
    "link",
    "listbox",
    "menuitem",
    "radio",
    "searchbox",
    "slider",
    "spinbutton",
    "switch",
    "tab",
    "textbox",
}


@pytest.mark.parametrize("name", PAGES, ids=lambda name: name or "front")
def test_page_opens_fits_each_width_names_all_and_follows_to_dark(screen, name):
    screen.open(name)
    expect(screen.page.get_by_role("heading", level=1)).to_have_text(PAGES[name])
    screen.page.wait_for_load_state("networkidle")
    check_names(screen.page)
    for width in WIDTHS:
        screen.page.set_viewport_size({"width": width, "height": 900})
        expect(screen.page.locator("main")).to_be_visible()
        assert screen.page.evaluate("document.documentElement.scrollWidth") <= width
    background = "getComputedStyle(document.body).backgroundColor"
    light = screen.page.evaluate(background)
    screen.page.emulate_media(color_scheme="dark")
    screen.page.wait_for_function(f"light => {background} !== light", arg=light)


def check_names(page):
    """All that can be used has a name, and its place in the order of Tab is that in the page."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    nodes = [node for node in tree["nodes"] if not node["ignored"]]
    used = [node for node in nodes if node["role"]["value"] in INTERACTIVE]
    assert len(used) >= 8
    assert [node for node in used if not node.get("name", {}).get("value", "").strip()] == []
    assert page.locator("[tabindex]:not([tabindex='0'], [tabindex='-1'])").count() == 0


def test_front_page_leads_to_every_page(screen):
    screen.open("")
    for name, title in list(PAGES.items())[1:]:
        link = screen.page.locator("main").get_by_role("link", name=title)
        expect(link).to_have_attribute("href", re.compile(rf"/{name}$"))
    link = screen.page.locator("main").get_by_role("link", name="Boosting")
    screen.press(link, "Enter")
    expect(screen.page).to_have_title(re.compile("^Boosting"))
    screen.page.get_by_role("link", name="baremath", exact=True).click()
    expect(screen.page.get_by_role("heading", level=1)).to_have_text(PAGES[""])


def test_theme_switch_is_remembered(screen):
    screen.open("activations")
    root = screen.page.locator("html")
    switch = screen.page.get_by_role("button", name="Colours:")
    switch.click()
    expect(root).to_have_attribute("data-theme", "light")
    screen.press(switch, "Enter")
    expect(root).to_have_attribute("data-theme", "dark")
    screen.page.reload()
    expect(root).to_have_attribute("data-theme", "dark")
    expect(switch).to_have_accessible_name(re.compile("^Colours: dark"))


def test_skip_link_is_first_and_leads_past_the_links(screen):
    screen.open("regression")
    screen.page.keyboard.press("Tab")
    skip = screen.page.get_by_role("link", name="Skip to the page")
    expect(skip).to_be_focused()
    screen.page.keyboard.press("Enter")
    expect(screen.page.locator("main")).to_be_focused()
    screen.page.keyboard.press("Tab")
    assert screen.page.evaluate("document.activeElement.closest('main') !== null")


def test_pages_are_in_a_menu_where_there_is_little_room(screen):
    screen.page.set_viewport_size({"width": 390, "height": 800})
    screen.open("logistic")
    screen.page.get_by_role("button", name="Pages").click()
    screen.page.get_by_role("link", name="Optimizers").click()
    expect(screen.page.get_by_role("heading", level=1)).to_have_text("Optimizers")


def test_unknown_setting_of_the_address_is_told(screen):
    screen.open("regression#degree=99&nonsense=1")
    notices = screen.page.locator(".notices")
    expect(notices).to_contain_text("nonsense")
    expect(notices).to_contain_text("degree: a whole number from 1 to 12")


def test_unknown_page_says_so_and_leads_back(screen, expected_errors):
    expected_errors.append("404")
    screen.open("nothing")
    expect(screen.page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    expect(screen.page.locator("main")).to_contain_text("“nothing”")
    screen.page.get_by_role("link", name="See the pages").click()
    expect(screen.page.get_by_role("heading", level=1)).to_have_text(PAGES[""])


@pytest.mark.parametrize("name", ["boosting", "chain-rule"])
def test_unknown_setting_is_told_there_too(screen, name):
    screen.open(f"{name}#nonsense=1")
    expect(screen.page.locator(".notices")).to_contain_text("nonsense")


#: What is wider than its room and scrolls or is cut, in JavaScript.
CUT = """element => element.scrollWidth > element.clientWidth"""


def test_graph_of_an_expression_goes_down_on_a_phone(screen):
    screen.page.set_viewport_size({"width": 390, "height": 800})
    screen.open("chain-rule#expression=tanh(w1*x1%20%2B%20w2*x2%20%2B%20b)")
    graph = screen.page.get_by_role("group", name="Graph of the expression")
    nodes = graph.get_by_role("button")
    expect(nodes).to_have_count(10)
    assert not graph.evaluate(CUT)
    first, last = nodes.first.bounding_box(), nodes.last.bounding_box()
    assert last["y"] > first["y"] + 4 * first["height"]


def test_long_formula_is_written_smaller(screen):
    screen.open("optimizers#surface=eggbox")
    card = screen.page.get_by_role("region", name="Surface", exact=True)
    formula = card.get_by_role("group", name="Formula")
    expect(formula).to_be_visible()
    assert not formula.evaluate(CUT)


@pytest.mark.parametrize(("name", "end"), [("boosting", "6"), ("bias-variance", "1")])
def test_pictures_of_functions_have_ticks_below(screen, name, end):
    screen.open(name)
    ticks = screen.page.locator(".axis").first.locator("span")
    expect(ticks.first).to_have_text(f"\u2212{end}")
    expect(ticks.last).to_have_text(end)
