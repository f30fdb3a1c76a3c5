"""Exponential smoothing of one column, one row at a time, as the equations are printed."""

from __future__ import annotations


def smooth(
    x: list[float],
    level: float,
    growth: float,
    season: list[float],
    weights: tuple[float, float, float, float],
    trend: str,
    seasonal: str,
) -> list[float]:
    alpha, beta, gamma, phi = weights
    seasons, expected = list(season), []
    for t, value in enumerate(x):
        old = seasons[t] if seasonal != "none" else 0.0
        base = level * growth**phi if trend == "mul" else level + phi * growth
        expected.append({"none": base, "add": base + old, "mul": base * old}[seasonal])
        plain = {"none": value, "add": value - old, "mul": value / old if old else 0.0}[seasonal]
        after = alpha * plain + (1 - alpha) * base
        if trend == "mul":
            growth = beta * after / level + (1 - beta) * growth**phi
        else:
            growth = beta * (after - level) + (1 - beta) * phi * growth
        level = after
        fresh = value / base if seasonal == "mul" else value - base
        seasons.append(gamma * fresh + (1 - gamma) * old)
    return expected
