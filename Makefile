# The whole interface for a contributor.
.PHONY: help demo test lint generate bench build
.DEFAULT_GOAL := help

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

build: ## every program
	cargo build --workspace

demo: ## real clusters, the operator and the samples; ARGS=--once ends by itself
	cargo build --quiet --package beffroi-operator --package beffroi-cli
	cargo run --quiet --package beffroi-tests --bin demo -- $(ARGS)

test: ## everything, on real clusters
	cargo build --workspace
	cargo run --quiet --package beffroi-cluster --bin parts
	cargo test --workspace

lint: ## formatting, clippy, charts, dependencies
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings
	@if command -v cargo-deny >/dev/null; then cargo deny --all-features check; else echo "cargo-deny is not installed: 'cargo install cargo-deny --locked' to check licences and advisories too"; fi

generate: ## what is generated and committed: crds/yaml
	cargo run --quiet --package beffroi-crds --bin generate-crds

bench: ## ratios against a bare client and another log on the same machine, in one run
	cargo build --release --package beffroi-operator
	cargo run --release --quiet --package beffroi-tests --bin bench
	cargo run --release --quiet --package beffroi-tests --bin bench_log
