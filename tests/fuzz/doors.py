"""Name the doors through which foreign text comes in, each with small inputs that it takes, made here."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from eval import verify
from eval.benchmarks.claim_table import load
from eval.benchmarks.fuzz_writer import TITLES
from eval.tiny_pdf import make_pdf
from rag.batch.journal import Header, open_journal, peek
from rag.batch.plan import usage_in
from rag.chat import Chat, Choice, Message, ModelChat, Reply, Request, open_chat
from rag.errors import PdfError
from rag.gates import settle
from rag.printing import Format, printed_as, to_bibtex, to_html, to_markdown
from rag.reading.workers import readers
from rag.record import dump_answer, load_answers, load_table
from rag.searching import Index
from rag.settings import resource
from rag.writers import LlmWriter
from tests import make_pdfs
from tests.fuzz import lists
from tests.fuzz.fuzzer import Door, place_of
from tests.fuzz.lists import written
from tests.openai_server import Turn, serve
from tests.sample_answers import demo_answer
from tests.shelf import invented, key, shelve

TASK, CLAIMS = load()


@dataclass(frozen=True, slots=True)
class Target:
    """Hold what opens a door, and what its first inputs are."""

    door: Door
    seeds: Callable[[], list[bytes]]


# --- a model ------------------------------------------------------------------------------------------------------


@dataclass
class Parrot(Chat):
    """Answer everything with the same words."""

    text: str
    name: str = "scripted:parrot"

    def complete(self, request: Request) -> Reply:
        """Return the words."""
        return Reply(self.text, "text", self.name)

    def choose(self, messages: tuple[Message, ...] | list[Message], options: tuple[str, ...] = ("Yes", "No")) -> Choice:  # type: ignore[override]
        """Return one word of two, by the length of the text."""
        return Choice({options[0]: 0.9, options[1]: 0.1}, "logprobs")


def reply(data: bytes, folder: Path) -> object:
    """Have an answer written by a model that says this and nothing else, and let its claims pass the gates or not."""
    chat = Parrot(data.decode("utf-8", "replace"))
    writer = LlmWriter(chat, budget=200_000, plan="small" if len(data) % 2 else "large")
    settled = settle(writer.write(TASK), TASK, repair=lambda failing: writer.repair(TASK, failing))
    return [[claim.form for claim in claims] for claims in settled.claims], sorted({d.reason for d in settled.dropped})


def replies() -> list[bytes]:
    """Return replies to both plans, plain and wrapped."""
    rows = [
        {"text": item.claim.text, "evidence": list(item.claim.evidence), "subject": "none", "stage": "none"}
        for item in CLAIMS[:4]
    ]
    whole = json.dumps(
        {"sections": [{"title": TITLES[0], "claims": rows[:2]}, {"title": TITLES[1], "claims": rows[2:]}]}
    )
    small = json.dumps({"claims": [{"text": row["text"], "evidence": row["evidence"]} for row in rows]})
    repair = json.dumps({"claims": [{**rows[0], "number": 1}]})
    return [text.encode() for text in (whole, small, repair, f"<think>Hm.</think>```json\n{small}\n```", "E1, E3")]


class _Served:
    """Be a server on loopback whose whole body is what it is given, and the chats that ask it."""

    def __init__(self) -> None:
        self.body = b""
        self._stack = serve(lambda _: Turn(raw=self.body, whole=True))
        self.url = self._stack.__enter__().url
        self.chats: dict[str, ModelChat] = {}
        for spec in ("openai:m", "ollama:m"):
            chat = open_chat(spec, base_url=self.url, api_key="none")
            assert isinstance(chat, ModelChat)
            chat.sleep = lambda seconds: None
            self.chats[spec] = chat


@cache
def _server() -> _Served:
    return _Served()


def server(data: bytes, folder: Path) -> object:
    """Ask a server whose body is this, in either protocol."""
    served = _server()
    served.body = data
    chat = served.chats["ollama:m" if b'"done"' in data else "openai:m"]
    told = chat.complete(Request(({"role": "user", "content": "What is a glider?"},)))
    told.text.encode()  # half a character would be met later
    return len(told.text) > 0, told.truncated


def bodies() -> list[bytes]:
    """Return bodies of both protocols, whole and in pieces."""
    message = {"role": "assistant", "content": "A plane."}
    whole = {
        "id": "1",
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2},
    }
    pieces = [{"choices": [{"delta": {"content": word}, "finish_reason": None}]} for word in ("A ", "plane.")]
    stream = "".join(
        f"data: {json.dumps(piece)}\n\n" for piece in [*pieces, {"choices": [{"delta": {}, "finish_reason": "stop"}]}]
    )
    ollama = {
        "model": "m",
        "message": message,
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": 3,
        "eval_count": 2,
    }
    return [
        json.dumps(whole).encode(),
        f"{stream}data: [DONE]\n\n".encode(),
        json.dumps(ollama).encode() + b"\n",
        b'{"error": {"message": "no"}}',
    ]


# --- what was kept, and what is judged ----------------------------------------------------------------------------


def record(data: bytes, folder: Path) -> object:
    """Read records of answers and print them in every form."""
    if b"rag.table" in data:
        return len(load_table(data).rows)
    found = []
    for _, answer in load_answers(data):
        printed = to_markdown(answer), to_html(answer), to_bibtex(answer.references), dump_answer(answer)
        found.append([len(text.encode()) > 0 for text in printed])
    return found


def records() -> list[bytes]:
    """Return the record of an answer, alone and as a line of a batch."""
    whole = dump_answer(demo_answer())
    line = json.dumps({"id": "a", "answer": json.loads(whole)})
    return [whole.encode(), f"{line}\n{line}\n".encode()]


@cache
def _judged_brief() -> Path:
    return resource("demo") / "brief.txt"


def markdown(data: bytes, folder: Path) -> object:
    """Judge an answer of any system: Markdown, a page, or a record, by how it begins."""
    name = (
        "answer.json"
        if data[:1] == b"{"
        else "answer.html"
        if data[:1] == b"<"
        else "answer.csv"
        if data[:5] == b"paper"
        else "answer.md"
    )
    report = verify(written(data, folder, name), _judged_brief(), pdf_dirs=[resource("demo") / "pdf"])
    return type(report).__name__


def markdowns() -> list[bytes]:
    """Return an answer as printed and answers as other systems write them."""
    answer = demo_answer()
    foreign = (
        "# Blur\n\nIt takes a burst [1]. > “We present TernBurst” [2, 3]\n\n| a | b |\n|---|---|\n| 1 | 2 [1] |\n\n"
        "```\narXiv:1706.03762\n```\n\n- Fast: 3.5 dB (Tern et al., 2026), see <https://arxiv.org/abs/2604.90001>.\n\n"
        '## References\n[1] arXiv:2604.90001v1\n[2]: https://arxiv.org/abs/2604.90002 "t"\n'
    )
    return [
        to_markdown(answer).encode(),
        foreign.encode(),
        to_html(answer)[:20_000].encode(),
        b"paper,question,text\n2604.90001,What?,It is [1].\n",
    ]


def document(data: bytes, folder: Path) -> object:
    """Judge a document that carries a record: an archive, or text; it is held to one that was printed before."""
    begins = {b"PK": ".odt" if b"content.xml" in data else ".docx", b"{": ".ipynb", b"%": ".tex"}
    suffix = next((end for start, end in begins.items() if data.startswith(start)), ".qmd")
    whole = documents()[(".docx", ".odt", ".tex", ".qmd", ".ipynb").index(suffix)]
    report = verify(
        written(data, folder, f"answer{suffix}"), _judged_brief(), pdf_dirs=[resource("demo") / "pdf"],
        reprint=lambda record, form, quotes, name: whole,
    )  # fmt: skip
    return type(report).__name__


@cache
def documents() -> list[bytes]:
    """Return an answer in every form that carries its record."""
    return [printed_as(demo_answer(), form) for form in (Format.docx, Format.odt, Format.tex, Format.qmd, Format.ipynb)]


def manifest(data: bytes, folder: Path) -> object:
    """Open an index whose manifest is this, and read all that it lists."""
    home = folder / "index"
    if not home.is_dir():
        shelve(home, [invented(1), invented(2)])
    written(data, home, "manifest.json")
    index = Index.open(home)
    for entry in index.entries:
        index.paper(entry.key), index.passages(entry.key), index.terms(entry.key), index.rows([entry.key])
    return len(index.entries)


def manifests() -> list[bytes]:
    """Return the manifest of two papers."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        shelve(Path(folder), [invented(1), invented(2)])
        return [(Path(folder) / "manifest.json").read_bytes(), key(1).encode()]


def journal(data: bytes, folder: Path) -> object:
    """Go on with a batch whose answers, or whose header, are this."""
    path = folder / "answers.jsonl"
    header = data.startswith(b'{"questions"')
    written(b"" if header else data, folder, path.name)
    written(data if header else _header(), folder, f"{path.name}.batch")
    seen = peek(path)
    usage_in(path)
    with open_journal(path) as opened:
        return len(seen[0]), opened.header is not None


def _header() -> bytes:
    return json.dumps(
        {
            "questions": {"a": "0" * 16},
            "writers": {"extractive": {}},
            "index": "",
            "papers": {},
            "schema": Header({}, {}).schema,
        }
    ).encode()


def journals() -> list[bytes]:
    """Return a batch's answers, whole and torn, and its header."""
    line = json.dumps({"id": "a", "answer": json.loads(dump_answer(demo_answer()))}).encode()
    return [line + b"\n", line + b"\n" + line[:200], _header()]


# --- papers -------------------------------------------------------------------------------------------------------


def pdf(data: bytes, folder: Path) -> object:
    """Read a PDF as a worker does, in a process of its own: a library in C may take it along.

    What ends the process is no finding: the pool takes it for a damaged file.
    """
    path = written(data, folder, "paper.pdf")
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:  # pragma: no cover - another process
        os.close(ours)
        told = "ended"
        try:
            told = _read_in_worker(path)
        except BaseException as error:  # noqa: BLE001 - told to whoever waits
            told = f"RAISED {place_of(error)} {error}"[:400]
        finally:
            with os.fdopen(theirs, "w", errors="replace") as pipe:
                pipe.write(told)
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, errors="replace") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    if told.startswith("RAISED"):
        raise AssertionError(told)
    if told.startswith("error"):
        raise PdfError(told)
    return told or "the process ended"


def _read_in_worker(path: Path) -> str:
    import resource as limits

    limits.setrlimit(limits.RLIMIT_AS, (3 * 2**30, 3 * 2**30))  # with all of ours loaded
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    request = json.dumps({"path": str(path), "authors": [], "paper": "2604.90001", "version": 1, "reader": "fuzz"})
    try:
        told = json.loads(readers.answered(request, _finder()))
    except MemoryError:
        return "error: too little memory"
    if "error" in told:
        return f"error {told['error']}"
    paper = readers.unpacked(told["found"])
    return str(
        ([page.flags for page in paper.pages][:3], sorted({s.label for s in paper.sentences}), bool(paper.hidden))
    )


@cache
def _finder() -> Callable[..., object]:
    return readers._finder("papers")


def pdfs() -> list[bytes]:
    """Return small papers, plain and odd."""
    return [
        make_pdf([(1.6, "A Title"), (1.2, "Abstract"), (1, "We mend maps. They are torn. It takes 3 seconds.")]),
        make_pdfs.paper(),
        make_pdfs.cyclic(),
        make_pdfs.truncated(),
        make_pdfs.no_pages(),
        make_pdfs.drawn("BT /F1 12 Tf 72 700 Td (A line of text.) Tj ET"),
    ]


TARGETS: dict[str, Target] = {
    "brief": Target(lists.brief, lists.briefs),
    "whitelist": Target(lists.whitelist, lists.whitelists),
    "bibtex": Target(lists.bibtex, lists.bibtex_files),
    "ris": Target(lists.ris, lists.ris_files),
    "csl": Target(lists.csl, lists.csl_files),
    "questions": Target(lists.question_file, lists.question_files),
    "reply": Target(reply, replies),
    "server": Target(server, bodies),
    "record": Target(record, records),
    "markdown": Target(markdown, markdowns),
    "document": Target(document, documents),
    "pdf": Target(pdf, pdfs),
    "manifest": Target(manifest, manifests),
    "journal": Target(journal, journals),
}
