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


def printed(answer: object, form: str) -> str:
    """Return an answer in one of the forms of `PRINTERS`."""
    module, name = PRINTERS[form]
    return str(getattr(import_module(module), name)(answer))
