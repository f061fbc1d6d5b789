"""Put hostile servers and hostile PDFs before the command, and watch the memory of all its processes together.

    python -m eval.benchmarks.hostile [--only servers papers each] [--json FILE]

Each server answers `rag ask --demo` in one way that would take all memory or all time of a careless client; of each way
to ask for too much, a PDF is made in a few sizes, and all of them are put into one corpus by one `rag ingest`. Told are
the largest sum of proportional set sizes and, with `each`, how long the reading of each PDF took alone. Ceilings: 400
MB for a question, 1.2 GB for the ingest, 60 s a PDF. Exit with 1 where one is passed. On Linux alone.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import socket
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from itertools import accumulate, chain, count, repeat
from pathlib import Path
from typing import Any

from eval.benchmarks.measured import host, rag, run

QUESTION_MB, INGEST_MB, PAPER_S = 400, 1200, 60
STARTING_S = 10  # of a worker, on a busy machine, which its paper's time does not count
PATIENCE_S = 5  # of the questions, with a server that never comes to an end

# --- servers ------------------------------------------------------------------------------------------------------

_EVENT = b'data: {"choices": [{"index": 0, "delta": {"content": "%s"}, "finish_reason": null}]}\n\n'
_BLOCK = 1 << 20


def _head(kind: str, *more: str) -> bytes:
    return "\r\n".join(("HTTP/1.1 200 OK", f"content-type: {kind}", *more, "", "")).encode()


def _gzipped(kind: str, block: bytes) -> Iterator[bytes]:
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(block * (_BLOCK // len(block))) + packer.flush(zlib.Z_FULL_FLUSH)
    return chain(
        [_head(kind, "content-encoding: gzip"), b"\x1f\x8b\x08\0\0\0\0\0\0\xff"], repeat(packed, (2 << 30) // _BLOCK)
    )


def _slowly(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield piece
        time.sleep(0.2)


_JSON, _STREAM = "application/json", "text/event-stream"
_REPLY = b'{"choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "'
SERVERS: dict[str, Callable[[], Iterator[bytes]]] = {
    "gzip, 2 GiB of blanks": lambda: _gzipped(_JSON, b" "),
    "gzip, 2 GiB of a list": lambda: _gzipped(_JSON, b"[0,"),
    "gzip, 2 GiB of events": lambda: _gzipped(_STREAM, _EVENT % b"x"),
    "an endless body": lambda: chain([_head(_JSON), _REPLY], repeat(b"x" * _BLOCK)),
    "an endless stream of events": lambda: chain([_head(_STREAM)], repeat(_EVENT % b"word " * 4096)),
    "one event without end": lambda: chain([_head(_STREAM), b"data: "], repeat(b"x" * _BLOCK)),
    "comments without end": lambda: chain([_head(_STREAM)], repeat(b": here\n\n" * 4096)),
    "a list that never ends": lambda: chain([_head(_JSON), b'{"choices": ['], repeat(b"{}," * 65_536)),
    "brackets that never close": lambda: chain([_head(_JSON)], repeat(b'{"a":[' * 65_536)),
    "claims without end": lambda: chain(
        [_head(_STREAM), _EVENT % rb"{\"claims\": ["],
        repeat(_EVENT % rb"{\"text\": \"A.\", \"evidence\": [\"E1\"]}," * 512),
    ),
    "a header without end": lambda: chain([b"HTTP/1.1 200 OK\r\nx-more: "], repeat(b"y" * _BLOCK)),
    "headers without end": lambda: chain([b"HTTP/1.1 200 OK\r\n"], repeat(b"x-more: y\r\n" * 4096)),
    "a status line without end": lambda: chain([b"HTTP/1.1 200 "], repeat(b"O" * _BLOCK)),
    "welcomes without end": lambda: repeat(b"HTTP/1.1 102 Processing\r\n\r\n" * 4096),
    "a chunk of 2**62 bytes": lambda: chain(
        [_head(_JSON, "transfer-encoding: chunked"), b"3fffffffffffffff\r\n"], repeat(b" " * _BLOCK)
    ),
    "a slow drip of blanks": lambda: _slowly(chain([_head(_JSON)], repeat(b" "))),
    "a slow drip of headers": lambda: _slowly(chain([b"HTTP/1.1 200 OK\r\n"], (b"x-%d: y\r\n" % n for n in count()))),
}


@contextmanager
def hostile_server(answer: Callable[[], Iterator[bytes]]) -> Iterator[str]:
    """Answer every request in one way for as long as anyone listens; give the address."""
    listening = socket.create_server(("127.0.0.1", 0))

    def speak(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(1 << 16)
            for piece in answer():
                connection.sendall(piece)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=speak, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    with closing(listening):
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"


def servers() -> list[dict[str, Any]]:
    """Return what a question took with each server: megabytes at most, seconds, and whether it was answered."""
    rows = []
    with tempfile.TemporaryDirectory() as corpus:
        for name, answer in SERVERS.items():
            with hostile_server(answer) as url:
                env = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"}
                told = rag("ask", "--demo", "--corpus", corpus, "--llm", "openai:m", "--timeout", str(PATIENCE_S), "-o")
                cost = run([*told, Path(corpus) / "answer.json"], env)
            answer_status = json.loads((Path(corpus) / "answer.json").read_bytes())["status"]
            rows.append({"case": name, "peak_mb": cost.peak_mb, "wall_s": cost.wall_s, "status": answer_status})
            print(f"{name:32s} {cost.peak_mb:6.0f} MB {cost.wall_s:6.1f} s  {answer_status}", flush=True)
    return rows


# --- papers -------------------------------------------------------------------------------------------------------


def _file(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """Return a PDF of these objects, numbered from 1, the first the catalogue."""
    out = [b"%PDF-1.7\n", *(b"%d 0 obj\n%s\nendobj\n" % (number, text) for number, text in enumerate(objects, 1))]
    *starts, at = accumulate(map(len, out), initial=0)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts[1:])
    size = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R%s>>\n" % (size, table, size, trailer)
    return b"".join(out) + head + b"startxref\n%d\n%%%%EOF\n" % at


def _stream(data: bytes, about: bytes = b"", packed: bool = False) -> bytes:
    if packed:
        data, about = zlib.compress(data, 9), about + b"/Filter/FlateDecode"
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (about, len(data), data)


_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>"
_WORDS = b"BT /F1 10 Tf 12 TL 54 700 Td (We mend maps that are torn.) Tj T* (It takes three seconds a map.) Tj ET\n"


def _page(content: bytes, resources: bytes = b"", *more: bytes, about: bytes = b"/MediaBox[0 0 612 792]") -> bytes:
    """Return a page with this content (object 4), a font F1 (5), and further objects from 6 on."""
    return _file(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R%s/Resources<</Font<</F1 5 0 R>>%s>>/Contents 4 0 R>>" % (about, resources),
            content,
            _FONT,
            *more,
        ]
    )


def _forms(depth: int, width: int, cyclic: bool) -> bytes:
    """Return a page of forms each of which draws the next some times, the last one words or the first again."""
    made = []
    for level in range(depth):
        following = 6 + (level + 1) % depth
        last = level == depth - 1 and not cyclic
        about = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</Font<</F1 5 0 R>>/XObject<</X %d 0 R>>>>"
        made.append(_stream(_WORDS if last else b"/X Do " * width, about % following))
    return _page(_stream(_WORDS + b"/X Do"), b"/XObject<</X 6 0 R>>", *made)


def _pages(number: int, content: bytes) -> bytes:
    kids = b" ".join(b"%d 0 R" % (5 + n) for n in range(number))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 4 0 R>>>>/Contents 3 0 R>>"
    pages = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, number)
    return _file([b"<</Type/Catalog/Pages 2 0 R>>", pages, _stream(content), _FONT, *[page] * number])


def _tree(depth: int) -> bytes:
    """Return one page under so many nodes."""
    nodes = [b"<</Type/Pages/Kids[%d 0 R]/Count 1/Parent %d 0 R>>" % (n + 3, max(2, n + 1)) for n in range(depth)]
    page = b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 612 792]>>" % (depth + 1)
    return _file([b"<</Type/Catalog/Pages 2 0 R>>", *nodes, page])


def _picture(side: int, colours: bytes, depth: int) -> bytes:
    about = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/%s/BitsPerComponent 8"
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(bytes(side * depth)) for _ in range(side)) + packer.flush()
    picture = b"<<%s/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream" % (
        about % (side, side, colours),
        len(data),
        data,
    )
    return _page(_stream(_WORDS + b"500 0 0 500 50 50 cm /I Do"), b"/XObject<</I 6 0 R>>", picture)


def _covered(number: int) -> bytes:
    """Return words, and so many boxes upon them."""
    return _WORDS + b"".join(b"1 g %d 690 300 30 re f\n" % (n % 300) for n in range(number))


def _outline(number: int, deep: bool) -> bytes:
    link = b"/First %d 0 R" if deep else b"/Next %d 0 R"
    items = [b"<</Title(Part %d)/Dest[3 0 R/Fit]%s>>" % (n, link % (7 + n)) for n in range(number)]
    data = _page(_stream(_WORDS), b"", b"<</Type/Outlines/First 7 0 R>>", *items)
    return data.replace(b"/Pages 2 0 R>>", b"/Pages 2 0 R/Outlines 6 0 R>>", 1)


def _rules(number: int) -> bytes:
    lines = b"".join(b"%d 100 m %d 700 l S 50 %d m 550 %d l S\n" % (n, n, n, n) for n in range(number))
    return _page(_stream(_WORDS + b"0.1 w " + lines))


def _text(shown: bytes, times: int) -> bytes:
    return _page(_stream(b"BT /F1 8 Tf 10 TL 20 780 Td " + shown * times + b" ET", packed=True))


def _mapped(ranges: int) -> bytes:
    """Return a font whose letters are said to mean long texts."""
    means = b"<0000><ffff><" + b"0041" * 500 + b">\n"
    table = b"begincmap\n" + (b"100 beginbfrange\n" + means * 100 + b"endbfrange\n") * ranges + b"endcmap"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/ToUnicode 6 0 R>>"
    return _page(_stream(_WORDS), b"", _stream(table, packed=True)).replace(_FONT, font)


def _glyphs_of_glyphs(width: int) -> bytes:
    """Return a font of procedures that write with the font itself."""
    font = (
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/FirstChar 65/LastChar 65/Widths[9]"
        b"/Encoding<</Differences[65/A]>>/CharProcs<</A 6 0 R>>/Resources<</Font<</F1 5 0 R>>>>>>"
    )
    again = _stream(b"9 0 d0 BT /F1 1 Tf (" + b"A" * width + b") Tj ET")
    return _page(_stream(b"BT /F1 10 Tf 54 700 Td (" + b"A" * width + b") Tj ET"), b"", again).replace(_FONT, font)


def _tiled(step: bytes) -> bytes:
    about = b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep %s/YStep %s/Resources<<>>"
    paint = b"/Pattern cs /P scn 0 0 612 792 re f\n"
    return _page(_stream(paint + _WORDS), b"/Pattern<</P 6 0 R>>", _stream(b"0 0 1 1 re f", about % (step, step)))


def _nested(opening: bytes, closing: bytes, depth: int) -> bytes:
    return _page(_stream(_WORDS), b"/Deep " + opening * depth + closing * depth)


PAPERS: dict[str, Callable[[], bytes]] = {
    **{f"forms, {d} deep, {w} each": partial(_forms, d, w, False) for d, w in ((9, 10), (30, 2), (400, 1))},
    **{f"cyclic forms, {d} deep, {w} each": partial(_forms, d, w, True) for d, w in ((1, 2), (2, 2), (3, 9))},
    **{f"{n} pages": partial(_pages, n, _WORDS) for n in (3_000, 20_000)},
    **{f"3000 pages of {n} covers": partial(_pages, 3_000, _covered(n)) for n in (30, 300, 3_000)},
    "one page of 200000 covers": lambda: _page(_stream(_covered(200_000))),
    **{f"page tree, {n} deep": partial(_tree, n) for n in (500, 20_000)},
    "page tree in a circle": lambda: _file(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9/Parent 2 0 R>>"]
    ),
    "picture of 8000 a side": partial(_picture, 8_000, b"DeviceRGB", 3),
    "grey picture of 16000 a side": partial(_picture, 16_000, b"DeviceGray", 1),
    "picture of 16000 a side": partial(_picture, 16_000, b"DeviceRGB", 3),
    "a stream of 100 MB": lambda: _page(_stream(_WORDS + b" " * (100 << 20), packed=True)),
    "a stream of 1.5 GB": lambda: _page(_stream(_WORDS + b" " * (1_500 << 20), packed=True)),
    "a stream packed twice": lambda: _page(
        _stream(zlib.compress(zlib.compress(b" " * (800 << 20), 9), 9), b"/Filter[/FlateDecode/FlateDecode]")
    ),
    **{f"{n} letters upon each other": partial(_text, b"(lamp)Tj 0 0 Td ", n // 4) for n in (400_000, 4_000_000)},
    **{
        f"{n} words in lines": partial(_text, b"(We mend the map and the map mends us)' ", n // 9)
        for n in (200_000, 2_000_000)
    },
    "one word of 5000000 letters": lambda: _text(b"(" + b"a" * 5_000_000 + b")Tj", 1),
    "300000 full stops": partial(_text, b"(e.g. i.e. et al. Fig. 1. )' ", 50_000),
    "outline of 50000, long": partial(_outline, 50_000, False),
    "outline of 50000, deep": partial(_outline, 50_000, True),
    **{f"{n} rules each way": partial(_rules, n) for n in (400, 5_000)},
    "200000 states saved": lambda: _page(_stream(b"q " * 200_000 + _WORDS)),
    "200000 marks begun": lambda: _page(_stream(b"/P BMC " * 200_000 + _WORDS)),
    **{f"letters that mean texts, {n}": partial(_mapped, n) for n in (1, 30)},
    **{f"letters of letters, {n}": partial(_glyphs_of_glyphs, n) for n in (2, 90)},
    "tiles of a thousandth": partial(_tiled, b"0.001"),
    "tiles backwards": partial(_tiled, b"-1"),
    **{f"arrays, {n} deep": partial(_nested, b"[", b"]", n) for n in (400, 200_000)},
    "dictionaries, 100000 deep": partial(_nested, b"<</A ", b">>", 100_000),
    "a page a million points wide": lambda: _page(_stream(_WORDS), about=b"/MediaBox[0 0 1000000 1000000]"),
    "a page of no size": lambda: _page(_stream(_WORDS), about=b"/MediaBox[0 0 0 0]/Rotate 45"),
    "a page of 1e38": lambda: _page(
        _stream(b"1e38 0 0 1e38 0 0 cm " + _WORDS), about=b"/MediaBox[-1e38 -1e38 1e38 1e38]"
    ),
    "a table of places before itself": lambda: _page(_stream(_WORDS)).replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev 9"),
    "2**31 objects": lambda: _page(_stream(_WORDS)).replace(b"trailer\n<</Size 6", b"trailer\n<</Size 2147483647"),
    "a stream shorter than none": lambda: _page(_stream(_WORDS).replace(b"/Length ", b"/Length -9")),
    "an end that never comes": lambda: _page(_stream(_covered(200_000)))[:3_000_000],
}


def papers(each: bool) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return what the ingest of all hostile PDFs took, and how long each took to read, if that is asked for."""
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "pdf"
        own.mkdir()
        named = {own / f"2604.{90_000 + number}v1.pdf": name for number, name in enumerate(PAPERS)}
        made = multiprocessing.Process(target=_write, args=(named,))  # what is made large would count for who starts it
        made.start()
        made.join()
        cost = run(rag("ingest", "--offline", "--pdf-dir", own, "--corpus", Path(folder) / "corpus"), may_fail=True)
        told = {"papers": len(named), "peak_mb": cost.peak_mb, "wall_s": cost.wall_s, "cpu_s": cost.cpu_s}
        print("ingest of all:", json.dumps(told), flush=True)
        return [_read(path, name) for path, name in named.items() if each], told


def _write(named: Mapping[Path, str]) -> None:
    for path, name in named.items():
        path.write_bytes(PAPERS[name]())


def _read(path: Path, name: str) -> dict[str, Any]:
    """Read one PDF alone, and tell how long it took and what came of it."""
    from rag.errors import PdfError
    from rag.reading import Job, read_papers

    start = time.perf_counter()
    ((_, got),) = read_papers([Job(path, path.stem)])
    wall = time.perf_counter() - start
    told = str(got).partition(": ")[2] if isinstance(got, PdfError) else f"{len(got.pages)} pages"
    print(f"{name:34s} {path.stat().st_size >> 10:7d} KB {wall:6.1f} s  {told[:90]}", flush=True)
    return {"case": name, "wall_s": round(wall, 1), "told": told}


def main() -> None:
    """Print the figures; exit with 1 where a ceiling is passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", nargs="+", choices=("servers", "papers", "each"), default=("servers", "papers", "each")
    )
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    report: dict[str, Any] = {"host": host()}
    over = []
    if "servers" in options.only:
        report["servers"] = servers()
        over += [row["case"] for row in report["servers"] if row["peak_mb"] > QUESTION_MB]
    if {"papers", "each"} & set(options.only):
        report["papers"], report["ingest"] = papers("each" in options.only)
        over += [row["case"] for row in report["papers"] if row["wall_s"] > PAPER_S + STARTING_S]
        over += ["ingest"] * (report["ingest"]["peak_mb"] > INGEST_MB)
    print(f"over a ceiling: {', '.join(over) or 'none'}; cores {os.cpu_count()}")
    if options.json:
        options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    raise SystemExit(bool(over))


if __name__ == "__main__":
    main()
