"""Measures generators on a table and prints the table of marks.

    marks.py --program PATH --data FILE --target COLUMN [--schema S] [--generators a,b] [--peers c,d] [--epsilon 1] [--seeds 1]
        [--splits 1]

Splits the file, runs `PATH synthesize` for every generator and seed, takes time and memory of that program alone, judges the
result twice (evaluation.py, and `PATH evaluate`), and compares with marks.json. Time covers reading, learning, sampling and
writing. Where few patients are held out one split says little: --splits repeats everything on more of them. --peers runs
other projects' synthesizers on the same rows (../peers/run.sh). Give --holdout to use a split that exists. Tables made
elsewhere are added by --also NAME=FILE.csv.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path

import child
import evaluation
import tables

PEERS = Path(__file__).parent.parent / "peers" / "run.sh"
PRIVATE = {"mst", "aim", "tabular-lm-dp"}
"""Generators that take a privacy budget."""
AT_MOST = {"seconds", "mebibytes", "mia_auc"}
"""Marks that are upper bounds; all others are lower bounds."""
TAKEN = ("seconds", "core_seconds", "mebibytes")
"""What child.py measures."""
COLUMNS = {
    "shapes": ("shapes", 4),
    "trends": ("trends, all", 4),
    "trends_associated": ("trends, assoc.", 4),
    "c2st_auc": ("C2ST AUC", 3),
    "c2st_score": ("C2ST score", 3),
    "tstr": ("TSTR", 3),
    "trtr": ("TRTR", 3),
    "k_marginal": ("k-marg.", 0),
    "mia_auc": ("MIA AUC", 3),
    "seconds": ("s", 1),
    "core_seconds": ("core s", 1),
    "mebibytes": ("MiB", 0),
}
Numbers = dict[str, float | None]


def own_numbers(file: Path) -> Numbers:
    """The headline of Semblance's evaluation, by metric name."""
    return {metric["id"]: metric["value_ppm"] / 1e6 for metric in json.loads(file.read_text())["headline"]}


def marks_of(split: tables.Split) -> tuple[str, dict[str, dict[str, float]]]:
    """Name and marks for a table of this size; none if no mark is set for it."""
    for entry in json.loads((Path(__file__).parent / "marks.json").read_text()):
        low, high = entry["rows"]
        narrow, wide = entry["columns"]
        if low <= split.training_rows <= high and narrow <= split.columns <= wide:
            return entry["table"], entry["marks"]
    return "no marks are set for this size", {}


def verdict(numbers: Numbers, marks: dict[str, float]) -> str:
    """pass, or what fell short, or a dash where there is no mark."""
    if not marks:
        return "—"
    missed = []
    for name, mark in marks.items():
        value = numbers.get(name)
        if value is None or (value > mark if name in AT_MOST else value < mark):
            missed.append(f"{COLUMNS[name][0]} {'≤' if name in AT_MOST else '≥'} {mark}")
    return "pass" if not missed else "short of " + ", ".join(missed)


def taken(made: Path) -> Numbers:
    """Time and memory that the maker of a table left beside it."""
    file = made.with_suffix(".json")
    told = json.loads(file.read_text()) if file.exists() else {}
    return {name: told[name] for name in TAKEN if name in told}


def took(done: child.Run) -> Numbers:
    """What a run took, by name."""
    return {name: getattr(done, name) for name in TAKEN}


def mean(runs: list[Numbers]) -> Numbers:
    """Mean over splits and seeds of every number that all runs have."""
    names = [name for name in runs[0] if all(isinstance(run.get(name), float) for run in runs)]
    return {name: statistics.fmean(run[name] for run in runs) for name in names}  # type: ignore[misc]


def line(cells: list[str]) -> str:
    """A row of a Markdown table."""
    return "| " + " | ".join(cells) + " |"


def row(name: str, numbers: Numbers, said: str) -> str:
    """A row of the table of marks."""
    cells = [f"{numbers[key]:.{digits}f}" if numbers.get(key) is not None else "—" for key, (_, digits) in COLUMNS.items()]
    return line([name, *cells, said])


class Bench:
    """One split, and the program that is measured on it."""

    def __init__(self, options: argparse.Namespace, folder: Path, seed: int) -> None:
        """Splits the data by the seed, or takes the split that is given; infers a schema where none is given."""
        self.options = options
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.schema_file: Path = options.schema or self.infer(options.data)
        if options.single_rows:
            self.schema_file = self.without_time(self.schema_file)
        self.schema = tables.read_schema(self.schema_file, options.target)
        if options.holdout:
            lines = [sum(1 for _ in path.open()) - 1 for path in (options.data, options.holdout)]
            self.split = tables.Split(options.data, options.holdout, *lines, len(self.schema["columns"]))
        else:
            self.split = tables.split(options.data, self.folder, options.share, seed, self.schema["patient_column"])

    def infer(self, data: Path) -> Path:
        """A schema that the program infers. It is read off the data: good for generators without a guarantee only."""
        file = self.folder / "schema.json"
        command = [self.options.program, "schema", "infer", "--in", str(data), "--out", str(file)]
        for name, value in (("--target", self.options.target), ("--patient-column", self.options.patient_column)):
            command += [name, value] if value else []
        done = child.run(command, self.folder / "schema.log")
        if done.failure:
            raise SystemExit(f"schema infer: {done.failure}")
        return file

    def without_time(self, schema_file: Path) -> Path:
        """The schema without its time column: visits are rows of their own."""
        schema = json.loads(schema_file.read_text())
        schema.pop("time_column", None)
        file = self.folder / "schema-single-rows.json"
        file.write_text(json.dumps(schema))
        return file

    def judge(self, name: str, synthetic: Path) -> Numbers:
        """Both evaluations of one synthetic table; ours under names that begin with a capital letter."""
        numbers: Numbers = evaluation.evaluate(self.schema, self.split.training, self.split.hold_out, synthetic)
        folder = self.folder / name
        files = {"real": self.split.training, "holdout": self.split.hold_out, "synthetic": synthetic, "schema": self.schema_file}
        command = [self.options.program, "evaluate", "--out", str(folder)]
        for option, value in files.items():
            command += [f"--{option}", str(value)]
        command += ["--target", self.schema["target"]] if self.schema["target"] else []
        folder.mkdir(exist_ok=True)
        done = child.run(command, folder / "evaluate.log")
        if done.failure:
            print(f"{name}: evaluate: {done.failure}", file=sys.stderr)
            return numbers
        return {**numbers, **own_numbers(folder / "evaluation.json"), "Seconds": done.seconds}

    def generate(self, generator: str, seed: int) -> Numbers | str:
        """Runs a generator and judges what it made, or says why it failed."""
        name = f"{generator}-{seed}"
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        rows = self.options.rows or self.split.training_rows
        command = [self.options.program, "synthesize", "--in", str(self.split.training), "--schema", str(self.schema_file)]
        command += ["--generator", generator, "--rows", str(rows), "--seed", f"{seed:x}", "--out", str(folder)]
        if generator in PRIVATE:
            command += ["--epsilon", self.options.epsilon, "--delta-exponent", self.options.delta_exponent]
        done = child.run(command, folder / "synthesize.log", self.options.limit)
        if done.failure:
            return done.failure
        return {**self.judge(name, folder / "table.csv"), **took(done)}

    def peer(self, peer: str, seed: int) -> Numbers | str:
        """Runs another project's synthesizer on the same rows and judges what it made, or says that it failed."""
        folder = self.folder / f"{peer}-{seed}"
        folder.mkdir(exist_ok=True)
        command = [str(PEERS), "--in", str(self.split.training), "--schema", str(self.schema_file), "--out", str(folder)]
        command += ["--peers", peer, "--seed", str(seed), "--epsilon", self.options.epsilon]
        command += ["--limit", f"{self.options.limit:.0f}"] if self.options.limit else []
        done = child.run(command, folder / "run.log")
        made = folder / f"{peer}.csv"
        if done.failure or not made.exists():
            return done.failure or f"stopped or failed, see {folder.name}/{peer}.json"
        return {**self.judge(folder.name, made), **taken(made)}


def show(bench: Bench, results: dict[str, list[Numbers] | str]) -> str:
    """The table of marks and, below it, the two evaluations side by side, in Markdown."""
    split, (size, marks) = bench.split, marks_of(bench.split)
    lines = [f"{split.training_rows} rows for training, {split.hold_out_rows} held out, {split.columns} columns; marks: {size}.", ""]
    lines += [line(["generator", *(title for title, _ in COLUMNS.values()), "marks"]), line(["---"] * (len(COLUMNS) + 2))]
    for name, runs in results.items():
        if isinstance(runs, str):
            lines.append(line([name, *["—"] * len(COLUMNS), f"failed: {runs}"]))
        else:
            lines.append(row(name, mean(runs), verdict(mean(runs), marks.get(name, {}))))
    judged = {name: mean(runs) for name, runs in results.items() if not isinstance(runs, str)}
    own = list(dict.fromkeys(key for numbers in judged.values() for key in numbers if key[0].isupper()))
    lines += ["", "Semblance's own evaluation of the same tables:", "", line(["metric", *judged]), line(["---"] * (len(judged) + 1))]
    for key in own:
        lines.append(line([key, *(f"{numbers[key]:.4f}" if key in numbers else "—" for numbers in judged.values())]))
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="semblance-worker, or the example marks of semblance-synthesis")
    parser.add_argument("--data", type=Path, required=True, help="CSV file; the training table if --holdout is given")
    parser.add_argument("--holdout", type=Path, help="CSV file with the rows to judge on")
    parser.add_argument("--schema", type=Path, help="its schema; inferred if not given")
    parser.add_argument("--target", help="column that TSTR predicts; the schema's if not given")
    parser.add_argument("--patient-column", help="for the schema that is inferred")
    parser.add_argument("--single-rows", action="store_true", help="visits are rows of their own, as other projects' generators take them")
    parser.add_argument("--generators", default="independent,gaussian-copula,mst,aim", help="separated by commas")
    parser.add_argument("--peers", default="", help="separated by commas; names are those of ../peers/run.sh")
    parser.add_argument("--epsilon", default="1", help="of the private generators")
    parser.add_argument("--delta-exponent", default="5", help="delta = 10^-this")
    parser.add_argument("--rows", type=int, help="rows to make; as many as are trained on if not given")
    parser.add_argument("--share", type=float, default=0.2, help="share of the rows that is held out")
    parser.add_argument("--seed", type=int, default=0, help="of the first split, and the first one of the generators")
    parser.add_argument("--splits", type=int, default=1, help="splits into training and hold-out rows; the table shows means")
    parser.add_argument("--seeds", type=int, default=1, help="runs of each generator; the table shows means")
    parser.add_argument("--limit", type=float, help="seconds after which a generator is stopped")
    parser.add_argument("--also", action="append", default=[], metavar="NAME=FILE", help="judge a table made elsewhere")
    parser.add_argument("--out", type=Path, required=True, help="folder for all that is made")
    return parser.parse_args()


def measure(benches: list[Bench], options: argparse.Namespace) -> dict[str, list[Numbers] | str]:
    """What every generator and peer came to on every split with every seed; of one that failed, why."""
    chosen = [(name, Bench.generate) for name in filter(None, options.generators.split(","))]
    chosen += [(name, Bench.peer) for name in filter(None, options.peers.split(","))]
    results: dict[str, list[Numbers] | str] = {}
    for name, run in chosen:
        runs = [run(bench, name, options.seed + at) for bench in benches for at in range(options.seeds)]
        failures = [run for run in runs if isinstance(run, str)]
        results[name] = failures[0] if failures else [run for run in runs if not isinstance(run, str)]
        print(f"{name}: done", file=sys.stderr)
    return results


def main() -> None:
    """Measures, prints, and keeps all numbers in results.json."""
    options = arguments()
    if options.splits > 1 and (options.holdout or options.also):
        raise SystemExit("--splits makes splits of its own: leave out --holdout and --also")
    folders = [options.out / f"split-{at}" if options.splits > 1 else options.out for at in range(options.splits)]
    benches = [Bench(options, folder, options.seed + at) for at, folder in enumerate(folders)]
    results = measure(benches, options)
    for also in options.also:
        name, file = also.rsplit("=", 1)
        results[name] = [{**benches[0].judge(name, Path(file)), **taken(Path(file))}]
    (options.out / "results.json").write_text(json.dumps(results, indent=1))
    print(show(benches[0], results))


if __name__ == "__main__":
    main()
