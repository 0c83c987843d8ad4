"""Rényi divergences of the Poisson-subsampled Gaussian mechanism as Opacus computes them, frozen for the tests.

    python -m venv V && V/bin/pip install -r requirements-opacus.txt
    V/bin/python opacus_rdp.py > ../../offchain-worker/synthesis/tests/fixtures/opacus_rdp.json

Opacus 1.6.0 (Apache-2.0). Where 1 - exp((order - 1) * divergence) is so small that double precision leaves no six digits of it,
a value would say nothing: such cells are left out.
"""

from __future__ import annotations

import json
import sys

from opacus import __version__
from opacus.accountants.analysis.rdp import compute_rdp, get_privacy_spent

RATES = (0.001, 0.005, 0.01, 0.02, 0.06, 0.1, 0.25, 0.5, 0.9)
NOISE = (0.6, 0.8, 1.0, 1.3, 2.0, 3.5, 6.0, 12.0)
ORDERS = (1.1, 1.25, 1.5, 2.0, 2.5, 3.0, 3.7, 5.0, 6.3, 8.836, 12.0, 16.5, 24.0, 33.3, 64.0, 100.25)
LEAST = 1e-8
"""Least logarithm of the moment that is compared."""
DELTA = 1e-5


def cells() -> list[list[float]]:
    """Rows of rate, noise multiplier, order and divergence of one step."""
    found = []
    for rate in RATES:
        for noise in NOISE:
            for order in ORDERS:
                divergence = float(compute_rdp(q=rate, noise_multiplier=noise, steps=1, orders=order))
                if divergence * (order - 1) >= LEAST:
                    found.append([rate, noise, order, divergence])
    return found


def spending() -> list[list[float]]:
    """Rows of rate, noise multiplier, steps, epsilon at 1e-5 and the best order."""
    orders = [1 + step / 10 for step in range(1, 1000)]
    found = []
    for rate, noise, steps in ((0.06, 2.258, 300), (0.06, 3.465, 800), (0.02, 1.93, 2000), (0.01, 1.0, 1000), (0.2, 5.7, 200)):
        divergences = compute_rdp(q=rate, noise_multiplier=noise, steps=steps, orders=orders)
        epsilon, order = get_privacy_spent(orders=orders, rdp=divergences, delta=DELTA)
        found.append([rate, noise, steps, float(epsilon), float(order)])
    return found


if __name__ == "__main__":
    json.dump({"opacus": __version__, "rdp": cells(), "spending": spending()}, sys.stdout, separators=(",", ":"))
    print()
