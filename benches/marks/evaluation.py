"""An evaluation that shares no code with Semblance's own: sdmetrics for shapes and trends, scikit-learn for the rest.

    python evaluation.py --schema S --training T --holdout H --synthetic M [--target COLUMN]

prints one JSON object. Every function says its formula; where the two evaluations differ, one of them is wrong.
"""

from __future__ import annotations

import argparse
import itertools
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sdmetrics.reports.single_table._properties import ColumnPairTrends, ColumnShapes
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

import tables

TRIPLES = 300
"""Sets of three columns that the k-marginal score looks at, if there are more."""
BINS = 20
"""Equal-frequency bins of a number in the k-marginal score."""
MEMBERSHIP_ROWS = 10_000
"""Most rows on each side of the membership attack."""


def fidelity(real: pd.DataFrame, made: pd.DataFrame, schema: tables.Schema) -> dict[str, float]:
    """sdmetrics 0.32: Column Shapes; Column Pair Trends over all pairs, and over associated pairs only (its default)."""
    sdtypes = {"categorical": "categorical", "date": "datetime"}
    metadata = {"columns": {name: {"sdtype": sdtypes.get(kind, "numerical")} for name, kind in tables.kinds(schema).items()}}
    trends, strong = ColumnPairTrends(), ColumnPairTrends()
    trends.num_rows_subsample = strong.num_rows_subsample = None
    strong.real_correlation_threshold, strong.real_association_threshold = 0.5, 0.3
    return {
        "shapes": ColumnShapes().get_score(real, made, metadata),
        "trends": trends.get_score(real, made, metadata),
        "trends_associated": strong.get_score(real, made, metadata),
    }


def features(parts: list[pd.DataFrame]) -> list[np.ndarray]:
    """The tables as matrices: numbers as they are, levels as their rank (shorter names first, so
    that whole numbers are in order), missing as NaN."""
    together = pd.concat(parts, keys=range(len(parts)))
    columns = {}
    for name, column in together.items():
        if column.dtype == object:
            ranks = {level: rank for rank, level in enumerate(sorted(column.dropna().unique(), key=lambda level: (len(level), level)))}
            columns[name] = column.map(ranks).astype(float)
        elif column.dtype.kind == "M":
            columns[name] = (column - pd.Timestamp(0)).dt.days
        else:
            columns[name] = column.astype(float)
    matrix = pd.DataFrame(columns)
    return [matrix.loc[part].to_numpy() for part in range(len(parts))]


def two_samples(real: pd.DataFrame, made: pd.DataFrame) -> dict[str, float]:
    """C2ST: AUC of boosted trees that tell real rows from synthetic ones, 3 folds; score = 1 - mean(max(.5, AUC) * 2 - 1)."""
    rows = min(len(real), len(made))
    both = features([real.sample(rows, random_state=0), made.sample(rows, random_state=0)])
    matrix, label = np.vstack(both), np.repeat([0, 1], rows)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    trees = HistGradientBoostingClassifier(max_iter=200, random_state=0)
    told = cross_val_predict(trees, matrix, label, cv=folds, method="predict_proba")[:, 1]
    areas = [roc_auc_score(label[test], told[test]) for _, test in folds.split(matrix, label)]
    score = 1 - np.mean([max(0.5, area) * 2 - 1 for area in areas])
    return {"c2st_auc": float(np.mean(areas)), "c2st_score": float(score)}


def utility(real: pd.DataFrame, held: pd.DataFrame, made: pd.DataFrame, target: str) -> dict[str, float | None]:
    """TSTR and TRTR: boosted trees trained on synthetic (real) rows, judged on hold-out rows that are not in training.

    AUC (one against rest, mean over classes) if the target has levels, else R².
    """
    known = set(real.astype(str).agg("\x1f".join, axis=1))
    fresh = held[~held.astype(str).agg("\x1f".join, axis=1).isin(known)]
    parts = [part[part[target].notna()] for part in (real, fresh, made)]
    inputs = features([part.drop(columns=target) for part in parts])
    answers = [part[target].to_numpy() for part in parts]
    judge = _area if parts[0][target].dtype == object else _determination
    return {"tstr": judge(inputs[2], answers[2], inputs[1], answers[1]), "trtr": judge(inputs[0], answers[0], inputs[1], answers[1])}


def _area(inputs: np.ndarray, answers: np.ndarray, test: np.ndarray, truth: np.ndarray) -> float | None:
    if len(set(answers)) < 2:
        return None
    model = HistGradientBoostingClassifier(random_state=0).fit(inputs, answers)
    told = pd.DataFrame(model.predict_proba(test), columns=model.classes_)
    classes = [level for level in sorted(set(truth)) if level in told]
    areas = [roc_auc_score(truth == level, told[level]) for level in classes]
    return float(np.mean(areas)) if areas else None


def _determination(inputs: np.ndarray, answers: np.ndarray, test: np.ndarray, truth: np.ndarray) -> float:
    model = HistGradientBoostingRegressor(random_state=0).fit(inputs, answers)
    return float(r2_score(truth, model.predict(test)))


def k_marginal(real: pd.DataFrame, made: pd.DataFrame) -> dict[str, float]:
    """NIST's k-marginal score, k = 3: 1000 * (1 - mean over triples of half the summed gaps between shares of joint cells).

    Numbers are cut into equal-frequency bins of the real table; missing is a level. All triples, or 300 by a fixed seed.
    """
    coded = [np.empty(table.shape, dtype=np.int64) for table in (real, made)]
    for at, matrix in enumerate(zip(*(part.T for part in features([real, made])))):
        column = real.iloc[:, at]
        if column.dtype == object:
            cuts = np.arange(0.5, 1 + np.nanmax(np.concatenate(matrix), initial=0))
        else:
            cuts = np.unique(np.nanquantile(matrix[0], np.linspace(0, 1, BINS + 1)[1:-1]))
        for target, values in zip(coded, matrix):
            target[:, at] = np.where(np.isnan(values), len(cuts) + 1, np.searchsorted(cuts, np.nan_to_num(values), side="right"))
    triples = list(itertools.combinations(range(real.shape[1]), 3))
    if len(triples) > TRIPLES:
        triples = [triples[at] for at in np.random.default_rng(0).choice(len(triples), TRIPLES, replace=False)]
    sizes = np.maximum(*(part.max(axis=0) for part in coded)) + 1
    gaps = [_gap(coded, triple, sizes) for triple in triples]
    return {"k_marginal": float(1000 * (1 - np.mean(gaps)))}


def _gap(coded: list[np.ndarray], triple: tuple[int, ...], sizes: np.ndarray) -> float:
    cells = [np.ravel_multi_index(part[:, triple].T, sizes[list(triple)]) for part in coded]
    _, at = np.unique(np.concatenate(cells), return_inverse=True)
    shares = [np.bincount(part, minlength=at.max() + 1) / len(part) for part in (at[: len(cells[0])], at[len(cells[0]) :])]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


def halves(held: pd.DataFrame, patients: np.ndarray | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The hold-out rows in two halves. All rows of a patient are in one: other visits would tell who is no member."""
    if patients is None:
        held = held.sample(frac=1, random_state=0)
        return held.iloc[: len(held) // 2], held.iloc[len(held) // 2 :]
    names = np.random.default_rng(0).permutation(np.unique(patients))
    first = np.isin(patients, names[: len(names) // 2])
    return held[first].sample(frac=1, random_state=0), held[~first].sample(frac=1, random_state=0)


def membership(
    real: pd.DataFrame, held: pd.DataFrame, made: pd.DataFrame, patients: np.ndarray | None
) -> dict[str, float]:
    """DOMIAS (van Breugel et al. 2023): an attacker scores a person by p_synthetic(x) / p_population(x).

    The ratio is that of boosted trees that tell synthetic rows from one half of the hold-out rows; the AUC tells training
    rows from the other half. 0.5: the attacker learns nothing. `patients` names those of the hold-out rows.
    """
    reference, outsiders = halves(held, patients)
    outsiders = outsiders[:MEMBERSHIP_ROWS]
    members = real.sample(min(len(real), len(outsiders)), random_state=0)
    made = made.sample(min(len(made), 2 * len(reference)), random_state=0)
    synthetic, population, inside, outside = features([made, reference, members, outsiders])
    label = np.repeat([1, 0], [len(synthetic), len(population)])
    trees = HistGradientBoostingClassifier(max_iter=200, random_state=0, class_weight="balanced")
    trees.fit(np.vstack([synthetic, population]), label)
    told = trees.predict_proba(np.vstack([inside, outside]))[:, 1]
    return {"mia_auc": float(roc_auc_score(np.repeat([1, 0], [len(inside), len(outside)]), told))}


def evaluate(schema: tables.Schema, training: Path, holdout: Path, synthetic: Path) -> dict[str, float | None]:
    """All of the above."""
    warnings.filterwarnings("ignore")
    real, held, made = (tables.read(path, schema) for path in (training, holdout, synthetic))
    found: dict[str, float | None] = {**fidelity(real, made, schema), **two_samples(real, made)}
    if schema["target"] is not None:
        found |= utility(real, held, made, schema["target"])
    return found | k_marginal(real, made) | membership(real, held, made, tables.patients(holdout, schema))


def main() -> None:
    """Prints the numbers of one synthetic table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("schema", "training", "holdout", "synthetic"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--target")
    options = parser.parse_args()
    schema = tables.read_schema(options.schema, options.target)
    print(json.dumps(evaluate(schema, options.training, options.holdout, options.synthetic), indent=1))


if __name__ == "__main__":
    main()
