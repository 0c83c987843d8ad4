#!/usr/bin/env bash
# Builds the golden tests of the synthesis crate for 64-bit ARM and runs them in an emulator: the digests must be those of x86-64.
# Installs what a Debian machine lacks for it: a cross linker, qemu's user emulation, and Rust's standard library for the target.
set -euo pipefail
cd "$(dirname "$0")/.."
target=aarch64-unknown-linux-gnu

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
missing=()
command -v aarch64-linux-gnu-gcc >/dev/null || missing+=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross)
command -v qemu-aarch64 >/dev/null || missing+=(qemu-user)
if [ ${#missing[@]} -gt 0 ]; then
	echo "installing ${missing[*]}"
	as_root apt-get update -qq
	as_root apt-get install -y -qq "${missing[@]}" >/dev/null
fi
rustup target list --installed | grep -qx "$target" || rustup target add "$target"

export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L /usr/aarch64-linux-gnu"
# C code of dependencies, if any.
export CC_aarch64_unknown_linux_gnu=aarch64-linux-gnu-gcc
for count in ${THREADS:-1 2 8}; do
	echo "golden: $target, $count threads"
	SEMBLANCE_THREADS="$count" cargo test --quiet -p semblance-synthesis --lib --test golden --target "$target" -- golden any_number_of_threads
done
