"""Check fetching against a server that speaks arXiv's protocol, through the real `arxiv` client."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from rag.errors import FetchError, SettingsError, UnreachableError
from rag.fetching import fetch as fetching
from rag.fetching.fetch import Fetched, Pace, fetch, reachable, title_notice
from rag.papers import AllowedPaper
from rag.settings import Settings
from tests.arxiv_server import ArxivServer, Reply, Served, small_pdf

SWINIR = Served("2108.10257", 1, "SwinIR: Image Restoration Using Swin Transformer")
DREAM = Served("2410.18666", 2, "DreamClear: High-Capacity Real-World Image Restoration")
DEBLUR = Served("2404.11358", 2, "DeblurGS: Gaussian Splatting for Camera Motion Blur")
OLD = Served("hep-th/9108004", 1, "Exact S-matrices")
HTML = Reply(body=b"<!DOCTYPE html><html>Please wait</html>", headers={"Content-Type": "text/html"})


@dataclass
class Clock:
    """Tell a time that only sleeping moves."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)
    reads: int = 0

    def time(self) -> float:
        self.reads += 1
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ArxivServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ArxivServer([SWINIR, DREAM, replace(DREAM, version=1), DEBLUR, OLD]) as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


def settings_for(server: ArxivServer, tmp_path: Path) -> Settings:
    return Settings(corpus=tmp_path / "corpus", arxiv_api=server.api, arxiv_pdf=server.pdf, arxiv_delay=0)


def pace_for(tmp_path: Path, clock: Clock, interval: float = 0.0) -> Pace:
    return Pace(tmp_path / "next-request", interval, clock.time, clock.sleep, seed=1)


def no_stamp(_: Path) -> None:
    return None


def run(
    settings: Settings, papers: Sequence[str | AllowedPaper], pace: Pace | None = None
) -> dict[str, Fetched | FetchError]:
    allowed = [paper if isinstance(paper, AllowedPaper) else allow(paper) for paper in papers]
    return {paper.key: got for paper, got in fetch(allowed, settings, stamp=no_stamp, pace=pace)}


def allow(key: str) -> AllowedPaper:
    paper, _, version = key.partition("v")
    return AllowedPaper(paper, int(version) if version else None)


def copies(got: dict[str, Fetched | FetchError]) -> dict[str, Fetched]:
    assert not {key: str(value) for key, value in got.items() if isinstance(value, FetchError)}
    return {key: value for key, value in got.items() if isinstance(value, Fetched)}


def error(got: dict[str, Fetched | FetchError], key: str) -> str:
    value = got[key]
    assert isinstance(value, FetchError), value
    assert "\n" not in str(value)
    assert key in str(value)
    return str(value)


def files(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.pdf_cache.iterdir()) if settings.pdf_cache.exists() else []


# --- success -----------------------------------------------------------------------------------------------


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


def test_every_request_says_who_asks(server: ArxivServer, tmp_path: Path) -> None:
    """Metadata and PDFs go out under the project's own name, none under a library's."""
    run(settings_for(server, tmp_path), ["2108.10257"])
    assert [asked.agent.split("/")[0] for asked in server.asked] == ["paperbound", "paperbound"]


def test_many_ids_go_in_few_requests(server: ArxivServer, tmp_path: Path) -> None:
    """Ids are asked for in batches; those that arXiv does not know are named, and cost no request each."""
    unknown = [f"2301.{number:05}" for number in range(250)]
    got = run(settings_for(server, tmp_path), [*unknown, "2108.10257"])
    assert len(server.paths("/api/query")) == 3  # the second batch is short, so the client looks for more once
    assert "knows no such paper" in error(got, unknown[7])
    assert isinstance(got["2108.10257"], Fetched)


def test_progress_counts_every_paper(server: ArxivServer, tmp_path: Path) -> None:
    """Progress is told once per paper, failed ones included, and ends at the total."""
    told: list[tuple[str, int, int]] = []
    papers = [allow("2108.10257"), allow("2301.00001"), allow("2410.18666v2")]
    list(fetch(papers, settings_for(server, tmp_path), stamp=no_stamp, progress=lambda *step: told.append(step)))
    assert [step[1:] for step in told] == [(1, 3), (2, 3), (3, 3)]
    assert {step[0] for step in told} == {"2108.10257", "2301.00001", "2410.18666v2"}


# --- faults that pass --------------------------------------------------------------------------------------


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


def test_a_server_that_stays_down_is_named_and_the_rest_goes_on(server: ArxivServer, tmp_path: Path) -> None:
    """Four tries, then the paper has failed; others are asked for all the same, once each until one succeeds."""
    server.script("/pdf/2108", *[Reply(503)] * 9)
    server.script("/pdf/2410", Reply(503))
    server.script("/pdf/hep-th", Reply(503))
    papers = ["2108.10257", "2410.18666v2", "2404.11358v2", "hep-th/9108004"]
    got = run(settings_for(server, tmp_path), papers)
    assert isinstance(got["hep-th/9108004"], Fetched)
    assert "503" in error(got, "2108.10257")
    assert len(server.paths("/pdf/2108")) == 4
    assert len(server.paths("/pdf/2410")) == 1
    assert isinstance(got["2404.11358v2"], Fetched)


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
    got = run(settings_for(server, tmp_path), ["2410.18666v2"])
    assert "no whole Atom feed" in error(got, "2410.18666v2")


# --- faults that stay --------------------------------------------------------------------------------------


def test_a_missing_pdf_is_named_and_the_rest_goes_on(server: ArxivServer, tmp_path: Path) -> None:
    """A 404 is final: one request, one message, the other papers arrive."""
    server.script("/pdf/2108", Reply(404))
    got = run(settings_for(server, tmp_path), ["2108.10257", "2410.18666v2"])
    assert "404" in error(got, "2108.10257")
    assert isinstance(got["2410.18666v2"], Fetched)
    assert len(server.paths("/pdf/2108")) == 1


def test_an_unknown_version_is_named(server: ArxivServer, tmp_path: Path) -> None:
    """A version that does not exist is not replaced by one that does."""
    got = run(settings_for(server, tmp_path), ["2410.18666v9"])
    assert "knows no such paper or version" in error(got, "2410.18666v9")
    assert server.paths("/pdf/") == []


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


def test_a_file_beyond_the_limit_is_refused(
    server: ArxivServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server cannot fill the disk: more than the cap is an error and leaves nothing."""
    monkeypatch.setattr(fetching, "MAX_PDF_BYTES", 50)
    settings = settings_for(server, tmp_path)
    assert "sends more than" in error(run(settings, ["2108.10257"]), "2108.10257")
    assert files(settings) == []


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


def test_a_cache_that_cannot_be_written_is_named(server: ArxivServer, tmp_path: Path) -> None:
    """A file where the cache's folder should be is one clear error per paper."""
    settings = settings_for(server, tmp_path)
    settings.corpus.mkdir()
    settings.pdf_cache.write_text("in the way")
    assert "cannot be kept" in error(run(settings, ["2108.10257"], pace_for(tmp_path, Clock())), "2108.10257")


# --- pace --------------------------------------------------------------------------------------------------


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


# --- killed and resumed ------------------------------------------------------------------------------------

KILLED = """
import sys
from pathlib import Path
from rag.fetching.fetch import Pace, fetch
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


# --- the cache ---------------------------------------------------------------------------------------------


def damage_pdf(folder: Path) -> None:
    (folder / "2108.10257v1.pdf").write_bytes(small_pdf("another"))


def lose_record(folder: Path) -> None:
    (folder / "2108.10257v1.json").unlink()


def tear_record(folder: Path) -> None:
    path = folder / "2108.10257v1.json"
    path.write_bytes(path.read_bytes()[:50])


def change_schema(folder: Path) -> None:
    path = folder / "2108.10257v1.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": "other/9"}))


def change_types(folder: Path) -> None:
    path = folder / "2108.10257v1.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "title": 7}))


def change_paper(folder: Path) -> None:
    path = folder / "2108.10257v1.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "paper": "2108.99999"}))


@pytest.mark.parametrize(
    "damage",
    [damage_pdf, lose_record, tear_record, change_schema, change_types, change_paper],
    ids=lambda f: f.__name__,
)
def test_a_torn_or_foreign_cache_entry_is_never_used(server: ArxivServer, tmp_path: Path, damage: object) -> None:
    """An entry that does not agree with its record is fetched anew, and offline it is missing."""
    settings = settings_for(server, tmp_path)
    first = run(settings, ["2108.10257"])
    assert callable(damage)
    damage(settings.pdf_cache)
    assert "not in the cache" in error(run(replace(settings, offline=True), ["2108.10257"]), "2108.10257")
    assert run(settings, ["2108.10257"]) == first


def test_an_unchecked_id_writes_and_asks_nothing(server: ArxivServer, tmp_path: Path) -> None:
    """Ids become file names and addresses, so one that is none is refused however it came here."""
    settings = settings_for(server, tmp_path)
    for paper in ("../../../tmp/x", "2108.10257/../x", "2108.10257v1", "arXiv:2108.10257", "", "2108.10257\n"):
        (got,) = run(settings, [AllowedPaper(paper)]).values()
        assert isinstance(got, FetchError)
        assert "is no arXiv id" in str(got)
    assert server.asked == []
    assert files(settings) == []


def test_a_link_in_the_cache_is_replaced_and_not_followed(server: ArxivServer, tmp_path: Path) -> None:
    """A symbolic link where a PDF belongs does not lead a download out of the cache."""
    settings = settings_for(server, tmp_path)
    settings.pdf_cache.mkdir(parents=True)
    victim = tmp_path / "victim.pdf"
    victim.write_text("precious")
    (settings.pdf_cache / "2108.10257v1.pdf").symlink_to(victim)
    got = copies(run(settings, ["2108.10257"]))
    assert victim.read_text() == "precious"
    assert not got["2108.10257"].path.is_symlink()


# --- the user's own folder ---------------------------------------------------------------------------------


def own(tmp_path: Path, *names: str) -> Settings:
    folder = tmp_path / "own"
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_bytes(small_pdf(name))
    return Settings(corpus=tmp_path / "corpus", pdf_dir=folder, offline=True)


def look(settings: Settings, paper: AllowedPaper, **stamps: tuple[str, int]) -> Fetched | FetchError:
    def stamp(path: Path) -> tuple[str, int] | None:
        return stamps.get(path.stem.replace(".", "_").replace("-", "_"))

    ((_, got),) = fetch([paper], settings, stamp=stamp)
    return got


@pytest.mark.parametrize(
    ("name", "paper", "version"),
    [
        ("2108.10257.pdf", "2108.10257", None),
        ("2108.10257v1.pdf", "2108.10257", 1),
        ("2108.10257V1.PDF", "2108.10257", 1),
        ("arXiv-2108.10257v1.pdf", "2108.10257", 1),
        ("arxiv_2108.10257v2.pdf", "2108.10257", 2),
        ("2108.10257v1 (1).pdf", "2108.10257", 1),
        ("2108.10257_SwinIR.pdf", "2108.10257", None),
        ("hep-th_9108004.pdf", "hep-th/9108004", None),
        ("arXiv-hep-th_9108004v3.pdf", "hep-th/9108004", 3),
        ("math.AG_0405482v1.pdf", "math/0405482", 1),
    ],
)
def test_own_pdfs_are_found_by_name(tmp_path: Path, name: str, paper: str, version: int | None) -> None:
    """The names under which arXiv and its users save PDFs all lead to the paper and its version."""
    settings = own(tmp_path, name, "notes.pdf", "2108.102571.pdf", "x2108.10257.pdf")
    got = look(settings, AllowedPaper(paper))
    assert isinstance(got, Fetched)
    assert (got.path.name, got.version, got.notices) == (name, version, ())
    assert got.sha256 == hashlib.sha256(got.path.read_bytes()).hexdigest()


def test_own_pdfs_go_before_the_cache_and_the_network(server: ArxivServer, tmp_path: Path) -> None:
    """What the user has is used and nobody is asked."""
    settings = replace(settings_for(server, tmp_path), pdf_dir=own(tmp_path, "2108.10257v1.pdf").pdf_dir)
    got = copies(run(settings, ["2108.10257v1"]))
    assert got["2108.10257v1"].path.parent == settings.pdf_dir
    assert server.asked == []


def test_own_pdfs_under_any_name_are_found_by_their_stamp(tmp_path: Path) -> None:
    """The stamp on page 1 tells the paper where the name does not, in the version that is allowed only."""
    settings = own(tmp_path, "download.pdf", "other.pdf")
    got = look(settings, AllowedPaper("2108.10257", 1), download=("2108.10257", 1))
    assert isinstance(got, Fetched)
    assert (got.path.name, got.version) == ("download.pdf", 1)
    refused = look(settings, AllowedPaper("2108.10257", 2), download=("2108.10257", 1))
    assert isinstance(refused, FetchError)
    assert "another version ('download.pdf')" in str(refused)


def test_a_pdf_that_is_another_paper_is_an_error_naming_both(tmp_path: Path) -> None:
    """A file named after one paper and stamped with another is not used."""
    got = look(own(tmp_path, "2108.10257.pdf"), AllowedPaper("2108.10257"), **{"2108_10257": ("1706.03762", 7)})
    assert isinstance(got, FetchError)
    assert "2108.10257" in str(got)
    assert "1706.03762v7" in str(got)


def test_the_stamp_tells_the_version_and_the_name_does_not(tmp_path: Path) -> None:
    """A file called v1 and stamped v2 is version 2."""
    settings = own(tmp_path, "2108.10257v1.pdf")
    got = look(settings, AllowedPaper("2108.10257", 2), **{"2108_10257v1": ("2108.10257", 2)})
    assert isinstance(got, Fetched)
    assert got.version == 2
    assert isinstance(look(settings, AllowedPaper("2108.10257", 1), **{"2108_10257v1": ("2108.10257", 2)}), FetchError)


def test_a_version_that_nothing_tells_is_assumed_aloud(tmp_path: Path) -> None:
    """A PDF without version and stamp passes for the allowed version, with a notice."""
    got = look(own(tmp_path, "2410.18666.pdf"), AllowedPaper("2410.18666", 2))
    assert isinstance(got, Fetched)
    assert got.version == 2
    assert [notice.kind for notice in got.notices] == ["version_assumed"]


def test_of_several_own_versions_the_newest_is_taken(tmp_path: Path) -> None:
    """Without a version the newest file counts; with one, that one, an exact name before an assumed one."""
    settings = own(tmp_path, "2410.18666v1.pdf", "2410.18666v10.pdf", "2410.18666v2.pdf", "2410.18666.pdf")
    for version, name in ((None, "2410.18666v10.pdf"), (1, "2410.18666v1.pdf"), (2, "2410.18666v2.pdf")):
        got = look(settings, AllowedPaper("2410.18666", version))
        assert isinstance(got, Fetched)
        assert got.path.name == name


def test_an_own_file_that_is_no_pdf_is_named(tmp_path: Path) -> None:
    """A saved error page is reported under its name."""
    settings = own(tmp_path)
    assert settings.pdf_dir is not None
    (settings.pdf_dir / "2108.10257.pdf").write_bytes(b"<html></html>")
    got = look(settings, AllowedPaper("2108.10257"))
    assert isinstance(got, FetchError)
    assert "'2108.10257.pdf' is no PDF" in str(got)


def test_hostile_files_in_the_own_folder_do_no_harm(tmp_path: Path) -> None:
    """Links are read, dangling ones and folders passed over, control characters in names never printed."""
    settings = own(tmp_path, "2108.10257 \x1b[2J.pdf")
    assert settings.pdf_dir is not None
    elsewhere = tmp_path / "elsewhere.pdf"
    elsewhere.write_bytes(small_pdf("elsewhere"))
    (settings.pdf_dir / "2410.18666v2.pdf").symlink_to(elsewhere)
    (settings.pdf_dir / "2404.11358.pdf").symlink_to(tmp_path / "nowhere.pdf")
    (settings.pdf_dir / "hep-th_9108004.pdf").mkdir()
    linked = look(settings, AllowedPaper("2410.18666", 2))
    assert isinstance(linked, Fetched)
    assert linked.sha256 == hashlib.sha256(elsewhere.read_bytes()).hexdigest()
    assert isinstance(look(settings, AllowedPaper("2404.11358")), FetchError)
    assert isinstance(look(settings, AllowedPaper("hep-th/9108004")), FetchError)
    (settings.pdf_dir / "2108.10257 \x1b[2J.pdf").write_bytes(b"no pdf")
    assert "\x1b" not in str(look(settings, AllowedPaper("2108.10257")))


def test_an_own_folder_that_is_none_is_a_settings_error(tmp_path: Path) -> None:
    """A mistyped folder is said, not taken for an empty one."""
    settings = Settings(corpus=tmp_path, pdf_dir=tmp_path / "nowhere", offline=True)
    with pytest.raises(SettingsError, match="--pdf-dir"):
        run(settings, ["2108.10257"])


# --- titles ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "title", "text", "differs"),
    [
        ("DeblurGS: Gaussian Splatting for Camera Motion Blur", DEBLUR.title, "", False),
        ("Deblur-GS -- Gaussian splatting for camera-motion blur", DEBLUR.title, "", False),
        ("DeblurGS: Gaussian Splatting", "DeblurGS: Gaussian Splatting for Camera Motion Blur", "", False),
        ("DeblurGS: Gaussian Splatting for Camera Motion Blur", "Attention Is All You Need", "", True),
        ("VAR's Prior for Restoration of Images", "Multi-Scale Latents as a Restoration Prior", "", True),
        ("Restoration-SwinIR-Jpeg20", SWINIR.title, "We propose SwinIR.", False),
        ("NAFNet", "Simple Baselines for Image Restoration", "We derive NAFNet from a baseline.", False),
        ("NAFNet", "Simple Baselines for Image Restoration", "", False),
        ("NAFNet", "Attention Is All You Need", "We propose the Transformer.", True),
        ("", "Attention Is All You Need", "We propose the Transformer.", False),
        ("NAFNet", "", "", False),
    ],
)
def test_titles_are_compared_as_people_would(model: str, title: str, text: str, differs: bool) -> None:
    """Spelling, hyphens and shortening make no other paper; another title does, and so does a name found nowhere."""
    assert (title_notice(AllowedPaper("2404.11358", 2, model=model), title, text) is not None) is differs


def test_a_title_that_differs_is_a_notice_each_time(server: ArxivServer, tmp_path: Path) -> None:
    """The warning comes with the download and again from the cache; the paper is usable all the same."""
    settings = settings_for(server, tmp_path)
    wrong = AllowedPaper("2108.10257", model="Attention Is All You Need")
    for _ in range(2):
        got = copies(run(settings, [wrong]))["2108.10257"]
        assert [notice.kind for notice in got.notices] == ["title_mismatch"]
        assert SWINIR.title in got.notices[0].text


# --- the real folder ---------------------------------------------------------------------------------------


def test_all_real_pdfs_are_found_by_their_names(shared: Path, tmp_path: Path) -> None:
    """Every file of a real folder is the newest, and only, copy of the paper that its name gives."""
    lines = (shared / "papers/real/INDEX.tsv").read_text().splitlines()[1:]
    names = {line.split("\t")[0]: line.split("\t")[1] for line in lines}
    settings = Settings(corpus=tmp_path, pdf_dir=shared / "papers/real", offline=True)
    ids = {key.rpartition("v")[0]: name for name, key in names.items()}
    got = copies(run(settings, [AllowedPaper(paper) for paper in ids]))
    assert {paper: copy.path.name for paper, copy in got.items()} == ids
