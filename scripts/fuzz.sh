#!/usr/bin/env bash
# Runs every fuzz target for SECONDS_EACH seconds (default 60). Needs a nightly toolchain and cargo-fuzz. Built without optimisation:
# with it, and watched by the fuzzer, the networks take the compiler more than ten minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
SECONDS_EACH="${SECONDS_EACH:-60}"
command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz
for manifest in primitives/fuzz sealed/fuzz offchain-worker/synthesis/fuzz; do
	(
		cd "$manifest"
		for target in fuzz_targets/*.rs; do
			cargo +nightly fuzz run --dev --fuzz-dir . "$(basename "$target" .rs)" -- -max_total_time="$SECONDS_EACH"
		done
	)
done
