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
PYTEST := $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder
COMPILE = $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras \
  --no-header --no-annotate --no-emit-index-url --quiet
# The extras of a group, as flags; those of `spark` and `demo` themselves, for they are pinned apart.
OPTIONAL = $(PYTHON) -c 'import sys, tomllib; \
  optional = tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]; \
  groups = {"all": optional.keys() - {"spark"}, "production": optional.keys() - {"spark", "demo", "development"}}; \
  group = groups.get(sys.argv[1]); \
  print(*(optional[sys.argv[1]] if group is None else [f"--extra={name}" for name in sorted(group)]), sep="\n")'
LOCKS := requirements requirements-spark requirements-production requirements-demo
PREFIX ?= /opt/recsvc
PIP := install --disable-pip-version-check
# implicit is linked to OpenMP and does not bring it along; small systems and images have none.
expect-openmp = @$(1)/python -c 'import implicit' || { \
  echo "Training needs OpenMP. On Debian and Ubuntu: apt-get install libgomp1, then the same again."; exit 1; }

.PHONY: help setup spark demo install test check static formatted lint types layers spelling sizes format fix golden pictures lock

help: ## print this list
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.ready ## make .venv/ from the locked pins, with .venv/bin/recsvc

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "recsvc needs Python 3.11 or newer, but $(PYTHON) is $$($(PYTHON) --version 2>&1 || true)."; \
	  echo "Name another one: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' || { \
	  echo "$(PYTHON) comes without its venv module."; \
	  echo "On Debian and Ubuntu: apt-get install python3-venv, then the same again."; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.pinned: requirements.lock | .venv/.made
	$(BIN)/pip $(PIP) --require-hashes -r requirements.lock
	@touch $@

.venv/.ready: .venv/.pinned pyproject.toml
	$(BIN)/pip $(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.demo: requirements-production.lock requirements-demo.lock pyproject.toml | .venv/.made
	$(BIN)/pip $(PIP) --no-deps --require-hashes -r requirements-production.lock -r requirements-demo.lock
	$(BIN)/pip $(PIP) --no-deps --no-build-isolation -e .
	$(call expect-openmp,$(BIN))
	@touch $@

.venv/.spark: requirements-spark.lock .venv/.ready
	$(BIN)/pip $(PIP) --no-deps --no-build-isolation --require-hashes -r requirements-spark.lock
	@touch $@

spark: .venv/.spark ## add pyspark to .venv/, 480 MB, for --engine spark and its tests (they need Java too)

demo: .venv/.demo ## load real purchases, train, and open the demo shop (PORT=8000); installs no tool of developers
	$(BIN)/recsvc demo --port $(PORT)

install: ## the service and its training into PREFIX/.venv, from the pins and a wheel of this tree (PREFIX=/opt/recsvc)
	$(PYTHON) -m venv $(PREFIX)/.venv
	$(PREFIX)/.venv/bin/pip $(PIP) --require-hashes -r requirements-production.lock
	rm -rf build dist
	$(PREFIX)/.venv/bin/pip wheel --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	$(PREFIX)/.venv/bin/pip $(PIP) --no-deps --force-reinstall dist/recsvc-*.whl
	$(call expect-openmp,$(PREFIX)/.venv/bin)
	$(PREFIX)/.venv/bin/recsvc --version

test: setup ## run every test
	$(PYTEST)

check: static test ## everything that must hold before a change lands; the tests come last

static: setup ## what of it runs nothing: format, lint, types, layers, spelling, sizes, and what each took
	@for part in formatted lint types layers spelling sizes; do \
	  began=$$SECONDS; $(MAKE) $$part; echo "== make $$part took $$((SECONDS - began))s"; done

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

lock: ## pin everything again with uv, hashes and no address; what is installed without the rest in files of its own
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: pip install uv, or make lock UV=/path/to/uv"; exit 1; }
	@made() { echo "# $$1"; echo '# Made by `make lock`; do not edit.'; cat; }; \
	  $(COMPILE) pyproject.toml $$($(OPTIONAL) all) \
	    | made 'Hashed pins of everything: serving, training, demo, development and the build backend.' > requirements.lock.new; \
	  compile() { $(COMPILE) --constraint requirements.lock.new "$$@"; }; \
	  $(OPTIONAL) spark | compile - \
	    | made 'Hashed pins of what --engine spark needs beside requirements.lock.' > requirements-spark.lock.new; \
	  echo 'setuptools>=77' | compile pyproject.toml - $$($(OPTIONAL) production) \
	    | made 'Hashed pins of the service with its training, and of the build backend: for `make install`.' \
	    > requirements-production.lock.new; \
	  $(OPTIONAL) demo | compile --no-deps - \
	    | made 'Hashed pins of the data of the demo, beside requirements-production.lock.' > requirements-demo.lock.new
	@for lock in $(LOCKS); do mv $$lock.lock.new $$lock.lock; done
