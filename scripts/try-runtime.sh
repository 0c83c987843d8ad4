#!/usr/bin/env bash
# Runs the upgrade to the present runtime over a state, with the checks of try-runtime. STATE=file for a chain's own state, as
# `semblance-node export-state` writes it; otherwise that of a network that began with the last release.
set -euo pipefail
cd "$(dirname "$0")/.."
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
if [ -n "${STATE:-}" ]; then
	state="$(realpath --canonicalize-existing "$STATE")"
else
	version="$(python3 -c 'import json; print(json.load(open("runtime/released.json"))["spec_version"])')"
	state="$work/released.json"
	node -e '
		const { brotliDecompressSync } = require("node:zlib");
		const { readFileSync, writeFileSync } = require("node:fs");
		writeFileSync(process.argv[2], brotliDecompressSync(readFileSync(process.argv[1])));
	' "tests/network/released/local-$version.json.br" "$state"
fi
# Its own folder: the SDK is built with other features than everything else, and without optimisation, as it runs but once.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/try-runtime" CARGO_PROFILE_DEV_OPT_LEVEL=0
SKIP_WASM_BUILD=1 SEMBLANCE_STATE="$state" cargo test --locked -p semblance-runtime --features try-runtime --lib \
	tests::try_runtime -- --show-output
