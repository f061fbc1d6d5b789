"""Check fetching against a server that speaks arXiv's protocol, through the real `arxiv` client."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from rag.errors import FetchError, UnreachableError
from rag.fetching import Fetched, fetch, reachable
from rag.papers import AllowedPaper
from rag.settings import Settings
from tests.arxiv_server import ArxivServer, Reply, Served, small_pdf
from tests.fetching.runs import (
    DEBLUR,
    DREAM,
    OLD,
    SWINIR,
    Clock,
    allow,
    copies,
    error,
    no_stamp,
    pace_for,
    run,
    settings_for,
)

HTML = Reply(body=b"<!DOCTYPE html><html>Please wait</html>", headers={"Content-Type": "text/html"})


def files(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.pdf_cache.iterdir()) if settings.pdf_cache.exists() else []


def test_all_metadata_come_in_one_request_and_each_pdf_in_one(server: ArxivServer, tmp_path: Path) -> None:
    """n missing papers cost n + 1 requests, and what is stored is what was served."""
    settings = settings_for(server, tmp_path)
    got = copies(run(settings, ["2108.10257", "2410.18666v2", "hep-th/9108004"]))
    assert len(server.paths("/api/query")) == 1
    assert server.paths("/pdf/") == ["/pdf/2108.10257v1", "/pdf/2410.18666v2", "/pdf/hep-th/9108004v1"]
    for key, served in (("2108.10257", SWINIR), ("2410.18666v2", DREAM), ("hep-th/9108004", OLD)):
        copy = got[key]
        assert served.content is not None
        assert copy.path.read_bytes() == served.content
        assert copy.sha256 == hashlib.sha256(served.content).hexdigest()
        assert (copy.paper, copy.version, copy.title) == (served.paper, served.version, served.title)
        assert (copy.authors, copy.published) == (("Ada Example", "Bo Sample"), "2024-10-24")
        assert copy.path.parent == settings.pdf_cache


def test_what_is_cached_is_not_requested_again(server: ArxivServer, tmp_path: Path) -> None:
    """A second run equals the first, opens no connection, and so works offline."""
    settings = settings_for(server, tmp_path)
    first = run(settings, ["2108.10257", "2410.18666v2"])
    server.asked.clear()
    assert run(settings, ["2108.10257", "2410.18666v2"]) == first
    assert run(replace(settings, offline=True), ["2108.10257", "2410.18666v2"]) == first
    assert server.asked == []


def test_the_version_asked_for_is_the_one_fetched(server: ArxivServer, tmp_path: Path) -> None:
    """Two versions of a paper lie side by side; without a version the newest comes."""
    settings = settings_for(server, tmp_path)
    got = copies(run(settings, ["2410.18666v1", "2410.18666v2"]))
    assert [copy.path.name for copy in got.values()] == ["2410.18666v1.pdf", "2410.18666v2.pdf"]
    assert copies(run(settings, ["2410.18666"]))["2410.18666"].version == 2


def test_what_has_arrived_meanwhile_is_not_fetched_again(server: ArxivServer, tmp_path: Path) -> None:
    """A version that came into the cache after the search for it costs no second download."""
    got = copies(run(settings_for(server, tmp_path), ["2410.18666v2", "2410.18666"]))
    assert server.paths("/pdf/") == ["/pdf/2410.18666v2"]
    assert got["2410.18666"] == got["2410.18666v2"]


def test_many_ids_go_in_few_requests(server: ArxivServer, tmp_path: Path) -> None:
    """Ids are asked for in batches; those that arXiv does not know are named, and cost no request each."""
    unknown = [f"2301.{number:05}" for number in range(250)]
    got = run(settings_for(server, tmp_path), [*unknown, "2108.10257"])
    assert len(server.paths("/api/query")) == 4  # an empty feed is asked for again, and a short one for more
    assert "knows no such paper" in error(got, unknown[7])
    assert isinstance(got["2108.10257"], Fetched)


def test_progress_counts_every_paper(server: ArxivServer, tmp_path: Path) -> None:
    """Progress is told once per paper, failed ones included, and ends at the total."""
    told: list[tuple[str, int, int]] = []
    papers = [allow("2108.10257"), allow("2301.00001"), allow("2410.18666v2")]
    list(fetch(papers, settings_for(server, tmp_path), stamp=no_stamp, progress=lambda *step: told.append(step)))
    assert [step[1:] for step in told] == [(1, 3), (2, 3), (3, 3)]
    assert {step[0] for step in told} == {"2108.10257", "2301.00001", "2410.18666v2"}


@pytest.mark.parametrize("declared", [None, 10_000])
def test_a_body_cut_off_once_is_fetched_again(server: ArxivServer, tmp_path: Path, declared: int | None) -> None:
    """A torn transfer (length kept or not) leaves nothing behind, and the next try brings the whole file."""
    assert SWINIR.content is not None
    server.script("/pdf/2108", Reply(body=SWINIR.content[:40], declared=declared))
    settings = settings_for(server, tmp_path)
    got = copies(run(settings, ["2108.10257"]))
    assert got["2108.10257"].path.read_bytes() == SWINIR.content
    assert files(settings) == ["2108.10257v1.json", "2108.10257v1.pdf"]


@pytest.mark.parametrize("feed", [b"<html>busy</html>", b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http'])
def test_a_feed_that_is_none_is_asked_for_again(server: ArxivServer, tmp_path: Path, feed: bytes) -> None:
    """A web page or half a feed never counts as "arXiv knows no such paper"."""
    server.script("/api/query", Reply(body=feed))
    copies(run(settings_for(server, tmp_path), ["2108.10257"]))
    server.script("/api/query", *[Reply(body=feed)] * 4)
    server.script("/pdf/2410", Reply(404))
    got = run(settings_for(server, tmp_path), ["2410.18666v2"])
    assert "no whole Atom feed" in error(got, "2410.18666v2")


def test_an_empty_feed_is_asked_for_again(server: ArxivServer, tmp_path: Path) -> None:
    """arXiv answers with no entry now and then though it knows the paper."""
    server.script("/api/query", Reply(body=b'<feed xmlns="http://www.w3.org/2005/Atom"></feed>'))
    (got,) = copies(run(settings_for(server, tmp_path), ["2108.10257"])).values()
    assert got.title == SWINIR.title


def said(stamp: tuple[str, int] | None, _: Path) -> tuple[str, int] | None:
    return stamp


@pytest.mark.parametrize("status", [403, 429, 500])
def test_a_pdf_needs_no_metadata(server: ArxivServer, tmp_path: Path, status: int) -> None:
    """Where the API refuses, the PDF is fetched all the same: its stamp tells the version, a notice what is missing."""
    settings, papers = settings_for(server, tmp_path), [AllowedPaper("2108.10257"), AllowedPaper("2410.18666", 2)]
    for stamp in (("2108.10257", 1), None):
        server.script("/api/query", *[Reply(status)] * 4)
        got = dict(fetch(papers, settings, stamp=partial(said, stamp)))
        server._script.clear()
        if stamp:
            found = got[papers[0]]
            assert isinstance(found, Fetched)
            assert (found.version, found.path.name) == (1, "2108.10257v1.pdf")
            assert [notice.kind for notice in found.notices] == ["no_metadata"]
            assert "the PDF that came is 2108.10257v1" in str(got[papers[1]])  # the stamp is of the other paper
            found.path.unlink()
        else:
            assert "its PDF bears no version; name one, e.g. 2108.10257v1" in str(got[papers[0]])
            assert isinstance(got[papers[1]], Fetched)


def test_a_missing_pdf_is_named_and_the_rest_goes_on(server: ArxivServer, tmp_path: Path) -> None:
    """A 404 is final: one request, one message, the other papers arrive."""
    server.script("/pdf/2108", Reply(404))
    got = run(settings_for(server, tmp_path), ["2108.10257", "2410.18666v2"])
    assert "404" in error(got, "2108.10257")
    assert isinstance(got["2410.18666v2"], Fetched)
    assert len(server.paths("/pdf/2108")) == 1


def test_one_id_that_the_api_refuses_does_not_spoil_the_others(server: ArxivServer, tmp_path: Path) -> None:
    """Where a whole query is refused, its ids are asked for one by one."""
    server.script("/api/query", Reply(400), Reply(400))
    got = run(settings_for(server, tmp_path), ["2108.10257", "2410.18666v2"])
    assert "knows no such paper" in error(got, "2108.10257")
    assert isinstance(got["2410.18666v2"], Fetched)


def test_a_web_page_instead_of_a_pdf_is_refused(server: ArxivServer, tmp_path: Path) -> None:
    """HTML under status 200 is never stored as a PDF."""
    server.script("/pdf/2108", HTML)
    settings = settings_for(server, tmp_path)
    got = run(settings, ["2108.10257", "2410.18666v2"])
    assert "a web page instead of a PDF" in error(got, "2108.10257")
    assert files(settings) == ["2410.18666v2.json", "2410.18666v2.pdf"]


def test_a_body_that_stays_cut_off_is_named(server: ArxivServer, tmp_path: Path) -> None:
    """A file that never arrives whole is an error, not a shorter paper."""
    assert SWINIR.content is not None
    server.script("/pdf/2108", *[Reply(body=SWINIR.content[:40])] * 4)
    settings = settings_for(server, tmp_path)
    assert "cut off after 40 bytes" in error(run(settings, ["2108.10257"]), "2108.10257")
    assert files(settings) == []


@pytest.mark.parametrize("pdf", [None, b"<html>PDF unavailable</html>"])
def test_a_withdrawn_paper_is_said_to_be_withdrawn(server: ArxivServer, tmp_path: Path, pdf: bytes | None) -> None:
    """Withdrawal is told from a mere 404, with the version before it as the remedy."""
    server.papers.append(Served("2301.00002", 3, comment="This paper has been withdrawn by the authors", pdf=pdf))
    message = error(run(settings_for(server, tmp_path), ["2301.00002v3"]), "2301.00002v3")
    assert "withdrawn" in message
    assert "2301.00002v2" in message


def test_a_file_beyond_the_limit_is_refused(server: ArxivServer, tmp_path: Path) -> None:
    """A server cannot fill the disk: more than the cap is an error and leaves nothing."""
    settings = settings_for(server, tmp_path)
    got = dict(fetch([allow("2108.10257")], settings, stamp=no_stamp, most=50))
    assert "sends more than" in str(got[allow("2108.10257")])
    assert files(settings) == []


def test_an_unreachable_network_fails_once(server: ArxivServer, tmp_path: Path, clock: Clock) -> None:
    """No connection: every paper is told so after one single attempt, and without any pause."""
    with ArxivServer([]) as gone:
        settings = settings_for(gone, tmp_path)
    got = run(settings, ["2108.10257", "2410.18666v2", "2404.11358v2"], pace_for(tmp_path, clock))
    assert [type(value) for value in got.values()] == [UnreachableError] * 3
    assert "cannot be reached" in error(got, "2404.11358v2")
    assert clock.reads == 2  # one request: once to see whether it is due, once to set the next
    assert clock.slept == []
    assert not reachable(settings, pace_for(tmp_path, clock))
    assert reachable(settings_for(server, tmp_path), pace_for(tmp_path, clock))


def test_a_network_lost_between_two_papers_fails_once(server: ArxivServer, tmp_path: Path, clock: Clock) -> None:
    """When PDFs cannot be had although metadata could, the second paper is not even tried."""
    with ArxivServer([]) as gone:
        settings = replace(settings_for(server, tmp_path), arxiv_pdf=gone.pdf)
    got = run(settings, ["2108.10257", "2410.18666v2"], pace_for(tmp_path, clock))
    assert [type(value) for value in got.values()] == [UnreachableError] * 2
    assert clock.reads == 4


def test_offline_opens_no_connection(server: ArxivServer, tmp_path: Path) -> None:
    """With `offline` a missing paper is an error with a remedy; nobody is asked."""
    settings = replace(settings_for(server, tmp_path), offline=True)
    assert "--pdf-dir" in error(run(settings, ["2108.10257"]), "2108.10257")
    assert server.asked == []


def test_a_cache_that_cannot_be_written_is_named(server: ArxivServer, tmp_path: Path) -> None:
    """A file where the cache's folder should be is one clear error per paper."""
    settings = settings_for(server, tmp_path)
    settings.corpus.mkdir()
    settings.pdf_cache.write_text("in the way")
    assert "cannot be kept" in error(run(settings, ["2108.10257"], pace_for(tmp_path, Clock())), "2108.10257")


KILLED = """
import sys
from pathlib import Path
from rag.fetching import fetch
from rag.fetching.polite import Pace
from rag.settings import Settings
from rag.papers import AllowedPaper
corpus, api, pdf = sys.argv[1:]
settings = Settings(corpus=Path(corpus), arxiv_api=api, arxiv_pdf=pdf)
papers = [AllowedPaper("2108.10257"), AllowedPaper("2410.18666", 2), AllowedPaper("2404.11358", 2)]
for paper, got in fetch(papers, settings, stamp=lambda path: None, pace=Pace(Path(corpus + ".pace"), 0.0)):
    print(paper.key, flush=True)
"""


def test_a_killed_run_goes_on_where_it_stopped(server: ArxivServer, tmp_path: Path) -> None:
    """Killed within the second PDF: the first is not fetched again, the half one is not mistaken for whole."""
    settings = settings_for(server, tmp_path)
    hold = threading.Event()
    server.script("/pdf/2410", Reply(body=small_pdf("held" * 500), hold=hold))
    arguments = [str(settings.corpus), server.api, server.pdf]
    environment = {**os.environ, "NO_PROXY": "127.0.0.1"}
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, *arguments], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert server.half_sent.wait(60)
        process.send_signal(signal.SIGKILL)
        assert process.stdout is not None
        assert process.stdout.read().split() == ["2108.10257"]
    hold.set()
    assert process.returncode == -signal.SIGKILL
    server.asked.clear()
    got = copies(run(settings, ["2108.10257", "2410.18666v2", "2404.11358v2"]))
    assert server.paths("/pdf/") == ["/pdf/2410.18666v2", "/pdf/2404.11358v2"]
    assert [copy.path.read_bytes() for copy in got.values()] == [SWINIR.content, DREAM.content, DEBLUR.content]


def test_old_debris_of_killed_runs_is_swept(server: ArxivServer, tmp_path: Path) -> None:
    """Temporary files of an hour ago go; a fresh one may belong to a running process and stays."""
    settings = settings_for(server, tmp_path)
    settings.pdf_cache.mkdir(parents=True)
    stale, fresh = settings.pdf_cache / ".part-1-a", settings.pdf_cache / ".part-2-b"
    stale.write_bytes(b"%PDF")
    fresh.write_bytes(b"%PDF")
    os.utime(stale, (0, 0))
    run(settings, ["2108.10257"])
    assert not stale.exists()
    assert fresh.exists()


def test_an_unchecked_id_writes_and_asks_nothing(server: ArxivServer, tmp_path: Path) -> None:
    """Ids become file names and addresses, so one that is none is refused however it came here."""
    settings = settings_for(server, tmp_path)
    for paper in ("../../../tmp/x", "2108.10257/../x", "2108.10257v1", "arXiv:2108.10257", "", "2108.10257\n"):
        (got,) = run(settings, [AllowedPaper(paper)]).values()
        assert isinstance(got, FetchError)
        assert "is no arXiv id" in str(got)
    assert server.asked == []
    assert files(settings) == []


def test_a_title_that_differs_is_a_notice_each_time(server: ArxivServer, tmp_path: Path) -> None:
    """The warning comes with the download and again from the cache; the paper is usable all the same."""
    settings = settings_for(server, tmp_path)
    wrong = AllowedPaper("2108.10257", model="Attention Is All You Need")
    for _ in range(2):
        got = copies(run(settings, [wrong]))["2108.10257"]
        assert [notice.kind for notice in got.notices] == ["title_mismatch"]
        assert SWINIR.title in got.notices[0].text
