# Targets: environment, demo, test, test-fast, test-services, matrix, coverage, check, bench, package, docs, base-config, clean. SPARK=3.5 (default) or 4.1 chooses the Spark line.
SPARK ?= 3.5
PYTHON ?= python3
VENV := .venv-$(SPARK)
BIN := $(VENV)/bin
READY := $(VENV)/.ready-$(shell cat setup.py constraints-$(SPARK).txt | cksum | cut -d' ' -f1)
EXTRAS-3.5 := dev,nlp
EXTRAS-4.1 := dev
DEMO := demo-tables
TESTS ?= tests
ROWS ?= 2000000
ARGS ?=
WORKERS ?= 2
MARKS ?= not services
DIST := dist

.PHONY: environment demo test test-fast test-services matrix coverage check bench package docs base-config clean

$(READY): setup.py constraints-$(SPARK).txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip setuptools wheel
	$(BIN)/python -m pip install --quiet -c constraints-$(SPARK).txt -e '.[$(EXTRAS-$(SPARK))]'
	@touch $@

environment: $(READY)

demo: $(READY)
	$(BIN)/audiences generate $(DEMO)/raw --config conf/demo.yaml
	$(BIN)/audiences run --config conf/demo.yaml --set store.root=$(DEMO)/tables \
		--set sources.transactions.path=$(DEMO)/raw/transactions \
		--set sources.activity.path=$(DEMO)/raw/activity --set sources.known.path=$(DEMO)/raw/truth \
		--set sources.customers.path=$(DEMO)/raw/customers \
		--set sources.reviews.path=$(DEMO)/raw/reviews \
		--as-of 2024-12-31
	$(BIN)/python benchmarks/demo_truth.py $(DEMO)

# one Spark session per process, a file's tests in one process, the files in the order that tests/conftest.py gives
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# MARKS chooses by the markers that pyproject.toml declares: `make test SPARK=4.1 MARKS=contract`
test: $(READY)
	$(PYTEST) $(TESTS) -m "$(MARKS)" $(ARGS)

# the inner loop, below four minutes: all that needs no Spark session, and the rules of sources and features
test-fast: $(READY)
	$(PYTEST) $(TESTS) -m "fast and not services" $(ARGS)

# pytest ends in 5 where it finds no test: there is no such test yet
test-services: $(READY)
	$(BIN)/python -m pytest $(TESTS) -m services $(ARGS) || test $$? -eq 5

# Spark and the plain Python of `check` side by side on 2,000 generated files, of which CI has 100: about half an hour
matrix: $(READY)
	AUDIENCES_GENERATED_FILES=2000 $(BIN)/python -m pytest tests/scaffold/test_source_rules.py $(ARGS)

# lines and branches that the tests run, in processes of their own too; the tests take about twice their time
coverage: $(READY)
	$(PYTEST) $(TESTS) -m "$(MARKS)" --cov --cov-report=term --cov-report=html:build/coverage $(ARGS)

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_architecture.py tests/config

bench: $(READY)
	$(BIN)/python benchmarks/features.py --rows $(ROWS) --engines duckdb polars spark
	$(BIN)/python benchmarks/dbscan.py --rows 50000 --dims 3 6 --eps-at p90

# the wheel for a cluster that has the dependencies, and all of them as one file for one that has not; pyspark is
# always the cluster's own, found on the PYTHONPATH that Spark gives its workers
package: $(READY)
	rm -rf build $(DIST)/audiences-*.whl
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir $(DIST) .
	$(BIN)/pex "$$(ls $(DIST)/audiences-*.whl)[dbscan]" --constraints constraints-$(SPARK).txt --use-pip-config \
		--exclude pyspark --inherit-path=fallback \
		--output-file $(DIST)/audiences-$(SPARK).pex

docs: $(READY)
	$(BIN)/python -m audiences.schema.dictionary > docs/data_dictionary.md
	$(BIN)/python -m audiences.config > docs/settings.md
	$(BIN)/python -m audiences.sizing docs/sizing.md
	$(BIN)/python -m audiences.orchestration.databricks > resources/audiences.job.yml

base-config: $(READY)
	$(BIN)/audiences config show --common > conf/base.yaml

clean:
	rm -rf .venv-* $(DEMO) build dist lib/*.egg-info
