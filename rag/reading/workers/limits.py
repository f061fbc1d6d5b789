"""Bound what a worker process may take."""

from __future__ import annotations


def limit_memory(size: int) -> None:
    """Let this process have no more than `size` bytes of addresses, where the system knows such limits."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
