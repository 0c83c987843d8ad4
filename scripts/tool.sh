#!/usr/bin/env bash
# tool.sh PROGRAM VERSION: prints where a tool of this version is, after building it once from crates.io.
set -euo pipefail
TOOLS="${SEMBLANCE_TOOLS:-$HOME/.cache/semblance/tools}"
if ! grep -qF "\"$1 $2 (" "$TOOLS/.crates.toml" 2>/dev/null; then
	cargo install --quiet --locked --root "$TOOLS" --target-dir "$TOOLS/build" "$1" --version "$2"
	rm -rf "$TOOLS/build"
fi
echo "$TOOLS/bin/$1"
