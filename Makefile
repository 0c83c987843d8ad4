# Recipes are the same on a newcomer's machine and in continuous integration.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup build demo test lint unit e2e network test-network latency load marks parity golden fmt weights release fuzz fuzz-runtime lint-ops deny sbom wasm-hash try-runtime

CARGO_TARGET_DIR ?= $(CURDIR)/target
export CARGO_TARGET_DIR
BIN := $(CARGO_TARGET_DIR)/debug

help: ## Shows this list.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## Installs what a fresh Debian machine lacks.
	@scripts/setup.sh

build: setup ## Builds node, worker and command line.
	cargo build --workspace --bins

demo: build ## Runs the main job once. DATA=path TARGET=column for your own table.
	@BIN=$(BIN) DATA="$(DATA)" TARGET="$(TARGET)" PATIENT="$(PATIENT)" scripts/demo.sh

test: setup lint lint-ops unit e2e ## Everything that continuous integration runs.

lint: setup ## Format and clippy.
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	python3 docs/tools/check.py

lint-ops: ## Alert rules and their tests, dashboard, chart, container file and scripts of ops/.
	@ops/lint/lint.sh

deny: setup ## Licences, sources and banned crates of everything that is linked. ADVISORIES=1 for known vulnerabilities.
	@scripts/deny.sh

sbom: setup ## Writes what each program is made of, as CycloneDX, into sbom/.
	@scripts/sbom.sh

wasm-hash: setup ## Builds the runtime in one fixed way, and prints its hashes for a vote. COMMIT=… OUT=…
	@scripts/wasm-hash.sh

try-runtime: setup ## Runs the upgrade to this runtime over a state, with all checks. STATE=file of semblance-node export-state.
	@scripts/try-runtime.sh

unit: setup ## Unit, golden and property tests.
	cargo nextest run --workspace --no-fail-fast

e2e: build ## End-to-end tests against real nodes and workers.
	cd tests && npm ci --no-audit --no-fund && SEMBLANCE_BIN=$(BIN) npm test

network: build ## Four hospitals by zombienet; a job on the second attests while all four finalise.
	cd tests && npm ci --no-audit --no-fund && SEMBLANCE_BIN=$(BIN) npm run zombienet

test-network: build ## Faults and changes in a network of four hospitals and more, about 20 minutes; as root. KILLS=3 for fewer.
	cd tests && npm ci --no-audit --no-fund && SEMBLANCE_BIN=$(BIN) npm run test:network

latency: build ## Measures latency on four validators, for docs/benchmarks.md.
	cd tests && npm ci --no-audit --no-fund && SEMBLANCE_BIN=$(BIN) npm run bench:latency

load: build ## Measures load on four validators and on a development chain, about 15 minutes; RUNS="captures batches" for some of it.
	cd tests && npm ci --no-audit --no-fund && SEMBLANCE_BIN=$(BIN) npm run bench:load -- $(RUNS)

marks: ## Measures the generators against their marks. DATA=path TARGET=column ARGS="--epsilon 1", or nothing for Adult.
	@benches/marks/run.sh $(if $(DATA),--data "$(DATA)" $(if $(TARGET),--target "$(TARGET)"),--adult) $(ARGS)

parity: ## Compares our evaluation with sdmetrics, metric by metric. DATA=path TARGET=column.
	@DATA="$(DATA)" TARGET="$(TARGET)" benches/parity/run.sh

golden: ## Golden digests in debug, release, for a newer x86-64 and for 64-bit ARM (emulated), on 1, 2 and 8 threads.
	@scripts/golden.sh
	@scripts/golden-aarch64.sh

fmt: ## Formats the code.
	cargo fmt --all

weights: setup ## Generates the pallets' weights from their benchmarks.
	scripts/weights.sh

release: build ## Records the present runtime as the one that was released last.
	@BIN=$(BIN) scripts/release.sh

fuzz: ## Runs every fuzz target for a minute (SECONDS_EACH); needs a nightly toolchain.
	scripts/fuzz.sh

fuzz-runtime: setup ## Sends random sequences of calls to the runtime for half an hour (SECONDS, SEED) and checks what must hold.
	SKIP_WASM_BUILD=1 cargo build -p semblance-runtime-fuzzer -p sdk-features
	$(BIN)/semblance-runtime-fuzzer --seconds $(or $(SECONDS),1800) --seed $(or $(SEED),1)
