#!/usr/bin/env bash
# Runs other projects' synthesizers on a training table:
#   benches/peers/run.sh --in training.csv --schema SCHEMA --out FOLDER [--peers pgm-mst,sdv-gaussian-copula] [--epsilon 1] [--seed 0] [--limit 3600]
#     [--epochs N]   (of SDV's networks)
# Peers: pgm-mst, pgm-aim (schema with bins: see codes.py), sdv-gaussian-copula, sdv-ctgan, sdv-tvae. Each leaves FOLDER/NAME.csv and
# NAME.json with seconds and MiB; give them to benches/marks/run.sh as --also NAME=FOLDER/NAME.csv.
# PGM_VENV, SDV_VENV: Python environments (default benches/.venv-pgm, benches/.venv-sdv, made if need be; SDV's is 6 GB).
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
peers=pgm-mst,sdv-gaussian-copula epsilon=1 seed=0 limit=3600 epochs=
while [ $# -gt 1 ]; do
	case $1 in
	--in) training=$2 ;; --schema) schema=$2 ;; --out) out=$2 ;;
	--peers) peers=$2 ;; --epsilon) epsilon=$2 ;; --seed) seed=$2 ;; --limit) limit=$2 ;; --epochs) epochs=$2 ;;
	*) echo "$1: no such option" >&2 && exit 2 ;;
	esac
	shift 2
done
: "${training:?give --in}" "${schema:?give --schema}" "${out:?give --out}"
mkdir -p "$out"
rows=$(($(wc -l <"$training") - 1))

# environment NAME FOLDER: a Python environment with requirements-NAME.txt.
environment() {
	[ -x "$2/bin/python" ] && return
	python3 -m venv "$2"
	"$2/bin/pip" install --quiet -r "$here/requirements-$1.txt"
}

# measured NAME COMMAND…: runs it, and keeps seconds and MiB.
measured() {
	local name=$1
	shift
	python3 "$here/../marks/child.py" "$limit" "$out/$name.log" "$@" >"$out/$name.json"
	echo "$name: $(cat "$out/$name.json")"
	grep -q '"code": 0' "$out/$name.json" || { tail -3 "$out/$name.log" >&2; return 1; }
}

for peer in ${peers//,/ }; do
	case $peer in
	pgm-*)
		venv="${PGM_VENV:-$here/../.venv-pgm}"
		environment pgm "$venv"
		"$venv/bin/python" "$here/codes.py" encode --schema "$schema" --in "$training" --out "$out/codes.csv" --domain "$out/domain.json"
		measured "$peer" "$venv/bin/python" "$here/private_pgm.py" "${peer#pgm-}" --in "$out/codes.csv" --domain "$out/domain.json" \
			--epsilon "$epsilon" --seed "$seed" --out "$out/$peer-codes.csv" || continue
		"$venv/bin/python" "$here/codes.py" decode --schema "$schema" --in "$out/$peer-codes.csv" --out "$out/$peer.csv" \
			--seed "$seed"
		;;
	sdv-*)
		venv="${SDV_VENV:-$here/../.venv-sdv}"
		environment sdv "$venv"
		measured "$peer" "$venv/bin/python" "$here/sdv_peers.py" --in "$training" --schema "$schema" --model "${peer#sdv-}" \
			--rows "$rows" --seed "$seed" ${epochs:+--epochs "$epochs"} --out "$out/$peer.csv" || continue
		;;
	*) echo "$peer: no such peer" >&2 && exit 2 ;;
	esac
done
