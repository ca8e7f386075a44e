# The whole interface for a contributor.
.PHONY: help demo test lint generate bench build fuzz
.DEFAULT_GOAL := help
TIME ?= 60
# Every server of ours is on this machine.
export NO_PROXY := localhost,127.0.0.1,$(NO_PROXY),$(no_proxy)
export no_proxy := $(NO_PROXY)

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

build: ## every program
	cargo build --workspace

demo: ## real clusters, the operator and the samples; ARGS=--once ends by itself
	cargo build --quiet --package beffroi-operator --package beffroi-api --package beffroi-cli
	cargo run --quiet --package beffroi-tests --bin demo -- $(ARGS)

test: ## everything, on real clusters
	cargo build --workspace
	cargo run --quiet --package beffroi-cluster --bin parts
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-2} cargo test --workspace --no-fail-fast
	node --test api/page/*.test.mjs

lint: ## formatting, clippy, dependencies
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings
	@if command -v cargo-deny >/dev/null; then cargo deny --all-features check; else echo "cargo-deny is not installed: 'cargo install cargo-deny --locked' to check licences and advisories too"; fi

fuzz: ## what comes from outside, 60 s for each parser (TIME=10 for less)
	@command -v cargo-fuzz >/dev/null || { echo "cargo-fuzz is not installed: 'cargo install cargo-fuzz --locked', and a C++ compiler ('apt-get install g++')" >&2; exit 1; }
	@for target in envelope checkpoint proof statement kubeconfig; do \
		echo "fuzzing $$target for $(TIME) s"; mkdir -p fuzz/corpus/$$target; \
		(cd fuzz && RUSTC_BOOTSTRAP=1 cargo fuzz run --dev --sanitizer none $$target corpus/$$target seeds/$$target -- -max_total_time=$(TIME) -max_len=16384 -timeout=10) || exit 1; \
	done

generate: ## what is generated and committed: crds/yaml, core/schemas, api/openapi.json
	cargo run --quiet --package beffroi-crds --bin generate-crds
	cargo run --quiet --package beffroi-core --bin generate-schemas
	cargo run --quiet --package beffroi-api --bin generate-openapi

bench: ## ratios against a bare client and another log on the same machine, in one run
	cargo build --release --package beffroi-operator --package beffroi-api
	cargo run --release --quiet --package beffroi-tests --bin bench
	cargo run --release --quiet --package beffroi-tests --bin bench_watch
	cargo run --release --quiet --package beffroi-tests --bin bench_log
	cargo run --release --quiet --package beffroi-tests --bin bench_api
