"""arXiv's bulk copies: a paper comes out of a tar as it lies there, and nothing of the tar decides where it goes."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import FetchError
from rag.fetching import Fetched, fetch
from rag.papers import AllowedPaper
from rag.settings import Settings
from tests.arxiv_server import small_pdf

Stamps = Callable[[Path], "tuple[str, int] | None"]


def tarred(folder: Path, name: str, members: Mapping[str, bytes], kind: bytes = tarfile.REGTYPE) -> Path:
    """Write a tar as arXiv does: plain, its PDFs below a folder of the month."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / name, "w", format=tarfile.USTAR_FORMAT) as tar:
        month = tarfile.TarInfo("2108")
        month.type = tarfile.DIRTYPE
        tar.addfile(month)
        for member, data in members.items():
            told = tarfile.TarInfo(member)
            told.size, told.type = len(data), kind
            tar.addfile(told, io.BytesIO(data))
    return folder / name


def got(papers: str, folder: Path, corpus: Path, stamp: Stamps = lambda path: None) -> list[Fetched | FetchError]:
    settings = Settings(corpus, pdf_dir=folder, offline=True)
    allowed = [AllowedPaper(one.partition("v")[0], int(one.partition("v")[2] or 0) or None) for one in papers.split()]
    return [found for _, found in fetch(allowed, settings, stamp=stamp)]


def test_papers_come_out_of_their_months_tars(tmp_path: Path) -> None:
    """By old and new ids, the newest version or the one that is named, byte for byte; then the tar is not needed."""
    pdfs = {name: small_pdf(name) for name in ("a", "b", "c", "d")}
    folder = tmp_path / "bulk"
    tarred(folder, "arXiv_pdf_2108_001.tar", {"2108/2108.10257v1.pdf": pdfs["a"], "2108/2108.10257v2.pdf": pdfs["b"]})
    tarred(folder, "arXiv_pdf_2108_002.tar", {"2108/2108.20000v1.pdf": pdfs["c"]})
    tarred(folder / "old", "arXiv_pdf_9108_001.tar", {"9108/hep-th9108004v1.pdf": pdfs["d"]})
    wanted = "2108.10257 2108.10257v1 2108.20000 hep-th/9108004"
    for _ in range(2):
        found = got(wanted, folder, tmp_path / "corpus")
        assert [one.path.read_bytes() for one in found if isinstance(one, Fetched)] == [pdfs[name] for name in "bacd"]
        assert [one.version for one in found if isinstance(one, Fetched)] == [2, 1, 1, 1]
        for path in folder.rglob("*.tar"):
            path.unlink()
    assert {path.name for path in (tmp_path / "corpus" / "pdf").glob("*.pdf")} == {
        "2108.10257v1.pdf", "2108.10257v2.pdf", "2108.20000v1.pdf", "hep-th_9108004v1.pdf"
    }  # fmt: skip
    (none,) = got("2108.30000", folder, tmp_path / "corpus")
    assert "has no PDF of it" in str(none)


def test_the_stamp_tells_a_version_that_the_name_does_not(tmp_path: Path) -> None:
    """arXiv's older tars name no version; what is stamped on page 1 binds, another paper's stamp is told."""
    tarred(tmp_path / "bulk", "arXiv_pdf_2108_001.tar", {"2108/2108.10257.pdf": small_pdf("a")})
    (untold,) = got("2108.10257", tmp_path / "bulk", tmp_path / "1")
    assert "bears no version; name one" in str(untold)
    (named,) = got("2108.10257v3", tmp_path / "bulk", tmp_path / "2")
    (stamped,) = got("2108.10257", tmp_path / "bulk", tmp_path / "3", lambda path: ("2108.10257", 4))
    assert [one.version for one in (named, stamped) if isinstance(one, Fetched)] == [3, 4]
    (other,) = got("2108.10257v3", tmp_path / "bulk", tmp_path / "4", lambda path: ("2108.10257", 4))
    assert "has no PDF of it" in str(other)
    (wrong,) = got("2108.10257", tmp_path / "bulk", tmp_path / "5", lambda path: ("2108.11111", 1))
    assert "has 2108.11111v1 in its place" in str(wrong)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../../2108.10257v1.pdf", tarfile.REGTYPE),
        ("/2108/2108.10257v1.pdf", tarfile.REGTYPE),
        ("2108/../2108.10257v1.pdf", tarfile.REGTYPE),
        ("2108/2108.10257v1.pdf", tarfile.SYMTYPE),
        ("2108/2108.10257v1.pdf", tarfile.LNKTYPE),
        ("2108/2108.10257v1.pdf", tarfile.FIFOTYPE),
    ],
)
def test_nothing_else_is_taken(name: str, kind: bytes, tmp_path: Path) -> None:
    """Names that lead elsewhere, links and pipes are passed over; nothing is written outside the cache."""
    tarred(tmp_path / "bulk", "arXiv_pdf_2108_001.tar", {name: small_pdf("a")}, kind)
    (found,) = got("2108.10257", tmp_path / "bulk", tmp_path / "corpus")
    assert isinstance(found, FetchError)
    assert {path.name for path in tmp_path.iterdir()} <= {"bulk", "corpus"}
    assert not list((tmp_path / "corpus").rglob("*.pdf"))


def test_broken_tars_are_told_and_cost_only_their_papers(tmp_path: Path) -> None:
    """No tar at all, a damaged header, a size that is none, a PDF that is cut off, one that is none, one too large."""
    folder = tmp_path / "bulk"
    whole = tarred(folder, "arXiv_pdf_2108_001.tar", {"2108/2108.10257v1.pdf": small_pdf("a")})
    tarred(folder, "arXiv_pdf_9108_001.tar", {"9108/hep-th9108004v1.pdf": small_pdf("d")})
    data = whole.read_bytes()
    signed = bytearray(data)
    signed[512 + 124 : 512 + 136] = b"-0000000100\0"
    for broken, words in (
        (b"<html>" * 200, "is no tar"),
        (data[:512] + b"x" + data[513:], "is damaged at byte 512"),
        (bytes(signed), "is damaged at byte 512"),
        (data[: 1024 + 40], "is cut off"),
        (data.replace(b"%PDF-", b"%FDP-"), "something else than a PDF"),
    ):
        whole.write_bytes(broken)
        bad, good = got("2108.10257 hep-th/9108004", folder, tmp_path / "corpus")
        assert words in str(bad)
        assert isinstance(good, Fetched)
    whole.write_bytes(data)
    settings = Settings(tmp_path / "other", pdf_dir=folder, offline=True)
    ((_, large),) = fetch([AllowedPaper("2108.10257")], settings, stamp=lambda path: None, most=10)
    assert "with more than" in str(large)
    assert not list((tmp_path / "other" / "pdf").glob("*"))


def test_no_other_months_tar_is_opened(tmp_path: Path) -> None:
    """A folder of all of arXiv costs what the months that are asked for cost."""
    folder = tmp_path / "bulk"
    tarred(folder, "arXiv_pdf_2108_001.tar", {"2108/2108.10257v1.pdf": small_pdf("a")})
    (folder / "arXiv_pdf_2109_001.tar").write_bytes(b"not a tar")
    (found,) = got("2108.10257", folder, tmp_path / "corpus")
    assert isinstance(found, Fetched)
    assert replace(found, path=Path()).paper == "2108.10257"
