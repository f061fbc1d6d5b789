"""What docstrings, README and pages show runs as it is written, over the demo's papers, without a connection."""

from __future__ import annotations

import doctest
import os
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest

import rag
from rag import Engine
from rag.settings import resource

CHECKOUT = Path(__file__).resolve().parent.parent
MODULES = [path for path in sorted(Path(rag.__file__).parent.rglob("*.py")) if ">>> " in path.read_text("utf-8")]
PAGES = ("README.md", "docs/python.md")
_FENCE = re.compile(r"^```python\n(?P<code>.*?)^```\n(?:\n```\n(?P<says>.*?)^```\n)?", re.MULTILINE | re.DOTALL)
EXAMPLES = [
    pytest.param(found["code"], found["says"], id=f"{page}:{text.count(chr(10), 0, found.start()) + 1}")
    for page in PAGES
    for text in [(CHECKOUT / page).read_text("utf-8")]
    for found in _FENCE.finditer(text)
]
FOREIGN = ("llama_index", "haystack", "pandas")  # what an example may need that is not always installed


@pytest.fixture(scope="module", autouse=True)
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Be in an empty folder, so that every example finds the same `my_corpus`."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("examples"))
    yield Engine.open("my_corpus", pdf_dir=resource("demo") / "pdf", offline=True)
    os.chdir(before)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_docstrings_show_what_happens(path: Path, corpus: Engine) -> None:
    """Every `>>>` gives what stands below it; `engine` is one over the demo's papers."""
    name = path.relative_to(CHECKOUT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
    told = doctest.testmod(import_module(name), extraglobs={"engine": corpus})
    assert told.attempted
    assert not told.failed


@pytest.mark.parametrize(("code", "says"), EXAMPLES)
def test_pages_show_what_happens(code: str, says: str | None) -> None:
    """Every example in Python runs, and prints what the block after it shows."""
    for package in FOREIGN:
        if re.search(rf"\b{package}\b", code):
            pytest.importorskip(package, reason=f"the example needs {package}")
    said = StringIO()
    with redirect_stdout(said):
        exec(compile(code, "example", "exec"), {"__name__": "example"})  # noqa: S102 - our own pages
    if says is not None:
        assert said.getvalue() == says
