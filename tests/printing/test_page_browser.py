"""Use the page as people do, in headless Chromium: hover, click, keyboard, narrow, dark, print, hostile input."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from rag.answers import Answer
from rag.printing import number_citations, to_html
from tests.sample_answers import HOSTILE, answer_of, demo_answer, demo_pictures

pytestmark = pytest.mark.browser

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
# runs before the page's own script, outside its policy
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install -e '.[test]'")
    names = (os.environ.get("RAG_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome", "chrome")
    path = next(filter(None, map(shutil.which, filter(None, names))), None)
    if path is None:
        pytest.skip("needs Chromium: apt-get install chromium, or set RAG_CHROMIUM to its path")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def answer() -> Answer:
    return demo_answer()


@pytest.fixture(scope="module")
def file(answer: Answer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("page") / "answer.html"
    target.write_text(to_html(answer, demo_pictures(answer).get), encoding="utf-8")
    return target


@dataclass
class Seen:
    """Open a file in a page of its own and note everything that must not happen."""

    page: Any
    file: Path
    trouble: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.trouble.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.trouble.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: self.trouble.append(f"dialog: {dialog.message}"))
        self.page.on("request", self._request)
        self.page.add_init_script(WATCH)
        self.page.goto(self.file.as_uri())

    def _request(self, request: Any) -> None:
        if not request.url.startswith("data:") and request.url.split("#")[0] != self.file.as_uri():
            self.trouble.append(f"request: {request.url}")

    def close(self) -> None:
        self.trouble += self.page.evaluate("violations")
        self.page.context.close()
        assert self.trouble == []


@pytest.fixture
def wide(chromium: Any, file: Path) -> Iterator[Any]:
    seen = Seen(chromium.new_context(viewport=WIDE).new_page(), file)
    yield seen.page
    seen.close()


@pytest.fixture
def narrow(chromium: Any, file: Path) -> Iterator[Any]:
    seen = Seen(chromium.new_context(viewport=NARROW, has_touch=True).new_page(), file)
    yield seen.page
    seen.close()


def _pictured(answer: Answer) -> tuple[int, str]:
    """Return number and quote of the first citation of a PDF."""
    return next((number, c.quote) for c, number in number_citations(answer).items() if c.source == "pdf")


def _mark(page: Any, number: int) -> Any:
    return page.locator(f'sup .mark[data-q="{number}"]').first


def test_hover_shows_the_quote_and_its_place(wide: Any, answer: Answer) -> None:
    """Pointing at a mark shows quote, paper, section and page; leaving it or Escape hides them."""
    number, quote = _pictured(answer)
    tip = wide.locator("#tip")
    assert not tip.is_visible()
    _mark(wide, number).hover()
    assert quote in tip.inner_text()
    assert "TernBurst" in tip.inner_text()
    assert "page 2" in tip.inner_text()
    tip.hover()  # what appeared can be pointed at without vanishing
    assert tip.is_visible()
    wide.mouse.move(5, 5)
    tip.wait_for(state="hidden")
    _mark(wide, number).hover()
    wide.keyboard.press("Escape")
    assert not tip.is_visible()


def test_click_opens_the_page_with_the_quote_marked(wide: Any, answer: Answer) -> None:
    """A click shows the cut-out with the quote's rectangles; a button shows the whole page; Escape closes."""
    number, quote = _pictured(answer)
    _mark(wide, number).click()
    viewer = wide.locator("#viewer")
    assert viewer.is_visible()
    assert quote in viewer.inner_text()
    sheet = viewer.locator("svg:visible")
    assert sheet.count() == 1
    assert sheet.locator("g:visible").get_attribute("data-q") == str(number)
    cut = _box(sheet)
    for rect in sheet.locator("g:visible rect").all():
        assert _inside(rect.bounding_box(), sheet.bounding_box())
    wide.click("#whole")
    assert _box(sheet) == [0, 0, 612, 792]
    assert _box(sheet) != cut
    wide.keyboard.press("Escape")
    assert not viewer.is_visible()


def _box(sheet: Any) -> list[float]:
    return [float(number) for number in sheet.get_attribute("viewBox").split()]


def _inside(inner: dict[str, float], outer: dict[str, float]) -> bool:
    return (
        outer["x"] - 1 <= inner["x"]
        and outer["y"] - 1 <= inner["y"]
        and inner["x"] + inner["width"] <= outer["x"] + outer["width"] + 1
        and inner["y"] + inner["height"] <= outer["y"] + outer["height"] + 1
    )


def test_picture_is_loaded(wide: Any, answer: Answer) -> None:
    """The page's picture is really painted: the marked place holds dark print on a light ground."""
    _mark(wide, _pictured(answer)[0]).click()
    loaded = wide.evaluate(
        """async () => {
          const found = new Image();
          found.src = document.querySelector("#sheets .leaf:not([hidden]) image").getAttribute("href");
          await found.decode();
          return [found.naturalWidth, found.naturalHeight];
        }"""
    )
    assert loaded == [1377, 1782]  # 612 by 792 points at 2.25 pixels each


def test_everything_by_keyboard(wide: Any, answer: Answer) -> None:
    """Tab reaches a mark and shows its quote, Enter opens the page, arrows go on, Escape leads back to the mark."""
    number, quote = _pictured(answer)
    for _ in range(80):
        wide.keyboard.press("Tab")
        if wide.evaluate("document.activeElement.dataset.q") == str(number):
            break
    assert quote in wide.locator("#tip").inner_text()
    assert wide.evaluate("document.activeElement.getAttribute('aria-describedby')") == "tip"
    wide.keyboard.press("Enter")
    viewer = wide.locator("#viewer")
    assert viewer.is_visible()
    assert wide.evaluate("document.activeElement.closest('dialog') !== null")
    before = wide.locator("#count").inner_text()
    assert before.startswith("1 of ")
    wide.keyboard.press("ArrowRight")
    assert wide.locator("#count").inner_text().startswith("2 of ")
    wide.keyboard.press("ArrowLeft")
    assert wide.locator("#count").inner_text() == before
    wide.keyboard.press("Escape")
    assert not viewer.is_visible()
    assert wide.evaluate("document.activeElement.dataset.q") == str(number)


def test_a_quote_over_two_pages_shows_both(wide: Any, answer: Answer) -> None:
    """A sentence that crosses a page is shown on both pages, one under the other."""
    (number,) = [n for c, n in number_citations(answer).items() if len({span.page for span in c.spans}) == 2]
    _mark(wide, number).click()
    assert wide.locator("#viewer svg:visible").count() == 2


def test_quotes_without_a_picture_open_the_list(wide: Any, answer: Answer) -> None:
    """A mark of the question's or a summary's own sentence leads to its entry in the list."""
    number = next(n for c, n in number_citations(answer).items() if c.source == "brief")
    _mark(wide, number).click()
    assert not wide.locator("#viewer").is_visible()
    assert wide.locator(f"#q{number}").is_visible()


def test_every_drawer_opens_and_bibtex_can_be_copied(wide: Any) -> None:
    """All drawers open by keyboard; Copy puts the entries on the clipboard or selects them."""
    for summary in wide.locator("summary").all():
        summary.focus()
        wide.keyboard.press("Enter")
    assert "TernBurst restores video." in wide.locator(".dropped").inner_text()
    assert "@misc{" in wide.locator("pre").inner_text()
    wide.click(".copy")
    wide.locator(".copy", has_text="opied").or_(wide.locator(".copy", has_text="Selected")).wait_for()


def test_narrow_screen(narrow: Any, answer: Answer) -> None:
    """On a phone nothing runs over the edge, the workflow stands upright, and the page fills the screen."""
    assert narrow.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
    assert narrow.locator(".flow .narrow").first.is_visible()
    assert not narrow.locator(".flow .wide").first.is_visible()
    _mark(narrow, _pictured(answer)[0]).tap()
    assert narrow.locator("#viewer").bounding_box()["width"] == NARROW["width"]
    assert narrow.evaluate("document.querySelector('#viewer').matches(':modal')")
    assert narrow.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
    narrow.click("#close")
    assert not narrow.locator("#viewer").is_visible()


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_drawn_text_stays_in_its_boxes(chromium: Any, file: Path, viewport: dict[str, int]) -> None:
    """The estimated widths hold: no line of a workflow leaves its box."""
    seen = Seen(chromium.new_context(viewport=viewport).new_page(), file)
    steps = seen.page.locator(".step:visible").all()
    assert len(steps) == 6
    for step in steps:
        box = step.locator("rect").bounding_box()
        for text in step.locator("text").all():
            assert _inside(text.bounding_box(), box)
    seen.close()


CONTRASTS = """() => {
  const light = (colour) => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255);
    const [r, g, b] = parts.map((part) => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!colour.startsWith("rgba(0, 0, 0, 0")) return colour;
    }
  };
  return [...document.querySelectorAll("h1, h2, p, a, li, summary, button, dt, dd, cite, figcaption, .authors, .said")]
    .filter((node) => node.getClientRects().length && !(node instanceof SVGElement))
    .map((node) => {
      const [a, b] = [light(getComputedStyle(node).color), light(ground(node))].sort((x, y) => y - x);
      return [(a + .05) / (b + .05), node.outerHTML.slice(0, 60)];
    });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_light_and_dark(chromium: Any, file: Path, answer: Answer, scheme: str) -> None:
    """Every text has a contrast of at least 4.5 (WCAG 2.2 AA), and dark is dark."""
    seen = Seen(chromium.new_context(viewport=WIDE, color_scheme=scheme).new_page(), file)
    _mark(seen.page, _pictured(answer)[0]).click()
    measured = seen.page.evaluate(CONTRASTS)
    assert len(measured) > 40
    assert [what for contrast, what in measured if contrast < 4.5] == []
    ground = seen.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (int(ground[4:].split(",")[0]) < 60) == (scheme == "dark")
    seen.close()


def test_print_shows_all_quotes_and_no_controls(wide: Any) -> None:
    """On paper the list of quotes is open and buttons are gone."""
    wide.emulate_media(media="print")
    assert wide.locator("#q1 q").is_visible()
    assert wide.locator("button:visible").count() == 0


def test_works_without_its_script(chromium: Any, file: Path, answer: Answer) -> None:
    """Where scripts are off, a mark leads to its quote in the list."""
    page = chromium.new_context(viewport=WIDE, java_script_enabled=False).new_page()
    page.goto(file.as_uri())
    number, quote = _pictured(answer)
    _mark(page, number).click()
    assert page.url.endswith(f"#q{number}")
    assert page.locator(f"#q{number} q").is_visible()
    assert page.locator(f"#q{number} q").inner_text() == quote
    page.context.close()


def test_names_for_those_who_listen(wide: Any) -> None:
    """Every link, button, picture and region has a name, and headings do not skip a level."""
    nameless = wide.evaluate(
        """() => [...document.querySelectorAll("a, button, svg, summary, dialog, section")]
          .filter((node) => !node.closest("[aria-hidden=true]"))
          .filter((node) => !(node.getAttribute("aria-label") || node.getAttribute("aria-labelledby") ||
                              node.textContent.trim()))
          .map((node) => node.outerHTML.slice(0, 80))"""
    )
    assert nameless == []
    assert wide.locator("h1").count() == 1
    levels = wide.evaluate("[...document.querySelectorAll('h1,h2,h3')].map((node) => Number(node.tagName[1]))")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    unresolved = wide.evaluate(
        """() => [...document.querySelectorAll("[aria-labelledby]")]
          .filter((node) => !document.getElementById(node.getAttribute("aria-labelledby")))
          .map((node) => node.outerHTML.slice(0, 80))"""
    )
    assert unresolved == []


def test_policy_stops_foreign_scripts_styles_and_images(chromium: Any, file: Path) -> None:
    """Markup that got in all the same could run nothing and load nothing: the policy holds in a real browser."""
    page = chromium.new_context().new_page()
    page.add_init_script(WATCH)
    answered: list[str] = []
    page.on("response", lambda response: answered.append(response.url))
    refused: dict[str, str] = {}
    page.on("requestfailed", lambda request: refused.update({request.url: request.failure}))
    page.goto(file.as_uri())
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.broken = 1";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend",
            "<img src='https://example.org/a.png' onerror='window.broken = 2'><p style='color: red'>x</p>" +
            "<iframe src='https://example.org/'></iframe>");
        }"""
    )
    page.wait_for_function("violations.length >= 5")
    assert page.evaluate("window.broken") is None
    assert [url for url in answered if url.startswith("http")] == []
    assert set(refused.values()) == {"csp"}
    page.context.close()


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_text_does_nothing(chromium: Any, tmp_path: Path, number: int) -> None:
    """An answer of hostile text runs nothing, asks for nothing and shows the text, however one clicks around."""
    target = tmp_path / "hostile.html"
    target.write_text(to_html(answer_of(HOSTILE[number])), encoding="utf-8")
    seen = Seen(chromium.new_context(viewport=WIDE).new_page(), target)
    for summary in seen.page.locator("summary").all():
        summary.click()
    for mark in seen.page.locator("sup .mark").all():
        mark.hover()
        mark.click()
    assert seen.page.evaluate("window.broken") is None
    assert seen.page.locator("h1").count() == 1
    assert seen.page.title() != "taken over"
    seen.close()
