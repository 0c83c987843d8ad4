#!/usr/bin/env bash
# Installs what building and testing need and a fresh Debian machine lacks. Does nothing where all is there.
set -euo pipefail
cd "$(dirname "$0")/.."

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

missing=()
command -v protoc >/dev/null || missing+=(protobuf-compiler)
command -v clang >/dev/null || missing+=(clang libclang-dev)
command -v cc >/dev/null || missing+=(build-essential)
command -v pkg-config >/dev/null || missing+=(pkg-config)
command -v perl >/dev/null || missing+=(perl)
if [ ${#missing[@]} -gt 0 ]; then
	echo "installing ${missing[*]}"
	as_root apt-get update -qq
	as_root apt-get install -y -qq "${missing[@]}" >/dev/null
fi

# The pinned toolchain with its components and the WebAssembly target; rustup reads rust-toolchain.toml.
command -v rustup >/dev/null || { echo "install rustup first: see https://rustup.rs" >&2; exit 1; }
rustup show active-toolchain >/dev/null 2>&1 || rustup toolchain install
toolchain=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
rustup component list --toolchain "$toolchain" --installed | grep -q '^clippy' \
	|| rustup component add --toolchain "$toolchain" rustfmt clippy
rustup target list --toolchain "$toolchain" --installed | grep -q '^wasm32v1-none' \
	|| rustup target add --toolchain "$toolchain" wasm32v1-none

# A test runner; built from its source once.
command -v cargo-nextest >/dev/null || cargo install --locked cargo-nextest
