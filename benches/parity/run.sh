#!/usr/bin/env bash
# Compares our evaluation with sdmetrics on a table: DATA=support2.csv TARGET=death benches/parity/run.sh
# PARITY_VENV: Python environment (default benches/.venv-parity, made if need be).
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
[ -n "${DATA:-}" ] || { echo "say which table: DATA=path TARGET=column make parity" >&2; exit 2; }
data="$(realpath "$DATA")"
venv="${PARITY_VENV:-$root/benches/.venv-parity}"
if [ ! -x "$venv/bin/python" ]; then
	python3 -m venv "$venv"
	"$venv/bin/pip" install --quiet -r "$here/requirements.txt"
fi
target=()
[ -z "${TARGET:-}" ] || target=(--target "$TARGET")
cd "$root"
exec "$venv/bin/python" "$here/parity.py" "$data" "${target[@]}" --out "${CARGO_TARGET_DIR:-$root/target}/parity"
