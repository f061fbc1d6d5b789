"""Be a tiny worker for tests of the pool: `python -m tests.tiny_worker FOLDER BYTES` leaves its mark in a folder.

It answers "pid" with its process, ends without an answer when told to "die", sleeps when told to "sleep", and says
everything else again.
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
        print(os.getpid() if told == "pid" else told, flush=True)
