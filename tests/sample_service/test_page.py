"""The page of the sample service in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser import listen
from tests.support import ROOT
from workloads.sample_service.tests.conftest import Process

CONTRAST = ROOT / "tests" / "contrast.js"

WEB = {
    "POD_NAME": "web-7b9d6c5f8-q7qkz",
    "NODE_NAME": "ip-10-20-32-17.eu-west-1.compute.internal",
    "ZONE": "eu-west-1a",
    "POD_IP": "127.0.0.1",
}
API = {
    "POD_NAME": "api-5f7c9d8b6d-x2x9q",
    "NODE_NAME": "fargate-ip-10-20-66-41.eu-west-1.compute.internal",
    "ZONE": "eu-west-1b",
    "POD_IP": "10.20.66.41",
}


@pytest.fixture(scope="module")
def programs() -> Iterator[dict[str, Process]]:
    """Return the programs that run, by name."""
    running: dict[str, Process] = {}
    yield running
    end(running)


def end(running: dict[str, Process]) -> None:
    for process in running.values():
        process.popen.kill()
        process.popen.wait()


@pytest.fixture
def api(programs: dict[str, Process], tmp_path: Path) -> Process:
    """Return a running API; a test that ends a program leaves it to the next to start both anew."""
    if not programs or any(one.popen.poll() is not None for one in programs.values()):
        end(programs)
        programs["api"] = Process("api", tmp_path / "api.log", API)
        url = programs["api"].url()
        programs["web"] = Process("web", tmp_path / "web.log", {**WEB, "API_URL": url})
    return programs["api"]


@pytest.fixture
def web(programs: dict[str, Process], api: Process) -> Process:
    """Return a running front that knows the API."""
    assert api is programs["api"]
    return programs["web"]


@pytest.fixture
def complaints() -> list[str]:
    """Return what the browser complains about, and what it asks of others."""
    return []


@pytest.fixture
def visit(chromium: Browser, web: Process, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Return a function that opens the page in a fresh profile; no visit may bring a complaint."""
    contexts: list[BrowserContext] = []
    address = web.url()

    def open_page(*, width: int = 1280, scheme: str = "light", script: bool = True) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        listen(page, complaints, may_ask=lambda url: url.startswith((address, "data:")))
        if script:
            # Its timers wait until the test lets time go by.
            page.clock.install(time=0)
            page.clock.pause_at(1)
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def total(page: Page) -> int:
    """Return how many calls the page counts."""
    return int(page.locator('[data-show="calls.total"]').inner_text())


def card(page: Page, title: str) -> str:
    """Return the text of a card that a visitor sees, with its lines joined."""
    return " ".join(page.get_by_role("region", name=title, exact=True).inner_text().split())


def test_page_shows_both_pods(visit: Callable[..., Page]) -> None:
    """Pod, node, zone and address of the web pod, and of the API pod that answered it."""
    page = visit()
    assert card(page, "Web pod") == (
        f"Web pod Pod {WEB['POD_NAME']} Node {WEB['NODE_NAME']} Zone {WEB['ZONE']}"
        f" Address {WEB['POD_IP']}"
    )
    assert card(page, "API pod").startswith(
        f"API pod Pod {API['POD_NAME']} Node {API['NODE_NAME']} Zone {API['ZONE']}"
        f" Address {API['POD_IP']}"
    )
    expect(page.get_by_text("across zones")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^[\d.]+ ms$")).first).to_be_visible()
    expect(page.get_by_role("heading", name="The API did not answer")).to_be_hidden()


def test_ask_again_asks_without_loading_the_page(visit: Callable[..., Page]) -> None:
    """The list grows, and what the script remembers is still there."""
    page = visit()
    before = total(page)
    page.evaluate("window.sameDocument = true")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator('[data-show="calls.total"]')).to_have_text(str(before + 1))
    assert page.evaluate("window.sameDocument")
    expect(page.get_by_role("status")).to_have_text(f"{API['POD_NAME']} answered.")
    row = page.get_by_role("listitem").inner_text()
    assert API["POD_NAME"] in row
    assert str(before + 1) in row


def test_every_2_seconds_asks_by_itself(visit: Callable[..., Page]) -> None:
    """As long as the box is ticked, and no longer."""
    page = visit()
    shown = page.locator('[data-show="calls.total"]')
    before = total(page)
    page.clock.run_for(4000)
    expect(shown).to_have_text(str(before))

    page.get_by_label("Every 2 seconds").check()
    for more in (1, 2):
        page.clock.run_for(2000)
        expect(shown).to_have_text(str(before + more))

    page.get_by_label("Every 2 seconds").uncheck()
    page.clock.run_for(4000)
    expect(shown).to_have_text(str(before + 2))


def test_page_explains_an_api_that_is_away(visit: Callable[..., Page], api: Process) -> None:
    """In words, on the page that is open; the web pod's own card stays."""
    page = visit()
    api.popen.terminate()
    api.popen.wait()
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_role("status")).to_have_text("No API pod could be reached.")
    alert = card(page, "The API did not answer")
    assert "No API pod could be reached." in alert
    assert "This page still works" in alert
    expect(page.get_by_role("region", name="API pod", exact=True)).to_be_hidden()
    expect(page.get_by_text("no answer", exact=True)).to_be_visible()
    assert WEB["POD_NAME"] in card(page, "Web pod")


def test_page_explains_a_web_pod_that_is_away(
    visit: Callable[..., Page], web: Process, complaints: list[str]
) -> None:
    """It keeps what it knows and says that nobody answered."""
    page = visit()
    web.popen.terminate()
    web.popen.wait()
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_role("status")).to_have_text("No web pod answered. Try again.")
    assert API["POD_NAME"] in card(page, "API pod")
    # The browser itself reports the lost connection, and only that.
    assert len(complaints) == 1
    assert "ERR_CONNECTION_REFUSED" in complaints.pop()


def test_slow_answer_shows_that_the_click_was_heard(visit: Callable[..., Page]) -> None:
    """An API that hangs takes two seconds to be given up."""
    page = visit()
    held: list[Route] = []
    page.route("**/api-view", lambda route: held.append(route))  # noqa: PLW0108  # it must be Python's
    with page.expect_request("**/api-view"):
        page.get_by_role("button", name="Ask again").click()
    page.clock.run_for(300)
    expect(page.get_by_role("status")).to_have_text("Asking …")
    held[0].continue_()
    expect(page.get_by_role("status")).to_have_text(f"{API['POD_NAME']} answered.")


@pytest.mark.parametrize("answered", [True, False], ids=["answered", "failed"])
def test_nothing_is_wider_than_the_window(
    visit: Callable[..., Page], api: Process, *, answered: bool
) -> None:
    """Also with names as long as EC2 and Fargate give them."""
    if not answered:
        api.popen.kill()
        api.popen.wait()
    page = visit()
    for width in (320, 375, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        cut = page.evaluate(
            "[...document.querySelectorAll('body *')].filter(e => e.checkVisibility()"
            " && e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML)"
        )
        assert cut == [], width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("answered", [True, False], ids=["answered", "failed"])
def test_text_is_legible(
    visit: Callable[..., Page], api: Process, scheme: str, *, answered: bool
) -> None:
    """Contrast is at least 4.5 to 1 for every text: level AA of WCAG 2."""
    if not answered:
        api.popen.kill()
        api.popen.wait()
    page = visit(scheme=scheme)
    result = page.evaluate(CONTRAST.read_text(encoding="utf-8"), 4.5)
    assert result["found"] == []
    assert result["seen"] > 20


def test_schemes_differ(visit: Callable[..., Page]) -> None:
    """The page follows the system: dark text on light, or light text on dark."""
    brightness = {
        scheme: [
            sum(map(int, re.findall(r"\d+", color)[:3]))
            for color in visit(scheme=scheme).evaluate(
                "[getComputedStyle(document.body).color,"
                " getComputedStyle(document.body).backgroundColor]"
            )
        ]
        for scheme in ("light", "dark")
    }
    text, background = brightness["light"]
    assert text < background
    text, background = brightness["dark"]
    assert text > background


def test_keyboard_is_enough(visit: Callable[..., Page]) -> None:
    """Both controls are reached in their order, show that they are, and work."""
    page = visit()
    before = total(page)
    outline = "getComputedStyle(document.activeElement).outlineStyle"

    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Ask again")).to_be_focused()
    assert page.evaluate(outline) == "solid"
    page.keyboard.press("Enter")
    expect(page.locator('[data-show="calls.total"]')).to_have_text(str(before + 1))

    page.keyboard.press("Tab")
    expect(page.get_by_label("Every 2 seconds")).to_be_focused()
    assert page.evaluate(outline) == "solid"
    page.keyboard.press("Space")
    expect(page.get_by_label("Every 2 seconds")).to_be_checked()


def test_controls_are_large_enough_for_a_finger(visit: Callable[..., Page]) -> None:
    """44 pixels, as WCAG 2 advises."""
    page = visit(width=375)
    for control in (page.get_by_role("button"), page.get_by_text("Every 2 seconds")):
        box = control.bounding_box()
        assert box
        assert box["height"] >= 44
        assert box["width"] >= 44


def test_nothing_moves(visit: Callable[..., Page]) -> None:
    """So there is nothing to switch off for those who prefer less motion."""
    moving = visit().evaluate(
        "[...document.querySelectorAll('*')].filter(e => {"
        " const style = getComputedStyle(e);"
        " return style.animationName !== 'none' || style.transitionDuration !== '0s';"
        "}).map(e => e.outerHTML)"
    )
    assert moving == []


def test_page_works_without_script(visit: Callable[..., Page]) -> None:
    """Asking again then loads the page anew; what needs the script is not offered."""
    page = visit(script=False)
    before = total(page)
    expect(page.get_by_label("Every 2 seconds")).to_be_hidden()
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator('[data-show="calls.total"]')).to_have_text(str(before + 1))
    assert API["POD_NAME"] in card(page, "API pod")
