"""Name what reads PDFs, so that what was read by another build is read again."""

from __future__ import annotations

from functools import cache


@cache
def extractor() -> str:
    """Return the name and versions of what reads the PDFs.

    Its number counts changes of what is read, of words and of how vectors are made: what is stored under another one is
    read again.
    """
    from importlib.metadata import version as package_version  # not needed in workers, which are told

    return f"paperbound-8 pypdfium2-{package_version('pypdfium2')} pypdf-{package_version('pypdf')}"
