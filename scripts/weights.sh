#!/usr/bin/env bash
# Generates the pallets' weights from their benchmarks, by frame-omni-bencher on the runtime built with
# `runtime-benchmarks`. Writes pallets/*/src/weights.rs. Takes a while; run it on a quiet machine.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/weights"
STEPS="${STEPS:-20}"
REPEAT="${REPEAT:-10}"

bencher="$(scripts/tool.sh frame-omni-bencher 0.28.0)"
# `check` still runs the runtime's build script, which makes the WebAssembly; the native side need not be linked.
cargo check -p semblance-runtime --features runtime-benchmarks
runtime="$CARGO_TARGET_DIR/debug/wbuild/semblance-runtime/semblance_runtime.wasm"

for pallet in ${PALLETS:-consortium consent dataset-registry access-control generation-attestation council double-authorship}; do
	"$bencher" v1 benchmark pallet --runtime "$runtime" --genesis-builder=runtime \
		--genesis-builder-preset=development --pallet "pallet_${pallet//-/_}" --extrinsic '' \
		--steps "$STEPS" --repeat "$REPEAT" --template scripts/pallet-weights.hbs \
		--output "pallets/$pallet/src/weights.rs"
done
cargo fmt -p pallet-consortium -p pallet-consent -p pallet-dataset-registry -p pallet-access-control \
	-p pallet-generation-attestation -p pallet-council -p pallet-double-authorship
