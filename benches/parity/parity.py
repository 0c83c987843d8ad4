"""Compares the evaluator with sdmetrics 0.32 on SDV-made tables. See README.md."""
import argparse
import json
import math
import pathlib
import subprocess
import sys
import warnings

import pandas as pd
from sdmetrics.reports.single_table._properties import ColumnPairTrends, ColumnShapes
from sdmetrics.single_column import BoundaryAdherence, CategoryAdherence, MissingValueSimilarity
from sdmetrics.single_table import NewRowSynthesis

warnings.filterwarnings("ignore")
TOLERANCE = 1e-4
# What is scored column by column or pair by pair.
SCORED = ("KSComplement", "TVComplement", "CorrelationSimilarity", "ContingencySimilarity", "MissingValueSimilarity",
          "BoundaryAdherence", "CategoryAdherence")
ROOT = pathlib.Path(__file__).resolve().parents[2]


def made(sampled):
    """The table of what SDV sampled, which since version 2 may come as a dictionary of tables."""
    return next(iter(sampled.values())) if isinstance(sampled, dict) else sampled


def make_tables(source, out, epochs):
    """Writes real.csv, holdout.csv and what SDV learns from real.csv."""
    from sdv.metadata import Metadata
    from sdv.single_table import CTGANSynthesizer, GaussianCopulaSynthesizer

    table = pd.read_csv(source, skipinitialspace=True)
    table = table.drop(columns=[c for c in table if table[c].is_unique and table[c].dtype.kind in "iO"])
    real, hold_out = table[table.index % 5 != 0], table[table.index % 5 == 0]
    real.to_csv(out / "real.csv", index=False)
    hold_out.to_csv(out / "holdout.csv", index=False)
    numeric = [c for c in real if real[c].dtype.kind in "if" and real[c].nunique() > 2]
    columns = {c: {"sdtype": "numerical" if c in numeric else "categorical"} for c in real}
    metadata = Metadata.load_from_dict({"tables": {"table": {"columns": columns}}})
    for name, synthesizer in {
        "gaussian-copula": GaussianCopulaSynthesizer(metadata),
        "ctgan": CTGANSynthesizer(metadata, epochs=epochs),
    }.items():
        synthesizer.fit({"table": real})
        made(synthesizer.sample(len(real))).to_csv(out / f"{name}.csv", index=False)


def ours(out, name, target):
    """The evaluator's numbers, under one schema for all files."""
    folder = out / f"evaluation-{name}"
    files = [str(out / f"{file}.csv") for file in ("real", "holdout", name)]
    command = ["cargo", "run", "-q", "-p", "semblance-synthesis", "--example", "evaluate_files", "--"]
    target = [f"--target={target}"] if target else []
    subprocess.run([*command, *target, "infer", *files, str(folder)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return json.loads((folder / "schema.json").read_text()), json.loads((folder / "evaluation.json").read_text())


def read(path, schema):
    kinds = {c["name"]: c["kind"] for c in schema["columns"]}
    table = pd.read_csv(path, keep_default_na=False, na_values=["", *schema["missing_markers"]], dtype=str)
    for name in kinds:
        column = table[name].str.strip()
        kind = kinds[name]["type"]
        if kind == "date":
            column = pd.to_datetime(column)
        elif kind == "categorical":
            column = column.astype("object").where(column.notna(), None)
        else:
            column = pd.to_numeric(column).round(kinds[name].get("scale", 0))
        table[name] = column
    return table[list(kinds)]


def sdtype(kind):
    if kind["type"] == "categorical":
        return {"sdtype": "categorical"}
    if kind["type"] == "date":
        return {"sdtype": "datetime", "datetime_format": "%Y-%m-%d"}
    return {"sdtype": "numerical"}


def mean(values):
    values = [v for v in values if not math.isnan(v)]
    return sum(values) / len(values) if values else math.nan


def theirs(real, made, schema):
    """sdmetrics' numbers by name."""
    kinds = {c["name"]: c["kind"] for c in schema["columns"]}
    metadata = {"columns": {name: sdtype(kind) for name, kind in kinds.items()}}
    levels = [name for name, kind in kinds.items() if kind["type"] == "categorical"]
    shapes, trends, strong = ColumnShapes(), ColumnPairTrends(), ColumnPairTrends()
    trends.num_rows_subsample = strong.num_rows_subsample = None
    strong.real_correlation_threshold, strong.real_association_threshold = 0.5, 0.3
    adherence = {
        c: (CategoryAdherence if c in levels else BoundaryAdherence).compute(real[c], made[c]) for c in kinds
    }
    missing = {c: MissingValueSimilarity.compute(real[c], made[c]) for c in kinds}
    values = {
        "ColumnShapes": shapes.get_score(real, made, metadata),
        "ColumnPairTrends": trends.get_score(real, made, metadata),
        "ColumnPairTrendsThresholded": strong.get_score(real, made, metadata),
        "MissingValueSimilarity": mean(missing.values()),
        "BoundaryAdherence": mean(v for c, v in adherence.items() if c not in levels),
        "CategoryAdherence": mean(v for c, v in adherence.items() if c in levels),
        "NewRowSynthesis": NewRowSynthesis.compute(real, made, metadata),
    }
    for row in shapes.details.itertuples():
        values[f"{row.Metric} {row.Column}"] = row.Score
    for (_, row) in trends.details.iterrows():
        values[f"{row['Metric']} {row['Column 1']} × {row['Column 2']}"] = row["Score"]
    values.update({f"MissingValueSimilarity {c}": v for c, v in missing.items()})
    values.update({f"{'Category' if c in levels else 'Boundary'}Adherence {c}": v for c, v in adherence.items()})
    return values


def flattened(evaluation):
    """The evaluator's numbers under sdmetrics' names."""
    values = {m["id"]: m["value_ppm"] / 1e6 for m in evaluation["headline"]}
    names = [c["name"] for c in evaluation["columns"]]
    theirs = {"KsComplement": "KSComplement", "TvComplement": "TVComplement"}
    for column in evaluation["columns"]:
        for part in ("shape", "missing", "adherence"):
            if column[part]:
                metric = theirs.get(column[part]["id"], column[part]["id"])
                values[f"{metric} {column['name']}"] = column[part]["value_ppm"] / 1e6
    for pair in evaluation["pairs"]:
        if pair["score"]:
            where = f"{names[pair['first']]} × {names[pair['second']]}"
            values[f"{pair['score']['id']} {where}"] = pair["score"]["value_ppm"] / 1e6
    return values


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source")
    parser.add_argument("--target")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--reuse", action="store_true", help="keep the tables of an earlier run")
    options = parser.parse_args()
    options.out = options.out.resolve()
    options.out.mkdir(parents=True, exist_ok=True)
    if not options.reuse or not (options.out / "ctgan.csv").exists():
        make_tables(options.source, options.out, options.epochs)
    wrong = 0
    for name in ("gaussian-copula", "ctgan"):
        schema, evaluation = ours(options.out, name, options.target)
        found = flattened(evaluation)
        expected = theirs(read(options.out / "real.csv", schema), read(options.out / f"{name}.csv", schema), schema)
        expected = {key: value for key, value in expected.items() if value is not None and not math.isnan(value)}
        largest, failed = 0.0, 0
        for key, value in expected.items():
            gap = abs(found[key] - value) if key in found else math.inf
            largest = max(largest, gap)
            if gap > TOLERANCE:
                failed += 1
                print(f"{name}: {key}: {found.get(key)}, sdmetrics {value:.6f}")
        extra = sum(1 for key in found if " " in key and key.split(" ")[0] in SCORED and key not in expected)
        for key in ("ColumnShapes", "ColumnPairTrends", "ColumnPairTrendsThresholded", "NewRowSynthesis"):
            print(f"{name}: {key} {found.get(key, math.nan):.6f}, sdmetrics {expected.get(key, math.nan):.6f}")
        print(f"{name}: {len(expected)} numbers compared, {failed} apart, largest difference {largest:.2e}, "
              f"{extra} that only the evaluator gives")
        wrong += failed + extra
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
