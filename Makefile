# Two commands do all the set-up on a fresh machine: make demo, make test.
PYTHON ?= python3
VENV ?= .venv
# Python compiles what is imported at its first import; compiling all of PyTorch takes a minute.
PIP = $(VENV)/bin/python -m pip install --quiet --no-compile --constraint constraints.txt

# make test T=tests/evidence K=resume: a part of the tests.
T ?=
K ?=
PYTEST = OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(if $(K),-k '$(K)') $(T)

.PHONY: demo test quick lint samples models bench clean

demo: $(VENV)/bin/python
	$(PIP) --editable .
	mkdir -p demo
	@# Exit code 3 is right here: the samples hold a truncated JPEG, which cannot be scored.
	$(VENV)/bin/dfc-classify samples/ImageSet --out demo/ImageSet.csv --force || test $$? -eq 3
	cat demo/ImageSet.csv demo/ImageSet.exceptions.csv

test: $(VENV)/bin/python
	$(PIP) --editable '.[test,parity]'
	@# Pillow's own test pictures; without them a test is skipped.
	-$(VENV)/bin/python tests/support/fetch_pillow.py .cache
	@# Two at a time, each on one thread: a quarter of an hour, nearly twice that otherwise.
	$(PYTEST) $(COVERAGE)

# Without PyTorch and its relatives, and without what takes long.
quick: lint
	$(PYTEST) -m 'not slow and not parity'

lint: $(VENV)/bin/python
	$(PIP) --editable '.[test]'
	$(VENV)/bin/python -m ruff check .
	$(VENV)/bin/python -m ruff format --check .
	$(VENV)/bin/python -m mypy

models: $(VENV)/bin/python
	$(PIP) --editable '.[test,parity]'
	PYTHONPATH=. $(VENV)/bin/python benchmarks/exported_models.py

bench: $(VENV)/bin/python
	$(PIP) --editable '.[test,parity]'
	@# Pictures and networks are kept below .cache/speed; it takes about two hours.
	$(VENV)/bin/python -m benchmarks

samples: $(VENV)/bin/python
	$(PIP) --editable '.[test]'
	$(VENV)/bin/python samples/make_samples.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV) demo
