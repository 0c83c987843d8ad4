"""Judges synthetic trajectories against the real ones, and prints the marks as JSON.

    trajectories.py --real training.csv --schema schema.json --time futime --event status --event-level 2 NAME=made.csv ...

The schema is Semblance's, with a patient and a time column. Formulas, each over the tables as they are (no sampling):

- pooled shapes: sdmetrics' Column Shapes (KS or TV complement per column, identifiers left out) over all visits; mean over
  columns.
- visit shapes: the same of all first visits, of all second visits, ...; mean over the visit numbers that at least 30 real
  patients have.
- lag-1 correlation: Pearson's r of a numeric column's present values at two consecutive visits, over all such pairs; the
  difference is |real - synthetic|, columns that no real patient changes and the time left out.
- visits and gaps: KS complement of visits per patient, and of times between consecutive visits.
- survival: Kaplan and Meier's curve of the patients' first rows; the share of the real curve's event times (those with a
  log-log 95 % band: survival above 0) at which the synthetic curve lies inside the band.
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path

import numpy as np
import pandas as pd

FEWEST_PATIENTS = 30
"""Patients that a visit number needs to be judged."""
Z = 1.959963984540054


class Cohort:
    """A table of visits, in the order of patient and time."""

    def __init__(self, path: Path, schema: dict) -> None:
        """Reads the file by the schema."""
        self.schema = schema
        self.patient, self.time = schema["patient_column"], schema["time_column"]
        table = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True)
        self.kinds = {c["name"]: c["kind"]["type"] for c in schema["columns"] if c["kind"]["type"] != "identifier"}
        data = {self.patient: table[self.patient]}
        for name, kind in self.kinds.items():
            cells = table[name].str.strip()
            cells = cells.mask(cells.isin(["", *schema["missing_markers"]]))
            if kind == "date":
                data[name] = (pd.to_datetime(cells) - pd.Timestamp("1970-01-01")).dt.days
            else:
                data[name] = cells if kind == "categorical" else pd.to_numeric(cells)
                if kind == "categorical":
                    # Levels of numbers are written with and without decimals.
                    data[name] = data[name].str.replace(r"\.0$", "", regex=True)
        self.rows = pd.DataFrame(data).sort_values([self.patient, self.time], kind="stable")
        self.number = self.rows.groupby(self.patient, sort=False).cumcount() + 1

    def visit(self, number: int) -> pd.DataFrame:
        """All rows that are a patient's visit of this number."""
        return self.rows[self.number == number]

    def changing(self) -> list[str]:
        """The columns that some patient changes, but the time."""
        distinct = self.rows.groupby(self.patient)[list(self.kinds)].nunique(dropna=False)
        return [name for name in self.kinds if name != self.time and (distinct[name] > 1).any()]

    def lags(self, name: str) -> float:
        """Correlation of a column with itself a visit later."""
        later = self.rows.groupby(self.patient)[name].shift(-1)
        return float(self.rows[name].corr(later))

    def visits(self) -> pd.Series:
        """Visits of every patient."""
        return self.rows.groupby(self.patient).size()

    def gaps(self) -> pd.Series:
        """Times between visits."""
        return self.rows.groupby(self.patient)[self.time].diff().dropna()

    def survival(self, time: str, event: str, level: str) -> list[tuple[float, float, float]]:
        """Event time, survival from then on, and Greenwood's sum."""
        first = self.rows.groupby(self.patient).first()
        times, events = first[time].to_numpy(float), (first[event].astype(str) == level).to_numpy()
        steps, survival, total = [], 1.0, 0.0
        for at in np.unique(times[events]):
            risk, died = int((times >= at).sum()), int((events & (times == at)).sum())
            survival *= 1 - died / risk
            total += died / (risk * (risk - died)) if died < risk else float("inf")
            steps.append((float(at), survival, total))
        return steps


def ks_complement(real: pd.Series, made: pd.Series) -> float:
    """1 - the largest gap between the two cumulative distributions (sdmetrics' KSComplement)."""
    one, other = np.sort(real.to_numpy(float)), np.sort(made.to_numpy(float))
    points = np.concatenate([one, other])
    below = [np.searchsorted(side, points, side="right") / len(side) for side in (one, other)]
    return 1 - float(np.abs(below[0] - below[1]).max())


def tv_complement(real: pd.Series, made: pd.Series) -> float:
    """1 - half the summed gaps between the shares of levels (sdmetrics' TVComplement)."""
    one, other = real.value_counts(normalize=True), made.value_counts(normalize=True)
    return 1 - float(one.sub(other, fill_value=0).abs().sum()) / 2


def shape(real: pd.Series, made: pd.Series, kind: str) -> float:
    """KS or TV complement of the present cells."""
    real, made = real.dropna(), made.dropna()
    if real.empty or made.empty:
        return float("nan")
    return tv_complement(real, made) if kind == "categorical" else ks_complement(real, made)


def inside(real: list[tuple[float, float, float]], made: list[tuple[float, float, float]]) -> float:
    """Share of the real event times at which the synthetic curve is inside the real band."""
    hits, judged = 0, 0
    for time, survival, total in real:
        if not 0 < survival < 1:
            continue
        width = Z * np.sqrt(total) / np.log(survival)
        low, high = sorted(survival ** np.exp(sign * width) for sign in (-1, 1))
        value = next((s for t, s, _ in reversed(made) if t <= time), 1.0)
        judged += 1
        hits += low <= value <= high
    return hits / judged


def shapes(real: pd.DataFrame, made: pd.DataFrame, kinds: dict[str, str]) -> float:
    """Mean of the shapes of all columns that both tables have cells of; 0 if there are none."""
    scores = [shape(real[name], made[name], kind) for name, kind in kinds.items()]
    known = [score for score in scores if score == score]
    return statistics.fmean(known) if known else 0.0


def judge(real: Cohort, made: Cohort, options: argparse.Namespace) -> dict[str, object]:
    """All numbers for one synthetic table."""
    counts = real.visits()
    numbers = [k for k in range(1, int(counts.max()) + 1) if (counts >= k).sum() >= FEWEST_PATIENTS]
    per_visit = [shapes(real.visit(number), made.visit(number), real.kinds) for number in numbers]
    lags = {}
    for name in real.changing():
        if real.kinds[name] != "categorical":
            lags[name] = (round(real.lags(name), 3), round(made.lags(name), 3))
    gaps = [abs(a - b) if b == b else 1.0 for a, b in lags.values()]
    return {
        "patients": len(made.visits()),
        "pooled_shapes": round(shapes(real.rows, made.rows, real.kinds), 4),
        "visit_shapes": round(statistics.fmean(per_visit), 4),
        "by_visit": [round(value, 3) for value in per_visit],
        "lag_difference_mean": round(statistics.fmean(gaps), 3),
        "lag_difference_largest": round(max(gaps), 3),
        "lags": lags,
        "visits": round(ks_complement(counts, made.visits()), 4),
        "gaps": round(ks_complement(real.gaps(), made.gaps()), 4),
        "inside_band": round(
            inside(
                real.survival(options.time, options.event, options.event_level),
                made.survival(options.time, options.event, options.event_level),
            ),
            4,
        ),
        "visits_after_end": round(float((made.rows[made.time] > made.rows[options.time]).mean()), 4),
    }


def main() -> None:
    """Judges every table that is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, required=True)
    parser.add_argument("--schema", type=Path, required=True)
    parser.add_argument("--time", required=True, help="static column: time to the event or to the end of observation")
    parser.add_argument("--event", required=True, help="static column: what happened then")
    parser.add_argument("--event-level", required=True)
    parser.add_argument("made", nargs="+", metavar="NAME=FILE")
    options = parser.parse_args()
    schema = json.loads(options.schema.read_text())
    real = Cohort(options.real, schema)
    for made in options.made:
        name, _, path = made.partition("=")
        print(json.dumps({"name": name, **judge(real, Cohort(Path(path), schema), options)}))


if __name__ == "__main__":
    main()
