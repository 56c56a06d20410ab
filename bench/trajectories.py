"""Seconds of the rank among untreated people, of heavy tails, and of six models of a course.

python bench/trajectories.py --date 2026-11-26
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from cpu import seconds

from ultrarare.stats.conformal import comparable_windows, conformal_test
from ultrarare.stats.course_fit import ModelName, fit_course
from ultrarare.stats.heavy_tails import heavy_tailed, standardised_residuals
from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.trajectory import fit_trajectory

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks" / "trajectories.md"
SIZES = ((200, 8), (2000, 10))
OWN = np.arange(3.0), np.arange(3.0, 6.0)


def made(people: int, visits: int, *, apart: bool, bend: bool = False) -> tuple[Any, ...]:
    rng = np.random.default_rng(1)
    who = np.repeat(np.arange(people), visits)
    t = np.tile(np.arange(float(visits)), people)
    if apart:
        t = t + rng.uniform(-0.3, 0.3, t.size)
    u = rng.standard_normal(people)[who]
    if bend:
        return who, t, 100 - 70 / (1 + np.exp(-(t - 4 - u))) + 4 * rng.standard_normal(t.size)
    return who, t, 10 + 2 * u - 0.5 * t + rng.standard_normal(t.size)


def course(who: Any, t: Any, y: Any) -> PopulationModel:
    return fit_trajectory(who, t, y, grid=False)


def ranked(who: Any, t: Any, y: Any) -> object:
    before, after = OWN
    windows = comparable_windows(who, t, pre_time=before, post_time=after)
    return conformal_test(
        windows, who, t, y, pre_time=before, pre_value=10 - before, post_time=after,
        post_value=10 - after, direction="lower", fit=course,
    )  # fmt: skip


def tails(model: PopulationModel, who: Any, t: Any, y: Any) -> object:
    return heavy_tailed(standardised_residuals(model, who, t, y), np.random.default_rng(1))


def rank_rows() -> list[str]:
    rows = []
    for people, visits in SIZES:
        for apart in (False, True):
            who, t, y = made(people, visits, apart=apart)
            rank = seconds(partial(ranked, who, t, y))
            heavy = seconds(partial(tails, course(who, t, y), who, t, y))
            when = "each their own" if apart else "the same for all"
            rows.append(f"| {people} | {who.size} | {when} | {rank:.3f} | {heavy:.3f} |")
    return rows


def fit_rows() -> list[str]:
    rows = []
    names: tuple[ModelName, ...] = ("intercept", "slope", "serial", "change-point", "sigmoid")
    for name in names:
        who, t, y = made(200, 8, apart=True, bend=name == "sigmoid")
        fit = partial(fit_course, who, t, y, y, model=name, rng=np.random.default_rng(1))
        rows.append(f"| {name} | none | {seconds(fit, 1):.2f} |")
    who, t, y = made(200, 8, apart=True)
    limit = float(np.quantile(y, 0.25))
    low, high = np.where(y < limit, -np.inf, y), np.maximum(y, limit)
    for name in names[:2]:
        fit = partial(fit_course, who, t, low, high, model=name, rng=np.random.default_rng(1))
        rows.append(f"| {name} | a quarter | {seconds(fit, 1):.2f} |")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", required=True)
    asked = parser.parse_args()
    ranks, fits = "\n".join(rank_rows()), "\n".join(fit_rows())
    PAGE.write_text(
        "# Courses of untreated people\n\n"
        f"{asked.date}, `make bench`, Python {sys.version.split()[0]}, one core, CPU seconds.\n\n"
        "The rank of one patient (three visits before dosing, three after): windows, a fit to all "
        "with the patient, and all scores; and the check for heavy tails.\n\n"
        "| people | visits | times of visits | rank | heavy tails |\n|--:|--:|---|--:|--:|\n"
        f"{ranks}\n\n"
        "Fits to 200 people seen eight times each at times of their own, the grid of variances "
        "included where there is one.\n\n"
        f"| model | censored | s |\n|---|---|--:|\n{fits}\n",
        encoding="utf-8",
    )
    print(PAGE.read_text("utf-8"))


if __name__ == "__main__":
    main()
