#!/usr/bin/env bash
# Writes the plain and raw chain specifications of both presets beside this script. They hold the runtime as it was
# built, so they are made, not kept: give every member of a network the same raw file.
set -euo pipefail
cd "$(dirname "$0")"
NODE="${BIN:-${CARGO_TARGET_DIR:-$PWD/../target}/debug}/semblance-node"
for chain in dev local; do
	"$NODE" export-chain-spec --chain "$chain" --output "semblance-$chain.json"
	"$NODE" export-chain-spec --chain "$chain" --raw --output "semblance-$chain-raw.json"
done
