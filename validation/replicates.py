"""How often the interval for a mean proportion over three replicates holds the true one.

    python validation/replicates.py --runs 4000 --date 2026-11-22

Each run draws a proportion for each of three replicates from a beta distribution with the stated
mean and overdispersion ρ, then reads from it. Wilson's interval on the pooled reads stands beside.
"""

from __future__ import annotations

import argparse
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ultrarare.stats.proportion import beta_binomial, wilson

PAGE = Path(__file__).parents[1] / "docs/validation/replicates.md"
MEANS = (0.02, 0.2, 0.5)
OVERDISPERSION = (0.0, 0.001, 0.01, 0.05)
READS = ((1_000, 1_000, 1_000), (50_000, 50_000, 50_000), (2_000, 20_000, 60_000))


def successes(
    rng: np.random.Generator, runs: int, mean: float, rho: float, reads: tuple[int, ...]
) -> NDArray[np.int64]:
    """(runs, replicates) edited reads."""
    shape = (runs, len(reads))
    if rho == 0:
        return rng.binomial(reads, mean, shape)
    total = 1 / rho - 1
    return rng.binomial(reads, rng.beta(mean * total, (1 - mean) * total, shape))


def row(seed: int, runs: int, mean: float, rho: float, reads: tuple[int, ...]) -> str:
    """Coverage of both intervals and the width of ours, as a line of Markdown."""
    rng = np.random.default_rng([seed, int(1e4 * mean), int(1e4 * rho), *reads])
    drawn = successes(rng, runs, mean, rho, reads)
    ours = [beta_binomial(each, reads) for each in drawn]
    pooled = [wilson(int(each.sum()), sum(reads)) for each in drawn]
    held = np.mean([found.lower <= mean <= found.upper for found in ours])
    naive = np.mean([found.lower <= mean <= found.upper for found in pooled])
    width = np.median([found.upper - found.lower for found in ours])
    sizes = ", ".join(f"{n:,}" for n in reads)
    return f"| {mean:g} | {rho:g} | {sizes} | {held:.3f} | {naive:.3f} | {width:.3f} |"


def main() -> None:
    """Simulate and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--date", required=True, help="YYYY-MM-DD, printed on the page")
    given = parser.parse_args()
    lines = [
        row(given.seed, given.runs, mean, rho, reads)
        for reads, rho, mean in product(READS, OVERDISPERSION, MEANS)
    ]
    error = np.sqrt(0.05 * 0.95 / given.runs)
    PAGE.write_text(
        "# Coverage over three replicates\n\n"
        "Share of simulated runs in which the 95% interval holds the true mean proportion: "
        "`beta_binomial` and, beside it, Wilson's interval on the pooled reads. "
        f"{given.runs} runs a row; Monte Carlo standard error at 0.95: {error:.4f}. A script "
        "writes this page; do not edit it.\n\n"
        f"Command: `python validation/replicates.py --runs {given.runs} --seed {given.seed}`, "
        f"{given.date}.\n\n"
        "| true mean | ρ | reads | beta_binomial | Wilson, pooled | median width of ours |\n"
        "|---|---|---|---|---|---|\n" + "\n".join(lines) + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
