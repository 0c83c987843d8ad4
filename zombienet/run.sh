#!/usr/bin/env bash
# Spawns four hospitals with zombienet's native provider, has hospital two make and attest a synthetic table, and checks
# by JSON-RPC that all four finalised the record. SEMBLANCE_BIN names the folder of the programs.
set -euo pipefail
cd "$(dirname "$0")"
[ -x node_modules/.bin/zombienet ] || npm ci --no-audit --no-fund
[ -x ../tests/node_modules/.bin/tsx ] || (cd ../tests && npm ci --no-audit --no-fund)
exec ../tests/node_modules/.bin/tsx run.mts "$@"
