"""Say what makes a batch's answers, beside its file of answers, and what of it has changed since.

Not handled here: what follows from a change (`plan`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rag.batch import durable
from rag.errors import BatchError

SCHEMA = "rag.batch/1"
NAMED = 5  # ids or papers that a message lists before it only counts


@dataclass(frozen=True, slots=True)
class Header:
    """Say what makes a batch's answers. Empty `papers` means: not known yet."""

    questions: Mapping[str, str]  # id -> digest
    writers: Mapping[str, Mapping[str, str]]  # name -> what shapes its answers besides: prompts, versions
    index: str = ""  # the embedding's fingerprint
    papers: Mapping[str, str] = field(default_factory=dict)  # key -> sha256 of the stored reading
    schema: str = SCHEMA

    def changes(self, old: Header) -> list[str]:
        """Name what differs from an older header, one phrase each."""
        found = [
            *_different("question", old.questions, self.questions),
            *_different("writer", old.writers, self.writers),
        ]
        if old.index and self.index and old.index != self.index:
            found.append(f"the index has another embedding model ({old.index} then, {self.index} now)")
        if old.papers and self.papers:
            found += _different("paper of the index", old.papers, self.papers)
        return found

    def changed_questions(self, old: Header) -> frozenset[str]:
        """Return the ids under which something else is asked now."""
        return frozenset(i for i, digest in self.questions.items() if old.questions.get(i, digest) != digest)


def _different(what: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    for verb, names in (
        ("changed", [name for name in new if name in old and old[name] != new[name]]),
        ("is new", [name for name in new if name not in old]),
        ("is gone", [name for name in old if name not in new]),
    ):
        if names:
            shown = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
            yield f"{what} {verb}: {shown}"


def header_path(path: Path) -> Path:
    """Return where the header of a file of answers lies."""
    return path.with_name(f"{path.name}.batch")


def load_header(path: Path) -> Header | None:
    """Return the header beside a file of answers, None where there is none; raise `BatchError` for a foreign one."""
    file = header_path(path)
    try:
        told = json.loads(file.read_bytes())
        header = Header(**told)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise BatchError(f"{file} cannot be read ({error}); give another --output, or --anew") from None
    if not all(isinstance(part, dict) for part in (header.questions, header.writers, header.papers)):
        raise BatchError(f"{file} is not a batch's; give another --output, or --anew")
    if header.schema != SCHEMA:
        raise BatchError(f"{file} has schema {header.schema!r}, expected {SCHEMA!r}; give another --output, or --anew")
    return header


def save_header(path: Path, header: Header) -> None:
    """Write the header of a file of answers."""
    durable.replace(header_path(path), [json.dumps(asdict(header), ensure_ascii=False, indent=1).encode() + b"\n"])
