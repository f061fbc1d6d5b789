"""Measure against peers; each benchmark runs as `python -m eval.benchmarks.NAME --data DIR`."""
