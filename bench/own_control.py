"""Seconds of one patient's counterfactual against 200 and 2,000 untreated people.

python bench/own_control.py --date 2026-11-26
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from cpu import seconds

from ultrarare.app.statistics.own_control import Options, compare_tables
from ultrarare.stats.own_control import own_control
from ultrarare.stats.untreated_course import CourseModel, choose_course

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks" / "own-control.md"
SIZES = ((200, 8), (2000, 10))
OWN = np.arange(3.0), np.arange(3.0, 6.0)
MODELS: tuple[CourseModel, ...] = ("plain", "serial", "auto", "change-point")


def made(people: int, visits: int, *, apart: bool) -> tuple[Any, ...]:
    """Visits of untreated people who differ in level and slope."""
    rng = np.random.default_rng(1)
    who = np.repeat(np.arange(people), visits)
    t = np.tile(np.arange(float(visits)), people)
    if apart:
        t = t + rng.uniform(-0.3, 0.3, t.size)
    level, slope = rng.standard_normal((2, people))
    return who, t, 10 + 2 * level[who] + (0.2 * slope[who] - 0.5) * t + rng.standard_normal(t.size)


def counterfactual(data: tuple[Any, ...], model: CourseModel, *, slopes: bool) -> object:
    """The fit with its grid, and one patient's contrast with everything beside it."""
    before, after = OWN
    population = choose_course(*data, slopes=slopes, model=model)
    return own_control(population, before, 10 - before, after, 12 - after, direction="higher")


def core_rows() -> list[str]:
    """A row for each cohort, schedule, course and model."""
    rows = []
    for people, visits in SIZES:
        for apart in (False, True):
            data = made(people, visits, apart=apart)
            when = "each their own" if apart else "the same for all"
            for slopes in (False, True):
                course = "level and slope" if slopes else "level"
                cells = [
                    f"{seconds(partial(counterfactual, data, model, slopes=slopes)):.3f}"
                    for model in (MODELS if slopes else MODELS[:3])
                ]
                cells += ["–"] * (len(MODELS) - len(cells))
                rows.append(
                    f"| {people} | {people * visits} | {when} | {course} | {' | '.join(cells)} |"
                )
    return rows


def command_rows() -> list[str]:
    """The whole command without the start of Python: tables read, rank and heavy tails beside."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for people, visits in SIZES:
            history, patient = Path(folder) / f"{people}.csv", Path(folder) / "patient.csv"
            who, t, y = made(people, visits, apart=False)
            lines = [f"p{a},{b:g},{c:.4f}" for a, b, c in zip(who, t, y, strict=True)]
            history.write_text("\n".join(["person,time,value", *lines]) + "\n", "utf-8")
            own = [f"x,{a:g},{10 - a + (5 if a > 2 else 0):g}" for a in np.concatenate(OWN)]
            patient.write_text("\n".join(["person,time,value", *own]) + "\n", "utf-8")
            work = partial(compare_tables, history, patient, Options(dosed_at=2.0))
            rows.append(f"| {people} | {people * visits} | {seconds(work):.2f} |")
    return rows


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", required=True)
    asked = parser.parse_args()
    core, command = "\n".join(core_rows()), "\n".join(command_rows())
    PAGE.write_text(
        "# One patient against untreated people\n\n"
        f"{asked.date}, `make bench`, Python {sys.version.split()[0]}, one core, CPU seconds, best "
        "of three.\n\n"
        "The course fitted to all visits with its grid of variances, and the patient's contrast "
        "(three visits before dosing, three after) with tipping values and band. Targets: 0.1 "
        "for 200 people, 1 for 2,000 people and 20,000 visits.\n\n"
        "| people | visits | times of visits | people differ in | plain | serial | auto | "
        "change point |\n|--:|--:|---|---|--:|--:|--:|--:|\n"
        f"{core}\n\n"
        "`effect own-control` with model `auto`, tables read, the rank among untreated people and "
        "the check for heavy tails included.\n\n"
        f"| people | visits | s |\n|--:|--:|--:|\n{command}\n",
        encoding="utf-8",
    )
    print(PAGE.read_text("utf-8"))


if __name__ == "__main__":
    main()
