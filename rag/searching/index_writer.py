"""Change an index: add papers and take them out, each change published the moment it is whole."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag import files
from rag.errors import CorpusError
from rag.papers import Paper
from rag.searching.index import Index
from rag.searching.manifest import Entry, Manifest, changed_at, dump_manifest
from rag.searching.stored import Tokenize, dump_paper, dump_terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


class IndexWriter:
    """Add and remove papers; each change is published the moment it is whole."""

    def __init__(self, index: Index) -> None:
        self.index = index

    @classmethod
    @contextmanager
    def open(
        cls, folder: Path, *, model: str, fingerprint: str, dimension: int, rebuild: bool = False
    ) -> Iterator[IndexWriter]:
        """Open an index for writing, or begin one; wait for another writer to finish first."""
        from filelock import FileLock

        try:
            (folder / "papers").mkdir(parents=True, exist_ok=True)
            lock = FileLock(folder / ".lock").acquire()
        except OSError as error:
            raise CorpusError(f"the index folder {folder} cannot be written: {error.strerror}") from None
        with lock:
            if rebuild or changed_at(folder) is None:
                index = Index(folder, Manifest(model, fingerprint, dimension, _generation(folder)))
            else:
                index = Index.open(folder)
                index.check_model(fingerprint, model)
            yield cls(index)

    def add(
        self,
        paper: Paper,
        vectors: Vectors,
        tokenize: Tokenize,
        pdf: Path,
        notices: Iterable[tuple[str, str]] = (),
        sentences: Vectors | None = None,
    ) -> Entry:
        """Store a paper in place of the same version stored before.

        `vectors` has one row per passage, `sentences` one per sentence (zeros for those that are no evidence).
        """
        import numpy as np

        manifest, folder = self.index.manifest, self.index.folder
        if sentences is None:
            sentences = np.zeros((len(paper.sentences), manifest.dimension), np.float32)
        for rows, wanted, what in ((vectors, paper.passages, "passages"), (sentences, paper.sentences, "sentences")):
            if rows.shape != (len(wanted), manifest.dimension):
                raise ValueError(f"{rows.shape} vectors for {len(wanted)} {what}")
        text = dump_paper(paper)
        digest = hashlib.sha256(text).hexdigest()
        terms = dump_terms([passage.text for passage in paper.passages], tokenize)
        near = sentences.astype("<f2").tobytes()  # they rank sentences within a paper, which bears the rounding
        file = Path("papers") / f"{re.sub('[/:]', '_', paper.key)}-{digest[:12]}.json"
        for kind, data in ((".json", text), (".terms", terms), (".sentences", near)):
            _replace((folder / file).with_suffix(kind), data)
        with _writing(folder / manifest.vectors):
            size = manifest.rows * manifest.dimension * 4
            files.extend(folder / manifest.vectors, size, vectors.astype("<f4").tobytes())
        entry = Entry(
            key=paper.key,
            paper=paper.paper,
            version=paper.version,
            title=paper.title,
            file=file.as_posix(),
            sha256=digest,
            terms_sha256=hashlib.sha256(terms).hexdigest(),
            pdf_sha256=paper.pdf_sha256,
            pdf=str(pdf),
            extractor=paper.extractor,
            first_row=manifest.rows,
            rows=len(vectors),
            vectors_sha256=hashlib.sha256(vectors.tobytes()).hexdigest(),
            sentences_sha256=hashlib.sha256(near).hexdigest(),
            notices=tuple(notices),
        )
        others = tuple(other for other in manifest.papers if other.key != entry.key)
        self._publish(replace(manifest, rows=manifest.rows + len(vectors), papers=(*others, entry)))
        return entry

    def remove(self, key: str) -> None:
        """Take a paper out: its text, words and vectors are gone from disk afterwards."""
        import numpy as np

        index, gone = self.index, self.index.entry(key)
        kept = [entry for entry in index.manifest.papers if entry.key != key]
        name = _generation(index.folder)
        rows = index.rows([entry.key for entry in kept])
        _replace(index.folder / name, np.asarray(rows).tobytes())
        moved, first = [], 0
        for entry in kept:
            moved.append(replace(entry, first_row=first))
            first += entry.rows
        self._publish(replace(index.manifest, vectors=name, rows=first, papers=tuple(moved)))
        self.sweep()
        _delete(index.folder / gone.file)

    def sweep(self) -> None:
        """Delete files that the manifest no longer names: older generations, replaced readings, torn parts."""
        folder, manifest = self.index.folder, self.index.manifest
        used = {Path(entry.file).stem for entry in manifest.papers}
        stale = [path for path in (folder / "papers").iterdir() if path.stem not in used]
        stale += [path for path in folder.glob("vectors-*") if path.name != manifest.vectors]
        for path in stale:
            _delete(path)

    def _publish(self, manifest: Manifest) -> None:
        _replace(self.index.folder / "manifest.json", dump_manifest(manifest))
        self.index = Index(self.index.folder, manifest)


def _replace(path: Path, data: bytes) -> None:
    with _writing(path):
        files.replace(path, data)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CorpusError(f"{path} cannot be written: {error.strerror}") from None


def _generation(folder: Path) -> str:
    numbers = [int(path.stem.split("-")[1]) for path in folder.glob("vectors-*.f32") if path.stem[8:].isdecimal()]
    return f"vectors-{max(numbers, default=0) + 1}.f32"


def _delete(path: Path) -> None:
    try:
        if path.is_file():
            path.unlink(missing_ok=True)
    except OSError as error:
        raise CorpusError(f"{path} cannot be deleted: {error.strerror}; delete it yourself") from None
