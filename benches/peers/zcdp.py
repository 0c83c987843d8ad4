"""Zero-concentrated differential privacy: the budget of a mechanism from (epsilon, delta), and two mechanisms."""

from __future__ import annotations

import math

import numpy as np


def delta_of(rho: float, epsilon: float) -> float:
    """Least delta with which rho-zCDP implies (epsilon, delta)-DP (Canonne, Kamath, Steinke 2020, Proposition 12).

    The infimum over alpha > 1 of exp((alpha - 1)(alpha rho - epsilon)) / (alpha - 1) * (1 - 1/alpha)^alpha. The logarithm is
    convex in alpha: found by ternary search.
    """

    def exponent(alpha: float) -> float:
        return (alpha - 1) * (alpha * rho - epsilon) + alpha * math.log1p(-1 / alpha) - math.log(alpha - 1)

    low, high = 1 + 1e-9, (epsilon + 1) / (2 * rho) + 2
    for _ in range(200):
        third = (high - low) / 3
        low, high = (low, high - third) if exponent(low + third) < exponent(high - third) else (low + third, high)
    return min(1.0, math.exp(exponent(low)))


def rho_of(epsilon: float, delta: float) -> float:
    """Greatest rho that implies (epsilon, delta)-DP, by bisection."""
    low, high = 0.0, epsilon + 1.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if delta_of(middle, epsilon) <= delta else (low, middle)
    return low


def choose(scores: np.ndarray, epsilon: float, sensitivity: float, random: np.random.Generator) -> int:
    """The exponential mechanism: a position with probability proportional to exp(epsilon * score / (2 * sensitivity))."""
    noisy = epsilon * scores / (2 * sensitivity) + random.gumbel(size=len(scores))
    return int(np.argmax(noisy))
