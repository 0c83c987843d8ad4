#!/usr/bin/env bash
# Licences, sources and banned crates of everything that is linked (deny.toml). With ADVISORIES=1 also known vulnerabilities,
# for which cargo-deny fetches a database from the network.
set -euo pipefail
cd "$(dirname "$0")/.."
TOOLS="${SEMBLANCE_TOOLS:-$HOME/.cache/semblance/tools}"
VERSION=0.20.2
[ "$("$TOOLS/bin/cargo-deny" --version 2>/dev/null)" = "cargo-deny $VERSION" ] \
	|| cargo install --quiet --locked --root "$TOOLS" --target-dir "$TOOLS/build" cargo-deny --version "$VERSION"
"$TOOLS/bin/cargo-deny" --locked --offline check licenses bans sources
[ -z "${ADVISORIES:-}" ] || "$TOOLS/bin/cargo-deny" --locked check advisories
