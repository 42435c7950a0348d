# Needs Python 3.11+, make and gcc. `.venv` is made from pyproject.toml and re-used while that file is unchanged.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
JOBS ?= 2

.DEFAULT_GOAL := test
.PHONY: proofs-elsewhere demo test check bench-verify bench-scaling bench-mechanical bench-cc bench-frontend faults kills mutate fuzz-loops fuzz-semantics \
        mutate-prover clean

# Optimizes the examples with built-in rules and recorded model replies: no key, no network, no change to a source.
# Exit code 1 of vecassist means "there are changes to take", which is what a demonstration should end with.
demo: $(READY)
	$(BIN)/vecassist optimize examples/*.c --recorded examples/replies --no-store -j $(JOBS) \
	    -- -O3 -march=native -ffp-contract=off || [ $$? -eq 1 ]

test: $(READY)
	$(BIN)/python -m pytest -n $(JOBS)

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright

# The prover's score on tests/pairs through the real command; the JSON goes to out/verify.json.
bench-verify: $(READY)
	$(BIN)/python benchmarks/verify.py -j $(JOBS) -o out/verify.json

# The time for a proof by trip count, statements and depth; rewrites benchmarks/scaling.csv and scaling.svg.
bench-scaling: $(READY)
	$(BIN)/python -m benchmarks.scaling

# How many loops of a C project are proved after a mechanical unrolling: make bench-mechanical DIR=PATH [CFLAGS=...].
bench-mechanical: $(READY)
	$(BIN)/python -m benchmarks.mechanical $(DIR) -j $(JOBS) -o out/mechanical.json --misses out/misses.md \
	    -- $(or $(CFLAGS),-O2 -ffp-contract=off)

# What is parsed of C projects and what a scan costs, cold and warm: make bench-frontend DIR="PATH..." [CFLAGS=...], where
# each PATH holds compile_commands.json, or C files if CFLAGS are given.
bench-frontend: $(READY)
	$(BIN)/python -m benchmarks.frontend $(DIR) -j $(JOBS) -o out/frontend.json $(if $(CFLAGS),-- $(CFLAGS))

# What the compile path costs, as ratios in one run; TREE: a project with ./configure and make to build as a whole.
bench-cc: $(READY)
	$(BIN)/python benchmarks/cc.py $(if $(TREE),--tree $(TREE)) -j $(JOBS) -o out/cc.json

# Every accepted plain-C rewrite of a repository (STORE) or of the examples proved for x86-64, i386 and AArch64.
proofs-elsewhere: $(READY)
	$(if $(STORE),,rm -rf out/elsewhere && mkdir -p out/elsewhere && cp -r examples out/elsewhere && mkdir out/elsewhere/.git)
	$(if $(STORE),,cd out/elsewhere && $(CURDIR)/$(BIN)/vecassist optimize examples --recorded examples/replies -q -j $(JOBS) \
	    -- -O3 -march=native -ffp-contract=off > /dev/null || [ $$? -eq 1 ])
	$(BIN)/python -m benchmarks.elsewhere $(or $(STORE),out/elsewhere) -o out/elsewhere.json

# Broken stores, caches, interpreters and sources under builds: no build may fail or get a wrong rewrite.
faults: $(READY)
	$(BIN)/python campaigns/faults.py -o out/faults.json

# `optimize --fix`, `hook --fix` and `cc` killed before each change of a file and at random moments.
kills: $(READY)
	$(BIN)/python campaigns/kills.py

# Campaigns against the prover; hours. The summaries of past runs are in campaigns/results.
mutate: $(READY)
	nice $(BIN)/python campaigns/mutate.py -j $(JOBS) -o out/mutate.json

fuzz-loops: $(READY)
	nice $(BIN)/python campaigns/generate.py -j $(JOBS) -o out/loops.json

fuzz-semantics: $(READY)
	nice $(BIN)/python campaigns/semantics.py

mutate-prover: $(READY)
	nice $(BIN)/python campaigns/mutate_prover.py

$(READY): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	$(BIN)/python -m compileall -q compiler verify vecassist
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis build
