"""Be a tiny worker for tests of the pool: `python -m tests.tiny_worker FOLDER BYTES` leaves its mark in a folder.

It answers "pid" with its process and "memory" with its bytes, ends without an answer when told to "die" or to "need"
more bytes than it has, sleeps when told to "sleep", and says everything else again.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    (Path(sys.argv[1]) / str(os.getpid())).touch()
    for line in sys.stdin:
        told = line.strip()
        if told == "die":
            sys.exit(3)
        if told == "sleep":
            time.sleep(600)
        if told.startswith("need ") and int(told.split()[1]) > int(sys.argv[2]):
            sys.exit(3)
        is_asked = told == "memory" or told.startswith("need ")
        print(os.getpid() if told == "pid" else sys.argv[2] if is_asked else told, flush=True)
