"""How often the two judgements of adequacy that rest on chance are wrong.

    python validation/adequacy.py --runs 2000 --seed 1 --date 2026-11-26

First the one-sided bound of spontaneous improvement against the true probability; beside it the
naive one, which takes any window of a long record. Then the tests between two tiers that are alike.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from ultrarare.errors import NotComputable
from ultrarare.stats.blocks import in_blocks
from ultrarare.stats.heterogeneity import log_rank, permuted_means, permuted_rates
from ultrarare.stats.improvement import improvement_rate

PAGE = Path(__file__).parents[1] / "docs/validation/adequacy.md"
PEOPLE = (8, 20, 50, 200)
VISITS, STEP = 9, 0.5
DIFFERENCE, WINDOW = 1.5, 1.0
NOISE = 0.7
KINDS = ("survival (log-rank)", "means of people", "rates of people")
Floats = NDArray[np.float64]
Job = tuple[int, np.random.SeedSequence]


def true_share(drift: float) -> float:
    """Probability that a person's two visits a window apart differ by the difference or more."""
    return float(norm.sf((DIFFERENCE - drift * WINDOW) / (NOISE * math.sqrt(2))))


def values(rng: np.random.Generator, people: int, drift: float, tail: str, rho: float) -> Floats:
    """(people, visits) values with serial errors of a given variance."""
    times = np.arange(VISITS) * STEP
    draw = rng.standard_normal((people, VISITS))
    if tail == "t3":
        draw = rng.standard_t(3, (people, VISITS)) / math.sqrt(3)
    error = draw.copy()
    for k in range(1, VISITS):
        error[:, k] = rho * error[:, k - 1] + math.sqrt(1 - rho**2) * draw[:, k]
    return np.asarray(rng.normal(0, 2, (people, 1)) + drift * times + NOISE * error)


def improved(
    job: Job, people: int, drift: float, tail: str, rho: float, missing: float
) -> list[tuple[float, float, float, float]]:
    """Upper bound, bound of any window, people counted, and whether the visits improved; a run."""
    runs, seed = job
    rng = np.random.default_rng(seed)
    out: list[tuple[float, float, float, float]] = []
    who = np.repeat(np.arange(people), VISITS)
    when = np.tile(np.arange(VISITS) * STEP, people)
    for _ in range(runs):
        y = values(rng, people, drift, tail, rho).ravel()
        keep = rng.random(y.size) >= missing
        try:
            found = improvement_rate(
                who[keep],
                when[keep],
                y[keep],
                y[keep],
                difference=DIFFERENCE,
                window=WINDOW,
                improves="higher",
            )
        except NotComputable:
            continue
        out.append((found.upper, found.ever / found.people, found.people, found.value))
    return out  # fmt: skip


def alike(job: Job, kind: str, sizes: tuple[int, int]) -> list[float]:
    """P values of a test between two tiers that do not differ."""
    runs, seed = job
    rng = np.random.default_rng(seed)
    label = ["a"] * sizes[0] + ["b"] * sizes[1]
    n, out = sum(sizes), []
    for _ in range(runs):
        try:
            if kind == KINDS[0]:
                time, end = rng.exponential(8, n), rng.uniform(2, 15, n)
                p = log_rank(np.minimum(time, end), time <= end, label).p_value
            elif kind == KINDS[1]:
                p = permuted_means(rng.normal(0, 1, n), label, rng=rng, permutations=199).p_value
            else:
                span = rng.uniform(1, 6, n)
                count = rng.poisson(span * rng.gamma(1.0, 1.0, n))
                p = permuted_rates(count, span, label, rng=rng, permutations=199).p_value
        except NotComputable:
            continue
        out.append(p)
    return out


def bound_rows(runs: int, seed: int) -> list[str]:
    """One line a cell of the bound."""
    cells = [(n, "normal", 0.0, 0.0) for n in PEOPLE]
    cells += [(20, "t3", 0.0, 0.0), (20, "normal", 0.6, 0.0), (20, "normal", 0.0, 0.3)]
    cells += [(8, "t3", 0.6, 0.3)]
    lines = []
    for n, tail, rho, missing in cells:
        big = [
            r
            for block in in_blocks(
                partial(improved, people=4000, drift=0.0, tail=tail, rho=rho, missing=0.0),
                10,
                seed=seed + 999,
            )
            for r in block
        ]
        plain = tail == "normal" and rho == 0
        truth = true_share(0.0) if plain else float(np.mean([r[3] for r in big]))
        rows = [
            r
            for block in in_blocks(
                partial(improved, people=n, drift=0.0, tail=tail, rho=rho, missing=missing),
                runs,
                seed=seed,
            )
            for r in block
        ]
        cover = float(np.mean([r[0] >= truth for r in rows]))
        error = math.sqrt(max(cover * (1 - cover), 1e-4) / len(rows))
        shown = f"{cover:.3f}" if cover >= 0.95 - 2 * error else f"**{cover:.3f}**"
        lines.append(
            f"| {n} | {tail}, ρ = {rho:g}, {100 * missing:g} % missing | {truth:.3f} | {shown} | "
            f"{error:.3f} | {np.mean([r[0] for r in rows]):.3f} | "
            f"{np.mean([r[1] for r in rows]):.3f} | {np.mean([r[2] for r in rows]):.1f} |"
        )
    return lines  # fmt: skip


def test_rows(runs: int, seed: int) -> list[str]:
    """One line a cell of the tests."""
    lines = []
    for kind in KINDS:
        for sizes in ((5, 15), (10, 40), (25, 25), (50, 150)):
            found = [
                p
                for block in in_blocks(partial(alike, kind=kind, sizes=sizes), runs, seed=seed)
                for p in block
            ]
            size = float(np.mean(np.array(found) <= 0.05))
            error = math.sqrt(0.05 * 0.95 / len(found))
            limit = 0.06 if kind == KINDS[0] else 0.05 + 2 * error
            shown = f"{size:.3f}" if size <= limit else f"**{size:.3f}**"
            lines.append(f"| {kind} | {sizes[0]} and {sizes[1]} | {shown} | {error:.3f} |")
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--date", required=True)
    given = parser.parse_args(arguments)
    text = f"""# Adequacy: bound of spontaneous improvement, tests between tiers

{given.date}, {given.runs} runs a cell, seed {given.seed}: `python validation/adequacy.py`.

Nobody changes; visits differ by noise alone. *Coverage*: how often the one-sided 95 % bound is at
least the true probability. *Naive*: mean share of people who improved over any of their windows,
which is what a count over whole records takes for the rate. Bold: below 0.95 by more than two
Monte Carlo standard errors.

| people | stress | true | coverage | se | mean bound | naive | counted |
|---|---|---|---|---|---|---|---|
{chr(10).join(bound_rows(given.runs, given.seed))}

Two tiers that do not differ: share of runs with p ≤ 0.05. Bold: above 0.05 by more than two
standard errors where the test is exact, above 0.06 for the log-rank test.

| test | people | size | se |
|---|---|---|---|
{chr(10).join(test_rows(given.runs, given.seed))}
"""
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
