#!/usr/bin/env bash
# Writes what each program is made of, as CycloneDX: sbom/semblance-node.cdx.json and so on.
set -euo pipefail
cd "$(dirname "$0")/.."
cyclonedx="$(scripts/tool.sh cargo-cyclonedx 0.5.9)"
mkdir -p sbom
for package in node offchain-worker/worker cli; do
	"$cyclonedx" cyclonedx --quiet --manifest-path "$package/Cargo.toml" --format json --spec-version 1.5 \
		--no-build-deps --target x86_64-unknown-linux-gnu
done
for name in semblance-node:node semblance-worker:offchain-worker/worker semblance-cli:cli; do
	mv "${name#*:}/${name%:*}.cdx.json" "sbom/${name%:*}.cdx.json"
done
# The tool writes one beside every package of the workspace.
git ls-files --others --ignored --exclude-standard -- '*.cdx.json' | grep -v '^sbom/' | xargs --no-run-if-empty rm --
python3 - <<'PY'
import json, pathlib
for path in sorted(pathlib.Path("sbom").glob("*.cdx.json")):
    document = json.loads(path.read_text())
    parts = document.get("components", [])
    unnamed = [part["name"] for part in parts if not part.get("licenses") and not part.get("purl", "").startswith("pkg:cargo")]
    print(f"{path}: {len(parts)} components, CycloneDX {document['specVersion']}")
    assert len(parts) > 100 and not unnamed, (path, unnamed)
PY
