"""What stands where on a page: notes at its foot, captions under figures, lists of works, formulas."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.cases import cases
from tests.make_blocks import filled, read_labels


@cases("reading/cases/labels", "pages")
def test_labels_on_pages(pages: str, expected: Mapping[str, str], tmp_path: Path) -> None:
    assert read_labels(tmp_path, pages, expected) == {label: filled(text) for label, text in expected.items()}
