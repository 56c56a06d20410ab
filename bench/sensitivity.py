"""Seconds of each sensitivity analysis.

python bench/sensitivity.py --date 2026-11-26
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from cpu import seconds

from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.sensitivity.confounder import Trapezoid, probabilistic
from ultrarare.stats.sensitivity.e_value import Association, e_value
from ultrarare.stats.sensitivity.matched_sets import ScoredSets, scored_sets
from ultrarare.stats.sensitivity.rosenbaum import hidden_bias
from ultrarare.stats.sensitivity.shift import shift_curve
from ultrarare.stats.sensitivity.untreated_shift import CHANGES, contrast_under
from ultrarare.stats.untreated_course import choose_course

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks" / "sensitivity.md"
BEFORE, AFTER = np.arange(3.0), np.arange(3.0, 6.0)


def population(people: int) -> PopulationModel:
    """A course with its grid of variances."""
    rng = np.random.default_rng(1)
    who, t = np.repeat(np.arange(people), 8), np.tile(np.arange(8.0), people)
    level, slope = rng.standard_normal((2, people))
    y = 10 + 2 * level[who] + (0.2 * slope[who] - 0.5) * t + rng.standard_normal(t.size)
    return choose_course(who, t, y, slopes=True, model="plain")


def curves(model: PopulationModel) -> object:
    """The four shifts with their searches and curves."""
    return [
        shift_curve(
            contrast_under(model, BEFORE, 10 - BEFORE, AFTER, 14 - AFTER, changed=changed),  # type: ignore[arg-type]
            direction="higher",
            scale=1.0,
            farthest=7.0 if changed == "clock" else None,
        )
        for changed in CHANGES
    ]


def sets(number: int, size: int) -> ScoredSets:
    """Matched sets with an effect."""
    rng = np.random.default_rng(2)
    y = rng.standard_normal((number, size))
    y[:, 0] += 1.2
    names = np.repeat(np.arange(number), size).tolist()
    return scored_sets(
        names, np.tile([1] + [0] * (size - 1), number), y.ravel(), direction="higher"
    )


def rows() -> list[str]:
    """A row for each analysis."""
    ratio = Association(measure="risk ratio", value=3.9, lower=1.8, upper=8.7)
    prior = Trapezoid.between(0.1, 0.6)
    model = population(200)
    works: dict[str, Callable[[], object]] = {
        "E-value": lambda: e_value(ratio),
        "prior of a confounder, 20,000 draws": lambda: probabilistic(
            ratio, treated=prior, untreated=prior, effect=prior, rng=np.random.default_rng(1)
        ),
        "four shifts of the untreated course of 200 people": lambda: curves(model),
        "tipping Γ and its curve, 20 pairs": lambda: hidden_bias(sets(20, 2)),
        "tipping Γ and its curve, 200 pairs": lambda: hidden_bias(sets(200, 2)),
        "tipping Γ and its curve, 20 sets of 4": lambda: hidden_bias(sets(20, 4)),
    }
    return [f"| {name} | {seconds(work):.4f} |" for name, work in works.items()]


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", required=True, help="YYYY-MM-DD, printed on the page")
    given = parser.parse_args()
    lines = [
        "# Sensitivity analyses",
        "",
        f"{given.date}, `make bench`, Python {sys.version.split()[0]}, one core, CPU seconds, best "
        "of three.",
        "",
        "| analysis | s |",
        "|---|--:|",
        *rows(),
    ]
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
