"""Import what is asked for when it is first asked for: a room's public names, what prints an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

PRINTERS: dict[str, tuple[str, str]] = {}  # the module and function of each form; bound outside, so answers know none


def lazy(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a package's `__getattr__` (PEP 562); `homes` maps each public name to the module that holds it."""

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(homes[name]), name)

    return get


class Printable:
    """Be what can be had in the forms of `PRINTERS`; `_kind` goes before a form's name."""

    __slots__ = ()
    _kind = ""  # no annotation: a record has no such field

    def _made(self, form: str, *more: str) -> Any:
        module, name = PRINTERS[self._kind + form]
        return getattr(import_module(module), name)(self, *more)

    def __str__(self) -> str:
        return str(self._made("text"))

    def to_json(self) -> str:
        """Return the record as JSON, one line, keys in the order of the fields."""
        return str(self._made("json"))

    def to_markdown(self) -> str:
        """Return it as Markdown, with numbered quotes."""
        return str(self._made("markdown"))

    def to_html(self) -> str:
        """Return one self-contained page; `Engine.page` adds pictures of the quoted pages."""
        return str(self._made("html"))

    def to_document(self, form: str, quotes: str = "notes") -> bytes:
        """Return it as a document: "docx", "odt", "tex", "qmd", "obsidian" or "ipynb"; `quotes` in "notes" or "blocks".

        Raise `SettingsError` for another form, and where pandoc is not installed.
        """
        return bytes(self._made("document", form, quotes))

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame`; raise `SettingsError` where pandas is not installed.

        Of an answer it holds `Answer.rows`; of a table a row per paper, by its id, and a column per question, with None
        where it is not stated.
        """
        return self._made("pandas")
