# Two commands on a fresh machine: `make demo` and `make test`. Both create .venv and install what they need.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEMO   ?= out/attention

.PHONY: demo test lint types unit oracles clean benchmarks

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# The pinned PyTorch goes first and alone, so that nothing else pulls a CUDA build.
$(STAMP): $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev,oracles]"
	touch $(STAMP)

demo: $(STAMP)
	$(BIN)/paperc build examples/attention/paper.tex -o $(DEMO)

test: lint types unit

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

unit: $(STAMP)
	$(BIN)/python -m pytest -n 2

benchmarks: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[bench]"
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/optimisers.py

clean:
	rm -rf $(VENV) out
