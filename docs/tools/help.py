#!/usr/bin/env python3
"""Writes docs/src/reference/cli.md from the --help texts of `semblance` and `semblance-worker`.

    BIN=target/debug python3 docs/tools/help.py
"""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("BIN", ROOT / "target/debug"))
PAGE = ROOT / "docs/src/reference/cli.md"

HEAD = """# Command line

This page is written by `docs/tools/help.py` from the programs' own `--help`; do not edit it by hand.

Two programs: `semblance` for people (stewards, researchers, auditors), and `semblance-worker`, the service beside a
hospital's node, whose other subcommands need no chain. The node's options are on [their own page](node-options.md).

With `--json`, results are one JSON document on standard output; progress and messages go to standard error. Errors say
what is wrong and what to do.

| exit code of `semblance` | meaning |
|---|---|
| 0 | all went well |
| 1 | it did not; the message says why |
| 2 | the command line was not understood |
| 3 | a job ended without attestation, or an application was denied |
| 4 | verification failed |

`--signer` takes a file that holds a seed phrase or a secret URI, or the URI itself (`//Alice`) on development chains. Do not type real
phrases on a command line: other users of the machine can read them there.
"""


def help_of(words):
    result = subprocess.run(
        [BIN / words[0], *words[1:], "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "110", "NO_COLOR": "1"},
    )
    return result.stdout.rstrip()


def subcommands(text):
    match = re.search(r"^Commands:\n((?:  .*\n?|\n)*)", text, re.M)
    names = re.findall(r"^  ([a-z][\w-]*)\s", match.group(1), re.M) if match else []
    return [name for name in names if name != "help"]


def pages(words, depth):
    text = help_of(words)
    yield f"\n{'#' * depth} {' '.join(words)}\n\n```text\n{text}\n```\n"
    for name in subcommands(text):
        yield from pages([*words, name], min(depth + 1, 4))


def main():
    parts = [HEAD, *pages(["semblance"], 2), *pages(["semblance-worker"], 2)]
    PAGE.write_text("".join(parts))


if __name__ == "__main__":
    main()
