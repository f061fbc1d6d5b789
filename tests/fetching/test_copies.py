"""Check what is found in the cache and in the user's own folder, and what is refused there."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import FetchError, SettingsError
from rag.fetching import Fetched, fetch
from rag.fetching.copies import OwnFolder
from rag.papers import AllowedPaper
from rag.settings import Settings
from tests.arxiv_server import ArxivServer, Reply, small_pdf
from tests.fetching.runs import (
    copies,
    error,
    run,
    settings_for,
)


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


def test_an_unknown_version_is_named(server: ArxivServer, tmp_path: Path) -> None:
    """A version that does not exist is not replaced by one that does."""
    got = run(settings_for(server, tmp_path), ["2410.18666v9"])
    assert "knows no such paper or version" in error(got, "2410.18666v9")
    assert server.paths("/pdf/") == []


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


def test_subfolders_are_searched_to_some_depth(tmp_path: Path) -> None:
    """A reference manager's folder per paper is looked into; hidden folders, links and what lies deep are not."""
    own = tmp_path / "own"
    for place in (
        "ABCD1234/2108.10257v1.pdf",
        "a/b/c/2404.11358.pdf",
        "a/b/c/d/2410.18666.pdf",
        ".trash/2412.21063.pdf",
    ):
        (own / place).parent.mkdir(parents=True, exist_ok=True)
        (own / place).write_bytes(b"%PDF-1.4")
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "1706.03762.pdf").write_bytes(b"%PDF-1.4")
    (own / "link").symlink_to(tmp_path / "else", target_is_directory=True)
    folder = OwnFolder(own, lambda path: None)
    assert {paper.key for paper in folder.papers()} == {"2108.10257v1", "2404.11358"}
    found = folder.find(AllowedPaper("2108.10257"))
    assert found is not None
    assert found.path == own / "ABCD1234" / "2108.10257v1.pdf"


def test_an_own_folder_that_is_none_is_a_settings_error(tmp_path: Path) -> None:
    """A mistyped folder is said, not taken for an empty one."""
    settings = Settings(corpus=tmp_path, pdf_dir=tmp_path / "nowhere", offline=True)
    with pytest.raises(SettingsError, match="--pdf-dir"):
        run(settings, ["2108.10257"])


def test_all_real_pdfs_are_found_by_their_names(shared: Path, tmp_path: Path) -> None:
    """Every file of a real folder is the newest, and only, copy of the paper that its name gives."""
    lines = (shared / "papers/real/INDEX.tsv").read_text().splitlines()[1:]
    names = {line.split("\t")[0]: line.split("\t")[1] for line in lines}
    settings = Settings(corpus=tmp_path, pdf_dir=shared / "papers/real", offline=True)
    ids = {key.rpartition("v")[0]: name for name, key in names.items()}
    got = copies(run(settings, [AllowedPaper(paper) for paper in ids]))
    assert {paper: copy.path.name for paper, copy in got.items()} == ids
