"""Seconds of regression to the mean and of a single-case series; gates nothing.

python bench/regression_to_mean.py --date 2026-11-26
"""

from __future__ import annotations

import argparse
import platform
from pathlib import Path

import numpy as np
from cpu import seconds

from ultrarare.stats.regression_to_mean import (
    EntryRule,
    Untreated,
    entrant,
    judge_regression,
    untreated_from_visits,
)
from ultrarare.stats.single_case import single_case

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks" / "regression-to-mean.md"
RULE = EntryRule(threshold=1.0, direction="lower")


def cohort(people: int, visits: int) -> Untreated:
    """Untreated people with sd 1 and reliability 0.5."""
    rng = np.random.default_rng(1)
    y = 0.7 * rng.normal(size=(people, 1)) + 0.7 * rng.normal(size=(people, visits))
    return untreated_from_visits(
        np.repeat(np.arange(people), visits), np.tile(np.arange(visits), people), y.ravel()
    )


def judge(untreated: Untreated, treated: int) -> None:
    """All routes, 4,000 draws."""
    people = [entrant(RULE, [0], [1.3 + i / 50], [2, 3], [-1.0, -0.8]) for i in range(treated)]
    judge_regression(RULE, people, untreated, rng=np.random.default_rng(2))


def rows() -> list[tuple[str, float]]:
    """What was timed, and its seconds."""
    small, large = cohort(200, 6), cohort(2000, 10)
    rng = np.random.default_rng(3)
    y, phases = rng.normal(size=60), ["A"] * 30 + ["B"] * 30
    return [
        ("fit of 200 untreated people, 1,200 visits", seconds(lambda: cohort(200, 6))),
        ("all routes, one patient, 200 untreated", seconds(lambda: judge(small, 1))),
        ("all routes, six patients, 200 untreated", seconds(lambda: judge(small, 6))),
        ("all routes, one patient, 2,000 untreated", seconds(lambda: judge(large, 1))),
        (
            "single-case series of 60 values, 40 starts",
            seconds(lambda: single_case(phases, np.arange(60), y, possible_starts=range(10, 50))),
        ),
    ]


def main() -> None:
    """Time and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", required=True, help="YYYY-MM-DD, printed on the page")
    given = parser.parse_args()
    table = "\n".join(f"| {what} | {took:.3f} |" for what, took in rows())
    PAGE.write_text(
        "# Speed of regression to the mean and single-case series\n\n"
        f"Best of three, CPU seconds on one core, Python {platform.python_version()}, numpy "
        f"{np.__version__}, {given.date}. Command: `python bench/regression_to_mean.py`. All "
        "routes means 4,000 permutations and simulated trials, and the profile limits of the "
        "likelihood.\n\n"
        f"| work | seconds |\n|:--|--:|\n{table}\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
