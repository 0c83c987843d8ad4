#!/usr/bin/env bash
# Builds the runtime in one fixed way, so that everybody can get the same bytes, and prints what to compare before voting on an upgrade.
# Symbols hold the folder's path, so the committed state is built in one fixed folder; the pinned toolchain and Cargo.lock
# do the rest. OUT=folder for the file; COMMIT=revision, the current one by default.
set -euo pipefail
cd "$(dirname "$0")/.."
commit=$(git rev-parse --verify "${COMMIT:-HEAD}^{commit}")
out=$(realpath "${OUT:-.}")
place=/var/tmp/semblance-wasm
git diff --quiet HEAD || echo "note: changes that are not committed are not built" >&2

mkdir -p "$place"
exec 9>"$place/lock"
flock --nonblock 9 || { echo "error: $place: another build runs there; wait for it" >&2; exit 1; }
rm -rf "$place/source"
mkdir "$place/source"
git archive "$commit" | tar --extract --touch --directory "$place/source"
cd "$place/source"

# Nothing of the caller's settings reaches the compiler.
cargo_home=${CARGO_HOME:-$HOME/.cargo}
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS RUSTC_WRAPPER SKIP_WASM_BUILD WASM_BUILD_STD WASM_BUILD_TOOLCHAIN RUSTUP_TOOLCHAIN
env CARGO_TARGET_DIR="$place/target" CARGO_INCREMENTAL=0 WASM_BUILD_TYPE=release WASM_TARGET_DIRECTORY="$place" \
	WASM_BUILD_RUSTFLAGS="--remap-path-prefix=$cargo_home=/cargo --remap-path-prefix=$place=/semblance" \
	cargo check --locked --quiet -p semblance-runtime >&2

built="$place/target/debug/wbuild/semblance-runtime/semblance_runtime.compact.compressed.wasm"
file="$out/semblance_runtime-${commit:0:12}.wasm"
cp "$built" "$file"
code=$(b2sum --length 256 "$file" | cut -d' ' -f1)
# SCALE of System.authorize_upgrade: pallet 0, call 9, then the hash of the code.
call="0009$code"
echo "commit        $commit"
echo "toolchain     $(rustc --version)"
echo "file          $file ($(stat --format %s "$file") bytes)"
echo "sha256        $(sha256sum "$file" | cut -d' ' -f1)"
echo "code hash     0x$code"
echo "proposal      0x$call"
echo "proposal hash 0x$(printf '%b' "$(sed 's/../\\x&/g' <<<"$call")" | b2sum --length 256 | cut -d' ' -f1)"
