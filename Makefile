# `make help` tells what there is. The environment is .venv/; run-time data is under var/.

PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest
DEMO_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test soak check bench lock browser files

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

demo: files ## start everything with sample data and play one dispute (DEMO_ARGS=--exit stops after it)
	@$(PYTHON) manage.py demo $(DEMO_ARGS)

demo-reset: .venv/.made ## remove the data of the demo (asks first)
	@$(PYTHON) -m redress.reset

test: files browser ## unit, integration and census tests, and the browser journeys
	@mkdir -p var/tests
	$(PYTEST) -n 2 --dist worksteal -m "not soak" --junitxml=var/tests/main.xml

soak: files browser ## long walks, kills, big logs (up to 20 minutes)
	@mkdir -p var/tests
	@failed=0; \
	$(PYTEST) -n 2 --dist worksteal -m "soak and not journey" --junitxml=var/tests/soak.xml || failed=1; \
	$(PYTEST) -n 2 --dist worksteal -m "soak and journey" --junitxml=var/tests/walks.xml || failed=1; \
	exit $$failed

check: files ## style, types, import contracts, migrations, translations, generated references
	@$(MAKE) --no-print-directory --keep-going $(addprefix check-,$(CHECKS))

CHECKS := style format types contracts settings migrations translations references api
.PHONY: $(addprefix check-,$(CHECKS))

check-style:
	$(PYTHON) -m ruff check .
check-format:
	$(PYTHON) -m ruff format --check .
check-types:
	$(PYTHON) -m mypy .
check-contracts:
	.venv/bin/lint-imports
check-settings:
	$(PYTHON) manage.py check --fail-level WARNING
check-migrations:
	$(PYTHON) manage.py makemigrations --check --dry-run
check-translations:
	$(PYTHON) manage.py translations --check
check-references:
	$(if $(wildcard redress/management/commands/references.py),$(PYTHON) manage.py references --check)
check-api:
	@mkdir -p var
	$(PYTHON) manage.py spectacular --validate --fail-on-warn --file var/openapi.yaml
	diff -u docs/reference/openapi.yaml var/openapi.yaml

bench: files ## measure, print a table, write var/bench.json
	@$(PYTHON) -m benchmarks

browser: .venv/.made ## make Chromium available for the journeys
	@.ci/install-browser

lock: .venv/.made ## write both lock files anew from pyproject.toml
	@.ci/lock

# Style sheet and translations: each does nothing when its sources have not changed.
files: .venv/.made
	@$(PYTHON) -m assets.build
	@$(PYTHON) manage.py translations --compile

.venv/.made: requirements.lock .ci/make-venv
	@.ci/make-venv
	@touch $@
