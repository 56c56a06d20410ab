"""Error rates of treated against control at nominated sites; writes docs/validation/sites.md.

python validation/sites.py --date 2026-11-27
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ultrarare.stats.sites.comparison import compare_sites, fisher_greater
from ultrarare.stats.sites.replicates import Arm, Pair

PAGE = Path(__file__).resolve().parent.parent / "docs" / "validation" / "sites.md"
LIMIT, TARGET = 0.06, 0.93


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One situation."""

    sites: int = 20
    replicates: tuple[int, int] = (3, 3)
    depth: int = 20_000
    background: float = 0.001
    cv: float = 0.0  # sd of a replicate's true share over its mean
    excess: float = 0.0
    told: bool = True  # depths in the table
    spread: float = 0.0  # sd of the logarithm of a site's own cv


def arm(rng: np.random.Generator, cell: Cell, share: float, cv: float, size: int) -> Arm:
    """Replicates with beta-distributed shares."""
    shares = np.full(size, share)
    if cv > 0:
        total = (1 - share) / share / cv**2 - 1
        shares = rng.beta(share * total, (1 - share) * total, size)
    reads = rng.binomial(cell.depth, shares)
    if cell.told:
        return Arm(share=reads / cell.depth, depth=np.full(size, float(cell.depth)), unit=0.0)
    return Arm(share=np.round(reads / cell.depth, 4), depth=None, unit=1e-4)


def one_run(cell: Cell, seed: np.random.SeedSequence) -> tuple[int, int, int, int, float]:
    """Sites rejected, naively rejected, with limits that hold, tested, and mean width."""
    rng = np.random.default_rng(seed)
    pairs = []
    for k in range(cell.sites):
        cv = cell.cv * float(np.exp(rng.normal(0, cell.spread))) if cell.spread else cell.cv
        pairs.append(
            Pair(
                site=str(k),
                treated=arm(rng, cell, cell.background + cell.excess, cv, cell.replicates[0]),
                control=arm(rng, cell, cell.background, cv, cell.replicates[1]),
            )
        )
    found = compare_sites(pairs, detectable=False).sites
    rejected = sum(one.p_value is not None and one.p_value <= 0.05 for one in found)
    naive = 0
    for pair in pairs:
        m, n = (cell.depth * size for size in cell.replicates)
        x, y = round(pair.treated.share.mean() * m), round(pair.control.share.mean() * n)
        naive += fisher_greater(x, m, y, n, 1.0) <= 0.05
    limits = [(one.lower, one.upper) for one in found]
    held = sum(a is not None and b is not None and a <= cell.excess <= b for a, b in limits)
    widths = [b - a for a, b in limits if a is not None and b is not None]
    tested = sum(one.p_value is not None for one in found)
    return rejected, naive, held, tested, float(np.mean(widths)) if widths else float("nan")


def line(cell: Cell, runs: int, workers: int) -> list[str]:
    """One row of the table."""
    key = [round(1e6 * cell.background), cell.depth, round(1000 * cell.cv), cell.sites]
    seeds = np.random.SeedSequence([20261127, *key, *cell.replicates]).spawn(runs)
    with ProcessPoolExecutor(workers) as pool:
        found = np.array(list(pool.map(partial(one_run, cell), seeds, chunksize=20)))
    tested = found[:, 3].sum()
    rejected, naive, held = (found[:, k].sum() / tested for k in range(3))
    # sites of one run share what they say about scatter
    by_run = found[:, 0] / np.maximum(found[:, 3], 1)
    error = float(by_run.std(ddof=1) / runs**0.5)
    size = f"{rejected:.3f}"
    covered = f"{held:.3f}"
    if cell.excess == 0 and rejected > LIMIT + 2 * error:
        size = f"**{size}**"
    if held < TARGET - 2 * error:
        covered = f"**{covered}**"
    return [
        f"{cell.sites}", f"{cell.replicates[0]} v {cell.replicates[1]}", f"{cell.depth:,}",
        f"{100 * cell.background:g}",
        f"{cell.cv:g}" + (" (unlike)" if cell.spread else ""), f"{100 * cell.excess:g}",
        "yes" if cell.told else "no", f"{tested:.0f}", size, f"{error:.3f}", f"{naive:.3f}",
        covered, f"{100 * np.nanmean(found[:, 4]):.3g}",
    ]  # fmt: skip


CELLS = (
    *(Cell(cv=cv, sites=sites) for sites in (1, 20) for cv in (0.0, 0.1, 0.3, 0.6)),
    *(Cell(cv=0.2, depth=depth) for depth in (1_000, 100_000)),
    *(Cell(cv=0.2, background=share) for share in (0.0001, 0.005)),
    *(Cell(cv=0.3, replicates=n) for n in ((1, 1), (2, 2), (1, 3), (4, 4))),
    Cell(cv=0.3, spread=0.5),
    Cell(cv=0.3, depth=1_000, background=0.0001),
    *(Cell(cv=cv, told=False) for cv in (0.0, 0.3)),
    Cell(cv=0.3, told=False, sites=1),
    Cell(cv=0.3, told=False, background=0.0003),
    *(Cell(cv=0.3, excess=excess) for excess in (0.0005, 0.001, 0.003)),
    Cell(cv=0.3, excess=0.003, sites=1),
    Cell(cv=0.3, excess=0.003, told=False),
)


def main() -> None:
    """Simulate and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", type=int, default=4000, help="site tests a cell")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--date", required=True, help="YYYY-MM-DD, printed on the page")
    asked = parser.parse_args()
    head = ["sites", "replicates", "depth", "background, %", "cv", "excess, %", "depths told",
            "tests", "p ≤ 0.05", "se", "naive", "limits hold", "width, points"]  # fmt: skip
    rows = [line(cell, max(asked.tests // cell.sites, 200), asked.workers) for cell in CELLS]
    table = "\n".join("| " + " | ".join(row) + " |" for row in [head, ["--:"] * len(head), *rows])
    PAGE.write_text(
        f"""# Error rates at nominated sites

A script writes this page; do not edit it. Command:
`python validation/sites.py --tests {asked.tests}`, {asked.date}.

Replicates have beta-distributed true shares with the stated coefficient of variation (*unlike*: it
differs between sites), reads are binomial. *p ≤ 0.05*: share of sites, one-sided; without excess
at most {LIMIT} is allowed, with excess it is the power. *se*: its Monte Carlo error, runs as units.
*Naive*: Fisher's exact test on the pooled reads. *Limits*: 95 %, of the difference. Bold: size
above {LIMIT} or coverage below {TARGET}, by two standard errors.

{table}
""",
        encoding="utf-8",
    )
    print(PAGE.read_text("utf-8"))


if __name__ == "__main__":
    main()
