#!/usr/bin/env bash
# Makes a node's folder from an archive of backup.sh.
#   restore.sh ARCHIVE BASE
# Make sure first that no node runs with these keys any more, anywhere: two with one hospital's keys contradict each other,
# which is proven on chain and puts the hospital out of the set.
set -euo pipefail
umask 077
fail() { echo "error: $*" >&2; exit 1; }
[ $# = 2 ] || fail "give the archive and the folder to make"
archive=$1 base=$2

[ -f "$archive" ] && [ -f "$archive.sha256" ] || fail "$archive: give an archive with its .sha256 beside it"
[ ! -e "$base" ] || [ -z "$(ls -A "$base")" ] || fail "$base: is not empty; name another folder, nothing is replaced"
[ -d "$(dirname "$base")" ] || fail "$(dirname "$base"): is no folder; make it first"
(cd "$(dirname "$archive")" && sha256sum --check --strict --quiet "$(basename "$archive").sha256") \
	|| fail "$archive: is not what was written; take another backup"

partial=$(mktemp -d "$(dirname "$base")/.restore.XXXXXX")
trap 'rm -rf "$partial"' EXIT
tar --extract --file "$archive" --directory "$partial" --same-permissions
[ ! -d "$base" ] || rmdir "$base"
mv "$partial" "$base"
trap - EXIT
echo "$base: restored; start the node with --base-path $base once you are sure that no other one has its keys"
