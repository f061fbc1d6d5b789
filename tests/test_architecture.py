"""Hold the imports to one direction, the public names true, and the command quick to start."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import rag

ROOT = Path(rag.__file__).parent
ROOMS = {  # each room, and the rooms whose modules it may import; papers, answers, errors, settings are open to all
    "language": set[str](),
    "briefs": {"language"},
    "chat": {"language"},
    "reading": {"language"},
    "searching": {"language"},
    "gates": {"language"},
    "fetching": {"briefs"},
    "writers": {"language", "chat", "briefs", "gates", "reading", "searching"},
    "printing": {"briefs", "language", "reading"},
}
SERVED = {"printing"}  # the one stage that `serve`, on top of the composers, may use: what it says is escaped there
COMPOSERS = {
    "cli",
    "doctor",
    "doubt",
    "engine",
    "followup",
    "prepared",
    "refusals",
    "gaps",
    "assemble",
    "ingest",
    "illustrated_page",
    "retrievers",
    "batch",
    "serve",
    "shelves",
    "streaming",
    "uploads",
    "table",
    "vectors",
}
# what a newcomer can keep in mind; part or merge, before this moves (three more for exports, documents, pandoc,
# one for claims as they pass, four for retrievers: a module each, so that each framework is imported in one place;
# one for sentences out of place, one for arXiv's bulk copies, one for what stands beside a quote)
MODULES, LINES, CALLED_ONCE = 181, 350, 0.45
HEAVY = (
    "faiss",
    "torch",
    "langchain",
    "langchain_core",
    "llama_index",
    "haystack",
    "onnxruntime",
    "openai",
    "sentence_transformers",
    "pypdf",
    "jinja2",
    "fastapi",
    "mcp",
    "starlette",
    "uvicorn",
)
HOMES = {  # the one place where each heavy package is imported
    "pypdf": {"pypdf_fallback"},
    "faiss": {"index"},
    "onnx": {"onnx_embedder"},
    "onnxruntime": {"onnx_embedder"},
    "sentence_transformers": {"embed", "relevance", "support"},
    "jinja2": {"page", "site"},
    "arxiv": {"pdfs"},
    "pandas": {"tables"},
    "pypandoc": {"pandoc"},
    "openai": {"protocols", "providers"},
    "xllamacpp": {"providers"},
    "langchain": {"providers"},
    "llama_index": {"llamaindex"},
    "haystack": {"haystack"},
    "fastapi": {"app", "completions", "pages"},
    "mcp": {"mcp_server"},
    "starlette": {"app", "completions", "errors", "guard", "mcp_server", "pages", "server", "site"},
    "uvicorn": {"server"},
}


def _imports(path: Path, top_level_only: bool) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
            found.add(node.module)
    return found


def _modules() -> dict[str, Path]:
    return {path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."): path for path in ROOT.rglob("*.py")}


def test_every_module_has_a_room() -> None:
    """A folder of modules is a room with known neighbours, or composes them."""
    rooms = {name.split(".")[0] for name in _modules() if "." in name}
    assert rooms == ROOMS.keys() | (COMPOSERS & rooms)


def test_stages_do_not_import_composers() -> None:
    """Imports point one way: no stage imports what composes stages."""
    for name, path in _modules().items():
        if name.split(".")[0] in COMPOSERS or name in ("__init__", "__main__"):
            continue
        used = {item.split(".")[1] for item in _imports(path, top_level_only=True) if item.startswith("rag.")}
        assert not used & COMPOSERS, f"{name} imports {used & COMPOSERS}"


def test_nothing_imports_in_a_circle() -> None:
    """Rooms and the modules beside them can be put in an order; imports for types and inside functions count."""
    parts = {name.split(".")[0] for name in _modules()} - {"__init__", "__main__"}
    uses: dict[str, set[str]] = {part: set() for part in parts}
    for name, path in _modules().items():
        if (part := name.split(".")[0]) in parts:
            found = {item.split(".")[1] for item in _imports(path, top_level_only=False) if item.startswith("rag.")}
            uses[part] |= (found & parts) - {part}
    assert len(list(TopologicalSorter(uses).static_order())) == len(parts)


@pytest.mark.parametrize("room", sorted((ROOMS.keys() | {"batch", "retrievers", "serve"}) - {"language"}))
def test_rooms_are_entered_by_their_door(room: str) -> None:
    """What a room offers is listed, there when asked for, never hidden by a module's name, and all that others use."""
    door = import_module(f"rag.{room}")
    for path in (ROOT / room).glob("*.py"):
        import_module(f"rag.{room}.{path.stem}")
    assert not [name for name in door.__all__ if isinstance(getattr(door, name), ModuleType)]
    offered = {f"rag.{room}.{name}" for name in door.__all__}
    for name, path in _modules().items():
        past = {item for item in _imports(path, top_level_only=False) if item.startswith(f"rag.{room}.")} - offered
        assert name.split(".")[0] == room or not past, f"{name} goes past the door: {past}"


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_rooms_know_only_their_neighbours(room: str) -> None:
    """A room's modules import no other room than those named beside it, not even inside a function."""
    for name, path in _modules().items():
        if name.split(".")[0] != room:
            continue
        used = {item.split(".")[1] for item in _imports(path, top_level_only=False) if item.startswith("rag.")}
        wrong = (used & ROOMS.keys()) - {room} - ROOMS[room]
        assert not wrong, f"{name} imports from {wrong}"


def test_serving_stands_on_the_composers() -> None:
    """What serves goes round no composer to a stage, but for the one that escapes; only the command knows it."""
    for name, path in _modules().items():
        used = {item.split(".")[1] for item in _imports(path, top_level_only=False) if item.startswith("rag.")}
        if name.split(".")[0] == "serve":
            assert not (used & (ROOMS.keys() | {"cli"})) - SERVED, name
        else:
            assert "serve" not in used or name == "cli.serving", name


def test_papers_and_errors_import_nothing_of_the_package() -> None:
    """`papers` and `errors` are the bottom, `answers` rests on `papers`; what prints them is bound outside."""
    for name, below in {"papers": set[str](), "errors": set[str](), "answers": {"papers", "lazy"}}.items():
        imported = _imports(ROOT / f"{name}.py", top_level_only=False)
        used = {item.split(".")[1] for item in imported if item.startswith("rag.")}
        assert used <= below, name


@pytest.mark.parametrize("package", sorted(HOMES))
def test_heavy_packages_have_one_home(package: str) -> None:
    """A heavy package is imported where the design says and nowhere else."""
    users = {
        name.split(".")[-1]
        for name, path in _modules().items()
        if any(item == package or item.startswith(f"{package}.") for item in _imports(path, top_level_only=False))
    }
    assert users <= HOMES[package]


def test_import_and_help_load_nothing_heavy() -> None:
    """`import rag` and `rag --help` import no heavy package."""
    code = (
        "import sys, rag, rag.cli\n"
        "from typer.testing import CliRunner\n"
        "assert CliRunner().invoke(rag.cli.app, ['--help']).exit_code == 0\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_an_extractive_answer_needs_neither_torch_nor_langchain(tmp_path: Path) -> None:
    """`rag ask` without a chat model imports no torch, no langchain, no openai, and for Markdown no Jinja2."""
    code = (
        "import sys\n"
        "from rag import Brief, Engine\n"
        "from rag.settings import resource\n"
        f"engine = Engine.open({str(tmp_path)!r}, pdf_dir=resource('demo') / 'pdf', offline=True)\n"
        "answer = engine.ask(Brief.load(resource('demo') / 'brief.txt'))\n"
        "assert answer.status == 'answered'\n"
        "assert answer.to_markdown()\n"
        "wrong = ('torch', 'sentence_transformers', 'langchain', 'langchain_core', 'openai', 'jinja2', 'fastapi',\n"
        "    'starlette', 'uvicorn', 'mcp', 'rag.serve')\n"
        "print([name for name in wrong if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_rooms_stay_small() -> None:
    """The house has few modules, each read in one sitting, and no long thread of functions that are called once."""
    known = list(ROOT.rglob("*.py"))
    assert len(known) < MODULES
    assert not [path.name for path in known if len(path.read_text("utf-8").splitlines()) > LINES]
    private = once = 0
    for path in known:
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        names = [node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        names = [name for name in names if name.startswith("_") and not name.startswith("__")]
        used = Counter(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
        used.update(node.attr for node in nodes if isinstance(node, ast.Attribute))
        private, once = private + len(names), once + sum(used[name] == 1 for name in names)
    assert once < CALLED_ONCE * private


def test_public_names_are_there() -> None:
    """Everything in `__all__` can be imported, and nothing else is promised."""
    for name in rag.__all__:
        assert getattr(rag, name).__name__ == name
    with pytest.raises(AttributeError):
        _ = rag.Pipeline


def test_no_pickle_eval_or_shell() -> None:
    """Nothing in the package unpickles, evaluates text or starts a shell."""
    for name, path in _modules().items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not calls & {"eval", "exec", "compile"}, name
        assert not _imports(path, top_level_only=False) & {"pickle", "shelve", "marshal", "dill", "joblib"}, name
        shells = [k for node in ast.walk(tree) if isinstance(node, ast.Call) for k in node.keywords if k.arg == "shell"]
        assert not shells, name
