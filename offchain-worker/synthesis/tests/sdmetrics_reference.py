"""Measures the tables of `examples/reference_tables.rs` with sdmetrics 0.32 and prints the numbers of `tests/sdmetrics.rs`.

    pip install sdmetrics==0.32.0
    python sdmetrics_reference.py FOLDER
"""
import json
import sys
import warnings

import pandas as pd
from sdmetrics.reports.single_table._properties import ColumnPairTrends, ColumnShapes
from sdmetrics.single_column import BoundaryAdherence, CategoryAdherence, MissingValueSimilarity
from sdmetrics.single_table import NewRowSynthesis

warnings.filterwarnings("ignore")
folder = sys.argv[1]
schema = json.load(open(f"{folder}/schema.json"))
levels = [c["name"] for c in schema["columns"] if c["kind"]["type"] == "categorical"]
dates = [c["name"] for c in schema["columns"] if c["kind"]["type"] == "date"]


def kind(name):
    if name in levels:
        return {"sdtype": "categorical"}
    if name in dates:
        return {"sdtype": "datetime", "datetime_format": "%Y-%m-%d"}
    return {"sdtype": "numerical"}


def read(name):
    table = pd.read_csv(f"{folder}/{name}.csv", keep_default_na=False, na_values=[""])
    for level in levels:
        table[level] = table[level].astype("object")
    for date in dates:
        table[date] = pd.to_datetime(table[date])
    return table


def mean(values):
    values = list(values)
    return sum(values) / len(values)


real = read("real")
metadata = {"columns": {name: kind(name) for name in real.columns}}
for generator in ["independent", "gaussian-copula"]:
    made = read(generator)
    trends, strong = ColumnPairTrends(), ColumnPairTrends()
    trends.num_rows_subsample = strong.num_rows_subsample = None
    strong.real_correlation_threshold, strong.real_association_threshold = 0.5, 0.3
    values = {
        "ColumnShapes": ColumnShapes().get_score(real, made, metadata),
        "ColumnPairTrends": trends.get_score(real, made, metadata),
        "ColumnPairTrendsThresholded": strong.get_score(real, made, metadata),
        "MissingValueSimilarity": mean(MissingValueSimilarity.compute(real[c], made[c]) for c in real),
        "BoundaryAdherence": mean(BoundaryAdherence.compute(real[c], made[c]) for c in real if c not in levels),
        "CategoryAdherence": mean(CategoryAdherence.compute(real[c], made[c]) for c in levels),
    }
    shapes, pairs = ColumnShapes(), trends.details
    shapes.get_score(real, made, metadata)
    for name, details, metric in [
        ("MeanKsComplement", shapes.details, "KSComplement"),
        ("MeanTvComplement", shapes.details, "TVComplement"),
        ("MeanCorrelationSimilarity", pairs, "CorrelationSimilarity"),
        ("MeanContingencySimilarity", pairs, "ContingencySimilarity"),
    ]:
        values[name] = details[details["Metric"] == metric]["Score"].dropna().mean()
    # Few columns, so that some rows do match.
    few = ["age", "sex", "diabetes_e11", "length_of_stay", "ldl_13457_7"]
    few_metadata = {"columns": {name: kind(name) for name in few}}
    values["NewRowSynthesis"] = NewRowSynthesis.compute(real[few], made[few], few_metadata)
    for name, value in values.items():
        print(f"{generator}: {name} {value:.6f}")
