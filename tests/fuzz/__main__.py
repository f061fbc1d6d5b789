"""Fuzz every door for a while: `make fuzz`, or

    python -m tests.fuzz [DOOR ...] [--seconds 60] [--seed 0] [--corpus DIR]

The corpus, by default in the folder for temporary files, grows from run to run; what breaks a door lies in `findings`
beside it. Exit with 1 where anything was found.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.fuzz.doors import TARGETS
from tests.fuzz.fuzzer import Fuzzed, Fuzzer, named


def fuzzed(name: str, home: Path, seconds: float, seed: int) -> Fuzzed:
    """Fuzz one door, with the inputs of earlier runs, and keep what is new."""
    kept, target = home / name, TARGETS[name]
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        fuzzer = Fuzzer(target.door, Path(folder), random.Random(seed))  # noqa: S311 - not for secrets
        fuzzer.feed([*target.seeds(), *(path.read_bytes() for path in sorted(kept.iterdir()))])
        for data in fuzzer.run(seconds=seconds):
            (kept / named(data)).write_bytes(data)
    for finding in fuzzer.result.findings.values():
        path = home / "findings" / f"{name}-{named(finding.data)}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(finding.data)
        print(f"  {finding.place}: {finding.told}\n    {path}")
    return fuzzer.result


def main() -> None:
    """Print a line for each door, and a place in the code for each finding."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("doors", nargs="*", metavar="DOOR", choices=[[], *TARGETS])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--corpus", type=Path, default=Path(tempfile.gettempdir()) / "paperbound-fuzz")
    options = parser.parse_args()
    found = 0
    for name in options.doors or TARGETS:
        result = fuzzed(name, options.corpus, options.seconds, options.seed)
        found += len(result.findings)
        print(
            f"{name:10s} {result.tries:8d} inputs in {result.seconds:4.0f} s, {result.refused} refused, "
            f"{result.kept} kept, {len(result.findings)} findings",
            flush=True,
        )
    sys.exit(found > 0)


if __name__ == "__main__":
    main()
