"""MST and AIM on private-pgm's inference engine (package `mbi` 2.0): the reference that Semblance's own are compared with.

    python private_pgm.py mst|aim --in codes.csv --domain domain.json --epsilon 1 --delta-exponent 5 --out made.csv [--target COLUMN]

`codes.csv` holds integers from 0, `domain.json` the number of levels of each column (codes.py or `semblance-worker encode`
write both). The package holds the engine, not the mechanisms; they are written here from the papers, with the settings of
the project's own published code: McKenna, Miklau, Sheldon, "Winning the NIST Contest" (2021) and McKenna, Mullins, Sheldon,
Miklau, "AIM" (2022). Noise is floating-point Gaussian, as in that project; it is not for releases.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
import warnings
from collections.abc import Iterable
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_enable_compilation_cache", False)  # as the package advises

import mbi  # noqa: E402
import networkx as nx  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import zcdp  # noqa: E402
from mbi import Dataset, Domain, LinearMeasurement  # noqa: E402

Clique = tuple[str, ...]
Log = list[LinearMeasurement]


def load(codes: Path, domain: Path) -> Dataset:
    """The table as the engine's dataset."""
    sizes = json.loads(domain.read_text())
    table = pd.read_csv(codes)[list(sizes)]
    return Dataset({name: table[name].to_numpy() for name in sizes}, Domain.fromdict(sizes))


def measure(data: Dataset, clique: Clique, sigma: float, random: np.random.Generator) -> LinearMeasurement:
    """One marginal with Gaussian noise of standard deviation `sigma`."""
    counts = np.asarray(data.project(clique).datavector())
    return LinearMeasurement(counts + random.normal(0, sigma, counts.size), clique, sigma)


def fit(domain: Domain, log: Log, iterations: int, start: mbi.MarkovRandomField | None = None) -> mbi.MarkovRandomField:
    """The graphical model of greatest entropy that fits the measurements, by mirror descent."""
    return mbi.estimation.MirrorDescent().estimate(domain, log, iters=iterations, warm_start=start)


def compress(data: Dataset, log: Log) -> tuple[Dataset, Log, dict[str, np.ndarray]]:
    """Puts the levels whose noisy count is below three standard deviations into one level, per column."""
    mapping = {}
    for measurement in log:
        kept = np.asarray(measurement.noisy_measurement) >= 3 * measurement.stddev
        if not kept.all():
            mapping[measurement.clique[0]] = np.where(kept, np.cumsum(kept) - 1, kept.sum())
    return data.compress(mapping), [one.compress(mapping, data.domain) for one in log], mapping


def distance(data: Dataset, model: mbi.MarkovRandomField, clique: Clique) -> float:
    """L1 distance between the real counts of a marginal and the model's."""
    real, told = (np.asarray(source.project(clique).datavector()) for source in (data, model))
    return float(np.abs(real - told).sum())


def spanning_tree(data: Dataset, model: mbi.MarkovRandomField, rho: float, random: np.random.Generator) -> list[Clique]:
    """MST's selection: a tree over the columns, each edge by the exponential mechanism among those that close no cycle."""
    columns = list(data.domain)
    scores = {pair: distance(data, model, pair) for pair in itertools.combinations(columns, 2)}
    epsilon = np.sqrt(8 * rho / (len(columns) - 1))
    forest = nx.utils.UnionFind(columns)
    tree: list[Clique] = []
    for _ in range(len(columns) - 1):
        open_pairs = [pair for pair in scores if forest[pair[0]] != forest[pair[1]]]
        pair = open_pairs[zcdp.choose(np.array([scores[p] for p in open_pairs]), epsilon, 1.0, random)]
        forest.union(*pair)
        tree.append(pair)
    return tree


def mst(data: Dataset, rho: float, random: np.random.Generator, options: argparse.Namespace) -> Dataset:
    """MST: a third of the budget on single columns, a third on the choice of a tree, a third on its edges."""
    columns = list(data.domain)
    log = [measure(data, (name,), np.sqrt(3 * len(columns) / (2 * rho)), random) for name in columns]
    data, log, mapping = compress(data, log)
    tree = spanning_tree(data, fit(data.domain, log, 1_000), rho / 3, random)
    log += [measure(data, pair, np.sqrt(3 * len(tree) / (2 * rho)), random) for pair in tree]
    model = fit(data.domain, log, options.iterations)
    return model.synthetic_data(data.records).decompress(mapping)


def candidates(domain: Domain, cells: float, degree: int) -> dict[Clique, float]:
    """All sets of 1 to `degree` columns with few enough cells, weighted by the columns they share with the workload's sets."""
    workload = list(itertools.combinations(domain, degree))
    closure: dict[Clique, float] = {}
    for size in range(1, degree + 1):
        for clique in itertools.combinations(domain, size):
            if domain.size(clique) <= cells:
                closure[clique] = float(sum(len(set(clique) & set(other)) for other in workload))
    return closure


def small_enough(domain: Domain, measured: Iterable[Clique], pool: dict[Clique, float], limit: float) -> dict[Clique, float]:
    """The candidates with which the junction tree stays below `limit` MiB, and all that is inside it already."""
    measured = list(measured)
    inside = {frozenset(part) for clique in measured for size in range(1, len(clique) + 1) for part in itertools.combinations(clique, size)}
    return {
        clique: weight
        for clique, weight in pool.items()
        if frozenset(clique) in inside or mbi.junction_tree.hypothetical_model_size(domain, [*measured, clique]) <= limit
    }


def aim(data: Dataset, rho: float, random: np.random.Generator, options: argparse.Namespace) -> Dataset:
    """AIM: single columns first, then in rounds the marginal that the model knows worst, until the budget is spent."""
    domain, columns = data.domain, list(data.domain)
    pool = candidates(domain, options.mebibytes * 2**20 / 8, options.degree)
    rounds = 16 * len(columns)
    sigma, epsilon = np.sqrt(rounds / (2 * 0.9 * rho)), np.sqrt(8 * 0.1 * rho / rounds)
    log = [measure(data, (name,), sigma, random) for name in columns]
    used = len(columns) / (2 * sigma**2)
    model = fit(domain, log, options.iterations)
    last = False
    while not last:
        if rho - used < 2 * (0.5 / sigma**2 + epsilon**2 / 8):
            rest, last = rho - used, True
            sigma, epsilon = np.sqrt(1 / (2 * 0.9 * rest)), np.sqrt(8 * 0.1 * rest)
        used += epsilon**2 / 8 + 0.5 / sigma**2
        allowed = small_enough(domain, (one.clique for one in log), pool, options.mebibytes * used / rho)
        bias = np.sqrt(2 / np.pi) * sigma
        scores = [weight * (distance(data, model, clique) - bias * domain.size(clique)) for clique, weight in allowed.items()]
        chosen = list(allowed)[zcdp.choose(np.array(scores), epsilon, max(allowed.values()), random)]
        before = np.asarray(model.project(chosen).datavector())
        log.append(measure(data, chosen, sigma, random))
        model = fit(domain, log, options.iterations, model)
        if np.abs(np.asarray(model.project(chosen).datavector()) - before).sum() <= bias * domain.size(chosen):
            sigma, epsilon = sigma / 2, epsilon * 2
        print(f"round {len(log) - len(columns)}: {chosen}, {used / rho:.3f} of the budget", flush=True)
    return model.synthetic_data(data.records)


def main() -> None:
    """Runs a mechanism, writes its codes, and prints the seconds it took as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mechanism", choices=["mst", "aim"])
    parser.add_argument("--in", dest="input", type=Path, required=True)
    parser.add_argument("--domain", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epsilon", type=float, default=1.0)
    parser.add_argument("--delta-exponent", type=int, default=5)
    parser.add_argument("--iterations", type=int, help="of mirror descent; 5000 for MST, 1000 a round for AIM")
    parser.add_argument("--mebibytes", type=float, default=80.0, help="AIM: size of the model")
    parser.add_argument("--degree", type=int, default=3, help="AIM: columns in a set of the workload")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.iterations = options.iterations or {"mst": 5_000, "aim": 1_000}[options.mechanism]
    warnings.filterwarnings("ignore")
    data = load(options.input, options.domain)
    np.random.seed(options.seed)  # the engine draws its rows from it
    start = time.perf_counter()
    rho = zcdp.rho_of(options.epsilon, 10.0**-options.delta_exponent)
    made = {"mst": mst, "aim": aim}[options.mechanism](data, rho, np.random.default_rng(options.seed), options)
    seconds = time.perf_counter() - start
    pd.DataFrame(made.to_dict())[list(data.domain)].to_csv(options.out, index=False)
    print(json.dumps({"mechanism": options.mechanism, "rho": round(rho, 6), "seconds": round(seconds, 1)}))


if __name__ == "__main__":
    main()
