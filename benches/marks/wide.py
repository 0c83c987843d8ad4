"""Writes a wide table of hospital encounters: 101,766 rows x 50 columns, 7 % missing, diagnoses of 700 levels, with its schema.

    python wide.py --out FOLDER [--rows 101766] [--seed 0]

writes `wide.csv` and `wide_schema.json`. The shape is that of the UCI table "Diabetes 130-US hospitals"; the people are made
up. Five traits of a patient (age, sex, and three hidden ones) drive diagnoses, laboratory values, drugs and outcome, so that
columns depend on each other in more than pairs; values are missing more often in mild cases. The target is `readmitted`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

CODES = 700
DRUGS = 19
LABS = {  # name: mean, standard deviation, decimals, share of missing, on a logarithmic scale?
    "creatinine": (0.1, 0.45, 2, 0.12, True),
    "urea": (3.0, 0.5, 1, 0.14, True),
    "sodium": (138, 4, 0, 0.10, False),
    "potassium": (4.2, 0.5, 1, 0.10, False),
    "glucose": (5.0, 0.4, 0, 0.12, True),
    "haemoglobin": (12.5, 2, 1, 0.12, False),
    "leucocytes": (2.1, 0.4, 1, 0.12, True),
    "albumin": (3.6, 0.6, 1, 0.38, False),
    "hba1c": (2.0, 0.2, 1, 0.55, True),
    "crp": (3.0, 1.2, 1, 0.45, True),
}
COUNTS = {"lab_procedures": 43, "procedures": 1.3, "medications": 16, "outpatient": 0.4, "emergency": 0.2, "inpatient": 0.6}


def softmax_draw(random: np.random.Generator, scores: np.ndarray) -> np.ndarray:
    """One column index for every row, with probability proportional to exp(score): the largest score plus Gumbel noise."""
    return np.argmax(scores + random.gumbel(size=scores.shape), axis=1)


def categorical(random: np.random.Generator, traits: np.ndarray, levels: int, skew: float, pull: float) -> np.ndarray:
    """Levels with shares falling as rank^-skew, pulled by the traits."""
    drift = random.normal(0, pull, (traits.shape[1], levels))
    base = -skew * np.log(np.arange(1, levels + 1))
    parts = [softmax_draw(random, part @ drift + base) for part in np.array_split(traits, max(1, len(traits) * levels // 2**24))]
    return np.concatenate(parts)


def names(prefix: str, codes: np.ndarray) -> np.ndarray:
    """Level names."""
    return np.char.add(prefix, np.char.zfill(codes.astype(str), 3)).astype(object)


def people(random: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Patient number, age, sex and all five traits of every row; some 1.4 rows a patient."""
    patient = np.sort(random.integers(0, int(rows / 1.05), rows))
    count = patient.max() + 1
    age = np.clip(random.normal(66, 16, count), 18, 99).round()[patient]
    sex = random.integers(0, 2, count)[patient]
    hidden = random.normal(size=(count, 3))[patient] + 0.3 * random.normal(size=(rows, 3))
    return patient, age, sex, np.column_stack([(age - 66) / 16, sex - 0.5, hidden])


def encounters(rows: int, random: np.random.Generator) -> pd.DataFrame:
    """The table; missing cells are None or NaN."""
    patient, age, sex, traits = people(random, rows)
    severity = traits @ np.array([0.4, 0.0, 0.6, 0.3, 0.3])
    table: dict[str, np.ndarray] = {"patient": names("P", patient), "age": age, "sex": np.where(sex, "F", "M").astype(object)}
    for name, levels, skew in (("race", 6, 2.0), ("admission_type", 8, 1.5), ("discharge", 26, 1.6), ("source", 17, 1.5), ("payer", 17, 1.0), ("specialty", 72, 1.2)):
        table[name] = names(name[:3].upper(), categorical(random, traits, levels, skew, 0.6))
    for at in (1, 2, 3):
        table[f"diagnosis_{at}"] = names("D", categorical(random, traits, CODES, 0.9, 1.0))
    stay = np.clip(np.round(np.exp(1.2 + 0.4 * severity + 0.5 * random.normal(size=rows))), 1, 30)
    table["length_of_stay"] = stay
    for name, mean in COUNTS.items():
        rate = mean * np.exp(0.25 * severity + 0.03 * (stay - 4) - 0.1)
        table[name] = np.clip(random.negative_binomial(2, 2 / (2 + rate)), 0, 150).astype(float)
    for name, (mean, deviation, decimals, _, logarithmic) in LABS.items():
        weight = random.normal(0, 0.45, traits.shape[1])
        value = mean + deviation * (traits @ weight + 0.7 * random.normal(size=rows))
        value = np.clip(np.exp(value) if logarithmic else value, 0.1, 999)
        table[name] = value.round(decimals)
    doses = np.array(["No", "Steady", "Up", "Down"], dtype=object)
    any_change = np.zeros(rows, dtype=bool)
    for at in range(DRUGS):
        scores = np.column_stack([np.full(rows, 1.0 + 0.3 * at), traits @ random.normal(0, 0.8, 5), *(traits @ random.normal(0, 0.6, 5) - 1.5 for _ in "ab")])
        dose = softmax_draw(random, scores)
        any_change |= dose >= 2
        table[f"drug_{at + 1:02}"] = doses[dose]
    table["changed"] = np.where(any_change, "Ch", "No").astype(object)
    table["ward"] = names("W", categorical(random, traits, 30, 0.7, 0.8))
    risk = -1.1 + 0.7 * severity + 0.5 * np.log1p(table["inpatient"]) + 0.4 * any_change - 0.3 * (table["albumin"] - 3.6)
    table["readmitted"] = np.where(random.random(rows) < 1 / (1 + np.exp(-risk)), "yes", "no").astype(object)
    return hide(pd.DataFrame(table), severity, random)


def hide(table: pd.DataFrame, severity: np.ndarray, random: np.random.Generator) -> pd.DataFrame:
    """Leaves cells out, more of them in mild cases."""
    shares = {**{name: lab[3] for name, lab in LABS.items()}, "race": 0.03, "payer": 0.4, "specialty": 0.48, "ward": 0.1, "diagnosis_2": 0.04, "diagnosis_3": 0.1}
    for name, share in shares.items():
        chance = share * 2 / (1 + np.exp(0.8 * severity))
        table[name] = table[name].mask(random.random(len(table)) < chance)
    return table


def schema(table: pd.DataFrame) -> dict:
    """Declared from the way the table is made: ranges and levels are those that can occur."""
    levels = {"race": 6, "admission_type": 8, "discharge": 26, "source": 17, "payer": 17, "specialty": 72}
    columns = []
    for name in table:
        role, kind = "attribute", {"type": "categorical", "levels": sorted(table[name].dropna().unique()) if table[name].dtype == object else []}
        if name == "patient":
            role, kind = "identifier", {"type": "identifier"}
        elif name in LABS:
            decimals = LABS[name][2]
            kind = {"type": "decimal", "min": 0, "max": 999 * 10**decimals, "scale": decimals} if decimals else {"type": "integer", "min": 0, "max": 999}
        elif table[name].dtype != object:
            low, high = {"age": (18, 99), "length_of_stay": (1, 30)}.get(name, (0, 150))
            kind = {"type": "integer", "min": low, "max": high}
        elif name.startswith("diagnosis"):
            kind["levels"] = [f"D{at:03}" for at in range(CODES)]
        elif name in levels:
            kind["levels"] = [f"{name[:3].upper()}{at:03}" for at in range(levels[name])]
        columns.append({"name": name, "kind": kind, "unit": None, "missing": bool(table[name].isna().any()), "role": role})
    return {"format": 1, "name": "wide", "patient_column": "patient", "target": "readmitted", "missing_markers": [], "columns": columns}


def main() -> None:
    """Writes both files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=101_766)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    table = encounters(options.rows, np.random.default_rng(options.seed))
    text = table.copy()
    for name in text.columns:
        if text[name].dtype != object:
            decimals = LABS.get(name, (0, 0, 0))[2]
            text[name] = text[name].map(lambda value: "" if np.isnan(value) else f"{value:.{decimals}f}")
    text.to_csv(options.out / "wide.csv", index=False)
    (options.out / "wide_schema.json").write_text(json.dumps(schema(table), indent=1) + "\n")
    missing = table.drop(columns="patient").isna().to_numpy().mean()
    print(f"{options.out}: {table.shape[0]} rows, {table.shape[1] - 1} columns and the patient, {missing:.1%} missing")


if __name__ == "__main__":
    main()
