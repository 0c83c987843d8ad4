"""Reads CSV files by a Semblance schema, and splits them."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

Schema = dict


def read_schema(path: Path, target: str | None = None) -> Schema:
    """The schema in a file, with `target` in place of its own where given."""
    schema = json.loads(path.read_text())
    if target is not None:
        schema["target"] = target
    return schema


def kinds(schema: Schema) -> dict[str, str]:
    """Name and kind of every column that is no identifier: categorical, integer, decimal or date."""
    found = {column["name"]: column["kind"]["type"] for column in schema["columns"]}
    return {name: kind for name, kind in found.items() if kind != "identifier"}


def read(path: Path, schema: Schema) -> pd.DataFrame:
    """The table without identifiers: text for levels, floats for numbers, days for dates, NaN or None for missing."""
    cells = pd.read_csv(path, dtype=str, keep_default_na=False)
    cells.columns = [name.strip() for name in cells.columns]
    missing = ["", "nan", "NaN", *schema["missing_markers"]]
    scales = {column["name"]: column["kind"].get("scale", 0) for column in schema["columns"]}
    table = {}
    for name, kind in kinds(schema).items():
        column = cells[name].str.strip()
        column = column.mask(column.isin(missing))
        if kind == "categorical":
            # A level "1" that another program wrote as 1.0.
            table[name] = column.str.replace(r"^(-?\d+)\.0$", r"\1", regex=True).astype(object)
        elif kind == "date":
            table[name] = pd.to_datetime(column)
        else:
            table[name] = pd.to_numeric(column).round(scales[name])
    return pd.DataFrame(table)


def patients(path: Path, schema: Schema) -> np.ndarray | None:
    """The patient's number of every row, if the schema names a patient column."""
    name = schema.get("patient_column")
    if name is None:
        return None
    cells = pd.read_csv(path, dtype=str, keep_default_na=False)
    cells.columns = [column.strip() for column in cells.columns]
    return cells[name].str.strip().to_numpy()


@dataclass(frozen=True)
class Split:
    """The two files of a split, and their numbers of rows."""

    training: Path
    hold_out: Path
    training_rows: int
    hold_out_rows: int
    columns: int


def split(data: Path, folder: Path, share: float, seed: int, patient: str | None = None) -> Split:
    """Writes training.csv and holdout.csv; `share` of the rows are held out, all rows of a patient on one side.

    Cells stay as they are, character by character.
    """
    with data.open(newline="") as file:
        header, *rows = list(csv.reader(file))
    header = [name.strip() for name in header]
    units = np.arange(len(rows))
    if patient is not None:
        at = header.index(patient)
        units = np.unique([row[at].strip() for row in rows], return_inverse=True)[1]
    order = np.random.default_rng(seed).permutation(units.max() + 1)
    held = np.isin(units, order[: round(share * len(order))])
    paths = {}
    for name, chosen in (("training", ~held), ("holdout", held)):
        paths[name] = folder / f"{name}.csv"
        with paths[name].open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(row for row, keep in zip(rows, chosen) if keep)
    return Split(paths["training"], paths["holdout"], int((~held).sum()), int(held.sum()), len(header))
