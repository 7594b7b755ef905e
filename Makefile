# Every target sets up what it needs, from Python 3.11+ and make alone.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup run web test lint format peers bench clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY)  ## create .venv with baremath and its development tools

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "baremath needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Name another: make PYTHON=/path/to/python3.12")'
	@echo "setting up $(VENV): a minute or so, once"
	@start=$$(date +%s) && $(PYTHON) -m venv $(VENV) \
	&& $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' \
	&& touch $@ && echo "set up in $$(($$(date +%s) - start)) s"

run: $(READY)  ## fit the built-in data, print the ladder, write report.html
	$(BIN)/baremath fit diabetes --report report.html

web: $(READY)  ## build the playground's pages
	$(BIN)/python hatch_build.py

test: $(READY) web  ## run every test and every documented example
	$(BIN)/python hatch_build.py test
	$(BIN)/python -m pytest -n 2

lint: $(READY)  ## check style, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python hatch_build.py check

format: $(READY)  ## rewrite the code in the project's style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

peers: $(READY)  ## install PyTorch and other engines, for `make test` and `make bench` to compare with
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[peers]'

bench: $(READY)  ## measure against the peers and write benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

clean:  ## remove the environment, the builds and the caches
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
