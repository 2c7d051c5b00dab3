# Everything is run through here; `make help` lists it. Needs Python 3.11+ and make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -c constraints.txt
TYPESCRIPT := 7.0.2

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test lint format bench load fuzz processors audit picture clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.run ## serve the page at PLAYGROUND_HOST:PLAYGROUND_PORT, 127.0.0.1:8000 unless set
	@exec $(BIN)/python -m app

test: $(VENV)/.test ## run every test, in a real Chromium too, three at a time; ARGS="-m 'not slow and not whole'" is passed to pytest
	@.ci/program redis-server >/dev/null && .ci/program nginx >/dev/null
	@chromium=$$(.ci/chromium) && PLAYGROUND_CHROMIUM="$$chromium" $(BIN)/python -m pytest --numprocesses 3 --dist worksteal $(ARGS)

lint: $(VENV)/.lint ## style, types of Python and of JavaScript, direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	.ci/node $(VENV)/typescript/node_modules/.bin/tsc --project static/jsconfig.json

format: $(VENV)/.lint ## let ruff put the Python in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.test ## measure the engine, a cluster, then the page; try every case of what `make test` tries in part
	$(BIN)/python -m pytest --quiet -m whole
	$(BIN)/python -m tests.benchmarks.bench_engine
	$(BIN)/python -m tests.benchmarks.bench_sweeps
	$(BIN)/python -m tests.benchmarks.bench_cluster
	$(BIN)/python -m tests.benchmarks.bench_metrics
	@chromium=$$(.ci/chromium) && PLAYGROUND_CHROMIUM="$$chromium" $(BIN)/python -m tests.benchmarks.bench_page

load: $(VENV)/.test ## a lecture hall of real clients; ARGS="--soak 10" adds ten minutes of it
	$(BIN)/python -m tests.benchmarks.load $(ARGS)

fuzz: $(VENV)/.test ## more than 5,000 random requests, every answer held to the API's description; takes minutes
	$(BIN)/python -m tests.tools.fuzz

processors: $(VENV)/.test ## the tests of the numbers as on other processors, whose kernels round otherwise; takes half an hour
	$(BIN)/python -m tests.tools.processors $(ARGS)

audit: ## ask the public lists of known faults about every pinned package; needs a network (SECURITY.md)
	@test -x $(VENV)/audit/bin/pip-audit || { "$(PYTHON)" -m venv $(VENV)/audit && $(VENV)/audit/bin/pip install --quiet 'pip-audit>=2.9,<3'; }
	$(VENV)/audit/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip

picture: $(VENV)/.test ## take the pictures in docs from the running page
	@chromium=$$(.ci/chromium) && PLAYGROUND_CHROMIUM="$$chromium" $(BIN)/python -m tests.tools.picture

clean: ## remove everything that was made here
	rm -rf $(VENV) dist test-results .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp per step of the set-up: done once, and again when what it was made from changes.

$(VENV)/.venv: .ci/venv
	@.ci/venv "$(PYTHON)" $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.venv pyproject.toml constraints.txt
	$(PIP) hatchling editables
	$(PIP) --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run
	$(PIP) --editable '.[test]'
	@touch $@

$(VENV)/.lint: $(VENV)/.run Makefile
	$(PIP) --editable '.[lint]'
	.ci/node npm install --prefix $(VENV)/typescript --no-save --no-audit --no-fund --loglevel=error typescript@$(TYPESCRIPT)
	@touch $@
