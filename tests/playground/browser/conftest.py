"""The playground's pages in a real Chromium, as a reader has them."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from baremath.playground import Playground

#: Milliseconds that a slow machine may take until something is on the screen.
PATIENCE = 20_000

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

#: The number that an element shows, in JavaScript.
NUMBER = "Number(element.textContent.trim().replaceAll('\u2212', '-').replace(/[,%\\s]/g, ''))"

#: What reads the weights of an address, in JavaScript.
READ = """(text => {
    const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return new Float32Array(Uint8Array.from(letters, letter => letter.charCodeAt(0)).buffer);
})"""

#: Keeps the header of the last frame that came, as `lastFrame`.
SPY = """
    window.WebSocket = class extends WebSocket {
        constructor(address) {
            super(address);
            this.addEventListener("message", ({ data }) => {
                if (typeof data === "string") return;
                const length = new DataView(data).getUint32(0, true);
                const written = new TextDecoder().decode(new Uint8Array(data, 4, length));
                const header = JSON.parse(written);
                if (header.type === "frame") window.lastFrame = header;
            });
        }
    };
"""

expect.set_options(timeout=PATIENCE)


class Server:
    """A playground that serves in a thread; it can be stopped, and started again at its port."""

    def __init__(self) -> None:
        self._port = 0
        self.start()

    def start(self) -> None:
        self._playground = Playground(port=self._port)
        self._port, self.url = self._playground.port, self._playground.url
        self._thread = threading.Thread(target=self._playground.run)
        self._thread.start()

    def stop(self) -> None:
        self._playground.close()
        self._thread.join()


class Screen:
    """A page, and how a reader finds numbers on it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, address: str) -> None:
        """Go to an address, and wait until the page is there."""
        self.page.goto(address)
        expect(self.page.get_by_role("heading", level=1)).to_be_attached()

    def figure(self, label: str, inside: Locator | None = None) -> Locator:
        """Return the number beside a label."""
        term = self.page.locator("dt", has_text=re.compile(rf"^\s*{re.escape(label)}\s*$"))
        rows = (inside or self.page).locator("dl > div").filter(has=term)
        return rows.locator("dd").first

    def number(self, element: Locator) -> float:
        """Return the number that an element shows."""
        return float(element.evaluate(f"element => {NUMBER}"))

    def wait_until(self, element: Locator, condition: str) -> None:
        """Wait until the number that an element shows, called x, fulfils a condition."""
        function = f"element => {{ const x = {NUMBER}; return {condition}; }}"
        handle = element.element_handle()
        self.page.wait_for_function(function, arg=handle, timeout=PATIENCE)

    def drag(self, element: Locator, right: float, down: float) -> None:
        """Press in the middle of an element, and let go so many pixels from there."""
        element.scroll_into_view_if_needed()
        box = element.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        mouse = self.page.mouse
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + right, y + down, steps=4)
        mouse.up()

    def press(self, element: Locator, *keys: str) -> None:
        """Give an element the focus, and press some keys."""
        element.focus()
        for key in keys:
            self.page.keyboard.press(key)

    def hash(self) -> dict[str, str]:
        """Return the settings in the address."""
        fragment = self.page.evaluate("location.hash.slice(1)")
        return {key: values[0] for key, values in parse_qs(fragment).items()}

    def wait_for_hash(self, pattern: str) -> dict[str, str]:
        """Wait until the address has what a regular expression says; return its settings."""
        self.page.wait_for_function("pattern => RegExp(pattern).test(location.hash)", arg=pattern)
        return self.hash()


class NetworkScreen(Screen):
    """The page of networks."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        output = page.get_by_role("region", name="Output", exact=True)
        training = page.get_by_role("region", name="Training", exact=True)
        self.test_loss = self.figure("Test loss", output)
        self.train_loss = self.figure("Train loss", output)
        self.steps = self.figure("Steps", training)
        self.epoch = self.figure("Epoch", training)
        self.rate = self.figure("Steps/s", training)

    def open(self, settings: str = "") -> None:
        """Open the page, and wait for the first frame."""
        super().open(f"network#{settings}")
        expect(self.test_loss).not_to_have_text("–")

    def button(self, name: str) -> Locator:
        """Return the button of that name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def slider(self, name: str) -> Locator:
        """Return the slider of that name."""
        return self.page.get_by_role("slider", name=name, exact=True)

    def train(self, until: str = "x >= 500") -> None:
        """Play until the number of steps, called x, fulfils a condition, and pause."""
        self.button("Play").click()
        self.wait_until(self.steps, until)
        self.button("Pause").click()
        self.wait_for_last_frame()

    def wait_for_last_frame(self) -> None:
        """Wait until training stands still, and that is on the screen."""
        expect(self.button("Play")).to_be_visible()
        self.page.wait_for_function(
            """steps => !lastFrame.running
                && Number(steps.textContent.replaceAll(",", "")) === lastFrame.runs[0].step""",
            arg=self.steps.element_handle(),
        )

    def weights(self, wanted: str = "true") -> np.ndarray:
        """Return the weights in the address, once they are those on the screen, and as wanted.

        What is wanted is a condition on w, their array, in JavaScript.
        """
        found = self.page.wait_for_function(
            f"""steps => {{
                const known = new URLSearchParams(location.hash.slice(1));
                const step = known.get("step") ?? "0";
                const isNow = step === steps.textContent.replaceAll(",", "");
                if (!isNow || !known.has("weights")) return null;
                const w = {READ}(known.get("weights"));
                return {wanted} ? [...w] : null;
            }}""",
            arg=self.steps.element_handle(),
        )
        return np.array(found.json_value(), np.float32)

    def link(self) -> str:
        """Return the link of this moment, as the menu copies it."""
        self.button("Export").click()
        self.button("Copy link").click()
        expect(self.page.get_by_text("The link is copied").last).to_be_visible()
        return self.page.evaluate("navigator.clipboard.readText()")

    def drop(self, dialog: Locator, text: str, times: int = 1) -> None:
        """Drop a file on the dialog of own data: a text, so many times."""
        data = self.page.evaluate_handle(
            """([text, times]) => {
                const data = new DataTransfer();
                const file = new File([text.repeat(times)], "table.csv", { type: "text/csv" });
                data.items.add(file);
                return data;
            }""",
            [text, times],
        )
        zone = dialog.get_by_role("group", name="A table")
        zone.dispatch_event("dragover", {"dataTransfer": data})
        zone.dispatch_event("drop", {"dataTransfer": data})

    def first_weights(self) -> np.ndarray:
        """Return the weights before the first step, which the address has no need of."""
        written = parse_qs(self.link().split("#")[1])["weights"][0]
        return np.array(self.page.evaluate(f"text => [...{READ}(text)]", written), np.float32)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Serve the built pages; fails with what to do where there are none."""
    server = Server()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a Chromium; of a module, for the loop that drives it keeps other loops away."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(playwright), args=FLAGS)
        yield browser
        browser.close()


def _chromium(playwright: Playwright) -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), playwright.chromium.executable_path)
    if not Path(found).is_file():
        missing = "there is no Chromium; install Debian's, or: playwright install chromium"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    return found


@pytest.fixture
def expected_errors() -> list[str]:
    """Return what may be in the console's errors; a test adds to it."""
    return []


@pytest.fixture
def context(
    browser: Browser, server: Server, expected_errors: list[str]
) -> Iterator[BrowserContext]:
    """Return a fresh profile; errors in its console and requests to elsewhere fail the test."""
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": 1280, "height": 900},
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(PATIENCE)
    context.add_init_script(SPY)
    errors: list[str] = []
    context.on("console", lambda one: one.type == "error" and errors.append(one.text))
    context.on("weberror", lambda one: errors.append(str(one.error)))
    elsewhere: list[str] = []
    own = (server.url, "data:", "blob:")
    context.on("request", lambda one: one.url.startswith(own) or elsewhere.append(one.url))
    yield context
    context.close()
    assert [one for one in errors if not any(part in one for part in expected_errors)] == []
    assert elsewhere == []


@pytest.fixture
def screen(context: BrowserContext) -> Screen:
    """Return a tab."""
    return Screen(context.new_page())


@pytest.fixture
def network(context: BrowserContext) -> NetworkScreen:
    """Return a tab for the page of networks."""
    return NetworkScreen(context.new_page())


@pytest.fixture
def another(context: BrowserContext) -> Callable[[], NetworkScreen]:
    """Return what opens one more tab."""
    return lambda: NetworkScreen(context.new_page())
