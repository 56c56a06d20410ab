"""Seconds to read and describe a cohort of 2,000 people and 20,000 visits; gates nothing.

python bench/cohort.py --date 2026-11-26
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from pathlib import Path

import numpy as np

from ultrarare.app.statistics.cohort import describe_cohort
from ultrarare.history.cohort import read_episodes
from ultrarare.history.question import Question, Setting
from ultrarare.history.tables import Tables, read_tables

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks" / "cohort.md"
PEOPLE, VISITS = 2_000, 10


def write(folder: Path) -> None:
    """Made tables: people in two tiers, ten visits and ten events each."""
    rng = np.random.default_rng(1)
    tiers = ("same gene", "pathway")
    people = [f"p{i},0,{12 + i % 7},{int(i % 3 == 0)},{tiers[i % 2]}" for i in range(PEOPLE)]
    visits = [f"p{i},{k + 1},{rng.normal():.3f}" for i in range(PEOPLE) for k in range(VISITS)]
    events = [f"p{i},{k + 0.5}" for i in range(PEOPLE) for k in range(VISITS)]
    spans = [f"p{i},0,12" for i in range(PEOPLE)]
    for name, header, rows in (
        ("people", "person,entry,exit,event,tier", people),
        ("visits", "person,time,value", visits),
        ("events", "person,time", events),
        ("spans", "person,start,stop", spans),
    ):
        (folder / f"{name}.csv").write_text("\n".join([header, *rows]) + "\n", "utf-8")


def measure(folder: Path) -> tuple[float, float, float]:
    """Wall seconds to read, to describe, and to read the episodes; after one run for imports."""
    tables = Tables(people=folder / "people.csv", visits=folder / "visits.csv")
    question = Question(window=(2.0, 5.0), relevant_difference=1.0, improves="higher", gap=1.0)
    best = (np.inf, np.inf, np.inf)
    for _ in range(3):
        begin = time.perf_counter()
        cohort = read_tables(tables, time_unit="a")
        read = time.perf_counter()
        describe_cohort(cohort, question=question, setting=Setting()).to_json()
        described = time.perf_counter()
        read_episodes(
            folder / "events.csv", folder / "spans.csv", events_name="e", follow_up_name="s"
        )
        end = time.perf_counter()
        found = (read - begin, described - read, end - described)
        best = (min(best[0], found[0]), min(best[1], found[1]), min(best[2], found[2]))
    return best


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", required=True)
    date = parser.parse_args().date
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        read, described, episodes = measure(Path(folder))
    PAGE.write_text(
        f"""# A cohort of {PEOPLE:,} people and {PEOPLE * VISITS:,} visits

{date}, Python {platform.python_version()}, {platform.machine()}, wall seconds, best of three:
`python bench/cohort.py`.

| what | seconds |
|---|---|
| people and visits read and held against each other | {read:.2f} |
| thirteen sides of two endpoints | {described:.2f} |
| both together (target 2) | {read + described:.2f} |
| {PEOPLE * VISITS:,} episodes and their spans read | {episodes:.2f} |
""",
        "utf-8",
    )


if __name__ == "__main__":
    main()
