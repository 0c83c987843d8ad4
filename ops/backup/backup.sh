#!/usr/bin/env bash
# Writes a stopped node's folder, keys and database, into one archive with its check sum beside it.
#   backup.sh BASE ARCHIVE      for example: backup.sh /var/lib/semblance-node /mnt/safe/node-2026-11-21.tar
# The archive holds the node's secret keys: keep it where you would keep them, and encrypted.
set -euo pipefail
umask 077
fail() { echo "error: $*" >&2; exit 1; }
[ $# = 2 ] || fail "give the node's folder and the archive to write"
base=$1 archive=$2

[ -d "$base/chains" ] || fail "$base: holds no chains; give the folder that the node has as --base-path"
[ ! -e "$archive" ] || fail "$archive: exists already; name another file, old backups are kept"
[ -d "$(dirname "$archive")" ] || fail "$(dirname "$archive"): is no folder; make it first"
ls "$base"/chains/*/keystore/?* >/dev/null 2>&1 || echo "note: $base: no session keys; this node is no validator" >&2
# A database that is written to cannot be copied. The node holds this lock as long as it runs.
while IFS= read -r lock; do
	flock --nonblock --exclusive "$lock" true || fail "$lock: the node runs; stop it first (systemctl stop semblance-node)"
done < <(find "$base" -path '*/paritydb/*' -name lock)

partial=$(mktemp "$archive.XXXXXX")
trap 'rm -f "$partial" "$partial.sha256"' EXIT
# Peers that it once saw are found again; everything else is needed.
tar --create --file "$partial" --directory "$base" --exclude './chains/*/network' --numeric-owner .
(cd "$(dirname "$archive")" && sum=$(sha256sum <"$partial") && echo "${sum%% *}  $(basename "$archive")" >"$partial.sha256")
sync "$partial"
mv "$partial.sha256" "$archive.sha256"
mv "$partial" "$archive"
echo "$archive: $(du --apparent-size -h "$archive" | cut -f1) of $base"
