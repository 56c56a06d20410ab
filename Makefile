# Two commands do everything: `make demo` and `make test`. Both build .venv first if it is not there.
PYTHON ?= python3
JOBS ?= 2
BIN := .venv/bin
export PYTHONHASHSEED := 0

.PHONY: help install demo test check validate bench docs examples lock clean

help:
	@echo "make demo      install, assess the k-abe example, say where the dossier is"
	@echo "make test      install, run every test that this machine has the programs for"
	@echo "make check     format, lint, types, layers, generated documents"
	@echo "make validate  long simulations; rewrites the tables under docs/validation"
	@echo "make bench     benchmarks; rewrites the tables under docs/benchmarks"
	@echo "make docs      regenerate the CLI reference, schemas and the validation table"
	@echo "make examples  regenerate the made data of the examples"
	@echo "make lock      resolve requirements.lock anew (hashes, no addresses)"

install: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
	  { echo "ultrarare needs Python 3.11 to 3.13; name one with: make PYTHON=python3.12 ..."; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: install
	@$(BIN)/ultrarare demo --out build/demo/kabe

test: install
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/generate_docs.py --check

validate: install
	@for script in validation/*.py; do echo "== $$script"; $(BIN)/python $$script --date $$(date +%F) || exit 1; done
	$(BIN)/python scripts/generate_docs.py

bench: install
	@for script in $(filter-out bench/cpu.py,$(wildcard bench/*.py)); do echo "== $$script"; $(BIN)/python $$script --date $$(date +%F) || exit 1; done

docs: install
	$(BIN)/python scripts/generate_docs.py

examples: install
	$(BIN)/python examples/make.py

lock:
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --all-extras \
	  --python-version 3.11 -q -o requirements.lock pyproject.toml

clean:
	rm -rf build .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
