# Everything a developer or CI runs. `make` alone lists the targets.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# For instance: make test PYTEST_ARGS="tests/models -x"
PYTEST_ARGS ?=
# Tests run in so many processes, each with so many threads for its arithmetic.
WORKERS ?= 2
THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo install test steady margins check format docs serve gallery figures constraints lowest dist clean

help:  ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# The stamps tell make when an environment is older than what it was installed from.
$(VENV)/.runtime: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -c constraints.txt -e '.[dev]'
	@touch $(VENV)/.runtime $@

demo: $(VENV)/.runtime  ## Install, then animate a photo (out.mp4) and a puppet (out-puppet.mp4)
	$(BIN)/d2animator animate examples/astronaut.jpg examples/driving.mp4 -o out.mp4
	$(BIN)/d2animator animate examples/source.png examples/driving.mp4 -o out-puppet.mp4

install: $(VENV)/.dev  ## Make the development environment

test: $(VENV)/.dev  ## The test suite, offline, on a CPU
	OMP_NUM_THREADS=$(THREADS) $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope $(PYTEST_ARGS)

# What is clustered, learned or sampled: the same with the instructions of two other processors.
STEADY := -m "statistical and not slow" -q

steady: $(VENV)/.dev  ## The statistical tests, as older processors would run them
	ATEN_CPU_CAPABILITY=default MKL_CBWR=COMPATIBLE $(BIN)/python -m pytest $(STEADY)
	ATEN_CPU_CAPABILITY=avx2 MKL_CBWR=AVX2 $(BIN)/python -m pytest $(STEADY)

margins: $(VENV)/.dev  ## The statistical tests with 20 seeds: by what they hold (half an hour)
	$(BIN)/python -m tests.steadiness

check: $(VENV)/.dev  ## Lint, format, types, import layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev  ## Let ruff put things in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.dev  ## Build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

serve: $(VENV)/.dev  ## Look at the documentation while writing it
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

gallery: $(VENV)/.dev  ## Draw the documentation's pictures anew
	$(BIN)/python -m benchmarks.gallery
	$(BIN)/python -m benchmarks.moving_photo
	$(BIN)/python -m benchmarks.contact_sheets
	$(BIN)/python -m benchmarks.moving_gallery

figures: $(VENV)/.dev  ## Measure what is quick and needs no outside tracker, and fill the tables in
	$(BIN)/python -m benchmarks.recipe
	$(BIN)/python -m benchmarks.speed examples/source.png examples/driving.mp4 --write
	$(BIN)/python -m benchmarks.layers
	$(BIN)/python -m benchmarks.large
	$(BIN)/python -m benchmarks.figures

constraints: $(VENV)/.dev  ## Write down what this environment holds
	{ head -n 3 constraints.txt; $(BIN)/pip freeze --all --exclude-editable | sed -E 's/\+cpu$$//' \
	    | grep -v -i -E '^(pip|d2animator)[ =@]'; } > constraints.new
	mv constraints.new constraints.txt

# PyTorch comes as constraints.txt has it, everything else as old as pyproject.toml allows.
# Old ones warn of each other, which is not for us to mend.
LOWEST := -W default tests/test_config.py tests/media/test_images.py tests/media/test_kinds.py \
    tests/media/test_video.py tests/media/test_audio.py tests/media/test_writer.py \
    tests/marks/test_manifest.py tests/marks/test_keys.py tests/cli/test_errors.py \
    tests/cli/test_paths.py tests/bundles/test_hub.py tests/animate/test_compare.py

lowest:  ## A part of the test suite with the oldest libraries that may be installed
	$(PYTHON) -m venv $(VENV)-lowest
	$(VENV)-lowest/bin/pip install -q -c constraints-lowest.txt \
	    "$$(grep '^torch==' constraints.txt)" -e . pytest hypothesis
	OMP_NUM_THREADS=$(THREADS) $(VENV)-lowest/bin/python -m pytest -q -x $(LOWEST)

dist:  ## Wheel and source archive in dist/, checked as PyPI will check them
	$(PYTHON) -m venv $(VENV)-dist
	$(VENV)-dist/bin/pip install -q build twine
	rm -rf dist
	$(VENV)-dist/bin/python -m build
	$(VENV)-dist/bin/twine check --strict dist/*

clean:  ## Remove what the other targets made
	rm -rf $(VENV) $(VENV)-dist $(VENV)-lowest site dist build out.mp4 out-puppet.mp4 .mypy_cache \
	    .ruff_cache .pytest_cache .hypothesis .import_linter_cache
