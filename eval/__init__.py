"""Judge answers against a whitelist and the papers: no model, no key, no engine, no trust in what an answer says.

In reading order (`eval/README.md` says more):

- `violations`  every way in which an answer can be wrong, and which name wins
- `cases`, `exhibits`, `read_markdown`  what is judged, against what
- `library`, `quotes`  the papers: stored pages, raw PDFs, quotes found again
- `checks_quote`, `checks_claim`  one function per violation; below them `quantities`, `names`, `polarity`, `works`
- `judge`, `metrics`, `report`  verdicts, scores, reports
- `run`, `commands`, `assertion`, `leak`, `suite`  what a user calls
"""

from .assertion import assert_compliant
from .cases import Case, read_case, read_case_file, read_questions
from .commands import compare_files, deliver
from .judge import JudgedCase, judge
from .library import Library
from .report import build, dump
from .run import judge_file, run_suite, verify

__all__ = [
    "Case",
    "JudgedCase",
    "Library",
    "assert_compliant",
    "build",
    "compare_files",
    "deliver",
    "dump",
    "judge",
    "judge_file",
    "read_case",
    "read_case_file",
    "read_questions",
    "run_suite",
    "verify",
]
