"""How often the whole command supports a benefit that is not there, courses that bend included.

    python validation/own_control_command.py --runs 200 --date 2026-11-26

Unlike `own_control.py`, which is told whether people differ in slope (as a plan tells it), each run
here does what `effect own-control` does: the course chosen by `fit_course`, the contrast, the rank
among untreated people, and the checks that take support away.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ultrarare.effect.untreated_rank import rank_beside
from ultrarare.errors import NotComputable
from ultrarare.stats.blocks import in_blocks
from ultrarare.stats.course_fit import fit_course
from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.own_control import own_control

Floats = NDArray[np.float64]

PAGE = Path(__file__).parents[1] / "docs/validation/own-control-command.md"
TIMES, AFTER = np.arange(6.0), 3  # visits after dosing
LEVEL_SD, WITHIN = 8.0, 3.0
NOMINAL, TARGET = 0.025, 0.03
BLOCK = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One way in which data are made; lower values are better."""

    name: str
    people: int
    fall: float = 0.0  # of the mean, exponential
    constant: float = 1.0  # of that fall
    bow: float = 0.0  # times time squared
    slope_sd: float = 0.0
    memory: float = 0.0
    heavy: bool = False
    dosed: float = 2.5

    @property
    def before(self) -> tuple[int, ...]:
        """How many visits before dosing are tried."""
        return (1, 3) if self.dosed > 2 else (1,)

    def mean(self, t: Floats) -> Floats:
        """The mean course."""
        return np.asarray(40 - t + self.fall * np.exp(-t / self.constant) + self.bow * t**2)


CELLS = (
    *(Cell(name="a line", people=n) for n in (8, 20, 50)),
    *(Cell(name="a line, slopes differ", people=n, slope_sd=1.0) for n in (20, 50)),
    *(Cell(name="a line, AR(1) 0.6", people=n, memory=0.6) for n in (20, 50)),
    Cell(name="a line, t3 noise", people=20, heavy=True),
    *(Cell(name="falls off by 20", people=n, fall=20) for n in (20, 50)),
    *(Cell(name="falls off by 20, dosed early", people=n, fall=20, dosed=0.5) for n in (8, 20, 50)),
    *(Cell(name="falls off by 10, dosed early", people=n, fall=10, dosed=0.5) for n in (8, 20, 50)),
    Cell(name="falls off by 20, slowly", people=50, fall=20, constant=2.0, dosed=0.5),
    Cell(name="bows downwards", people=50, bow=-0.5),
)
FIELDS = ("bends", "missed", "excluded", "supported", "ranked", "slopes", "serial")


def values(rng: np.random.Generator, cell: Cell) -> Floats:
    """One untreated person's six values."""
    white = rng.standard_t(3, TIMES.size) / np.sqrt(3) if cell.heavy else rng.standard_normal(6)
    if cell.memory:
        white = np.linalg.cholesky(cell.memory ** np.abs(np.subtract.outer(TIMES, TIMES))) @ white
    line = LEVEL_SD * rng.standard_normal() + cell.slope_sd * rng.standard_normal() * TIMES
    return np.asarray(cell.mean(TIMES) + line + WITHIN * white)


def entered(rng: np.random.Generator, cell: Cell, before: int) -> Floats:
    """One more, chosen because the mean of the visits before dosing is an sd on the bad side."""
    kept = cell.dosed > TIMES
    kept &= np.cumsum(kept[::-1])[::-1] <= before
    bar = float(cell.mean(TIMES)[kept].mean()) + np.sqrt(LEVEL_SD**2 + WITHIN**2 / before)
    while True:
        found = values(rng, cell)
        if found[kept].mean() > bar:
            return found


def one_run(rng: np.random.Generator, cell: Cell, before: int) -> Floats:
    """(fields,) of one cohort and one person; NaN where nothing was said."""
    who, t = np.repeat(np.arange(cell.people), TIMES.size), np.tile(TIMES, cell.people)
    y = np.concatenate([values(rng, cell) for _ in range(cell.people)])
    own = entered(rng, cell, before)
    early = np.flatnonzero(cell.dosed > TIMES)[-before:]
    late = np.flatnonzero(cell.dosed < TIMES)[:AFTER]
    seed = int(rng.integers(2**32))

    def fit(a: Any, b: Any, c: Any, *, grid: bool = False) -> Any:
        return fit_course(a, b, c, c, rng=np.random.default_rng(seed), grid=grid)

    def refit(a: Any, b: Any, c: Any) -> PopulationModel:
        linear: PopulationModel = fit(a, b, c).linear
        return linear

    try:
        course = fit(who, t, y, grid=True)
        found = own_control(
            course.linear, TIMES[early], own[early], TIMES[late], own[late], direction="lower"
        )
    except NotComputable:
        return np.full(len(FIELDS), np.nan)
    beside = rank_beside(
        (who.tolist(), t.tolist(), y.tolist(), y.tolist()),
        (TIMES[early].tolist(), own[early].tolist()),
        (TIMES[late].tolist(), own[late].tolist()),
        dosed_at=cell.dosed, direction="lower", fit=refit, tails=course.tails, lack=course.lack,
    )  # fmt: skip
    benefit = found.upper < 0
    rank = 1.0 if beside.conformal is None else beside.conformal.p
    return np.array(
        [
            course.lack is not None and course.lack.bends,
            not found.lower <= 0 <= found.upper,
            benefit,
            benefit and beside.doubt(0.95) is None,
            rank <= NOMINAL,
            course.name == "slope",
            course.linear.correlation > 0,
        ],
        dtype=np.float64,
    )


def block(item: tuple[int, np.random.SeedSequence], cell: Cell, before: int) -> Floats:
    """The runs of one block."""
    runs, seed = item
    return np.array([one_run(np.random.default_rng(s), cell, before) for s in seed.spawn(runs)])


def line(cell: Cell, before: int, found: Floats) -> tuple[str, list[str]]:
    """A row of the table, and what lies above target in it."""
    known = found[np.isfinite(found[:, 0])]
    share = known.mean(axis=0)
    cells, beyond = [cell.name, str(cell.people), str(before)], []
    for name, value in zip(FIELDS, share, strict=True):
        se = float(np.sqrt(value * (1 - value) / known.shape[0]))
        limit = {"missed": 0.06, "excluded": TARGET, "supported": TARGET, "ranked": TARGET}.get(
            name
        )
        high = limit is not None and value > limit + 2 * se
        cells.append(f"**{value:.3f}**" if high else f"{value:.3f}")
        if high and name == "supported":
            where = f"{cell.name}, {cell.people} people, {before} before"
            beyond.append(f"{where}: {value:.3f} ({se:.3f})")
    return f"| {' | '.join(cells)} |", beyond


def page(lines: list[str], beyond: list[str], asked: argparse.Namespace) -> str:
    """The whole page."""
    error = np.sqrt(NOMINAL * (1 - NOMINAL) / asked.runs)
    head = (
        "mean course|people|visits before|bend found|interval missed|benefit by the interval|"
        f"benefit supported|rank ≤ {NOMINAL:g}|slopes chosen|memory chosen"
    )
    return f"""# Error rates of the whole command

{asked.date}, `python validation/own_control_command.py --runs {asked.runs} --seed {asked.seed}`.

What `effect own-control` does with `--model auto`, on a person without any effect: the course is
chosen by its rule, the contrast is formed, the rank stands beside it, and support is taken away
where a check finds that untreated people are not what the model takes them for. Levels have sd
{LEVEL_SD:g}, residuals {WITHIN:g}; visits at 0 to 5, dosing at 2.5 or, early, at 0.5, {AFTER}
visits after it; the person was dosed on a bad baseline. *Bend found*: share of runs in which the
mean of the untreated was seen to bend beyond the model (nominal 0.05 for a line). *Interval
missed*: the 95 % interval does not hold the truth. *Benefit by the interval*, *supported*: nominal
{NOMINAL:g}, before and after the checks. With fewer than 39 people the rank cannot reach
{NOMINAL:g}; its floor is asked for instead. Monte Carlo standard error at nominal: {error:.3f}.
Bold: above 0.06 (missed) or {TARGET:g} by two standard errors.

| {head.replace("|", " | ")} |
|---|{"--:|" * head.count("|")}
{chr(10).join(lines)}

Supported above target:

{chr(10).join(f"- {text}" for text in beyond) or "- none"}
"""


def main() -> None:
    """Simulate and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--date", required=True)
    asked = parser.parse_args()
    lines, beyond = [], []
    with ProcessPoolExecutor(asked.workers) as pool:
        mapping = pool.map if asked.workers > 1 else map
        for index, cell in enumerate(CELLS):
            for before in cell.before:
                parts = in_blocks(
                    partial(block, cell=cell, before=before),
                    asked.runs,
                    seed=np.random.SeedSequence([asked.seed, index, before]),
                    size=BLOCK,
                    mapping=mapping,
                )
                text, out = line(cell, before, np.concatenate(parts))
                print(text, flush=True)
                lines.append(text)
                beyond += out
    PAGE.write_text(page(lines, beyond, asked), encoding="utf-8")


if __name__ == "__main__":
    main()
