#!/usr/bin/env python3
"""Checks the dashboard, that every alert has a test, and what the container file must not do."""

import json
import re
import sys
from pathlib import Path

import yaml

OPS = Path(__file__).resolve().parents[1]


def dashboard():
    """A dashboard that Grafana shows: numbered panels that do not overlap, each with a question."""
    document = json.loads((OPS / "grafana/semblance.json").read_text())
    panels = document["panels"]
    if len({panel["id"] for panel in panels}) != len(panels):
        yield "semblance.json: two panels have one id"
    cells = {}
    for panel in panels:
        place = panel["gridPos"]
        if place["x"] + place["w"] > 24:
            yield f"semblance.json: {panel['title']} is wider than the screen"
        for cell in [(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])]:
            if cell in cells:
                yield f"semblance.json: {panel['title']} lies over {cells[cell]}"
                break
            cells[cell] = panel["title"]
        if panel["type"] != "row" and not any(target.get("expr") for target in panel["targets"]):
            yield f"semblance.json: {panel['title']} asks nothing"


def alerts():
    """Each alert says what to do, and is expected to fire in one of the tests."""
    rules = [rule for group in yaml.safe_load((OPS / "prometheus/alerts.yml").read_text())["groups"] for rule in group["rules"]]
    tests = (OPS / "prometheus/alerts.test.yml").read_text()
    for rule in rules:
        name = rule["alert"]
        if f'alertname="{name}"' not in tests:
            yield f"alerts.test.yml: no test has {name} fire"
        if set(rule["annotations"]) != {"summary", "action"} or rule["labels"].get("severity") not in ("warning", "critical"):
            yield f"alerts.yml: {name} needs a summary, an action, and a severity"


def container():
    """Small rules for the container file; no tool for them is published where this project takes its tools from."""
    text = re.sub(r"\\\n", " ", (OPS / "container/Containerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    known = {"FROM", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "EXPOSE", "ENTRYPOINT", "CMD"}
    for line in lines:
        word = line.split()[0]
        if word not in known:
            yield f"Containerfile: {word} is no instruction that is used here"
        if word == "FROM" and not re.search(r":[0-9]", line):
            yield f"Containerfile: {line}: an image without a version"
        if "apt-get install" in line and ("--no-install-recommends" not in line or "rm -rf /var/lib/apt/lists" not in line):
            yield f"Containerfile: {line[:60]}…: installs more than it needs, or leaves lists behind"
        if re.search(r"curl|wget|ADD http", line):
            yield f"Containerfile: {line[:60]}…: downloads something unchecked"
    last_stage = lines[max(i for i, line in enumerate(lines) if line.startswith("FROM")) :]
    users = [line.split()[1] for line in last_stage if line.startswith("USER")]
    if not users or users[-1].split(":")[0] in ("root", "0"):
        yield "Containerfile: the last stage runs as root"
    toolchain = re.search(r'channel = "(.*)"', (OPS.parent / "rust-toolchain.toml").read_text()).group(1)
    if f"rust:{toolchain}-" not in lines[0]:
        yield f"Containerfile: {lines[0]}: the toolchain is {toolchain}"


def main():
    faults = [*dashboard(), *alerts(), *container()]
    print("\n".join(faults) or "dashboard, alerts and container file: all checks passed")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
