"""Use the web app as people do, in headless Chromium: from an empty corpus to a quote marked on its page."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag import Engine, load_answer
from rag.reading import rectangles
from rag.settings import resource
from tests.hash_embedder import HashEmbedder
from tests.printing.test_page_browser import NARROW
from tests.printing.test_page_browser import chromium as chromium
from tests.serve.running import QUESTION, TERN, demo_engine, running

pytestmark = pytest.mark.browser

WIDE = {"width": 1400, "height": 900}
DROP = """([files]) => {
  const data = new DataTransfer();
  for (const [name, text] of files)
    data.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name, { type: "application/pdf" }));
  document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    engine = Engine(Engine.open(tmp_path / "corpus", offline=True).settings, embedder=HashEmbedder())
    with running(engine) as (address, _):
        yield address


def test_from_an_empty_corpus_to_a_quote_on_its_page(chromium: Any, url: str) -> None:
    """Drop two PDFs, ask, click a mark: the page is there with a rectangle; nothing was asked of another machine."""
    trouble: list[str] = []
    page = chromium.new_context(viewport=WIDE).new_page()
    page.on("request", lambda sent: None if sent.url.startswith((url, "data:")) else trouble.append(sent.url))
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(url)
    shot(page, "empty")
    pdfs = sorted((resource("demo") / "pdf").glob("*.pdf"))
    page.evaluate(DROP, [[[pdf.name, base64.b64encode(pdf.read_bytes()).decode()] for pdf in pdfs]])
    page.locator('input[name="paper"]').nth(1).wait_for(timeout=60_000)
    page.get_by_text("2 of 2 may answer").wait_for()
    shot(page, "ask")
    page.fill("#question", QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    mark = page.locator("sup .mark").first
    mark.wait_for(timeout=60_000)
    shot(page, "answer")
    mark.click()
    box = page.locator("#viewer g:not([hidden]) rect").first.bounding_box(timeout=20_000)
    assert box is not None
    assert box["width"] > 20
    assert box["height"] > 3
    shot(page, "quote")
    page.goto(f"{url}/answers/1/verify")
    shot(page, "verify")
    assert page.get_by_text("No violation").count() == 1
    page.goto(f"{url}/history?q=merge")
    shot(page, "history")
    assert page.get_by_role("link", name=QUESTION).count() == 1
    assert trouble == []
    page.context.close()


def shot(page: Any, name: str) -> None:
    """Keep pictures of a page where RAG_SHOTS names a folder: wide and narrow, light and dark."""
    folder = os.environ.get("RAG_SHOTS")
    if not folder:
        return
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)
        for size in (WIDE, NARROW):
            page.set_viewport_size(size)
            page.screenshot(path=f"{folder}/{name}-{colours}-{size['width']}.png")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(WIDE)


@pytest.mark.slow
def test_the_rectangle_is_the_stored_one_and_its_text_the_quote(chromium: Any, tmp_path: Path) -> None:
    """Within a pixel; dragging over it selects the quote, and find in page finds it."""
    engine = demo_engine(tmp_path / "corpus")
    engine.ingest([TERN])
    with running(engine) as (url, _):
        page = chromium.new_context(viewport=WIDE).new_page()
        page.goto(url)
        page.fill("#question", QUESTION)
        page.get_by_role("button", name="Ask", exact=True).click()
        page.locator("sup .mark").first.click(timeout=60_000)
        page.locator("#whole").click()
        record = load_answer(httpx.get(f"{url}/answers/1/json").text)
        quoted, index = record.in_short[0].citations[0], engine.index
        assert index is not None
        stored = rectangles(resource("demo") / "pdf" / f"{TERN}v1.pdf", index.paper(f"{TERN}v1"), quoted.spans)
        sheet = page.locator(".leaf:not([hidden]) .sheet")
        sheet.scroll_into_view_if_needed()
        whole, scale = sheet.bounding_box(), sheet.evaluate("(svg) => svg.clientWidth / svg.viewBox.baseVal.width")
        shown = [box.bounding_box() for box in page.locator(".leaf:not([hidden]) g:not([hidden]) rect").all()]
        assert len(shown) == len(stored) >= 2
        for box, rect in zip(shown, stored, strict=True):
            told = (box["x"], box["y"], box["width"], box["height"])
            wanted = (rect.left, rect.top, rect.right - rect.left, rect.bottom - rect.top)
            moved = (whole["x"] + wanted[0] * scale, whole["y"] + wanted[1] * scale, *(scale * w for w in wanted[2:]))
            assert max(abs(one - other) for one, other in zip(told, moved, strict=True)) <= 1
        first, last = shown[0], shown[-1]
        page.mouse.move(first["x"] + 1, first["y"] + first["height"] / 2)
        page.mouse.down()
        page.mouse.move(last["x"] + last["width"] - 1, last["y"] + last["height"] / 2, steps=5)
        page.mouse.up()
        assert page.evaluate("getSelection().toString()").split() == quoted.quote.split()
        here = [one.text for one in index.paper(f"{TERN}v1").sentences if one.spans[0].page == quoted.spans[0].page]
        elsewhere = next(text for text in reversed(here) if text not in page.locator("main").inner_text())
        asked = " ".join(elsewhere.split()[:4])
        assert page.evaluate("(words) => find(words, true, false, true) && getSelection().toString()", asked) == asked
        page.context.close()
