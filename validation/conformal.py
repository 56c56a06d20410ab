"""How often the conformal rank finds an effect where there is none, and where there is one.

    python validation/conformal.py --runs 1000 --date 2026-11-26

Each run simulates N untreated people and one more, untreated too; the rank of the one more is the
package's own. Beside it, on the same data: the p value of the fitted model, the rank of the raw
change, and Welch's test before against after. All are one-sided, in the direction of benefit.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from ultrarare.errors import NotComputable
from ultrarare.stats.blocks import in_blocks
from ultrarare.stats.conformal import Windows, comparable_windows, conformal_test
from ultrarare.stats.heavy_tails import heavy_tailed, standardised_residuals
from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.trajectory import fit_trajectory
from ultrarare.stats.untreated import personal_course

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

PAGE = Path(__file__).parents[1] / "docs/validation/conformal.md"
LEVEL, MODEL_TARGET = 0.05, 0.06
EFFECT = 1.5  # sds of one measurement, towards benefit (lower)
RELIABILITY = 0.5
TIMES = np.arange(8.0)
DOSED = 3.5
AR1 = 0.6
PEOPLE = (8, 19, 20, 39, 50, 200)
STRESS = ("none", "t3", "ar1", "unequal", "selected", "worst")
SPOKEN = {
    "none": "none",
    "t3": "t3 noise",
    "ar1": "AR(1) 0.6",
    "unequal": "unequal visits",
    "selected": "entry on a bad baseline",
    "worst": "all of them",
}
BLOCK = 50
TAILS = 0.5  # share of runs in which tails are tested
NAMES = ("conformal", "power", "model", "raw", "raw_power", "naive", "heavy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One way in which data are made."""

    stress: str
    people: int

    def on(self, name: str) -> bool:
        """Whether this stress is on."""
        return self.stress in {name, "worst"}


def times_of(rng: np.random.Generator, cell: Cell) -> Floats:
    """When one untreated person is seen."""
    if cell.on("unequal"):
        return np.sort(rng.uniform(-0.5, 7.5, TIMES.size))
    return TIMES


def values_at(rng: np.random.Generator, times: Floats, cell: Cell) -> Floats:
    """One untreated person's values, of variance 1."""
    if cell.on("t3"):
        white = rng.standard_t(3, times.size) / np.sqrt(3.0)
    else:
        white = rng.standard_normal(times.size)
    if cell.on("ar1"):
        white = np.linalg.cholesky(AR1 ** np.abs(np.subtract.outer(times, times))) @ white
    level = np.sqrt(RELIABILITY) * rng.standard_normal()
    return np.asarray(level + np.sqrt(1 - RELIABILITY) * white, dtype=np.float64)


def patient(rng: np.random.Generator, cell: Cell) -> Floats:
    """One untreated patient; entry may need a baseline mean one sd on the bad side."""
    before = TIMES < DOSED
    while True:
        y = values_at(rng, TIMES, cell)
        if not cell.on("selected") or y[before].mean() > 0.7:
            return y


def raw_ranks(windows: Windows, who: Counts, t: Floats, y: Floats, change: float) -> float:
    """Rank p of the plain change among untreated people's."""
    found = []
    for one, at in zip(windows.person, windows.dosed_at, strict=True):
        mine = who == one
        times, values = t[mine], y[mine]
        before = (times <= at) & (times >= at - windows.first)
        after = (times > at) & (times >= at + windows.start) & (times <= at + windows.end)
        found.append(values[after].mean() - values[before].mean())
    return float(1 + np.sum(np.array(found) <= change)) / (windows.person.size + 1)


def welch(y0: Floats, y1: Floats) -> float:
    """One-sided p of Welch's test on the patient's visits alone."""
    a, b = y0.var(ddof=1) / y0.size, y1.var(ddof=1) / y1.size
    df = (a + b) ** 2 / (a**2 / (y0.size - 1) + b**2 / (y1.size - 1))
    return float(stdtr(df, (y1.mean() - y0.mean()) / np.sqrt(a + b)))


def fitted(who: Counts, t: Floats, y: Floats) -> PopulationModel:
    """The untreated course: people differ in level."""
    return fit_trajectory(who, t, y, grid=False)


def one_run(rng: np.random.Generator, cell: Cell) -> Floats:
    """One cohort and one patient: 1 where a method finds benefit, NaN where it says nothing."""
    schedule = [times_of(rng, cell) for _ in range(cell.people)]
    who = np.repeat(np.arange(cell.people), [each.size for each in schedule])
    t = np.concatenate(schedule)
    y = np.concatenate([values_at(rng, each, cell) for each in schedule])
    own = patient(rng, cell)
    before = TIMES < DOSED
    t0, y0, t1, y1 = TIMES[before], own[before], TIMES[~before], own[~before]
    windows = comparable_windows(who, t, pre_time=t0, post_time=t1, dosed_at=DOSED)

    def rank(after: Floats) -> float:
        return conformal_test(
            windows, who, t, y, pre_time=t0, pre_value=y0, post_time=t1, post_value=after,
            direction="lower", fit=fitted,
        ).p  # fmt: skip

    model, heavy = np.nan, np.nan
    try:
        population = fitted(who, t, y)
        window = personal_course(population, t0, y0).window(t1)
        model = float(window.cdf(y1.mean())[0]) <= LEVEL
        if rng.random() < TAILS:
            heavy = heavy_tailed(standardised_residuals(population, who, t, y), rng).heavy
    except NotComputable:  # no variance between people
        pass
    change = float(y1.mean() - y0.mean())
    return np.array(
        [
            rank(y1) <= LEVEL,
            rank(y1 - EFFECT) <= LEVEL,
            model,
            raw_ranks(windows, who, t, y, change) <= LEVEL,
            raw_ranks(windows, who, t, y, change - EFFECT) <= LEVEL,
            welch(y0, y1) <= LEVEL,
            heavy,
        ],
        dtype=np.float64,
    )


def block(item: tuple[int, np.random.SeedSequence], cell: Cell) -> Floats:
    """(runs, 7) of one block."""
    runs, seed = item
    rng = np.random.default_rng(seed)
    return np.array([one_run(rng, cell) for _ in range(runs)])


def rows(runs: int, seed: int, workers: int) -> Iterator[tuple[Cell, int, Floats]]:
    """Every cell, how many runs it had, and the share of each column."""
    cells = [Cell(stress=stress, people=people) for stress in STRESS for people in PEOPLE]
    seeds = np.random.SeedSequence(seed).spawn(len(cells))
    with ProcessPoolExecutor(workers) as pool:
        for cell, each in zip(cells, seeds, strict=True):
            count = max(BLOCK, runs // 4) if cell.people > 100 else runs
            parts = in_blocks(
                partial(block, cell=cell), count, seed=each, size=BLOCK, mapping=pool.map
            )
            yield cell, count, np.nanmean(np.concatenate(parts), axis=0)


def line(cell: Cell, runs: int, found: Floats) -> str:
    """One row of the table; sizes above their target in bold."""
    n = cell.people
    attainable = int(LEVEL * (n + 1) + 1e-9) / (n + 1)
    by = dict(zip(NAMES, found, strict=True))
    se = np.sqrt(LEVEL * (1 - LEVEL) / runs)
    exact = np.sqrt(max(attainable, 1e-9) * (1 - attainable) / runs)

    def size(value: float, target: float) -> str:
        return f"**{value:.3f}**" if value > target else f"{value:.3f}"

    parts = [
        SPOKEN[cell.stress], str(n), str(runs), f"{1 / (n + 1):.3f}", f"{attainable:.3f}",
        f"{size(by['conformal'], attainable + 2 * exact)} ± {exact:.3f}",
        f"{by['power']:.2f}", size(by["model"], MODEL_TARGET),
        size(by["raw"], attainable + 2 * exact), f"{by['raw_power']:.2f}",
        size(by["naive"], LEVEL + 2 * se), f"{by['heavy']:.2f}",
    ]  # fmt: skip
    return "| " + " | ".join(parts) + " |"


def page(lines: list[str], runs: int, seed: int, date: str) -> str:
    """The whole page."""
    head = (
        "stress|N|runs|floor|attainable|conformal, size ± se|power|model, size|raw change, size"
        "|raw change, power|Welch, size|called heavy-tailed"
    ).split("|")
    return "\n".join(
        (
            "# Error rates of the conformal rank",
            "",
            "Written by "
            f"`python validation/conformal.py --runs {runs} --seed {seed} --date {date}`.",
            "One-sided level 0.05; four visits before dosing and four after; reliability of one",
            f"measurement {RELIABILITY}; an effect of {EFFECT} sd of one measurement for power.",
            "N is the number of untreated people. Attainable is the largest size that ranks of so",
            "many people allow at 0.05. *Model* is the fitted random intercept's p value, which",
            "knows nothing of memory or heavy tails; *raw change* ranks the difference of means;",
            "*Welch* uses the patient's visits alone.",
            "",
            "Bold: above the attainable size by more than two Monte Carlo standard errors (ranks),",
            "above 0.06 (the model), above 0.05 by more than two (Welch). *Entry on a bad",
            "baseline* breaks exchangeability: the patient was entered on a baseline mean above",
            "0.7, untreated people were not; *unequal visits* breaks it in the schedule.",
            "",
            "| " + " | ".join(head) + " |",
            "|" + "---|" * len(head),
            *lines,
            "",
        )
    )


def main() -> None:
    """Simulate and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--date", required=True)
    given = parser.parse_args()
    lines = []
    for cell, runs, found in rows(given.runs, given.seed, given.workers):
        lines.append(line(cell, runs, found))
        print(lines[-1], flush=True)
    PAGE.write_text(page(lines, given.runs, given.seed, given.date), encoding="utf-8")


if __name__ == "__main__":
    main()
