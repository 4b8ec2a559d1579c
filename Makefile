# Targets: demo, test, check, bench, package, docs, base-config, clean. SPARK=3.5 (default) or 4.1 chooses the Spark line.
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
DIST := dist

.PHONY: demo test check bench package docs base-config clean

$(READY): setup.py constraints-$(SPARK).txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip setuptools wheel
	$(BIN)/python -m pip install --quiet -c constraints-$(SPARK).txt -e '.[$(EXTRAS-$(SPARK))]'
	@touch $@

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
test: $(READY)
	$(BIN)/python -m pytest $(TESTS) -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

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
	$(BIN)/python -m audiences.sizing docs/sizing.md
	$(BIN)/python -m audiences.orchestration.databricks > resources/audiences.job.yml

base-config: $(READY)
	$(BIN)/audiences config show > conf/base.yaml

clean:
	rm -rf .venv-* $(DEMO) build dist lib/*.egg-info
