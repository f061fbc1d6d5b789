"""What docstrings, README, pages and guides show runs as written, over the demo's papers, without a connection."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

import rag
from rag import Engine
from rag.cli import app
from rag.settings import resource

CHECKOUT = Path(__file__).resolve().parent.parent
MODULES = [path for path in sorted(Path(rag.__file__).parent.rglob("*.py")) if ">>> " in path.read_text("utf-8")]
GUIDES = tuple(str(path.relative_to(CHECKOUT)) for path in sorted((CHECKOUT / "docs/guides").glob("*.md")))
PAGES = ("README.md", "docs/python.md", *GUIDES)
_FENCE = re.compile(r"^```python\n(?P<code>.*?)^```\n(?:\n```\n(?P<says>.*?)^```\n)?", re.MULTILINE | re.DOTALL)
EXAMPLES = [
    pytest.param(found["code"], found["says"], id=f"{page}:{text.count(chr(10), 0, found.start()) + 1}")
    for page in PAGES
    for text in [(CHECKOUT / page).read_text("utf-8")]
    for found in _FENCE.finditer(text)
]
_SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = [
    pytest.param([line.split(" #")[0] for line in "".join(_SHELL.findall(text)).splitlines()], id=page)
    for page in ("docs/index.md", *GUIDES)
    for text in [(CHECKOUT / page).read_text("utf-8")]
    if _SHELL.search(text)
]
FOREIGN = ("llama_index", "haystack", "pandas")  # what an example may need that is not always installed


@pytest.fixture(scope="module", autouse=True)
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Be in an empty folder, so that every example finds the same `my_corpus`."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("examples"))
    shutil.copytree(resource("demo") / "pdf", "pdfs")
    Path("corpus/demo").mkdir(parents=True)
    for name in ("brief.txt", "corpus/demo/brief.txt"):
        shutil.copy(resource("demo") / "brief.txt", name)
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
    code = code.replace("from rag.eval ", "from eval ")  # where a checkout keeps what a wheel has under `rag`
    said = StringIO()
    with redirect_stdout(said):
        exec(compile(code, "example", "exec"), {"__name__": "example"})  # noqa: S102 - our own pages
    if says is not None:
        assert said.getvalue() == says


@pytest.mark.parametrize("lines", COMMANDS)
def test_guides_show_commands_that_work(lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of a guide's `sh` block ends with exit code 0, one after the other in one folder."""
    monkeypatch.setenv("RAG_CORPUS", "commands")
    for line in lines:
        program, *words = shlex.split(line)
        assert program == "rag"
        outcome = CliRunner().invoke(app, words)
        assert outcome.exit_code == 0, f"{line}\n{outcome.output}\n{outcome.exception}"
