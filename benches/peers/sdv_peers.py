"""Runs the synthesizers of SDV 2.0 with their defaults on a training table, for comparison.

    python sdv_peers.py --in training.csv --schema schema.json --model gaussian-copula|ctgan|tvae|par --rows N --out made.csv [--seed 0]
        [--epochs N]

The schema is Semblance's; it tells SDV the kind of each column, as a careful user would. Identifiers are left out. `par` makes
sequences: it needs a schema with a patient column (SDV's sequence key), a time column (its sequence index), and static columns
(its context); N counts patients. --epochs ends training early, for tables where the defaults would take a day. Licence of SDV:
Business Source License; it is run here, and nothing of it is part of this project.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sdv.metadata import Metadata
from sdv.sequential import PARSynthesizer
from sdv.single_table import CTGANSynthesizer, GaussianCopulaSynthesizer, TVAESynthesizer

MODELS = {"gaussian-copula": GaussianCopulaSynthesizer, "ctgan": CTGANSynthesizer, "tvae": TVAESynthesizer}
SEQUENCES = "par"
SDTYPES = {"categorical": "categorical", "integer": "numerical", "decimal": "numerical", "date": "datetime"}


def read(path: Path, schema: dict, sequences: bool) -> tuple[pd.DataFrame, Metadata]:
    """The table without identifiers (but for the patient's number of sequences), typed by the schema, and SDV's metadata."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True)
    markers = ["", *schema["missing_markers"]]
    columns: dict[str, dict[str, str]] = {}
    data = {}
    for column in schema["columns"]:
        name, kind = column["name"], column["kind"]["type"]
        if kind == "identifier":
            if sequences and name == schema["patient_column"]:
                columns[name] = {"sdtype": "id"}
                data[name] = table[name].str.strip()
            continue
        cells = table[name].str.strip()
        cells = cells.mask(cells.isin(markers))
        columns[name] = {"sdtype": SDTYPES[kind]}
        if kind == "date":
            columns[name]["datetime_format"] = "%Y-%m-%d"
        data[name] = cells if kind in ("categorical", "date") else pd.to_numeric(cells)
    described: dict[str, object] = {"columns": columns}
    if sequences:
        described |= {"sequence_key": schema["patient_column"], "sequence_index": schema["time_column"]}
    return pd.DataFrame(data), Metadata.load_from_dict({"tables": {"table": described}})


def build(model: str, schema: dict, metadata: Metadata, epochs: int | None) -> object:
    """The synthesizer with its defaults, or with another number of epochs."""
    settings = {} if epochs is None else {"epochs": epochs}
    if model != SEQUENCES:
        return MODELS[model](metadata, **settings)
    static = [column["name"] for column in schema["columns"] if column.get("static", False)]
    return PARSynthesizer(metadata, context_columns=static, **settings)


def main() -> None:
    """Fits, samples, writes, and prints the seconds that each took as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--in", dest="input", type=Path, required=True)
    parser.add_argument("--schema", type=Path, required=True)
    parser.add_argument("--model", choices=[*MODELS, SEQUENCES], required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, help="SDV's default if not given")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    np.random.seed(options.seed)
    torch.manual_seed(options.seed)
    schema = json.loads(options.schema.read_text())
    table, metadata = read(options.input, schema, options.model == SEQUENCES)
    start, started = time.perf_counter(), time.process_time()
    synthesizer = build(options.model, schema, metadata, options.epochs)
    synthesizer.fit({"table": table})
    fitted = time.perf_counter()
    sample = synthesizer.sample_sequences if options.model == SEQUENCES else synthesizer.sample
    sample(options.rows)["table"].to_csv(options.out, index=False)
    seconds = {"fit_seconds": round(fitted - start, 2), "sample_seconds": round(time.perf_counter() - fitted, 2)}
    print(json.dumps({"model": options.model, **seconds, "core_seconds": round(time.process_time() - started, 2)}))


if __name__ == "__main__":
    main()
