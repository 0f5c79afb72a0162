# `make help` lists the targets. Everything runs in .venv, made on first use with the versions of constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DOCS_READY := $(VENV)/.docs-ready
PIP := $(BIN)/python -m pip install --quiet --constraint constraints.txt
IN_VENV := PATH="$(CURDIR)/$(BIN):$$PATH"
JS := $(shell find lowrank_nb/static tests -name '*.js' -o -name '*.mjs')
FRONT := $(wildcard index*.ipynb)
PORT ?= 8000
LAB_PORT ?= 8888
CONFIG ?= lowrank_nb/conf/table_connectivity_lowrank.yaml
export CONFIG
BROWSER_TESTS := test_ask test_explorer test_lab test_pages
# $(call free_port,NAME,value) fails in one line unless the value of NAME is a port that is free here
free_port = $(PYTHON) -c 'import socket, sys; name, port = sys.argv[1:]; \
  known = port.isdigit() and 0 < int(port) < 65536; \
  taken = known and not socket.socket().connect_ex(("127.0.0.1", int(port))); \
  sys.exit(taken and f"port {port} is in use, choose another with {name}=N" or \
  not known and f"{name} must be a port, 1 to 65535, got {port!r}")' $(1) '$(2)'

.DEFAULT_GOAL := help
.PHONY: help lab test test-slow test-outputs test-js test-site test-browser test-dist check lint modules \
  train results weights run readme book serve clean $(BROWSER_TESTS)

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

$(READY): constraints.txt settings.ini setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "lowrank_nb needs Python 3.11 or newer, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(PIP) setuptools wheel
	$(PIP) --editable '.[dev]'
	touch $@

$(DOCS_READY): $(READY)
	$(PIP) --editable '.[docs]'
	touch $@

lab: $(READY) ## open the book in JupyterLab, LAB_PORT=8888
	@$(call free_port,LAB_PORT,$(LAB_PORT))
	@test ! -d .git || $(IN_VENV) .ci/hooks
	@export JUPYTER_TOKEN=$$($(BIN)/python -c 'import secrets; print(secrets.token_hex(16))'); \
	printf '\nJupyterLab: http://127.0.0.1:%s/lab/tree/index.ipynb?token=%s\n\n' '$(LAB_PORT)' "$$JUPYTER_TOKEN"; \
	exec $(BIN)/jupyter lab index.ipynb --ip=127.0.0.1 --port='$(LAB_PORT)' --ServerApp.port_retries=0 \
	  --log-level=WARN $$([ "$$(id -u)" != 0 ] || echo --allow-root)

test: $(READY) ## run every notebook as a test; NB='model train' runs these
	$(IN_VENV) python .ci/notebooks.py test $(NB)

test-slow: $(READY) ## run the notebooks that have slow cells, with these: kills, faults, malformed configurations
	$(IN_VENV) python .ci/notebooks.py slow $(NB)

test-outputs: $(READY) ## run every cell of every notebook, slow ones too; what the pages show must be what is stored
	$(IN_VENV) python .ci/notebooks.py outputs $(NB)

test-js: $(READY) ## hold the browser's numbers against the package's (needs Node.js)
	PYTHON='$(CURDIR)/$(BIN)/python' node --test tests/*.mjs

test-site: $(DOCS_READY) ## test how pages are made of notebooks, and what make refuses
	$(BIN)/python -m unittest discover -s tests

test-browser: book ## test the site in _docs, and JupyterLab, in a real browser
	.ci/browser
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target $(BROWSER_TESTS)
	$(IN_VENV) python tests/browser/test_speed.py

$(BROWSER_TESTS):
	$(IN_VENV) python tests/browser/$@.py

test-dist: $(READY) ## build the source package and the wheel, install each elsewhere and use it
	$(IN_VENV) .ci/dist

check: lint modules test-site test-js ## all that is quick: lint, modules, test-site, test-js

lint: $(READY) ## lint notebooks, tests and scripts; at most 100 columns, in browser modules too
	$(BIN)/ruff check --statistics
	@! LC_ALL=C.UTF-8 grep -cE '.{101,}' $(JS) | grep -v ':0$$'

modules: $(READY) ## check that modules, README and stored outputs are what the notebooks give
	$(IN_VENV) .ci/modules

train: $(READY) ## train CONFIG=file.yaml (default: the low-rank configuration of the specification)
	$(BIN)/lowrank train --config "$$CONFIG"

results: $(READY) ## train what is missing of the experiments and make results/*.csv (hours; goes on where it was stopped)
	for sweep in families depth efficiency longer shortcut positions learned seeds second heads doubling ingredients specification; do $(BIN)/lowrank sweep --config sweeps/$$sweep.yaml --out runs/$$sweep --jobs 2 || exit; done
	$(BIN)/lowrank tables

weights: $(READY) ## train the shipped model and the run of the training chapter again (an hour; goes on where it was stopped)
	for run in connectivity connectivity_second quick; do \
	  if test -e runs/$$run; then $(BIN)/lowrank train --resume runs/$$run; \
	  else $(BIN)/lowrank train --config lowrank_nb/conf/$$run.yaml; fi || exit; done
	cp runs/connectivity/metrics.csv lowrank_nb/weights/connectivity_first.csv
	cp runs/connectivity_second/model.safetensors lowrank_nb/weights/connectivity.safetensors
	cp runs/connectivity_second/metrics.csv lowrank_nb/weights/connectivity.csv
	cp runs/connectivity_second/run.json lowrank_nb/weights/connectivity.json
	cp runs/quick/config.yaml runs/quick/metrics.csv nbs/data/quick

run: $(READY) ## execute the notebooks in place and store what they show; NB='model train' executes these
	$(IN_VENV) nbdev_export
	$(IN_VENV) python .ci/notebooks.py store $(NB)
	$(MAKE) readme

README_IN := .
readme: $(READY) ## make README.md from index.ipynb
	for page in $(FRONT); do name=$${page%.ipynb}; \
	$(IN_VENV) jupyter nbconvert --to markdown --log-level WARN --no-input "$$page" \
	  --output-dir '$(README_IN)' --output "README$${name#index}.md" --RegexRemovePreprocessor.patterns='#\| hide' \
	  --NbConvertBase.display_data_priority='["image/png", "image/svg+xml", "text/markdown", "text/plain"]' || exit; done

book: $(if $(shell command -v quarto),$(READY),$(DOCS_READY)) ## render the site into _docs (with Quarto where it is installed, else with Sphinx)
	$(IN_VENV) python docs/book.py

serve: ## serve _docs on localhost, PORT=8000
	@test -f _docs/index.html || { echo 'there is no site in _docs yet: make book' >&2; exit 1; }
	@$(call free_port,PORT,$(PORT))
	$(PYTHON) -m http.server --bind 127.0.0.1 --directory _docs $(PORT)

clean: ## remove everything that can be made again
	rm -rf $(VENV) _proc _docs nbdev.yml build dist *.egg-info
