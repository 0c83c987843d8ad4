#!/usr/bin/env bash
# Checks what is in ops/. Installs what it needs into a folder of its own, once.
set -euo pipefail
cd "$(dirname "$0")/.."
TOOLS="${SEMBLANCE_TOOLS:-$HOME/.cache/semblance/tools}/ops"
mkdir -p "$TOOLS"

# Python packages, pinned; a change of the list makes the folder anew.
wanted=$(sha256sum lint/requirements.txt | cut -c1-16)
venv="$TOOLS/venv-$wanted"
if [ ! -e "$venv/ready" ]; then
	rm -rf "$venv"
	python3 -m venv "$venv" 2>/dev/null || { rm -rf "$venv"; python3 -m pip --version >/dev/null && python3 -m venv --without-pip "$venv"; }
	if [ -x "$venv/bin/pip" ]; then
		"$venv/bin/pip" install --quiet --disable-pip-version-check --requirement lint/requirements.txt
	else
		# Debian's Python without ensurepip: the system's pip installs into the folder.
		python3 -m pip install --quiet --disable-pip-version-check --prefix "$venv" --requirement lint/requirements.txt
	fi
	touch "$venv/ready"
fi

# promtool is in Debian's package of Prometheus; it is unpacked, not installed, so that no service starts.
if ! command -v promtool >/dev/null && [ ! -x "$TOOLS/promtool" ]; then
	work=$(mktemp -d)
	(cd "$work" && { apt-get download -qq prometheus 2>/dev/null || { apt-get update -qq && apt-get download -qq prometheus; }; } && dpkg-deb -x prometheus_*.deb .)
	install -m 0755 "$work/usr/bin/promtool" "$TOOLS/promtool"
	rm -rf "$work"
fi
PATH="$venv/bin:$TOOLS:$PATH"

promtool --version 2>&1 | head -1
promtool check rules prometheus/alerts.yml >/dev/null
promtool check config prometheus/prometheus.yml >/dev/null
(cd prometheus && promtool test rules alerts.test.yml)
yamllint --strict -c lint/yamllint.yml .
"$venv/bin/python" lint/chart.py
"$venv/bin/python" lint/files.py
for script in backup/*.sh lint/*.sh ../scripts/*.sh; do bash -n "$script"; done
echo "ops: all checks passed"
