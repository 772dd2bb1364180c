# Every target sets itself up; nothing is installed outside .venv. JPT_HOME (default data/) is where all data go.
export PYTHONDONTWRITEBYTECODE =
export JPT_HOME ?= $(CURDIR)/data
export DAGSTER_HOME ?= $(JPT_HOME)/dagster
export GX_ANALYTICS_ENABLED = false
BIN := .venv/bin
UV_VERSION := 0.13.8

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-national soak fuzz check bench bench-national ui docs lock clean

help:  ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.venv/.done: requirements.lock pyproject.toml
	python3 -m venv --without-pip .venv  # Debian's python3 has no ensurepip without python3-venv; its pip serves as well
	python3 -m pip --python $(BIN)/python install --quiet --disable-pip-version-check uv==$(UV_VERSION) \
		|| { $(BIN)/python -m ensurepip -q && $(BIN)/python -m pip install --quiet uv==$(UV_VERSION); }
	$(BIN)/uv pip sync --quiet --compile-bytecode requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q jpt_pipeline assets checks reports
	touch $@

setup: .venv/.done  ## make .venv with everything locked, .venv/bin/jpt included

demo: setup  ## Bueng Kan, round 2561: from sample deliveries to certified, published figures
	$(BIN)/jpt demo

test: setup  ## the whole test suite
	$(BIN)/python -m pytest

test-national: setup  ## the measurement of a nation, on a tiny one
	$(BIN)/python -m pytest -m national

soak: setup  ## long random runs: a kill before every single write, and the demonstration again and again
	$(BIN)/python -m pytest -m soak

fuzz: setup  ## coverage-guided fuzzing of the readers of intake: 60 seconds, or make fuzz FUZZ_SECONDS=600
	$(BIN)/python -m tests.fuzz.fuzz_intake -max_total_time=$(or $(FUZZ_SECONDS),60) -artifact_prefix=/tmp/

check: setup  ## style, types, architecture: under a minute
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/architecture

bench: setup  ## 100,000 households: seconds, households/s, memory, ratio to hand-written SQL
	$(BIN)/jpt bench

bench-national: setup  ## the whole path of a nation at 1/100, 1/10 and full size (13,000,000 households); SCALE=0.01 for one
	for scale in $(or $(SCALE),0.01 0.1 1); do $(BIN)/jpt bench --nation --scale $$scale || exit 1; done

ui: setup  ## Dagster's page on http://127.0.0.1:3000
	$(BIN)/jpt ui

docs: setup  ## generate the data dictionary, the indicator reference and the page of codes
	$(BIN)/python -m jpt_pipeline.reference

lock: setup  ## resolve the dependencies anew
	$(BIN)/uv pip compile --quiet --extra dev --universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-header --upgrade pyproject.toml -o requirements.lock

clean:  ## remove .venv and caches; data stay
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
