"""Build what would be released, and try it as a stranger would: `make release-check`.

Builds sdist and wheel twice, compares their bytes, looks inside, and installs each into an empty environment on every
Python that is to be had; there `rag doctor`, the demo, its verification and one page of `rag serve` have to work.
`RELEASE_PYTHONS` and `RELEASE_EXTRAS` (commas between) say on which and with what; `RELEASE_INSTALL=0` stops before
anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PYTHONS = "python3.11,python3.12,python3.13,python3.14"
EXTRAS = "serve,mcp,refs"  # of each alone and all together; local, export, llamaindex and haystack are hundreds of MB
WHEEL_BYTES = 6_000_000
IMPORT_MS = 60  # over what an empty interpreter takes
START_S = 60  # rag serve, on a busy machine


def main() -> int:
    """Run every check and return 1 where one failed."""
    with tempfile.TemporaryDirectory() as made:
        first, second = (_built(Path(made) / name) for name in ("first", "second"))
        faults = [*_of_files(first, second), *_of_import()]
        if os.environ.get("RELEASE_INSTALL") != "0":
            for python in os.environ.get("RELEASE_PYTHONS", PYTHONS).split(","):
                faults += _on(python, first, Path(made))
    print("\n".join(faults) or "ready for release")
    return bool(faults)


def _built(folder: Path) -> list[Path]:
    _run(sys.executable, "-m", "build", "--outdir", folder, CHECKOUT)
    return sorted(folder.iterdir())


def _of_files(first: list[Path], second: list[Path]) -> Iterator[str]:
    for one, other in zip(first, second, strict=True):
        digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (one, other)]
        print(f"{one.name}: {one.stat().st_size:,} bytes, sha256 {digests[0]}")
        if digests[0] != digests[1]:
            yield f"{one.name}: built twice, the bytes differ"
    wheel = next(path for path in first if path.suffix == ".whl")
    if wheel.stat().st_size > WHEEL_BYTES:
        yield f"{wheel.name}: over {WHEEL_BYTES:,} bytes"
    names = zipfile.ZipFile(wheel).namelist()
    if "rag/py.typed" not in names:
        yield f"{wheel.name}: no rag/py.typed"
    if outside := [name for name in names if not name.startswith("rag/") and ".dist-info/" not in name]:
        yield f"{wheel.name}: outside of rag/: {outside[:3]}"
    if _run(sys.executable, "-m", "twine", "check", "--strict", *first, may_fail=True):
        yield "twine check: the metadata would be refused"


def _of_import() -> Iterator[str]:
    empty, ours = (statistics.median(_seconds(code) for _ in range(5)) for code in ("pass", "import rag"))
    print(f"import rag: {(ours - empty) * 1000:.0f} ms over an empty interpreter, median of five")
    if (ours - empty) * 1000 > IMPORT_MS:
        yield f"import rag: over {IMPORT_MS} ms"


def _seconds(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=CHECKOUT)
    return time.perf_counter() - start


def _on(python: str, built: list[Path], made: Path) -> Iterator[str]:
    found = shutil.which(python)
    if not found or _run(found, "--version", may_fail=True):  # a version manager's name may stand for nothing
        print(f"{python}: not on this machine, skipped")
        return
    extras = [extra for extra in os.environ.get("RELEASE_EXTRAS", EXTRAS).split(",") if extra]
    wheel = next(path for path in built if path.suffix == ".whl")
    source = next(path for path in built if path.suffix == ".gz")
    chosen = dict.fromkeys(["", *extras, ",".join(extras)])  # none, each alone, all together
    for file, wanted in [(source, ""), *((wheel, one) for one in chosen)]:
        venv = made / "venv"
        what = f"{python}, {file.name}[{wanted}]"
        _run(found, "-m", "venv", "--clear", venv)
        here = venv / "bin" / "python"
        spec = f"{file}[{wanted}]" if wanted else str(file)
        if _run(here, "-m", "pip", "-q", "install", "-c", CHECKOUT / "constraints.txt", spec, may_fail=True):
            yield f"{what}: does not install"
            continue
        yield from (f"{what}: {fault}" for fault in _tried(venv / "bin" / "rag", made / "empty", "serve" in wanted))
        print(f"{what}: tried")


def _tried(rag: Path, folder: Path, serves: bool) -> Iterator[str]:
    folder.mkdir(exist_ok=True)
    brief = CHECKOUT / "corpus/demo/brief.txt"
    for words in (
        ["doctor", "--offline"],
        ["doctor", "--offline", "--licenses"],
        ["ask", "--demo", "-o", "answer.json"],
        ["verify", "answer.json", "--brief", str(brief)],
        ["eval", "answer.json", "--brief", str(brief)],
    ):
        if _run(rag, *words, may_fail=True, cwd=folder):
            yield f"rag {' '.join(words)} failed"
    if serves:
        server = subprocess.Popen([rag, "serve", "--port", "8791", "--offline"], cwd=folder, stdout=subprocess.DEVNULL)
        try:
            if not _page("http://127.0.0.1:8791/"):
                yield f"rag serve: no page within {START_S} s"
        finally:
            server.terminate()
            server.wait()


def _page(address: str) -> bool:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=5) as page:  # noqa: S310 - this machine's own
                return bool(page.status == 200)
        except OSError:
            time.sleep(0.2)
    return False


def _run(*words: object, may_fail: bool = False, cwd: Path | None = None) -> int:
    told = [str(word) for word in words]
    done = subprocess.run(told, capture_output=True, text=True, cwd=cwd or CHECKOUT, check=False)
    if done.returncode:
        print(f"$ {' '.join(told)}\n{(done.stdout + done.stderr)[-2000:]}")
        if not may_fail:
            raise SystemExit(f"{words[0]} failed")
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main())
