"""How well the slope of an untreated course is estimated when values lie below an assay limit.

    python validation/censored.py --runs 400 --date 2026-11-26

Beside it, on the same data: the same fit with the limit in the place of every value below it.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from ultrarare.errors import NotComputable
from ultrarare.stats.blocks import in_blocks
from ultrarare.stats.censored import fit_censored
from ultrarare.stats.course_fit import half_width

Floats = NDArray[np.float64]

PAGE = Path(__file__).parents[1] / "docs/validation/censored-values.md"
SLOPE, BETWEEN, WITHIN = -0.4, 1.0, 0.7  # per unit of time; sds
TIMES = np.arange(5.0)
TARGET = 0.93
BLOCK = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One way in which data are made and fitted."""

    people: int
    share: float  # of values below the limit
    noise: str = "normal"
    slopes: bool = False


CELLS = (
    *(Cell(people=n, share=share) for n in (8, 20, 50) for share in (0.25, 0.5)),
    Cell(people=20, share=0.25, noise="t3"),
    Cell(people=20, share=0.5, noise="t3"),
    Cell(people=20, share=0.25, slopes=True),
)


def fitted(who: NDArray[np.int64], t: Floats, low: Floats, high: Floats, cell: Cell) -> Floats:
    """Slope, whether its 95 % interval covers the truth, and the interval's width."""
    try:
        model = fit_censored(who, t, low, high, slopes=cell.slopes).population
    except NotComputable:
        return np.full(3, np.nan)
    half = half_width(float(np.sqrt(model.beta_cov[1, 1])), model.df)
    slope = float(model.beta[1])
    return np.array([slope, abs(slope - SLOPE) <= half, 2 * half])


def one_run(rng: np.random.Generator, cell: Cell) -> Floats:
    """(6,) of the fit to bounds, then of the fit with the limit put in."""
    who = np.repeat(np.arange(cell.people), TIMES.size)
    t = np.tile(TIMES, cell.people)
    slope_sd = 0.2 if cell.slopes else 0.0
    u = rng.normal(0, BETWEEN, cell.people)[who]
    v = rng.normal(0, slope_sd, cell.people)[who] if cell.slopes else 0.0
    white = (
        rng.standard_t(3, t.size) / np.sqrt(3) if cell.noise == "t3" else rng.normal(size=t.size)
    )
    y = u + (SLOPE + v) * t + WITHIN * white
    sd = np.sqrt(BETWEEN**2 + WITHIN**2 + SLOPE**2 * TIMES.var())
    limit = SLOPE * TIMES.mean() + sd * float(norm.ppf(cell.share))
    low, high = np.where(y < limit, -np.inf, y), np.maximum(y, limit)
    return np.concatenate((fitted(who, t, low, high, cell), fitted(who, t, high, high, cell)))


def block(item: tuple[int, np.random.SeedSequence], cell: Cell) -> Floats:
    """(runs, 6) of one block."""
    runs, seed = item
    rng = np.random.default_rng(seed)
    return np.array([one_run(rng, cell) for _ in range(runs)])


def line(cell: Cell, found: Floats) -> str:
    """One row of the table; coverage below its target in bold."""
    refused = int(np.isnan(found[:, 0]).sum())
    mean = np.nanmean(found, axis=0)
    n = found.shape[0] - refused

    def covered(value: float) -> str:
        return f"**{value:.3f}**" if value < TARGET else f"{value:.3f}"

    se = np.sqrt(0.95 * 0.05 / n)
    parts = [
        str(cell.people), f"{100 * cell.share:.0f} %", cell.noise,
        "level and slope" if cell.slopes else "level", str(found.shape[0]), str(refused),
        f"{mean[0] - SLOPE:+.3f}", f"{covered(mean[1])} ± {se:.3f}", f"{mean[2]:.3f}",
        f"{mean[3] - SLOPE:+.3f}", covered(mean[4]), f"{mean[5]:.3f}",
    ]  # fmt: skip
    return "| " + " | ".join(parts) + " |"


def page(lines: list[str], runs: int, seed: int, date: str) -> str:
    """The whole page."""
    head = (
        "people|below the limit|noise|people differ in|runs|refused|bias|coverage ± se|width"
        "|limit put in: bias|coverage|width"
    ).split("|")
    return "\n".join(
        (
            "# The slope of a course whose values lie in part below a limit",
            "",
            "Written by "
            f"`python validation/censored.py --runs {runs} --seed {seed} --date {date}`.",
            f"True slope {SLOPE}; five visits; sd between people {BETWEEN}, within {WITHIN}.",
            "A 95 % interval, target 0.93; bold where below it.",
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
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--date", required=True)
    given = parser.parse_args()
    lines = []
    seeds = np.random.SeedSequence(given.seed).spawn(len(CELLS))
    with ProcessPoolExecutor(given.workers) as pool:
        for cell, seed in zip(CELLS, seeds, strict=True):
            runs = max(BLOCK, given.runs // 4) if cell.slopes else given.runs
            parts = in_blocks(
                partial(block, cell=cell), runs, seed=seed, size=BLOCK, mapping=pool.map
            )
            lines.append(line(cell, np.concatenate(parts)))
            print(lines[-1], flush=True)
    PAGE.write_text(page(lines, given.runs, given.seed, given.date), encoding="utf-8")


if __name__ == "__main__":
    main()
