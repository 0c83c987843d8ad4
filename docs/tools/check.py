#!/usr/bin/env python3
"""Checks the documentation: links, the book's table of contents, the list of dependencies, the generated pages, spelling.

Needs nothing but Python. Exit code 1 and one line per fault, with file and line.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIP = {"node_modules", "target", "book", ".git", ".demo", ".venv"}
AMERICAN = re.compile(
    r"\b(anonymiz|pseudonymiz|finaliz|authoriz|recogniz|organiz|summariz|normaliz|canonicaliz|behavior|favor|"
    r"artifact|color\b)\w*",
    re.I,
)


def pages():
    for path in sorted(ROOT.rglob("*.md")):
        if not SKIP.intersection(path.relative_to(ROOT).parts):
            yield path


def prose(text):
    """The lines outside code blocks, with their numbers."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            inside = not inside
        elif not inside:
            yield number, line


def anchors(path):
    found = set()
    for _, line in prose(path.read_text()):
        if match := re.match(r"#+\s+(.*)", line):
            title = re.sub(r"[`*]", "", match.group(1)).strip().lower()
            found.add(re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", title)))
    return found


def check_links(path):
    for number, line in prose(path.read_text()):
        plain = re.sub(r"`[^`]*`", "", line)
        for target in re.findall(r"\]\(([^)\s]+)\)", plain):
            if re.match(r"(https?|mailto):", target):
                continue
            file, _, anchor = target.partition("#")
            goal = (path.parent / file).resolve() if file else path
            if not goal.exists():
                yield f"{path.relative_to(ROOT)}:{number}: no such file: {target}"
            elif anchor and goal.suffix == ".md" and anchor not in anchors(goal):
                yield f"{path.relative_to(ROOT)}:{number}: no such heading: {target}"


def check_summary():
    book = ROOT / "docs/src"
    listed = set(re.findall(r"\]\(([^)]+\.md)\)", (book / "SUMMARY.md").read_text()))
    for path in book.rglob("*.md"):
        name = str(path.relative_to(book))
        if name != "SUMMARY.md" and name not in listed:
            yield f"docs/src/SUMMARY.md: does not list {name}"


def check_dependencies():
    text = (ROOT / "docs/dependencies.md").read_text()
    cargo = (ROOT / "Cargo.toml").read_text().split("[workspace.dependencies]")[1].split("\n[")[0]
    names = [
        match.group(1)
        for line in cargo.splitlines()
        if (match := re.match(r"([A-Za-z0-9_-]+)\s*=", line)) and "path =" not in line
    ]
    for manifest in sorted(ROOT.glob("*/package.json")):
        package = json.loads(manifest.read_text())
        names += [name for kind in ("dependencies", "devDependencies") for name in package.get(kind, {})]
    for name in names:
        if f"| `{name}`" not in text:
            yield f"docs/dependencies.md: no line for {name}"
    for name in re.findall(r"^\| `([^`]+)`", text, re.M):
        if name not in names and name not in npm_overrides():
            yield f"docs/dependencies.md: {name} is no dependency any more"


def npm_overrides():
    found = set()
    for manifest in ROOT.glob("*/package.json"):
        found.update(json.loads(manifest.read_text()).get("overrides", {}))
    return found


def check_spelling(path):
    for number, line in prose(path.read_text()):
        for match in AMERICAN.finditer(re.sub(r"`[^`]*`|\]\([^)]*\)", "", line)):
            yield f"{path.relative_to(ROOT)}:{number}: spelling: {match.group(0)}"


def check_reference():
    script = ROOT / "docs/tools/reference.py"
    result = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    if result.returncode:
        yield result.stderr.strip()


def main():
    faults = [*check_summary(), *check_dependencies(), *check_reference()]
    for path in pages():
        faults += check_links(path)
        if path.is_relative_to(ROOT / "docs") or path.parent == ROOT:
            faults += [] if path.name in ("calls.md", "metrics.md", "cli.md") else check_spelling(path)
    print("\n".join(faults) or "documentation: all checks passed")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
