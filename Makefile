# `make help` lists the targets. Everything runs in .venv, made on first use with the versions of constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DOCS_READY := $(VENV)/.docs-ready
NOTEBOOKS := index.ipynb $(wildcard nbs/*.ipynb)
PORT ?= 8000
CONFIG ?= lowrank_nb/conf/table_connectivity_lowrank.yaml

.DEFAULT_GOAL := help
.PHONY: help lab test train results run readme book serve clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(READY): constraints.txt settings.ini setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "lowrank_nb needs Python 3.11 or newer, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt setuptools wheel
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

$(DOCS_READY): $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[docs]'
	touch $@

lab: $(READY) ## open the book in JupyterLab
	$(BIN)/jupyter lab index.ipynb

test: $(READY) ## run every notebook as a test
	PATH="$(CURDIR)/$(BIN):$$PATH" nbdev_test --n_workers 2

train: $(READY) ## train CONFIG=file.yaml (default: the seed's low-rank configuration)
	$(BIN)/lowrank train --config $(CONFIG)

results: $(READY) ## train what is missing of the experiments and make results/*.csv (hours; goes on where it was stopped)
	for sweep in families depth efficiency longer shortcut positions learned; do $(BIN)/lowrank sweep --config sweeps/$$sweep.yaml --out runs/$$sweep --jobs 2 || exit; done
	$(BIN)/python -m lowrank_nb.results runs results
	$(BIN)/python -m lowrank_nb.rank results/positions.csv sweeps/families.yaml runs/families sweeps/positions.yaml runs/positions
	$(BIN)/python -m lowrank_nb.learned results/learned_masks.csv sweeps/learned.yaml runs/learned sweeps/families.yaml runs/families
	$(BIN)/python -m lowrank_nb.mixed offsets results/offsets.csv
	$(BIN)/python -m lowrank_nb.mixed speed results/mixed.csv

run: $(READY) ## execute all notebooks in place and store clean outputs
	PATH="$(CURDIR)/$(BIN):$$PATH" nbdev_export
	printf '%s\n' $(NOTEBOOKS) | PATH="$(CURDIR)/$(BIN):$$PATH" IN_TEST=1 LOWRANK_NB_STATIC=1 xargs -P 2 -I{} exec_nb {} --dest {} --exc_stop
	PATH="$(CURDIR)/$(BIN):$$PATH" nbdev_clean
	$(MAKE) readme

readme: $(READY) ## make README.md from index.ipynb
	PATH="$(CURDIR)/$(BIN):$$PATH" jupyter nbconvert --to markdown --log-level WARN --output README.md --no-input index.ipynb \
	  --RegexRemovePreprocessor.patterns='#\| hide' --NbConvertBase.display_data_priority='["image/png", "image/svg+xml", "text/markdown", "text/plain"]'

book: $(if $(shell command -v quarto),$(READY),$(DOCS_READY)) ## render the site into _docs (with Quarto where it is installed, else with Sphinx)
	PATH="$(CURDIR)/$(BIN):$$PATH" python docs/book.py

serve: ## serve _docs on localhost, PORT=8000
	$(PYTHON) -m http.server --bind 127.0.0.1 --directory _docs $(PORT)

clean: ## remove everything that can be made again
	rm -rf $(VENV) _proc _docs nbdev.yml build *.egg-info
