"""Define every error a user can meet. Each message names the thing, the place and the remedy.

RagError
├── BriefError        a brief, whitelist or question file that cannot be used
├── FetchError        a paper that could not be fetched
│   └── UnreachableError no connection at all: further requests would fail alike
├── PdfError          a PDF that cannot be read
├── CorpusError       an index or stored file that is missing, torn, foreign or made with other settings
├── WriterError       a model that gave no usable reply
├── RecordError       an answer record that cannot be read
├── BatchError        a batch that cannot begin or go on: its output, its lock, what changed since it began
└── SettingsError     an option or environment variable that makes no sense
"""

from __future__ import annotations


class RagError(Exception):
    """Be the base of all expected errors; the command line prints it as one line and exits with 2."""


class BriefError(RagError):
    """Say what is wrong with a brief or whitelist, and on which line."""


class FetchError(RagError):
    """Say which paper could not be fetched, and why."""


class UnreachableError(FetchError):
    """Say that a host cannot be reached at all."""


class PdfError(RagError):
    """Say why a PDF cannot be read."""


class PdfDamagedError(PdfError):
    """Say that a file is a PDF, but that PDFium cannot open it."""


class CorpusError(RagError):
    """Say what is wrong with stored data, and which command mends it."""


class WriterError(RagError):
    """Say what a model or its server did instead of answering. `kind` is a fixed word, `retryable` a hint."""

    def __init__(self, message: str, kind: str = "error", retryable: bool = False) -> None:
        super().__init__(message)
        self.kind = kind
        self.retryable = retryable


class RecordError(RagError):
    """Say why an answer record cannot be read."""


class BatchError(RagError):
    """Say why a batch cannot begin or go on; what it finished is kept."""


class SettingsError(RagError):
    """Say which setting is wrong and what it may be."""
