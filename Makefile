# The two commands: `make run` and `make test`. Everything else is for daily work; `make help` lists it.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python
export UV_NO_PROGRESS := 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-test run test lint unit show soak lock messages clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: .venv/core.done ## the environment in .venv

.venv/core.done: pyproject.toml locks/installer.txt locks/core.txt
	@$(PYTHON) -c 'import sys; sys.exit("Chancery needs Python 3.11 or newer; say make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what Chancery needs (about a minute the first time)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/installer.txt
	@$(UV) --require-hashes -r locks/core.txt
	@$(UV) --no-deps --editable .
	@touch $@

setup-test: .venv/test.done
.venv/test.done: .venv/core.done locks/test.txt tests/browser.sh
	@$(UV) --require-hashes -r locks/test.txt
	@sh tests/browser.sh
	@touch $@

run: setup ## demo organisation and server on http://127.0.0.1:8000 (data stays in data/)
	@$(BIN)/chancery run --demo

test: setup-test lint unit ## everything: SQLite, PostgreSQL, Redis, browser

lint: setup-test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --check .; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache | tail -n 20

unit: setup-test
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal

show: setup-test ## acceptance programs: make show lists them, make show NAME=road runs one
	@$(BIN)/python -m tests.acceptance $(NAME)

soak: setup-test ## the long acceptance programs
	@$(BIN)/python -m tests.acceptance --soak

messages: setup-test ## collect new sentences into the Russian and Persian catalogues
	@$(BIN)/python -m webui.translations.update

lock: ## pin the dependencies of pyproject.toml anew
	@sh locks/lock.sh $(BIN)

clean: ## forget the environment and caches, keep data/
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
