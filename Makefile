# Every command of the project. `make run` and `make test` are the two that a newcomer needs.

PYTHON ?= python3
SERVE ?= 1
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
DEMO := demo-library
export PYTHONUTF8 := 1

# Built for AMX by GCC, llama.cpp dies at the first batch of a quantised model (ggml-org/llama.cpp, pull request 26954).
NO_AMX_FLAGS := -mno-amx-tile -mno-amx-int8 -mno-amx-bf16
NO_AMX = $(shell $${CC:-cc} $(NO_AMX_FLAGS) -E -x c /dev/null >/dev/null 2>&1 \
	&& echo "-DCMAKE_C_FLAGS='$(NO_AMX_FLAGS)' -DCMAKE_CXX_FLAGS='$(NO_AMX_FLAGS)'")

.PHONY: help run test check bench peers llm docs format clean

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make run [SERVE=0]   install, build a demo library from examples/, ask, write a sheet, serve the page
run: $(DEMO)/sheet.md
	$(BIN)/ronbun ask "How much faster is PDFium than pypdf?" --library $(DEMO)
	@echo
	@cat $(DEMO)/sheet.md
	@if [ "$(SERVE)" != "0" ]; then exec $(BIN)/ronbun serve --library $(DEMO); fi

# The demo library and its sheet are made from the examples, and made again when one of them changes.
$(DEMO)/.made: $(VENV)/.installed $(wildcard examples/*.pdf examples/*.md)
	$(BIN)/ronbun ingest examples --library $(DEMO)
	@touch $@

$(DEMO)/sheet.md: $(DEMO)/.made
	$(BIN)/ronbun sheet "$$($(BIN)/python -c 'import hashlib; \
		print(hashlib.sha256(open("examples/ronbun-technical-report.pdf", "rb").read()).hexdigest()[:12])')" \
		--library $(DEMO) -o $@

## make test            install what the tests need (bench and llama extras, Chromium, tesseract) and run all of them
test: $(VENV)/.tests
	$(BIN)/python -m pytest

## make check           format, lint, types, import contracts
check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

## make bench           print the figures of the README but those of training, scale and engine (needs the evaluation data)
bench: $(VENV)/.bench
	$(BIN)/python -m bench

## make peers           make an environment of the other programs that bench.parsing and bench.retrieval compare with
peers: .venv-peers/.installed

## make llm             install the llama extra (compiles llama.cpp, about five minutes)
llm: $(VENV)/.llama

## make docs            write docs/reference anew from the code
docs: $(VENV)/.installed
	$(BIN)/python docs/build_reference.py

## make format          format and mend what the linter can mend
format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

## make clean           remove the environment and the demo library
clean:
	rm -rf $(VENV) $(DEMO)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Ronbun needs Python 3.11 or later; set PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing (1.6 GB, about two minutes) ..."
	$(PIP) torch
	$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(PIP) --editable '.[dev]'
	@touch $@

$(VENV)/.bench: $(VENV)/.installed
	$(PIP) --editable '.[bench]'
	@touch $@

.venv-peers/.installed: bench/peers.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --requirement bench/peers.txt
	@touch $@

$(VENV)/.llama: $(VENV)/.installed
	@echo "Compiling llama.cpp (about five minutes) ..."
	CMAKE_ARGS="-DLLAVA_BUILD=OFF $(NO_AMX)" $(PIP) --editable '.[llama]'
	@touch $@

$(VENV)/.tests: $(VENV)/.dev $(VENV)/.bench $(VENV)/.llama
	sh tests/install-chromium.sh
	sh tests/install-tesseract.sh
	@touch $@
