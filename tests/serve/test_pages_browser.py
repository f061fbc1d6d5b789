"""Use the web app as people do, in headless Chromium: from an empty corpus to a quote marked on its page."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag import Engine
from rag.settings import resource
from tests.hash_embedder import HashEmbedder
from tests.printing.test_page_browser import NARROW
from tests.printing.test_page_browser import chromium as chromium
from tests.serve.running import QUESTION, running

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
