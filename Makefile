# The one door to everything a developer runs. `make` alone prints what there is.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
PORT ?= 8000
UV ?= uv
BIN := .venv/bin
# A file of tests stays together: what it starts once (a server, a browser) serves all of it.
PYTEST := $(BIN)/pytest -n auto --dist loadfile
COMPILE = $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras \
  --no-header --no-annotate --no-emit-index-url --quiet
OPTIONAL = $(PYTHON) -c 'import sys, tomllib; \
  optional = tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]; \
  print(*(optional["spark"] if sys.argv[1] == "spark" else [f"--extra={name}" for name in optional if name != "spark"]), sep="\n")'

.PHONY: help setup spark demo test check formatted lint types layers spelling sizes format fix golden pictures lock

help: ## print this list
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.ready ## make .venv/ from the locked pins, with .venv/bin/recsvc

.venv/.pinned: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "recsvc needs Python 3.11 or newer, but $(PYTHON) is $$($(PYTHON) --version 2>&1 || true)."; \
	  echo "Name another one: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' || { \
	  echo "$(PYTHON) comes without its venv module."; \
	  echo "On Debian and Ubuntu: apt-get install python3-venv, then make setup again."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/.ready: .venv/.pinned pyproject.toml
	$(BIN)/pip install --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.spark: requirements-spark.lock .venv/.ready
	$(BIN)/pip install --disable-pip-version-check --no-deps --no-build-isolation --require-hashes \
	  -r requirements-spark.lock
	@touch $@

spark: .venv/.spark ## add pyspark to .venv/, 480 MB, for --engine spark and its tests (they need Java too)

demo: setup ## load real purchases, train, and open the demo shop (PORT=8000)
	$(BIN)/recsvc demo --port $(PORT)

test: setup ## run every test
	$(PYTEST)

check: setup ## everything that must hold before a change lands, and what each part took; the tests come last
	@for part in formatted lint types layers spelling sizes; do \
	  began=$$SECONDS; $(MAKE) $$part; echo "== make $$part took $$((SECONDS - began))s"; done
	$(PYTEST)

formatted: setup
	$(BIN)/ruff format --check .

lint: setup ## ruff, all rules but the reasoned exceptions in pyproject.toml
	$(BIN)/ruff check .

types: setup ## mypy, strict
	$(BIN)/mypy

layers: setup ## who may import whom
	$(BIN)/lint-imports

spelling: setup
	$(BIN)/codespell

sizes: setup ## how long files and functions are (a report, never a failure)
	$(BIN)/python tests/conventions/sizes.py

format: setup ## lay the code out
	$(BIN)/ruff format .

fix: setup ## lay out and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench-%: setup ## run one benchmark: make bench-train, make bench-slate, make bench-quality DATA=DIR, make bench-tables DATA=DIR
	$(BIN)/python benchmarks/bench_$*.py $(DATA)

golden: setup ## write the golden files again; read the difference before you commit it
	RECSVC_GOLDEN=write $(PYTEST) tests -k golden

pictures: setup ## take the pictures of docs/images from a running demo (needs Chromium)
	$(BIN)/python docs/pictures.py

lock: ## pin everything again with uv, hashes and no address; what only Spark needs in a file of its own
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: pip install uv, or make lock UV=/path/to/uv"; exit 1; }
	@{ echo '# Hashed pins of everything: serving, training, demo, development and the build backend.'; \
	  echo '# Made by `make lock`; do not edit.'; \
	  $(COMPILE) pyproject.toml $$($(OPTIONAL) others); } > requirements.lock.new
	@{ echo '# Hashed pins of what --engine spark needs beside requirements.lock.'; \
	  echo '# Made by `make lock`; do not edit.'; \
	  $(OPTIONAL) spark | $(COMPILE) --constraint requirements.lock.new -; } > requirements-spark.lock.new
	@for lock in requirements requirements-spark; do mv $$lock.lock.new $$lock.lock; done
