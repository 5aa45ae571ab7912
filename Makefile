# Brudvagt: what there is to do. Needs Python 3.11 or newer, make and a network; a second run needs no network.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
export PIP_DISABLE_PIP_VERSION_CHECK := 1

BIN := .venv/bin
READY := .venv/.ready
SOURCES := agents pipeline schemas tests system_tests

# The first of these that is new enough makes the environment.
PYTHONS := $(PYTHON) python3 python3.11 python3.12 python3.13

.PHONY: help demo test test-system lint run simulate chaos drill bench lock clean kafka

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: kafka ## The whole story on real Kafka, 72 hours in about 100 seconds
	@$(BIN)/python -m pipeline.demo

# Two at a time, file by file, each with a Kafka of its own: half of the time of one, and what two cores carry.
test: kafka ## Every test that needs no packages of the distribution
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --durations 15

test-system: kafka ## Tests that need Debian's chromium, prometheus and prometheus-alertmanager
	@$(BIN)/python -m pytest system_tests --durations 10

drill: kafka ## Of those the faults alone: exactly the right alarms, in time, clear afterwards
	@$(BIN)/python -m pytest system_tests/test_faults.py

simulate: $(READY) ## Random case-lives under a seeded scheduler; LIVES=100000 SEED=1
	@$(BIN)/python -m tests.simulation --lives $(or $(LIVES),100000) --seed $(or $(SEED),1) --workers 2

chaos: kafka ## 20,000 reports, kills, joins, a suspended worker, a broken broker; and stock Faust beside it
	@$(BIN)/python -m tests.engine.chaos

bench: kafka ## The engine beside its rivals, latency, severity, clocks: tables; ONLY=latency for one, ONLY=report for the page
	@$(BIN)/python -m tests.bench $(ONLY)

lint: $(READY) ## Style, formatting, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

run: kafka ## Start Brudvagt on this machine (brudvagt up)
	@$(BIN)/brudvagt up

# Looks at the cache at every call (half a second) and fetches only what is missing.
kafka: $(READY)
	@$(BIN)/python -m pipeline.kafka fetch

$(READY): requirements-dev.lock pyproject.toml
	@found=""; \
	for candidate in $(PYTHONS); do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found="$$candidate"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Brudvagt needs Python 3.11 or newer; found: $$(python3 --version 2>&1 || true)." >&2; \
	  echo "Install one, or name it: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; \
	fi; \
	if ! $(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  echo "Making .venv with $$("$$found" --version)"; \
	  "$$found" -m venv --clear .venv || { \
	    echo "$$found cannot make environments; on Debian and Ubuntu install its venv package (python3-venv)." >&2; exit 1; }; \
	fi
	@echo "Installing the packages of requirements-dev.lock into .venv (about 250 MB, once)"
	@$(BIN)/python -m pip install --progress-bar on --require-hashes --requirement requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --no-index --no-deps --no-build-isolation --editable .
	@touch $@

# The larger one first: what runs is then the same, version for version, in the image and in the tests.
lock: ## Write requirements-dev.lock (development) and requirements.lock (the image) anew, with hashes, for every system
	@test -x .cache/lock/bin/uv || { $${PYTHON:-python3} -m venv .cache/lock && .cache/lock/bin/python -m pip install --quiet uv; }
	@.cache/lock/bin/uv pip compile pyproject.toml --extra build --extra dev --universal --generate-hashes \
	  --python-version 3.11 --no-header --no-emit-index-url --quiet --upgrade --output-file requirements-dev.lock
	@.cache/lock/bin/uv pip compile pyproject.toml --extra build --constraint requirements-dev.lock --universal \
	  --generate-hashes --python-version 3.11 --no-header --no-emit-index-url --no-annotate --quiet --upgrade \
	  --output-file requirements.lock
	@for rival in confluent quixstreams; do .cache/lock/bin/uv pip compile tests/bench/rivals/$$rival.in \
	  $$(test $$rival = quixstreams || echo --constraint requirements.lock) --universal --generate-hashes \
	  --python-version 3.11 --no-header --no-emit-index-url --quiet --upgrade --output-file tests/bench/rivals/$$rival.lock; done
	@echo "requirements-dev.lock and requirements.lock written; look at the difference and run make test"

clean: ## Remove everything that was made in this folder
	@rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build out *.egg-info
	@find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +
