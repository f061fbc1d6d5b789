"""Let only warranted claims into an answer: every gate a claim must pass, and what becomes of one that does not."""

from __future__ import annotations

from rag.gates.check import check
from rag.gates.identifiers import outside_links, outside_works
from rag.gates.settle import Repair, Settled, settle
from rag.gates.support import BuiltInSupport, NliSupport, Support

__all__ = [
    "BuiltInSupport",
    "NliSupport",
    "Repair",
    "Settled",
    "Support",
    "check",
    "outside_links",
    "outside_works",
    "settle",
]
