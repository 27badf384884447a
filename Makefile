# Two commands do everything: `make run` and `make test`. The rest is for those who change Fanzha.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
export UV_LINK_MODE := copy

.PHONY: run test lint format lock clean system screenshots

# Three rows of the example are damaged on purpose, so that work ends with 3: done, some refused.
run: $(VENV)/ready
	$(BIN)/python examples/generate.py examples/case
	$(BIN)/fanzha work examples/case --out out/case || [ $$? -eq 3 ]

# The whole suite with the kernels compiled, and what they do once more as plain Python.
test: $(VENV)/ready system
	@$(BIN)/python setup.py -q build_ext --inplace -j 2 || echo "note: no kernel was compiled here; plain Python is used"
	FANZHA_PURE=1 $(BIN)/python -m pytest -q tests/recognise/test_stories.py tests/recognise/test_golden.py tests/money/test_index.py tests/money/test_search.py tests/money/test_frontier.py tests/money/test_stream.py
	$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: $(VENV)/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# What the tests need beyond Python; prints why when it cannot be had, and the tests then say so too.
system:
	@sh tests/system.sh

$(VENV)/ready: pyproject.toml requirements-dev.lock
	$(PYTHON) -m venv $(VENV)
	@if $(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION); then \
	  $(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes --compile-bytecode requirements-dev.lock && \
	  $(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e . ; \
	else \
	  $(BIN)/python -m pip install -q --require-hashes -r requirements-dev.lock && \
	  $(BIN)/python -m pip install -q --no-deps -e . ; \
	fi
	@touch $@

lock: $(VENV)/ready
	$(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install -q uv==$(UV_VERSION)
	$(VENV)/lock/bin/uv pip compile -q --universal --generate-hashes --no-emit-index-url \
	  --no-header --extra dev --extra learn --extra ledger --extra ocr --extra stream --extra web --python-version 3.11 pyproject.toml -o requirements-dev.lock

# The pictures of the documents, from the running example: about a minute on a quiet machine.
screenshots: $(VENV)/ready system
	$(BIN)/python docs/pictures/take.py

clean:
	rm -rf $(VENV) out build examples/case src/*.egg-info
