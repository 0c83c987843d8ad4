#!/usr/bin/env bash
# Measures the generators on a table: benches/marks/run.sh --data FILE --target COLUMN [--schema S] [--epsilon 1] ...
# or on the Adult census table, which adult.py prepares in the target folder: benches/marks/run.sh --adult ...
# See marks.py --help for all options. BENCH_VENV: Python environment (default benches/.venv, made if need be).
# BENCH_PROGRAM: what to measure (default: the example `marks` of semblance-synthesis, built here; semblance-worker does too).
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
venv="${BENCH_VENV:-$root/benches/.venv}"
target="${CARGO_TARGET_DIR:-$root/target}"

if [ ! -x "$venv/bin/python" ]; then
	python3 -m venv "$venv"
	"$venv/bin/pip" install --quiet -r "$root/benches/requirements.txt"
fi
program="${BENCH_PROGRAM:-}"
if [ -z "$program" ]; then
	(cd "$root" && cargo build --quiet -p semblance-synthesis --example marks)
	program="$target/debug/examples/marks"
fi
if [ "${1:-}" = --adult ]; then
	shift
	adult="$target/adult"
	[ -f "$adult/adult_schema_bins.json" ] || "$venv/bin/python" "$here/adult.py" --out "$adult"
	set -- --data "$adult/adult_train.csv" --holdout "$adult/adult_test.csv" --schema "$adult/adult_schema.json" "$@"
fi
case " $* " in
*" --out "*) out=() ;;
*) out=(--out "$target/marks") ;;
esac
exec "$venv/bin/python" "$here/marks.py" --program "$program" "${out[@]}" "$@"
