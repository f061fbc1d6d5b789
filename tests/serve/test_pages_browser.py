"""Use the web app as people do, in headless Chromium: from an empty corpus to a quote marked on its page."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from rag import Engine, load_answer
from rag.reading import rectangles
from rag.settings import resource
from tests.hash_embedder import HashEmbedder
from tests.printing.test_page_browser import NARROW
from tests.printing.test_page_browser import chromium as chromium
from tests.serve.running import QUESTION, TERN, demo_engine, running

pytestmark = pytest.mark.browser

WIDE = {"width": 1400, "height": 900}
SHOWN = ("empty", "ask", "table", "quote", "compare")  # what docs/shots keeps of it
AXE = Path(__file__).resolve().parents[1] / "axe" / "node_modules" / "axe-core" / "axe.min.js"
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
    pdfs = sorted((resource("demo") / "pdf").glob("*.pdf"))
    page.evaluate(DROP, [[[pdf.name, base64.b64encode(pdf.read_bytes()).decode()] for pdf in pdfs]])
    page.locator('input[name="paper"]').nth(1).wait_for(timeout=60_000)
    page.get_by_text("2 of 2 may answer").wait_for()
    page.fill("#question", QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    mark = page.locator("sup .mark").first
    mark.wait_for(timeout=60_000)
    mark.click()
    box = page.locator("#viewer g:not([hidden]) rect").first.bounding_box(timeout=20_000)
    assert box is not None
    assert box["width"] > 20
    assert box["height"] > 3
    page.goto(f"{url}/answers/1/verify")
    assert page.get_by_text("No violation").count() == 1
    page.goto(f"{url}/history?q=merge")
    assert page.get_by_role("link", name=QUESTION).count() == 1
    assert trouble == []
    page.context.close()


@pytest.mark.slow
def test_every_page_can_be_used_by_everybody(chromium: Any, tmp_path: Path) -> None:
    """Nothing serious for axe, light and dark, and nothing to be pushed aside on a phone; pictures where wanted."""
    engine = Engine(Engine.open(tmp_path / "corpus", offline=True).settings, embedder=HashEmbedder())
    with running(engine, also=["replay:none.jsonl"]) as (url, _):
        page = chromium.new_context(viewport=WIDE).new_page()
        faults = [f"{name}: {fault}" for name in tour(page, url) for fault in seen(page, name)]
        page.context.close()
    assert faults == []


def tour(page: Any, url: str) -> Iterator[str]:
    """Go through every page as people meet them, and yield the name of each."""
    page.goto(url)
    yield "empty"
    pdfs = sorted((resource("demo") / "pdf").glob("*.pdf"))
    page.evaluate(DROP, [[[pdf.name, base64.b64encode(pdf.read_bytes()).decode()] for pdf in pdfs]])
    page.locator('input[name="paper"]').nth(1).wait_for(timeout=60_000)
    page.locator("#shelve input").fill("birds")
    page.locator("#shelve button").click()
    page.locator("[data-shelf]").wait_for()
    page.fill("#question", QUESTION)
    page.locator(".more summary").click()
    yield "ask"
    page.fill("#columns", "input; main limitation; data set")
    page.fill("#question", "")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.locator("table").first.wait_for(timeout=60_000)
    yield "table"
    for question in (QUESTION, "What are the limitations of LapwingNet?"):
        page.goto(url)
        page.fill("#question", question)
        page.get_by_role("button", name="Ask", exact=True).click()
        page.locator("sup .mark").first.wait_for(timeout=60_000)
    yield "answer"
    page.locator("sup .mark").first.click()
    page.locator(".leaf:not([hidden])").wait_for()
    yield "quote"
    page.goto(url)
    page.fill("#question", QUESTION)
    page.select_option("#writer", "replay:none.jsonl")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_text("No answer:").wait_for(timeout=60_000)
    yield "failed"
    for name, address in PAGES.items():
        page.goto(f"{url}{address}")
        yield name


PAGES = {
    "verify": "/answers/2/verify",
    "follow-up": "/?after=2",
    "history": "/history",
    "compare": "/compare?n=2&n=3",
}


def seen(page: Any, name: str) -> Iterator[str]:
    """Yield what is wrong with a page, wide and narrow, light and dark; keep pictures if RAG_SHOTS is set."""
    folder = os.environ.get("RAG_SHOTS")
    if not AXE.is_file():
        pytest.skip("axe-core is not here; run: make axe")
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)
        for size in (WIDE, NARROW):
            page.set_viewport_size(size)
            if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
                yield f"{size['width']}: wider than the window"
            page.evaluate(AXE.read_text("utf-8"))
            for found in page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]:
                if found["impact"] in ("serious", "critical"):
                    yield f"{colours} {size['width']}: {found['id']}: {found['nodes'][0]['html'][:150]}"
            if folder and name in SHOWN:
                picture = Image.open(io.BytesIO(page.screenshot()))
                picture.save(f"{folder}/{name}-{colours}-{size['width']}.webp", quality=45, method=6)
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
        assert page.url.endswith("/answers/1#q=1")
        page.reload()  # which is a link to this quote
        page.locator("#viewer[open]").wait_for()
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
