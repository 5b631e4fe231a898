# `make demo` runs everything on this machine; `make test` says whether it is right.
# Needed beforehand: Python 3.11 or newer, and make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DONE   := $(VENV)/done

# the local cloud: functions run on its interpreter, so it lies apart from ours
CLOUD  := .venv-cloud

# what checks the CloudFormation templates pins libraries that ours has newer
CHECKS := .venv-checks
ARGS   ?=

# each worker has an engine of its own
WORKERS ?= 2

PAGES := $(shell find chalicelib -name '*.html' -o -name '*.po' -o -name '*.py' -o -path '*/static/*.js' -not -path '*/vendor/*')

export PYTHONUTF8 := 1

.PHONY: help setup assets package test e2e lint lint-infra permissions format verify demo deploy undeploy rotate replay drill bench cost clean

help:
	@echo "make demo      run everything on this machine, with demo data, on http://127.0.0.1:8000"
	@echo "make test      all tests (ARGS='tests/unit -k pot' for some, WORKERS=0 for one process)"
	@echo "make e2e       the package deployed to a local cloud, and tried there"
	@echo "make lint      ruff and mypy"
	@echo "make lint-infra  cfn-lint and checkov over the CloudFormation templates"
	@echo "make permissions  docs/PERMISSIONS.md from infra/policies.yaml"
	@echo "make format    let ruff rewrite the layout"
	@echo "make verify    check the books of the demo's data, or of a stage: STAGE=prod"
	@echo "make deploy    to AWS: STAGE=dev or prod; shows what would change and asks (YES=1 does not)"
	@echo "make undeploy  takes away what runs, leaves the data: STAGE=dev or prod"
	@echo "make replay    what could not be done: STAGE=dev QUEUE=payments shows it, SEND=1 sends it back"
	@echo "make drill     restores the tables of a stage under other names and verifies the books there: STAGE=dev"
	@echo "make rotate    a new key without anybody noticing: STAGE=dev KEY=signing, data, stripe-webhook, stripe-key"
	@echo "make bench     how much one machine does"
	@echo "make cost      what the cloud bills for it: counts, computes, writes docs/COST.md (PRICES=my.json)"
	@echo "make package   what Lambda runs, as one zip in build/, and the template that deploys it"
	@echo "make setup     what the others run first: .venv, node_modules, page assets"
	@echo "make clean     remove what setup made; the demo's data stays"

setup: $(DONE)/assets

$(DONE)/python: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Linli needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || echo not there)." >&2; \
	  echo "Name another with: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "A virtual environment could not be made; on Debian install python3-venv." >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -r requirements-dev.txt
	@mkdir -p $(DONE) && touch $@

$(DONE)/node: $(DONE)/python package.json package-lock.json
	$(BIN)/python -m local.node
	@touch $@

$(DONE)/assets: $(DONE)/node local/assets.py $(PAGES)
	$(BIN)/python -m local.assets
	@touch $@

$(CLOUD)/done: $(DONE)/python tests/cloud/requirements.txt
	$(BIN)/python -m venv --clear $(CLOUD)
	$(CLOUD)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/cloud/requirements.txt
	@touch $@

$(CHECKS)/done: $(DONE)/python infra/requirements-checks.txt
	$(BIN)/python -m venv --clear $(CHECKS)
	$(CHECKS)/bin/python -m pip install --quiet --disable-pip-version-check -r infra/requirements-checks.txt
	@touch $@

assets: $(DONE)/node
	$(BIN)/python -m local.assets
	@touch $(DONE)/assets

test: setup $(CLOUD)/done
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

e2e: setup $(CLOUD)/done
	$(BIN)/python -m pytest -n0 tests/cloud $(ARGS)

lint: $(DONE)/python
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(wildcard app.py) chalicelib

permissions: $(DONE)/python
	$(BIN)/python -m infra.template.permissions

# about a minute the first time, and half a minute each
lint-infra: package $(CHECKS)/done
	$(CHECKS)/bin/python infra/template/lint.py

format: $(DONE)/python
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

verify: setup
	$(BIN)/python -m $(if $(STAGE),infra.stage.verify --stage $(STAGE),local verify) $(ARGS)

demo: setup
	$(BIN)/python -m local demo $(ARGS)

package: setup
	$(BIN)/python -m infra.package.build
	$(BIN)/python -m infra.template.assemble

STAGE ?=

deploy: setup
	@test -n "$(STAGE)" || { echo "Which stage? make $@ STAGE=dev, or prod" >&2; exit 2; }
	$(BIN)/python -m infra.stage.deploy --stage $(STAGE) $(if $(YES),--yes) $(if $(CODE),--code $(CODE)) $(ARGS)

undeploy: $(DONE)/python
	@test -n "$(STAGE)" || { echo "Which stage? make $@ STAGE=dev, or prod" >&2; exit 2; }
	$(BIN)/python -m infra.stage.undeploy --stage $(STAGE) $(if $(YES),--yes) $(ARGS)

replay: setup
	@test -n "$(STAGE)" && test -n "$(QUEUE)" || { echo "Which? make $@ STAGE=dev QUEUE=payments" >&2; exit 2; }
	$(BIN)/python -m infra.stage.replay --stage $(STAGE) --queue $(QUEUE) $(if $(SEND),--send) $(if $(YES),--yes) $(ARGS)

drill: $(DONE)/python
	@test -n "$(STAGE)" || { echo "Which stage? make $@ STAGE=dev, or prod" >&2; exit 2; }
	$(BIN)/python -m infra.stage.drill --stage $(STAGE) $(ARGS)

rotate: $(DONE)/python
	@test -n "$(STAGE)" -a -n "$(KEY)" || { \
	  echo "make rotate STAGE=dev KEY=signing, data, stripe-webhook or stripe-key (ARGS=--retire ends the older)" >&2; exit 2; }
	$(BIN)/python -m infra.stage.rotate $(KEY) --stage $(STAGE) $(if $(YES),--yes) $(ARGS)

cost: setup
	$(BIN)/python -m infra.cost $(if $(PRICES),--prices '$(PRICES)') $(ARGS)

bench: setup
	$(BIN)/python -m local.bench $(ARGS)

clean:
	rm -rf $(VENV) $(CLOUD) $(CHECKS) node_modules chalicelib/web/static/vendor .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find chalicelib local tests -name __pycache__ -prune -exec rm -rf {} +
	find chalicelib -name '*.mo' -delete
