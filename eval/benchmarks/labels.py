"""Print how far the judge agrees with claims that a person labelled by reading.

    python -m eval.benchmarks.labels [--pdf-dir DIR ...]

Demo and generated papers are always at hand; the example brief's papers only from a folder given here.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from eval.labels import agreement, compare, read_labels
from eval.library import Library
from eval.suite import write_pdfs


def main() -> int:
    """Print agreement per kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pdf-dir", type=Path, action="append", default=[])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        library = Library(pdf_dirs=[write_pdfs(Path(folder)), *args.pdf_dir])
        print(agreement(compare(read_labels(), library)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
