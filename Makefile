# make demo    the main job on real input        make check   ruff and mypy
# make test    the tests                         make bench   every figure of the docs, as JSON
# make test-slow  the tests that take minutes    make docs    the pages that are generated from the code

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
WORKERS ?= 2

.PHONY: demo test test-slow check bench docs clean

demo: $(VENV)/.demo
	$(BIN)/redshank demo --out demo-out

test: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -q -m slow --timeout 3600

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.dev
	@mkdir -p bench/out
	@for script in bench/*.py; do echo "$$script" >&2; $(BIN)/python $$script | tee bench/out/$$(basename $$script .py).json; done

docs: $(VENV)/.dev
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) demo-out bench/out

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing redshank with the extras of the demo ..." >&2
	$(PIP) -e '.[demo,pandas]'
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing redshank with everything the tests use ..." >&2
	$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.demo
