# `make demo` or `make test` alone do all the set-up on a fresh Debian or Raspberry Pi OS.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
DEBIAN := chromium-headless-shell fet libreoffice-calc-nogui mmdebstrap mosquitto poppler-utils strace systemd systemd-container util-linux

# Each process that a demo or a test starts would compile the program anew.
unexport PYTHONDONTWRITEBYTECODE

ROOT := $(filter 0,$(shell id -u))
PYTEST := LOPHOC_FUZZ_EXAMPLES=20000 $(BIN)/pytest -q -n 4 --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered

.PHONY: install install-test debian demo test test-user lint types bench soak docs lock help

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

install: $(VENV)/installed ## the program, into .venv, from the hash-pinned lock

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing lophoc into $(VENV) …"
	@$(PIP) install --require-hashes -r requirements.lock
	@PYTHONWARNINGS=ignore $(PIP) install --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
	@touch $@

install-test: $(VENV)/installed-test ## the program and the tools of its tests

$(VENV)/installed-test: requirements-dev.lock $(VENV)/installed
	@echo "Installing the tools of the tests into $(VENV) …"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

debian: ## the Debian packages that the tests need (root or sudo)
	@.ci/debian $(DEBIAN)

demo: install ## a whole school on this machine: ARGS="--fast --port 0 …"
	@exec $(BIN)/lophoc demo $(ARGS)

lint: install-test ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: install-test debian lint ## everything: lint, then all tests; needs root for those that boot containers
	$(PYTEST) --cov-fail-under=90 -m "not soak and not device$(if $(ROOT),, and not root)" $(ARGS)
	@$(if $(ROOT),true,{ .ci/not-run; exit 1; })

test-user: install-test debian lint ## what runs without root; says what it leaves out
	$(PYTEST) --cov-fail-under=90 -m "not soak and not device and not root" $(ARGS)
	@.ci/not-run

bench: install-test ## our figures beside their limits, in one run
	$(BIN)/python -m tests.bench $(ARGS)

soak: install-test debian ## the large sizes: kills and fuzzing
	$(BIN)/python -m tests.soak $(ARGS)

docs: install ## the generated pages
	$(BIN)/python -m edge.cli.write_docs

lock: ## developers: pin every dependency with hashes, without addresses (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q --extra install --extra cameras pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q --extra install --extra cameras --extra dev pyproject.toml -o requirements-dev.lock
