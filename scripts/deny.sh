#!/usr/bin/env bash
# Licences, sources and banned crates of everything that is linked (deny.toml). With ADVISORIES=1 also known vulnerabilities,
# for which cargo-deny fetches a database from the network.
set -euo pipefail
cd "$(dirname "$0")/.."
deny="$(scripts/tool.sh cargo-deny 0.20.2)"
cargo fetch --locked --quiet
# What is allowed and no longer met is an error too. parse-error: some crates write "GPL-3.0", which SPDX has since split; the
# licence is read all the same.
"$deny" --locked --offline check -D warnings -A parse-error --hide-inclusion-graph licenses bans sources

# GPL with the linking exception stays in the node: the SDK's client crates are all named sc-*.
for package in semblance-cli semblance-load semblance-worker; do
	tree="$(cargo tree --locked --offline --package "$package" --edges normal --prefix none)"
	if service="$(grep -o '^sc-[a-z-]* v[0-9.]*' <<<"$tree" | sort -u)"; then
		echo "error: $package links ${service//$'\n'/, }: leave the service crates to the node" >&2
		exit 1
	fi
done
echo "worker and command line link none of the SDK's service crates"
[ -z "${ADVISORIES:-}" ] || "$deny" --locked check advisories
