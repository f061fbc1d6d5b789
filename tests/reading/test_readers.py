"""Readers: papers and stamps come from worker processes as if read here, and what goes wrong there is told here."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.errors import PdfError
from rag.reading.glyphs.page_words import first_sheet
from rag.reading.read import read_paper
from rag.reading.workers.readers import MEMORY_BYTES, Job, packed, read_papers, stamp_reader, unpacked
from tests import make_pdfs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in {
        "good": make_pdfs.paper(),
        "other": make_pdfs.make([make_pdfs.plain(make_pdfs.BODY)]),
        "truncated": make_pdfs.truncated(),
        "encrypted": make_pdfs.encrypted(),
        "empty": make_pdfs.no_pages(),
        "cyclic": make_pdfs.cyclic(),
        "scanned": make_pdfs.scanned(),
        "text": b"no PDF at all",
    }.items():
        (tmp_path / f"{name}.pdf").write_bytes(data)
    return tmp_path


@pytest.fixture
def good(folder: Path) -> Path:
    return folder / "good.pdf"


def test_papers_travel_unchanged(good: Path) -> None:
    """What a worker hands over is what it read."""
    paper = read_paper(good, "2301.01234", 3, authors=("Ada Writer",), published="2023-01-05")
    assert unpacked(json.loads(json.dumps(packed(paper)))) == paper


def test_what_is_known_of_a_paper_reaches_its_worker(good: Path) -> None:
    """Title, authors and date come back with it."""
    job = Job(good, "2301.01234", 3, "Lamps", ("Ada Writer",), "2023-01-05")
    ((_, paper),) = read_papers([job])
    assert paper == read_paper(
        good, job.paper, job.version, title=job.title, authors=job.authors, published=job.published
    )


def test_papers_are_read_while_others_are_still_fetched(good: Path) -> None:
    """Reading begins with the first job; what is read is given before the last job is there."""
    told: list[str] = []

    def jobs() -> Iterator[Job]:
        yield Job(good, "first")
        late = time.monotonic() + 60
        while "first" not in told and time.monotonic() < late:
            time.sleep(0.1)
            yield Job(good.with_name("missing.pdf"), "missing")
        told.append("last")

    for job, _ in read_papers(jobs()):
        told.append(job.paper)
    assert told.index("first") < told.index("last")


def test_no_worker_outlives_an_error(good: Path) -> None:
    """An error while jobs are fetched reaches the caller, and the workers end; so does one with nothing to do."""
    code = (
        "import os, pathlib\n"
        "from rag.errors import FetchError\n"
        "from rag.reading.workers.readers import Job, read_papers\n"
        "def jobs():\n"
        f"    yield Job(pathlib.Path({str(good)!r}), '0')\n"
        "    raise FetchError('the disk is full')\n"
        "for given in (jobs(), iter(())):\n"
        "    try:\n"
        "        print(list(read_papers(given)))\n"
        "    except FetchError as error:\n"
        "        print(error)\n"
        "    try:\n"
        "        print(os.waitpid(-1, os.WNOHANG))\n"
        "    except ChildProcessError:\n"
        "        print('none left')\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == ["the disk is full", "none left", "[]", "none left"]


def test_bad_papers_end_alone(folder: Path) -> None:
    """Each bad PDF ends in its own one-line error; the others are read, the same as without workers."""
    jobs = [Job(path, path.stem) for path in sorted(folder.glob("*.pdf"))]
    results = {job.paper: result for job, result in read_papers(jobs)}
    assert set(results) == {job.paper for job in jobs}
    for name in ("truncated", "encrypted", "empty", "cyclic", "scanned", "text"):
        error = results[name]
        assert isinstance(error, PdfError)
        assert str(error).startswith(f"{name}.pdf: ")
        assert "\n" not in str(error)
    for name in ("good", "other"):
        assert results[name] == read_paper(folder / f"{name}.pdf", name, None)


def test_large_files_come_early(folder: Path) -> None:
    """What is due first comes first; then no worker is left with a long paper at the end."""
    jobs = [Job(folder / f"{name}.pdf", name) for name in ("text", "missing", "other", "good")]
    sizes = {job.paper: job.path.stat().st_size if job.path.exists() else 0 for job in jobs}
    order = [job.paper for job, _ in read_papers(jobs, workers=1)]
    assert order == ["text", *sorted(set(sizes) - {"text"}, key=lambda name: sizes[name], reverse=True)]
    assert order[-1] == "missing"


def test_a_worker_without_memory_ends_alone(folder: Path) -> None:
    """A worker that may not have the memory it needs costs its papers, not the run."""
    results = list(read_papers([Job(folder / "good.pdf", "good")], memory_bytes=2**20))
    assert [isinstance(result, PdfError) for _, result in results] == [True]


def test_a_worker_that_takes_too_long_is_killed(folder: Path) -> None:
    """After its time a worker is stopped and its paper reported."""
    ((_, result),) = read_papers([Job(folder / "good.pdf", "good")], timeout_s=0.0)
    assert isinstance(result, PdfError)
    assert "took longer" in str(result)


def test_nothing_to_read_starts_nothing() -> None:
    """No jobs, no results."""
    assert list(read_papers([])) == []


def test_no_paper_waits_for_more_than_a_few_others(folder: Path) -> None:
    """Large files come first only among neighbours, so the first papers given are not read last of all."""
    jobs = [Job(folder / "other.pdf", f"2604.9{n:04}") for n in range(24)]
    (folder / "large.pdf").write_bytes((folder / "other.pdf").read_bytes() + b"%" * 9999)
    jobs[8:16] = [Job(folder / "large.pdf", f"2604.8{n:04}") for n in range(8)]
    done = [jobs.index(job) for job, _ in read_papers(jobs, workers=1)]
    assert sorted(done) == list(range(24))
    assert all(abs(place - job) <= 4 for place, job in enumerate(done))


def cyclic_forms() -> bytes:
    """Return a PDF whose page draws a form that draws another one twice, which draws the first one twice."""
    twice = b"/F Do /F Do"
    form = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F %d 0 R >> >> /Length 11 >>"
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R /Resources << /XObject << /F 5 0 R >> >>"
        b" >>",
        b"<< /Length 11 >>\nstream\n" + twice + b"\nendstream",
        form % 6 + b"\nstream\n" + twice + b"\nendstream",
        form % 5 + b"\nstream\n" + twice + b"\nendstream",
    ]
    body = b"%PDF-1.4\n"
    for number, part in enumerate(parts, 1):
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    return body + b"trailer << /Root 1 0 R /Size 7 >>\n%%EOF\n"


def test_a_page_that_eats_memory_costs_only_its_own_stamp(tmp_path: Path) -> None:
    """Stamps are read in a process with limits: a page of cyclic forms is one error, and the next file is read."""
    bad, good = tmp_path / "bad.pdf", tmp_path / "good.pdf"
    bad.write_bytes(cyclic_forms())
    good.write_bytes(make_pdfs.paper())
    with stamp_reader(300 * 2**20) as read:
        with pytest.raises(PdfError, match=r"bad\.pdf"):
            read(bad)
        assert read(good) == first_sheet(good).stamp is not None


def test_a_paper_that_eats_memory_takes_a_gigabyte_at_most(tmp_path: Path) -> None:
    """Read with the usual limits it is one error within the minute, its worker small, and the next paper is read."""
    (tmp_path / "bad.pdf").write_bytes(cyclic_forms())
    (tmp_path / "good.pdf").write_bytes(make_pdfs.paper())
    code = (
        "import resource, sys\nfrom pathlib import Path\nfrom rag.errors import PdfError\n"
        "from rag.reading.workers.readers import Job, read_papers\n"
        "jobs = [Job(Path(sys.argv[1]) / name, name) for name in ('bad.pdf', 'good.pdf')]\n"
        "failed = [job.paper for job, got in read_papers(jobs, workers=1) if isinstance(got, PdfError)]\n"
        "print(*failed, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    failed, peak = done.stdout.split()
    assert failed == "bad.pdf"
    assert int(peak) <= MEMORY_BYTES / 1024
    assert time.monotonic() - started < 120  # with what it takes to start, on a machine that is busy
