"""Turns a table into codes by the public bins of its schema, and codes back into a table.

    python codes.py encode --schema S --in table.csv --out codes.csv --domain domain.json
    python codes.py decode --schema S --in codes.csv --out table.csv [--seed 0]
    python codes.py bins --schema S --out schema-with-bins.json

Categorical columns: their levels in the schema's order. Numbers: the schema's `bins` (first code of every bin after the
first) and `spikes` (values that are bins of their own); without bins, every value of a range of up to 128, else 40 bins of
equal width. Missing is the last level. Decoding draws uniformly within the bin. Dates are left out. `bins` declares those bins in
the schema itself, so that other programs use the same.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd


def bins(column: dict) -> list[int]:
    """First code of every bin of a numeric column but the first, spikes apart."""
    low, high = column["kind"]["min"], column["kind"]["max"]
    if "bins" in column:
        return column["bins"]
    if high - low < 128:
        return list(range(low + 1, high + 1))
    return [low + (high - low + 1) * at // 40 for at in range(1, 40)]


def starts(column: dict) -> np.ndarray:
    """First code of every bin of a numeric column."""
    low, high = column["kind"]["min"], column["kind"]["max"]
    cuts = set(bins(column))
    for spike in column.get("spikes", []):
        cuts |= {spike, spike + 1}
    return np.array(sorted({low} | {cut for cut in cuts if low < cut <= high}))


def coded_columns(schema: dict) -> list[dict]:
    """The columns that have codes here."""
    return [column for column in schema["columns"] if column["kind"]["type"] in ("categorical", "integer", "decimal")]


def size(column: dict) -> int:
    """Number of levels, that of missing included."""
    kind = column["kind"]
    return len(kind["levels"] if kind["type"] == "categorical" else starts(column)) + column["missing"]


def encode(schema: dict, cells: pd.DataFrame) -> pd.DataFrame:
    """The table's codes."""
    coded = {}
    for column in coded_columns(schema):
        kind, text = column["kind"], cells[column["name"]].str.strip()
        missing = text.isin(["", *schema["missing_markers"]])
        if kind["type"] == "categorical":
            codes = text.map({level: at for at, level in enumerate(kind["levels"])})
        else:
            values = (pd.to_numeric(text.mask(missing)) * 10 ** kind.get("scale", 0)).round()
            values = values.clip(kind["min"], kind["max"])
            codes = pd.Series(np.searchsorted(starts(column), values.fillna(kind["min"]), side="right") - 1)
        coded[column["name"]] = codes.mask(missing.to_numpy(), size(column) - 1).astype(int)
    return pd.DataFrame(coded)


def decode(schema: dict, codes: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """A table with the codes."""
    table = {}
    for column in coded_columns(schema):
        kind, code = column["kind"], codes[column["name"]].to_numpy()
        missing = column["missing"] & (code == size(column) - 1)
        if kind["type"] == "categorical":
            text = np.array([*kind["levels"], ""], dtype=object)[np.where(missing, -1, code)]
        else:
            edges = np.append(starts(column), kind["max"] + 1)
            at = np.where(missing, 0, code)
            value = random.integers(edges[at], edges[at + 1]) / 10 ** kind.get("scale", 0)
            text = np.array([f"{v:.{kind.get('scale', 0)}f}" for v in value], dtype=object)
        table[column["name"]] = np.where(missing, "", text)
    return pd.DataFrame(table)


def main() -> None:
    """Encodes or decodes one file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("direction", choices=["encode", "decode", "bins"])
    for name in ("schema", "in", "out"):
        parser.add_argument(f"--{name}", dest=name, type=Path, required=name != "in")
    parser.add_argument("--domain", type=Path, help="encode: file for the number of levels of each column")
    parser.add_argument("--seed", type=int, default=0, help="decode: of the draw within bins")
    options = vars(parser.parse_args())
    schema = json.loads(options["schema"].read_text())
    if options["direction"] == "bins":
        for column in coded_columns(schema):
            column |= {"bins": bins(column)} if column["kind"]["type"] != "categorical" else {}
        options["out"].write_text(json.dumps(schema, indent=1))
    elif options["direction"] == "encode":
        encode(schema, pd.read_csv(options["in"], dtype=str, keep_default_na=False)).to_csv(options["out"], index=False)
        options["domain"].write_text(json.dumps({column["name"]: size(column) for column in coded_columns(schema)}))
    else:
        random = np.random.default_rng(options["seed"])
        decode(schema, pd.read_csv(options["in"]), random).to_csv(options["out"], index=False)


if __name__ == "__main__":
    main()
