# make ask    set up and answer the example brief
# make test   set up and run all tests
# Both work on a fresh clone: they make .venv and install into it what is missing.

PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check

.PHONY: ask demo test test-slow lint clean

ask: $(VENV)/.installed
	$(VENV)/bin/rag ask corpus/briefs/sports-deblur.txt

demo: $(VENV)/.installed
	$(VENV)/bin/rag ask --demo

test: $(VENV)/.installed-test
	$(VENV)/bin/python -m pytest

test-slow: $(VENV)/.installed-test
	$(VENV)/bin/python -m pytest -m "slow or not slow"

lint: $(VENV)/.installed-test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Paperbound needs Python 3.11 or newer; run: make PYTHON=python3.12 ask")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install -q -c constraints.txt -e .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(PIP) install -q -c constraints.txt -e ".[test]"
	touch $@

clean:
	rm -rf $(VENV) corpus/pdf corpus/index
