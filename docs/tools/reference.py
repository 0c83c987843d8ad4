#!/usr/bin/env python3
"""Writes docs/src/reference/calls.md, roles.md and metrics.md from the sources, so that the book cannot drift from the code.

Run it after a change of a pallet or a metric: `python3 docs/tools/reference.py`. With `--check` it changes nothing and
fails if a page is out of date. Callers and events of a call come from the table in the pallet's README; everything else from the
doc comments in its lib.rs.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "docs/src/reference"
PALLETS = [
    ("consortium", "Consortium", "Who takes part: organisations, members, roles, validators."),
    ("consent", "Consent", "What patients allow, and every change of it."),
    ("dataset-registry", "DatasetRegistry", "Datasets, versions, commitments, terms, privacy budgets, lineage."),
    ("access-control", "AccessControl", "Policies, applications, votes, agreements, key releases."),
    ("generation-attestation", "GenerationAttestation", "Generators, jobs, attestations."),
    ("council", "Council", "Hospitals decide together: proposals, votes, enactment."),
    ("double-authorship", "DoubleAuthorship", "Evidence that a validator made two blocks in one slot."),
]

HEAD = """# Calls, events, errors and queries

This page is written by `docs/tools/reference.py` from the pallets' sources; do not edit it by hand.

The pallets are listed under the names by which Polkadot.js shows them. Every call is free of charge. A call that is
refused changes nothing; the error's name says why. Calls that *store* a refusal (an application that the dataset's
terms forbid) succeed and leave an event.

"Council" means that two thirds of the hospitals decide (see [Governing the consortium](../operations/governing.md)), or the sudo
key on a development chain of one validator.
"""


def strip_doc(lines):
    return " ".join(line.strip().removeprefix("///").strip() for line in lines).strip()


def cell(text):
    return text.replace("|", "\\|").strip()


def block_after(source, marker):
    """The text between the braces that open after `marker`."""
    start = source.find(marker)
    if start < 0:
        return ""
    opening = source.find("{", start)
    depth = 0
    for position in range(opening, len(source)):
        if source[position] == "{":
            depth += 1
        elif source[position] == "}":
            depth -= 1
            if depth == 0:
                return source[opening + 1 : position]
    return ""


def functions(block):
    """(docs, attributes, name, arguments, result) of each public function."""
    pattern = re.compile(r"((?:[ \t]*///[^\n]*\n)*)((?:[ \t]*#\[[^\n]*\]\n)*)[ \t]*pub fn (\w+)\(", re.M)
    for match in pattern.finditer(block):
        depth, position = 1, match.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(block[position], 0)
            position += 1
        arguments = re.sub(r"\s+", " ", block[match.end() : position - 1]).strip().rstrip(",")
        result = block[position : block.find("{", position)].replace("->", "").strip()
        yield match.group(1).splitlines(), match.group(2), match.group(3), arguments, result


def split_arguments(text):
    parts, depth, current = [], 0, ""
    for character in text:
        depth += {"<": 1, "(": 1, "[": 1, ">": -1, ")": -1, "]": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += character
    parts.append(current)
    return [part.strip() for part in parts if part.strip()]


def variants(block):
    """(docs, name, fields) of each variant of an enum."""
    lines = block.splitlines()
    docs, position = [], 0
    while position < len(lines):
        line = lines[position].strip()
        if line.startswith("///"):
            docs.append(line)
        elif line.startswith("#["):
            pass
        elif match := re.match(r"(\w+)\s*(\{)?", line):
            fields, name = [], match.group(1)
            if match.group(2) and not line.rstrip(",").endswith("}"):
                position += 1
                while not lines[position].strip().startswith("}"):
                    if field := re.match(r"(\w+):", lines[position].strip()):
                        fields.append(field.group(1))
                    position += 1
            elif match.group(2):
                fields = re.findall(r"(\w+):", line)
            yield docs, name, fields
            docs = []
        position += 1


def readme_calls(text):
    """index -> (caller, event), from the table of calls."""
    rows = {}
    for line in text.splitlines():
        columns = [column.strip() for column in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if len(columns) >= 4 and columns[0].isdigit():
            rows[int(columns[0])] = (columns[2], columns[3])
    return rows


def call_rows(source, readme):
    block = block_after(source, "#[pallet::call")
    # Skip the attribute itself: the first brace after it opens the impl.
    for docs, attributes, name, arguments, _ in functions(block):
        index = re.search(r"call_index\((\d+)\)", attributes)
        if not index:
            continue
        names = [part.split(":")[0].strip() for part in split_arguments(arguments)]
        names = [part for part in names if part not in ("origin", "_origin")]
        summary = []
        for line in docs:
            text = line.strip().removeprefix("///").strip()
            if not text or text.startswith("- "):
                break
            summary.append(text)
        caller, event = readme.get(int(index.group(1)), ("", ""))
        yield int(index.group(1)), name, names, " ".join(summary), caller, event


def storage_rows(source):
    pattern = re.compile(r"((?:[ \t]*///[^\n]*\n)+)[ \t]*#\[pallet::storage\]\n(?:[ \t]*#\[[^\n]*\]\n)*[ \t]*pub type (\w+)<[^=]*=\s*(\w+)<", re.M)
    for match in pattern.finditer(source):
        yield match.group(2), match.group(3), strip_doc(match.group(1).splitlines())


def page():
    out = [HEAD]
    for folder, name, summary in PALLETS:
        base = ROOT / "pallets" / folder
        source = (base / "src/lib.rs").read_text()
        out.append(f"\n## {name}\n\n{summary} Source: `pallets/{folder}`.\n")
        rows = list(call_rows(source, readme_calls((base / "README.md").read_text())))
        out.append("\n| # | call | what it does | caller | event |\n|---|---|---|---|---|\n")
        for index, call, names, text, caller, event in rows:
            out.append(f"| {index} | `{call}({', '.join(names)})` | {cell(text)} | {cell(caller)} | {cell(event)} |\n")
        out.append("\n### Events\n\n| event | when | fields |\n|---|---|---|\n")
        for docs, event, fields in variants(block_after(source, "pub enum Event<")):
            shown = ", ".join(f"`{field}`" for field in fields)
            out.append(f"| `{event}` | {cell(strip_doc(docs))} | {shown} |\n")
        out.append("\n### Errors\n\n| error | meaning |\n|---|---|\n")
        for docs, error, _ in variants(block_after(source, "pub enum Error<")):
            out.append(f"| `{error}` | {cell(strip_doc(docs))} |\n")
        out.append("\n### View functions\n\n| query | answers |\n|---|---|\n")
        for docs, _, query, arguments, result in functions(block_after(source, "#[pallet::view_functions")):
            result = re.sub(r"\s+", " ", result)
            out.append(f"| `{query}({arguments})` → `{cell(result)}` | {cell(strip_doc(docs))} |\n")
        out.append("\n### Storage\n\n| item | kind | holds |\n|---|---|---|\n")
        for item, kind, docs in storage_rows(source):
            out.append(f"| `{item}` | {kind.removeprefix('Storage')} | {cell(docs)} |\n")
    refusals = refusal_codes()
    if refusals:
        out.append(
            "\n## Codes of refused authorised calls\n\n"
            "`accept`, `attest` and `fail` carry no account. What does not fit the chain's state is refused before it enters\n"
            "a block, with `InvalidTransaction::Custom(code)`:\n\n| code | name | meaning |\n|---|---|---|\n"
        )
        out += [f"| {code} | `{name}` | {cell(text)} |\n" for code, name, text in refusals]
    return "".join(out)


def refusal_codes():
    for path in sorted((ROOT / "pallets/generation-attestation/src").glob("*.rs")):
        source = path.read_text()
        if "pub enum Refusal" not in source:
            continue
        rows, code = [], 0
        block = block_after(source, "pub enum Refusal")
        pattern = re.compile(r"((?:[ \t]*///[^\n]*\n)+)[ \t]*(\w+)(?:\s*=\s*(\d+))?,", re.M)
        for match in pattern.finditer(block):
            code = int(match.group(3)) if match.group(3) else code
            rows.append((code, match.group(2), strip_doc(match.group(1).splitlines())))
            code += 1
        return rows
    return []


METRICS_HEAD = """# Metrics

This page is written by `docs/tools/reference.py` from `offchain-worker/synthesis/src/evaluate/metric.rs`; do not edit
it by hand.

An attestation names each metric by its number and gives its value in parts per million (1,000,000 is 1), rounded once.
Unless said otherwise *real* is the training table, 1 is best, and values run from 0 to 1. "sdmetrics" means: as
[sdmetrics](https://github.com/sdv-dev/SDMetrics) 0.32 defines it. Metrics marked *anyone* can be recomputed from the
synthetic table alone; the others need the real data, so they are the hospital's word.

Compare each number with its neighbour: train on synthetic with train on real, a table's shapes with those of the hold-out
rows. A number alone says little.

| number | metric | meaning | recomputed by |
|---|---|---|---|
"""


def metrics_page():
    source = (ROOT / "offchain-worker/synthesis/src/evaluate/metric.rs").read_text()
    public = block_after(source, "pub fn reproducible_by").split("=> ReproducibleBy::Anyone")[0]
    pattern = re.compile(r"((?:[ \t]*///[^\n]*\n)+)[ \t]*(\w+) = (\d+), \"([^\"]+)\";")
    out = [METRICS_HEAD]
    for match in pattern.finditer(source):
        by = "anyone" if f"Self::{match.group(2)}" in public else "custodian"
        text = cell(strip_doc(match.group(1).splitlines()))
        out.append(f"| {match.group(3)} | {cell(match.group(4))} (`{match.group(2)}`) | {text} | {by} |\n")
    return "".join(out)


ROLES_HEAD = """# Who may make which call

This page is written by `docs/tools/reference.py` from `runtime/src/tests/roles/table.txt`; do not edit it by hand. A test makes every
call of the runtime in every role, as a whole transaction, and compares the answers with that table.

*Members* are all of: an administrator and a data steward of the hospital that the call is about, a researcher, an ethics reviewer,
a developer and a reviewer of generators, an auditor, an administrator of a research institute (*OtherAdministrator*) and a data
steward of another hospital (*OtherSteward*), each with this one role. *Patient* has a consent and no membership, *Stranger* neither.
*Unsigned* is a transaction that no account signed: nodes send such ones with the hospital's attestation key. *Council* is two thirds of
the hospitals, at once or after an announcement.

Refusals that are no pallet's errors: `BadSigner`, no member (refused before it costs anything); `UnknownOrigin`, somebody must sign;
`BadOrigin`, for the council or for nodes; `CallFiltered`, closed on this chain; `Refusal` and a number, a code of
[refused authorised calls](calls.md#codes-of-refused-authorised-calls).

| call | may be made by | others are refused |
|---|---|---|
"""


def roles_page():
    out = [ROLES_HEAD]
    for line in (ROOT / "runtime/src/tests/roles/table.txt").read_text().splitlines():
        call, _, answers = line.partition(": ")
        may, refused = [], []
        for answer in answers.split("; "):
            name, _, who = answer.partition(" ")
            if name in ("ok", "council"):
                may.append(who.replace(" ", ", ") if name == "ok" else answer)
            else:
                refused.append(f"`{name}`: {who.replace(' ', ', ')}")
        out.append(f"| `{call}` | {', '.join(may) or 'nobody'} | {'; '.join(refused)} |\n")
    return "".join(out)


def main():
    for name, text in (("calls.md", page()), ("roles.md", roles_page()), ("metrics.md", metrics_page())):
        path = BOOK / name
        if "--check" not in sys.argv:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            sys.exit(f"{path.relative_to(ROOT)} is out of date; run python3 docs/tools/reference.py")


if __name__ == "__main__":
    main()
