"""Check that arXiv is asked politely: pauses, retries, redirects, one pace for all processes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import SettingsError
from rag.fetching import Fetched
from rag.fetching.polite import Pace
from rag.settings import Settings
from tests.arxiv_server import ArxivServer, Reply, Served
from tests.fetching.runs import (
    DREAM,
    SWINIR,
    Clock,
    copies,
    error,
    pace_for,
    run,
    settings_for,
)


def test_every_request_says_who_asks(server: ArxivServer, tmp_path: Path) -> None:
    """Metadata and PDFs go out under the project's own name, none under a library's."""
    run(settings_for(server, tmp_path), ["2108.10257"])
    assert [asked.agent.split("/")[0] for asked in server.asked] == ["paperbound", "paperbound"]


def test_retry_after_is_honoured(server: ArxivServer, tmp_path: Path, clock: Clock) -> None:
    """A 429 with Retry-After makes the next request wait exactly that long, for metadata and for PDFs."""
    busy = Reply(429, headers={"Retry-After": "17"})
    server.script("/api/query", busy)
    server.script("/pdf/2108", busy)
    copies(run(settings_for(server, tmp_path), ["2108.10257"], pace_for(tmp_path, clock)))
    assert clock.slept == [17.0, 17.0]


def test_retry_after_may_be_a_date(server: ArxivServer, tmp_path: Path, clock: Clock) -> None:
    """A date that has passed asks for no pause at all."""
    server.script("/pdf/2108", Reply(503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}))
    copies(run(settings_for(server, tmp_path), ["2108.10257"], pace_for(tmp_path, clock, 3.0)))
    assert clock.slept == [3.0, 3.0]  # the usual pause before each of the two further requests


def test_a_pause_that_is_too_long_ends_the_try(server: ArxivServer, tmp_path: Path, clock: Clock) -> None:
    """An hour's Retry-After is reported, not slept."""
    server.script("/pdf/2108", Reply(429, headers={"Retry-After": "3600"}))
    got = run(settings_for(server, tmp_path), ["2108.10257", "2410.18666v2"], pace_for(tmp_path, clock))
    assert "3600 s" in error(got, "2108.10257")
    assert isinstance(got["2410.18666v2"], Fetched)
    assert clock.slept == []


def test_backoff_grows_with_jitter_and_repeats_with_its_seed(server: ArxivServer, tmp_path: Path, clock: Clock) -> None:
    """Without Retry-After each pause is longer than the last, at least the interval, and the seed fixes them."""
    server.script("/pdf/2108", Reply(503), Reply(502), Reply(500))
    pace = pace_for(tmp_path, clock, 3.0)
    copies(run(settings_for(server, tmp_path), ["2108.10257"], pace))
    pauses = clock.slept[1:]
    assert len(pauses) == 3
    for attempt, pause in enumerate(pauses):
        assert 3.0 * 2**attempt <= pause <= 2 * 3.0 * 2**attempt
    again = pace_for(tmp_path, Clock(), 3.0)
    assert [round(again.backoff(attempt), 3) for attempt in range(3)] == pauses


def test_redirects_stay_with_the_configured_hosts(server: ArxivServer, tmp_path: Path) -> None:
    """A redirect on the same host is followed; one to another host is refused and never requested."""
    with ArxivServer([SWINIR, DREAM]) as foreign:
        server.script("/pdf/2108.10257v1", Reply(302, headers={"Location": "/pdf/2108.10257"}))
        server.script("/pdf/2410", Reply(302, headers={"Location": f"{foreign.pdf}/2410.18666v2"}))
        server.script("/pdf/2404", Reply(301, headers={"Location": "file:///etc/passwd"}))
        server.script("/pdf/math", Reply(302, headers={"Location": "http://[broken"}))
        server.script("/pdf/hep-th", *[Reply(302, headers={"Location": "/pdf/hep-th/9108004v1"})] * 9)
        server.papers.append(Served("math/0405482"))
        papers = ["2108.10257", "2410.18666v2", "2404.11358v2", "hep-th/9108004", "math/0405482"]
        got = run(settings_for(server, tmp_path), papers)
        assert isinstance(got["2108.10257"], Fetched)
        assert "none of the configured hosts" in error(got, "2410.18666v2")
        assert "none of the configured hosts" in error(got, "2404.11358v2")
        assert "none of the configured hosts" in error(got, "math/0405482")
        assert "in a circle" in error(got, "hep-th/9108004")
        assert foreign.asked == []


def test_a_pdf_that_is_compressed_unasked_is_not_unpacked(server: ArxivServer, tmp_path: Path) -> None:
    """A few bytes of Zstandard may stand for gigabytes, and the client would unpack them at once."""
    server.script("/pdf/2108", Reply(body=b"(\xb5/\xfd" + bytes(100), headers={"Content-Encoding": "zstd"}))
    got = run(settings_for(server, tmp_path), ["2108.10257"])
    assert "compressed as 'zstd', unasked" in error(got, "2108.10257")


def test_an_address_that_is_none_is_a_settings_error(server: ArxivServer, tmp_path: Path) -> None:
    """A base address other than http(s) is refused before anything is sent."""
    settings = replace(settings_for(server, tmp_path), arxiv_pdf="ftp://mirror/pdf")
    with pytest.raises(SettingsError, match="no http"):
        run(settings, ["2108.10257"])
    assert server.asked == []


def test_the_delay_is_a_number_of_seconds() -> None:
    """The environment sets the pause between requests; what is no sensible number is refused."""
    assert Settings.from_env({}).arxiv_delay == 3.0
    assert Settings.from_env({"RAG_ARXIV_DELAY": "0.5"}).arxiv_delay == 0.5
    for text in ("soon", "-1", "nan", "inf"):
        with pytest.raises(SettingsError, match="RAG_ARXIV_DELAY"):
            Settings.from_env({"RAG_ARXIV_DELAY": text})


def test_requests_keep_their_distance(server: ArxivServer, tmp_path: Path, clock: Clock) -> None:
    """Between two requests lie three seconds, whatever they ask for."""
    run(settings_for(server, tmp_path), ["2108.10257", "2410.18666v2"], pace_for(tmp_path, clock, 3.0))
    assert len(server.asked) == 3
    assert clock.slept == [3.0, 3.0]


def test_processes_share_one_pace(tmp_path: Path) -> None:
    """A request of one process makes the next wait in another; a torn or far-off time does not block."""
    lock = tmp_path / "next-request"
    script = "import sys; from pathlib import Path; from rag.fetching.polite import Pace; "
    script += "Pace(Path(sys.argv[1]), 3.0, clock=lambda: 1000.0).enter()"
    subprocess.run([sys.executable, "-c", script, lock], check=True)
    clock = Clock(1001.0)
    Pace(lock, 3.0, clock.time, clock.sleep).enter()
    assert clock.slept == [2.0]
    lock.write_text("1e300")
    Pace(lock, 3.0, clock.time, clock.sleep).enter()
    assert clock.slept[1] <= 120.0
    lock.write_text("nonsense")
    Pace(lock, 3.0, clock.time, clock.sleep).enter()
    assert len(clock.slept) == 2


def test_arxiv_itself_is_never_asked_faster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shorter delay holds for mirrors only."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    arxiv = Pace.between(("https://export.arxiv.org/api/query", "https://arxiv.org/pdf"), 0.0, tmp_path / "corpus")
    mirror = Pace.between(("http://127.0.0.1:81/api", "http://127.0.0.1:81/pdf"), 0.5, tmp_path)
    half = Pace.between(("http://127.0.0.1:81/api", "https://arxiv.org/pdf"), 0.0, tmp_path)
    assert (arxiv.interval, mirror.interval, half.interval) == (3.0, 0.5, 3.0)
    assert arxiv.path.parent.parent == tmp_path  # for all corpora
    assert half.path == arxiv.path != mirror.path
