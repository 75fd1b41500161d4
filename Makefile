# Needs python3 (3.11 or newer) and make; everything else is installed into .venv from the locked, hashed lists.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile pyproject.toml -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
HASHED := --require-hashes --only-binary :all:

.PHONY: setup run test lint bench lock pictures clean

setup: .venv/.ready ## everything that the service needs, the compiled kernels and the database included

run: setup ## the service with the example districts and a first published plan
	$(BIN)/jemput demo

test: .venv/.warm .venv/.dev
	$(BIN)/python -m pytest -n 3 --dist worksteal -q

lint: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml

bench: setup .venv/.bench ## half an hour: planning beside route optimisers on instances of our own, then the API under load, then learning
	$(BIN)/python -m tests.benchmark --minutes 25
	$(BIN)/python -m tests.benchmark.placing
	$(BIN)/python -m tests.benchmark.reasons
	$(BIN)/python -m tests.load.assignments
	$(BIN)/python -m tests.load.edits
	$(BIN)/python -m tests.load.requests
	$(BIN)/python -m tests.load.pages
	$(BIN)/python -m tests.app.estimates.measure --months 1000
	$(BIN)/python -m tests.app.forecasts.measure --months 300
	$(BIN)/python -m tests.app.forecasts.speed

pictures: setup .venv/.dev ## new pictures of the pages for docs/pictures; needs Chromium
	$(BIN)/python -m pytest -q tests/browser/pictures.py

lock: .venv/.dev ## new locks from pyproject.toml, for every Python and platform
	$(LOCK) --group build -o requirements.lock
	$(LOCK) --group build --group dev -o requirements-dev.lock
	$(LOCK) --group build --group dev --group bench -o requirements-bench.lock
	echo "pyvalhalla>=3.9.1" | $(BIN)/uv pip compile - -q --universal --python-version 3.12 --generate-hashes --no-deps --no-annotate --no-header \
		-o requirements-valhalla.lock

clean: ## forget the environment; the data in .data stay
	rm -rf .venv

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv .venv

.venv/.run: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install $(HASHED) -r requirements.lock
	$(PIP) install --no-deps --no-index --no-build-isolation --editable .
	touch $@

.venv/.dev: requirements-dev.lock requirements-valhalla.lock .venv/.run
	$(PIP) install $(HASHED) -r requirements-dev.lock
	@# A road engine for the tests: programs that need no Python, in a wheel that wants another one than ours. Where there
	@# is none for the machine, they say that they skip.
	-$(PIP) install $(HASHED) --no-deps --python-version 3.12 --upgrade --target .venv/valhalla -r requirements-valhalla.lock
	touch $@

.venv/.bench: requirements-bench.lock .venv/.run
	$(PIP) install $(HASHED) -r requirements-bench.lock
	touch $@

# The kernels are compiled again only when their source changed; numba's cache sees to the rest.
COMPILED := .venv/.run $(wildcard solver/*.py solver/*/*.py solver/*/*/*.py) $(wildcard migrations/versions/*.py)

.venv/.ready: $(COMPILED)
	$(BIN)/python -m solver warm
	$(BIN)/jemput migrate
	touch $@

# Also what only plans of several documents call, in a process beside the other.
.venv/.warm: $(COMPILED)
	$(BIN)/python -m solver warm --all
	$(BIN)/jemput migrate
	touch .venv/.ready $@
