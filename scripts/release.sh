#!/usr/bin/env bash
# Records the present runtime as the one that was released last: runtime/released.json, with which a test compares, and the
# specification of a network that begins with it, from which tests/network/upgrade.test.ts starts. Commit both.
set -euo pipefail
cd "$(dirname "$0")/.."
BIN="${BIN:-${CARGO_TARGET_DIR:-$PWD/target}/debug}"
folder=tests/network/released

SEMBLANCE_RELEASE=1 cargo nextest run -p semblance-runtime -p sdk-features tests::release
version="$(python3 -c 'import json; print(json.load(open("runtime/released.json"))["spec_version"])')"
spec="$(mktemp)"
trap 'rm -f "$spec"' EXIT
"$BIN/semblance-node" export-chain-spec --chain local --raw --output "$spec"
rm -f "$folder"/local-*.json.br
node -e '
	const { brotliCompressSync, constants: { BROTLI_PARAM_LGWIN, BROTLI_PARAM_QUALITY } } = require("node:zlib");
	const { readFileSync, writeFileSync } = require("node:fs");
	const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_LGWIN]: 24 };
	writeFileSync(process.argv[2], brotliCompressSync(readFileSync(process.argv[1]), { params }));
' "$spec" "$folder/local-$version.json.br"
