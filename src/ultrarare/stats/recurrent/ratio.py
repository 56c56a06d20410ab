"""A ratio of rates in words."""

from __future__ import annotations

from math import exp


def ratio_words(
    log: float, lower: float | None, upper: float | None, p: float | None, level: float
) -> str:
    """The ratio with its interval and two-sided p, or that it has none; all given as logarithms."""
    said = f"rate ratio {exp(log):.3g}"
    if lower is None or upper is None or p is None:
        return f"{said} (no interval)"
    return (
        f"{said} ({100 * level:g}% interval {exp(lower):.3g} to {exp(upper):.3g}, "
        f"two-sided p {p:.2g})"
    )
