"""Use a table's page as people do, in headless Chromium: sort, filter, click a cell, hostile input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rag.printing import album, quotes_of, table_html
from rag.reading import rectangles
from tests.printing.test_page_browser import NARROW, WIDE, Seen
from tests.printing.test_page_browser import chromium as chromium
from tests.printing.test_table import TAKES, hostile, sample
from tests.sample_answers import HOSTILE, TERN, paper, path

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made, table = tmp_path_factory.mktemp("page") / "table.html", sample()
    pictures = album(
        [citation for citation in quotes_of(table).numbers if citation.paper == TERN],
        lambda citation: (path(TERN), rectangles(path(TERN), paper(TERN), citation.spans)),
    )
    made.write_text(table_html(table, pictures.get))
    return made


def first_cells(page: Any) -> list[str]:
    return [str(cell).split("v1")[0].split("\n")[0] for cell in page.locator("tbody th").all_inner_texts()]


def test_sort_filter_and_read_a_cell(chromium: Any, file: Path) -> None:
    """A head sorts up and down, empty cells last; words filter rows; a click on a cell shows its quote on its page."""
    seen = Seen(chromium.new_context(viewport=WIDE).new_page(), file)
    page = seen.page
    begun = first_cells(page)
    assert len(begun) == 2
    head = page.locator("thead th").nth(1)
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert first_cells(page) == begun[::-1]  # "It takes", then "takes"
    head.locator("button").click()
    assert first_cells(page) == begun
    page.locator("#filter").fill("burst DARK")
    assert page.locator("tbody tr:visible").count() == 1
    assert page.locator("#found").inner_text() == "1 of 2 papers"
    page.locator("#filter").fill("")
    page.locator("tbody td.stated").first.click(position={"x": 3, "y": 3})
    assert page.locator("#viewer").is_visible()
    assert TAKES.quote in page.locator("#viewer-quote").inner_text()
    assert page.locator("#sheets svg:visible").count() == 1
    seen.close()


def test_hostile_text_runs_nothing(chromium: Any, tmp_path: Path) -> None:
    """No text from outside runs, loads or leaves its cell."""
    for number, text in enumerate(HOSTILE):
        file = tmp_path / f"{number}.html"
        file.write_text(hostile(text).to_html(), encoding="utf-8")
        seen = Seen(chromium.new_context(viewport=NARROW).new_page(), file)
        seen.page.locator("tbody td.stated").first.click(position={"x": 3, "y": 3})
        assert seen.page.evaluate("window.broken") is None
        seen.close()
