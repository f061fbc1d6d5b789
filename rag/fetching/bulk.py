"""Take papers out of arXiv's bulk copies, `arXiv_pdf_YYMM_NNN.tar`, as its bucket on S3 has them.

Nothing is unpacked: of a tar the headers are read, for the place of each PDF, and the one that is asked for is copied
into the cache under its paper's checked id, never under a name from the archive. Links, folders, sparse files and long
names, of which arXiv writes none, are passed over.
Source: info.arxiv.org/help/bulk_data_s3.html; the header of POSIX.1-1988 (ustar).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from rag import files
from rag.briefs import ID, id_of, shown
from rag.errors import FetchError
from rag.fetching.copies import BULK, Cache, Fetched, Record
from rag.papers import AllowedPaper, paper_key

BLOCK = 512  # bytes of a header; members begin at multiples of it
MOST_MEMBERS = 100_000  # of a tar: arXiv's hold a few thousand
PIECE = 1 << 16

_MEMBER = re.compile(rf"(?:\./)?[0-9]{{4}}/{ID}\.pdf", re.IGNORECASE | re.ASCII)
_SLASH = re.compile(r"(?<=[a-z])(?=[0-9]{7}(?![0-9]))", re.IGNORECASE)  # astro-ph0001001 is astro-ph/0001001


@dataclass(frozen=True, slots=True)
class Member:
    """Hold where a PDF lies: in which tar, from which byte on, how many; its version, where its name says one."""

    tar: Path
    start: int
    size: int
    version: int | None


class BulkCopies:
    """Look for allowed papers in tars; each is looked through once, and only for papers of its month."""

    def __init__(self, tars: Sequence[Path], stamp: Callable[[Path], tuple[str, int] | None], most: int) -> None:
        self.tars, self.stamp, self.most = tuple(tars), stamp, most
        self._members: dict[Path, dict[str, list[Member]]] = {}

    @cached_property
    def _months(self) -> dict[str, list[Path]]:
        months: dict[str, list[Path]] = {}
        for tar in self.tars:
            if match := BULK.fullmatch(tar.name):
                months.setdefault(match[1], []).append(tar)
        return months

    def find(self, allowed: AllowedPaper, cache: Cache) -> Fetched | None:
        """Return an allowed paper's PDF, copied into the cache; raise `FetchError` where a tar or the PDF is broken."""
        month = allowed.paper.rpartition("/")[2][:4]
        held = [one for tar in self._months.get(month, ()) for one in self.members(tar).get(allowed.paper, ())]
        held = [one for one in held if allowed.version is None or one.version in (None, allowed.version)]
        if not held:
            return None
        try:
            return self.taken(max(held, key=lambda one: one.version or 0), allowed, cache)
        except OSError as error:
            raise FetchError(f"{allowed.key}: cannot be copied into {cache.folder} ({error.strerror})") from None

    def members(self, tar: Path) -> dict[str, list[Member]]:
        """Return the PDFs of a tar by the ids of their papers; raise `FetchError` where it is none, or is cut off."""
        if tar not in self._members:
            found: dict[str, list[Member]] = {}
            try:
                with tar.open("rb") as file:
                    for name, start, size in headers(file, shown(tar.name)):
                        if match := _MEMBER.fullmatch(_SLASH.sub("/", name)):
                            paper, version = id_of(match)
                            found.setdefault(paper, []).append(Member(tar, start, size, version))
            except OSError as error:
                raise FetchError(f"{shown(tar.name)}: cannot be read ({error.strerror})") from None
            self._members[tar] = found
        return self._members[tar]

    def taken(self, member: Member, allowed: AllowedPaper, cache: Cache) -> Fetched | None:
        """Copy a member into the cache; None where its stamp says that it is another version than the allowed one."""
        digest = hashlib.sha256()
        cache.folder.mkdir(parents=True, exist_ok=True)
        with member.tar.open("rb") as tar, files.part(cache.folder) as pdf:
            for piece in pieces(tar, member, f"{allowed.key}: {shown(member.tar.name)}", self.most):
                digest.update(piece)
                pdf.write(piece)
            pdf.flush()
            paper, version = self.stamp(Path(pdf.name)) or (allowed.paper, member.version)
            if paper != allowed.paper:
                told = paper_key(paper, version)
                raise FetchError(f"{allowed.key}: {shown(member.tar.name)} has {told} in its place; fetch it again")
            if allowed.version and version not in (None, allowed.version):
                return None
            if not (version := version or allowed.version):
                raise FetchError(f"{allowed.key}: its PDF bears no version; name one, e.g. {allowed.paper}v1")
            return cache.add(Record(paper, version, "", (), ""), pdf, digest.hexdigest())


def headers(file: BinaryIO, name: str) -> Iterator[tuple[str, int, int]]:
    """Yield name, first byte and size of every plain file; raise `FetchError` for what is no tar."""
    place = 0
    for _ in range(MOST_MEMBERS):
        file.seek(place)
        block = file.read(BLOCK)
        if len(block) < BLOCK or not block.strip(b"\0"):
            return
        try:
            told, size = _octal(block[148:156]), _octal(block[124:136])
        except ValueError:
            told, size = -1, 0
        if told != sum(block[:148]) + 8 * ord(" ") + sum(block[156:]):
            raise FetchError(f"{name}: is no tar, or is damaged at byte {place}; fetch it again")
        if block[156:157] in (b"0", b"\0"):
            yield block[:100].partition(b"\0")[0].decode("ascii", "replace"), place + BLOCK, size
        place += BLOCK + -(-size // BLOCK) * BLOCK


def pieces(tar: BinaryIO, member: Member, place: str, most: int) -> Iterator[bytes]:
    """Yield a member's bytes; raise `FetchError` unless they are all there, not too many, and a PDF."""
    if member.size > most:
        raise FetchError(f"{place} holds it with more than {most >> 20} MiB")
    tar.seek(member.start)
    left = member.size
    while left:
        piece = tar.read(min(PIECE, left))
        if left == member.size and b"%PDF-" not in piece[:1024]:
            raise FetchError(f"{place} holds something else than a PDF in its place; fetch it again")
        if not piece:
            raise FetchError(f"{place} is cut off; fetch it again")
        left -= len(piece)
        yield piece


def _octal(field: bytes) -> int:
    digits = field.strip(b" \0") or b"0"
    if not digits.isdigit():  # a sign, or a size of eight gigabytes and more
        raise ValueError
    return int(digits, 8)
