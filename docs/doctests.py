"""Show `>>>` examples of docstrings as code on the site; Markdown would read them as quotes and links."""

from __future__ import annotations

import re
from typing import Any

import griffe

_EXAMPLE = re.compile(r"(?:^>>> .*\n?(?:^(?!\n|>>> ).*\S.*\n?)*)+", re.MULTILINE)


class Doctests(griffe.Extension):
    """Fence what a docstring shows."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite one docstring; the source stays as it is."""
        if obj.docstring:
            obj.docstring.value = _EXAMPLE.sub(
                lambda shown: f"\n```pycon\n{shown[0].rstrip()}\n```\n", obj.docstring.value
            )
