# The targets that a person needs; `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

CONFIG ?= gateway.yaml
SECONDS_EACH ?= 30
WASM := target/wasm32-unknown-unknown/wasm
MODULES := target/modules
# Must equal the version of wasm-bindgen in Cargo.lock.
WASM_BINDGEN := $(shell awk '/^name = "wasm-bindgen"$$/ {getline; gsub(/[^0-9.]/, ""); print}' Cargo.lock)
CARGO_DENY := 0.20.2

.PHONY: help demo test up build bench eval fuzz check fmt setup modules sidecar clean core-tests wasm-tests sidecar-tests e2e

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: build ## Send made-up personal data through a real Envoy and show what the provider got
	@target/release/demo

test: setup test-tools ## Run every test: core (native and wasm32), sidecar, end to end
	@$(MAKE) build core-tests wasm-tests sidecar-tests e2e

up: setup modules sidecar ## Run the gateway in the foreground: make up CONFIG=path/to/gateway.yaml
	@exec target/release/privet-sidecar up --config "$(CONFIG)" --module $(MODULES)/privet.wasm --envoy .tools/envoy

bench: build ## Compare plain Envoy, a no-op module and this filter; measure the core
	@target/release/bench
	@target/release/sidecar-bench

eval: ## Measure detection on labelled data and write docs/detection-quality.md: make eval DATA=folder
	@test -n "$(DATA)" || { echo "make eval DATA=folder, the folder of the labelled sets" >&2; exit 64; }
	@cargo build --release --locked -p privet-eval
	@target/release/privet-eval --data "$(DATA)" --date "$$(date -u +%F)" > target/detection-quality.md
	@cp target/detection-quality.md docs/detection-quality.md
	@cat docs/detection-quality.md

fuzz: ## Fuzz scanner, validators, masking and streams for SECONDS_EACH (30) seconds
	@fuzz/run $(SECONDS_EACH)

check: ## Format, lints, licences
	@setup/wasm32
	@setup/status-page
	cargo fmt --all --check
	cargo clippy --workspace --exclude privet-filter --exclude privet-module --exclude privet-floor --exclude privet-core-bench --all-targets --locked -- -D warnings
	cargo clippy -p privet-filter -p privet-module -p privet-floor -p privet-core-bench --target wasm32-unknown-unknown --locked -- -D warnings
	cargo fmt --manifest-path tests/limiter/Cargo.toml --check
	cargo clippy --manifest-path tests/limiter/Cargo.toml --target-dir target/limiter --locked -- -D warnings
	@setup/cargo-tool cargo-deny $(CARGO_DENY) cargo-deny --no-default-features
	.tools/bin/cargo-deny --workspace check bans licenses sources

fmt: ## Format the code
	cargo fmt --all

setup: ## Install what the build and the gateway need: wasm32 std, Envoy, the status page's charts
	@setup/wasm32
	@setup/status-page
	@setup/envoy

build: setup modules sidecar ## Build the modules, the sidecar, the demo and the benches
	@cargo build --release --locked -p privet-tests --bins

modules: ## Build the Wasm modules
	@setup/wasm32
	@mkdir -p $(MODULES)
	@setup/wasm-cargo build --locked -p privet-module -p privet-floor -p privet-core-bench --target wasm32-unknown-unknown --profile wasm
	@cp $(WASM)/floor.wasm $(MODULES)/
	@setup/wasm-opt $(WASM)/privet.wasm $(MODULES)/privet.wasm
	@setup/wasm-opt $(WASM)/core_bench.wasm $(MODULES)/core_bench.wasm

sidecar:
	@setup/status-page
	@cargo build --release --locked -p privet-sidecar

# The module with the switch that lets a test trap it, in a folder of its own.
.PHONY: trap-module
trap-module:
	@mkdir -p $(MODULES)
	@setup/wasm-cargo build --locked -p privet-module --features test-trap --target wasm32-unknown-unknown --profile wasm --target-dir target/trap
	@cp target/trap/wasm32-unknown-unknown/wasm/privet.wasm $(MODULES)/privet-test-trap.wasm

core-tests:
	cargo test --locked -p privet-scan -p privet-core -p privet-translate -p privet-eval -p privet-training

# Tools that only the tests need.
.PHONY: test-tools
test-tools:
	@setup/wasm32
	@setup/python-clients
	@setup/browser
	@setup/redis
	@setup/cargo-tool wasm-bindgen-cli $(WASM_BINDGEN) wasm-bindgen-test-runner --no-default-features

wasm-tests:
	CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER="$(CURDIR)/.tools/bin/wasm-bindgen-test-runner" \
		setup/wasm-cargo test --locked -p privet-core --target wasm32-unknown-unknown --test core

sidecar-tests:
	cargo test --locked -p privet-sidecar

# The rate limit service that the tests share between two Envoys.
.PHONY: test-limiter
test-limiter:
	@cargo build --locked --manifest-path tests/limiter/Cargo.toml --target-dir target/limiter

e2e: trap-module test-limiter
	cargo test --locked -p privet-tests --test e2e -- --test-threads 4

clean: ## Remove what was built (not the installed tools)
	cargo clean
