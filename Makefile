# Each target makes its own .venv and installs what it needs; quick when nothing changed.
PYTHON ?= python3
BIN := .venv/bin
OUT ?= build/quickstart
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: quickstart test test-slow test-browser lint clean

.venv/core: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable .
	@touch $@

.venv/dev: pyproject.toml .venv/core
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

quickstart: .venv/core
	$(BIN)/polypref build builders/quickstart.py --out $(OUT)
	$(BIN)/polypref inspect $(OUT)
	$(BIN)/python -c "$$LOAD"

define LOAD
from datasets import disable_progress_bars, load_dataset
disable_progress_bars()
for config in ('ml-23', 'ml-23-he'):
    dataset = load_dataset('$(OUT)', config)
    print(f"load_dataset('$(OUT)', '{config}'):", {split: len(rows) for split, rows in dataset.items()})
endef
export LOAD

test: .venv/dev
	$(BIN)/python -m pytest -n auto -m "not slow and not browser" $(ARGS)

test-slow: .venv/dev
	$(BIN)/python -m pytest -n auto -m slow $(ARGS)

# Debian's chromium and its driver, installed when one of them is missing.
test-browser: .venv/dev
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || { \
	  as_root=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$as_root apt-get update -qq && $$as_root apt-get install -qq -y chromium chromium-driver; }
	$(BIN)/python -m pytest -m browser $(ARGS)

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis
