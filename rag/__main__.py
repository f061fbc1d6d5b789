"""Run the command as `python -m rag`."""

from rag.cli import main

main()
