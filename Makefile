# The whole interface for a contributor.
.PHONY: help demo test rights e2e lint supply-chain release images images-twice bundle generate bench build fuzz
.DEFAULT_GOAL := help
TIME ?= 60
export PROFILE ARCH KEY BUILDER
# One choice of targets everywhere: another would be another set of features, and build what we build on anew.
ALL := --workspace --lib --bins --tests
TARGET = $(shell cargo metadata --locked --format-version 1 --no-deps | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
# Every server of ours is on this machine.
export NO_PROXY := localhost,127.0.0.1,$(NO_PROXY),$(no_proxy)
export no_proxy := $(NO_PROXY)

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

build: ## every program
	cargo build --locked --workspace

demo: ## real clusters, the operator and the samples; ARGS=--once ends by itself; REAL=1 as root: in real pods, installed by helm
ifdef REAL
	@[ "$$(id -u)" = 0 ] || { echo "make demo REAL=1 needs root: its nodes want namespaces, mounts and cgroups" >&2; exit 1; }
	PROFILE=$(or $(PROFILE),dev) $(MAKE) bundle
	$(TARGET)/debug/parts
	BEFFROI_BUNDLE=$$(ls $(TARGET)/dist/$(or $(PROFILE),dev)/beffroi-*.tar) cargo test --locked --workspace --test real -- --ignored --exact stay::open_to_people --nocapture
else
	cargo build --locked --quiet --package beffroi-operator --package beffroi-api --package beffroi-cli
	cargo run --locked --quiet --package beffroi-tests --bin demo -- $(ARGS)
endif

test: ## everything, on real clusters
	cargo build --locked $(ALL)
	$(TARGET)/debug/parts
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-3} cargo test --locked $(ALL) --no-fail-fast
	node --test api/page/*.test.mjs

rights: ## is each right that the charts grant used, and missed by a test when it is taken away? SAMPLE=20 SEED=1 takes some; AUDIT=FOLDER of an earlier run spares the suite
	cargo build --locked $(ALL)
	$(TARGET)/debug/parts
	[ -n "$(AUDIT)" ] || rm -rf $(TARGET)/rights
	$(TARGET)/debug/rights --audit $(or $(AUDIT),$(TARGET)/rights) $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED)) $(ARGS) \
		--tests "$$(cargo test --locked $(ALL) --no-run 2>&1 | sed -n 's/.*tests\/main.rs (\(.*\/it-[^)]*\))/\1/p')"

e2e: ## as root, in real pods on real nodes: the README's lines, an app that opens, a machine lost; PROFILE=release for the images that are handed out
	@[ "$$(id -u)" = 0 ] || { echo "make e2e needs root: its nodes want namespaces, mounts and cgroups" >&2; exit 1; }
	PROFILE=$(or $(PROFILE),dev) $(MAKE) bundle
	$(TARGET)/debug/parts
	cargo test --locked --workspace --test machines -- --nocapture
	BEFFROI_BUNDLE=$$(ls $(TARGET)/dist/$(or $(PROFILE),dev)/beffroi-*.tar) cargo test --locked --workspace --test real -- --nocapture

lint: ## formatting, clippy; every cargo call takes the committed lock
	@if git grep -nE 'cargo (auditable )?(build|run|test|clippy|check|install|metadata) ' -- . ':!*.lock' ':!CHANGELOG.md' | grep -v -e --locked -e Makefile:.*grep; then echo "these cargo calls do not say --locked" >&2; exit 1; fi
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	cargo clippy --locked --workspace --test machines --test real -- --deny warnings

supply-chain: ## licences, sources and known flaws of what we build on
	.ci/supply-chain

release: ## programs as they are handed out: each carries the list of its crates, for cargo-audit and others
	@cargo auditable --version >/dev/null 2>&1 || { echo "cargo-auditable is not installed: 'cargo install cargo-auditable --locked --version 0.7.7'" >&2; exit 1; }
	cargo auditable build --locked --release --package beffroi-operator --package beffroi-api --package beffroi-cli

images: ## images of operator, API and CLI, as an OCI layout, without a container engine; PROFILE=dev for trials, KEY=FOLDER signs
	ALL="$(ALL)" images/build images

images-twice: ## the same commit built in two folders: are the digests the same? Two cold release builds
	images/twice

bundle: ## one archive of images, charts and CRDs, that installs without internet; parameters as above
	ALL="$(ALL)" images/build bundle

fuzz: ## what comes from outside, 60 s for each parser (TIME=10 for less)
	@command -v cargo-fuzz >/dev/null || { echo "cargo-fuzz is not installed: 'cargo install cargo-fuzz --locked', and a C++ compiler ('apt-get install g++')" >&2; exit 1; }
	@for target in envelope checkpoint proof statement kubeconfig; do \
		echo "fuzzing $$target for $(TIME) s"; mkdir -p fuzz/corpus/$$target; \
		(cd fuzz && cargo metadata --locked --format-version 1 >/dev/null && RUSTC_BOOTSTRAP=1 cargo fuzz run --dev --sanitizer none $$target corpus/$$target seeds/$$target -- -max_total_time=$(TIME) -max_len=16384 -timeout=10) || exit 1; \
	done

generate: ## what is generated and committed: crds/yaml, core/schemas, api/page/messages.js, core/fixtures/french.jsonl, api/openapi.json, core/src/site/guards.txt
	cargo run --locked --quiet --package beffroi-crds --bin generate-crds
	cargo run --locked --quiet --package beffroi-core --bin generate-schemas
	cargo run --locked --quiet --package beffroi-core --bin generate-sentences
	cargo test --locked --quiet --package beffroi-core --lib renew_the_french_sentences -- --ignored
	cargo run --locked --quiet --package beffroi-api --bin generate-openapi
	cargo run --locked --quiet --package beffroi-tests --bin generate-guards

bench: ## ratios against a bare client and another log on the same machine, in one run
	cargo build --locked --release --package beffroi-operator --package beffroi-api
	cargo run --locked --release --quiet --package beffroi-tests --bin bench
	cargo run --locked --release --quiet --package beffroi-tests --bin bench_watch
	cargo run --locked --release --quiet --package beffroi-tests --bin bench_resources
	cargo run --locked --release --quiet --package beffroi-tests --bin bench_log
	cargo run --locked --release --quiet --package beffroi-tests --bin bench_api
