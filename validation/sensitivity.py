"""How often sensitivity analyses still find an effect where only a bias is, and where one is.

    python validation/sensitivity.py --runs 2000 --date 2026-11-26

Four parts, each through the package's own functions. Matched sets whose treatment was assigned by
a hidden covariate that is the worst there can be. Cohorts with an unmeasured confounder, and the
bound at its true strength. Differences with an unmeasured confounder drawn from a prior. A
progressive course whose untreated slope differs between registries, and the rule that a conclusion
must survive so many observed standard deviations.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ultrarare.errors import NotComputable
from ultrarare.stats.blocks import in_blocks
from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.sensitivity.bounds import Biases, bounded
from ultrarare.stats.sensitivity.conclusion import Contrast
from ultrarare.stats.sensitivity.confounder import Trapezoid, probabilistic
from ultrarare.stats.sensitivity.e_value import Association
from ultrarare.stats.sensitivity.matched_sets import scored_sets
from ultrarare.stats.sensitivity.observed import between_populations
from ultrarare.stats.sensitivity.rosenbaum import largest_p
from ultrarare.stats.sensitivity.untreated_shift import contrast_under, mean_course

Floats = NDArray[np.float64]
Block = tuple[int, np.random.SeedSequence]
Counted = dict[str, float]

PAGE = Path(__file__).parents[1] / "docs/validation/sensitivity.md"
ALPHA = 0.025
COVERAGE = 0.93
Z = 1.959963984540054


def averaged(parts: Sequence[Sequence[Counted]]) -> dict[str, float]:
    """Mean of each number over all runs; a run that lacks it is left out of that mean."""
    runs = [run for part in parts for run in part]
    names = dict.fromkeys(name for run in runs for name in run)
    return {name: float(np.mean([run[name] for run in runs if name in run])) for name in names}


def simulate(task: Callable[[Block], list[Counted]], runs: int, seed: int, mapping: Any) -> Counted:
    """Averages over runs in fixed blocks."""
    return averaged(in_blocks(task, runs, seed=seed, mapping=mapping))


# --- hidden bias


@dataclass(frozen=True, slots=True, kw_only=True)
class Sets:
    """One setting of matched sets."""

    sets: int
    size: int
    gamma: float
    noise: str = "normal"
    statistic: str | None = None


SETS = (
    *(Sets(sets=n, size=2, gamma=g) for n in (8, 20, 50) for g in (1.0, 2.0, 3.0)),
    Sets(sets=20, size=2, gamma=2.0, statistic="aligned-rank"),
    Sets(sets=15, size=2, gamma=2.0, statistic="mean"),
    Sets(sets=8, size=3, gamma=2.0),
    Sets(sets=20, size=3, gamma=2.0),
    Sets(sets=20, size=4, gamma=2.0),
    Sets(sets=8, size=3, gamma=2.0, statistic="mean"),
    Sets(sets=20, size=2, gamma=2.0, noise="t3"),
    Sets(sets=20, size=2, gamma=2.0, noise="whole"),
    Sets(sets=20, size=3, gamma=3.0, noise="worst"),
)
EFFECT = 1.5  # sds of the noise


def outcomes(rng: np.random.Generator, cell: Sets) -> Floats:
    """(sets, size) outcomes without treatment; whole numbers tie often."""
    shape = (cell.sets, cell.size)
    heavy = cell.noise in {"t3", "worst"}
    made = rng.standard_t(3, shape) if heavy else rng.standard_normal(shape)
    return np.round(made) if cell.noise in {"whole", "worst"} else np.asarray(made)


def in_sets(cell: Sets, block: Block) -> list[Counted]:
    """Treatment that does nothing under hidden bias, and one that works without it."""
    rng = np.random.default_rng(block[1])
    found = []
    for _ in range(block[0]):
        y = outcomes(rng, cell)
        odds = np.ones(cell.size)
        odds[0] = cell.gamma  # the best outcome of the set is treated more often
        pick = rng.choice(cell.size, size=cell.sets, p=odds / odds.sum())
        order = np.argsort(-y, axis=1)
        biased = _p_values(y, order[np.arange(cell.sets), pick], cell)
        anyone = rng.integers(cell.size, size=cell.sets)
        effect = y.copy()
        effect[np.arange(cell.sets), anyone] += EFFECT
        fair = _p_values(effect, anyone, cell)
        found.append(
            {
                "naive": float(biased[0] <= ALPHA),
                "ours": float(biased[1] <= ALPHA),
                "power": float(fair[1] <= ALPHA),
                "plain power": float(fair[0] <= ALPHA),
            }
        )
    return found


def _p_values(y: Floats, one: NDArray[np.int64], cell: Sets) -> tuple[float, float]:
    """One-sided p without hidden bias, and the largest at the true gamma."""
    flags = np.zeros(y.shape)
    flags[np.arange(cell.sets), one] = 1
    names = np.repeat(np.arange(cell.sets), cell.size).tolist()
    try:
        sets = scored_sets(
            names,
            flags.ravel(),
            y.ravel(),
            direction="higher",
            statistic=cell.statistic,  # type: ignore[arg-type]
        )
    except NotComputable:
        return 1.0, 1.0
    return largest_p(sets, 1.0), largest_p(sets, cell.gamma)


# --- the bound at the confounder's true strength


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohorts:
    """One setting of two cohorts with an unmeasured yes or no."""

    people: int  # in each arm
    treated: float
    untreated: float
    effect: float


COHORTS = (
    Cohorts(people=200, treated=0.3, untreated=0.3, effect=3.0),
    Cohorts(people=200, treated=0.6, untreated=0.3, effect=3.0),
    Cohorts(people=200, treated=0.98, untreated=0.33, effect=3.0),
    Cohorts(people=50, treated=0.98, untreated=0.33, effect=3.0),
    Cohorts(people=1000, treated=0.98, untreated=0.33, effect=3.0),
    Cohorts(people=200, treated=1.0, untreated=0.25, effect=4.0),
)
RISK = 0.15
TRUE_RATIO = 4.0  # for power


def in_cohorts(cell: Cohorts, block: Block) -> list[Counted]:
    """Treatment that does nothing, and one that multiplies the risk by `TRUE_RATIO`."""
    rng = np.random.default_rng(block[1])
    biases = Biases(confounding=(cell.treated / cell.untreated, cell.effect))
    found = []
    for _ in range(block[0]):
        null = _risk_ratio(rng, cell, 1.0)
        real = _risk_ratio(rng, cell, TRUE_RATIO)
        run: Counted = {}
        if null is not None:
            left = bounded(null, biases)
            run |= {
                "naive": float(null.lower > 1),
                "ours": float(left.left.lower > 1),
                "width": float(np.log(null.upper / null.lower)),
            }
        if real is not None:
            run["power"] = float(bounded(real, biases).left.lower > 1)
        found.append(run)
    return found


def _risk_ratio(rng: np.random.Generator, cell: Cohorts, ratio: float) -> Contrast | None:
    """Risk ratio with its interval on the logarithm; None without events in an arm."""
    base = RISK / cell.effect
    counts = []
    for share, times in ((cell.treated, ratio), (cell.untreated, 1.0)):
        have = rng.random(cell.people) < share
        risk = np.minimum(1.0, base * np.where(have, cell.effect, 1.0) * times)
        counts.append(int((rng.random(cell.people) < risk).sum()))
    if min(counts) == 0:
        return None
    a, b = counts
    value, se = np.log(a / b), np.sqrt(1 / a + 1 / b - 2 / cell.people)
    low, middle, high = np.exp([value - Z * se, value, value + Z * se]).tolist()
    return Contrast(value=middle, lower=low, upper=high)


# --- a prior of the confounder


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """One setting of a difference with a confounder drawn from a prior."""

    name: str
    se: float
    spread: float  # width of the prior that is used, over the true one
    moved: float = 0.0  # of the prior's centre of the effect, in its true half width


PRIORS = (
    Prior(name="the prior is right", se=0.5, spread=1.0),
    Prior(name="the prior is right, little chance", se=0.1, spread=1.0),
    Prior(name="the prior is half as wide", se=0.1, spread=0.5),
    Prior(name="the prior is twice as wide", se=0.1, spread=2.0),
    Prior(name="the prior's effect is off by its half width", se=0.1, spread=1.0, moved=1.0),
)
SHARES, EFFECTS = ((0.4, 0.8), (0.1, 0.3)), (0.5, 3.5)


def in_priors(cell: Prior, block: Block) -> list[Counted]:
    """Coverage of the true difference, and how often a useless treatment is found to work."""
    rng = np.random.default_rng(block[1])
    found = []
    for _ in range(block[0]):
        p1, p0, e = (rng.uniform(*ends) for ends in (*SHARES, EFFECTS))
        seen = e * (p1 - p0) + cell.se * rng.standard_normal()
        association = Association(
            measure="mean difference", value=seen, lower=seen - Z * cell.se,
            upper=seen + Z * cell.se, sd=1.0,
        )  # fmt: skip
        half = (EFFECTS[1] - EFFECTS[0]) / 2
        middle = (EFFECTS[0] + EFFECTS[1]) / 2 + cell.moved * half
        used = [_widened(ends, cell.spread) for ends in SHARES]
        result = probabilistic(
            association,
            treated=used[0],
            untreated=used[1],
            effect=Trapezoid.between(middle - cell.spread * half, middle + cell.spread * half),
            rng=rng,
            draws=2000,
        )
        found.append(
            {
                "naive": float(association.lower > 0),
                "naive coverage": float(association.lower <= 0 <= association.upper),
                "ours": float(result.total.lower > 0),
                "coverage": float(result.total.lower <= 0 <= result.total.upper),
                "width": result.total.upper - result.total.lower,
                "naive width": association.upper - association.lower,
            }
        )
    return found


def _widened(ends: tuple[float, float], spread: float) -> Trapezoid:
    middle, half = (ends[0] + ends[1]) / 2, (ends[1] - ends[0]) / 2 * spread
    return Trapezoid.between(max(0.0, middle - half), min(1.0, middle + half))


# --- registries that differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Registries:
    """One setting of registries whose mean slopes differ."""

    registries: int
    tau: float  # sd of mean slopes between them
    noise: str = "normal"


REGISTRIES = (
    *(Registries(registries=k, tau=t) for k in (3, 5, 10) for t in (0.0, 0.7, 1.5)),
    Registries(registries=5, tau=0.7, noise="t3"),
    Registries(registries=3, tau=1.5, noise="t3"),
)
PEOPLE, SLOPE, SD_LEVEL, SD_SLOPE, SD_VISIT = 60, -3.0, 6.0, 0.8, 2.0
BEFORE, AFTER = np.array([3.0, 4.0, 5.0]), np.array([6.0, 7.0, 8.0])
BENEFIT = 12.0  # in the unit of the values


def registry(slope: float) -> PopulationModel:
    """What one registry of `PEOPLE` shows, its variances as they are."""
    random = np.diag([SD_LEVEL**2, SD_SLOPE**2])
    return PopulationModel(
        beta=np.array([90.0, slope]),
        beta_cov=random / PEOPLE,
        random_cov=random,
        residual_sd=SD_VISIT,
        n_people=PEOPLE,
        n_repeated=PEOPLE,
        n_visits=6 * PEOPLE,
        time_range=(0.0, 10.0),
        converged=True,
        loglik=None,
        method="as simulated",
        caveats=(),
    )


def in_registries(cell: Registries, block: Block) -> list[Counted]:
    """An untreated patient of one more registry, compared with the first of those at hand."""
    rng = np.random.default_rng(block[1])
    found = []
    for _ in range(block[0]):
        slopes = SLOPE + cell.tau * rng.standard_normal(cell.registries + 1)
        models = [registry(s + SD_SLOPE / PEOPLE**0.5 * rng.standard_normal()) for s in slopes[1:]]
        means = [mean_course(model, 4.0)[1] for model in models]
        scale = between_populations(
            [v for v, _ in means], [se for _, se in means], what="mean slopes"
        )
        times = np.concatenate((BEFORE, AFTER))
        y = _patient(rng, times, slopes[0], cell.noise)
        run: Counted = {}
        for name, gain in (("size", 0.0), ("power", BENEFIT)):
            recompute = contrast_under(
                models[0], BEFORE, y[:3], AFTER, y[3:] + gain, changed="slope"
            )
            run |= {f"{name} {rule}": float(hit) for rule, hit in _rules(recompute, scale)}
        found.append(run)
    return found


def _patient(rng: np.random.Generator, times: Floats, slope: float, noise: str) -> Floats:
    level, own = 90 + SD_LEVEL * rng.standard_normal(), slope + SD_SLOPE * rng.standard_normal()
    white = rng.standard_t(3, times.size) / 3**0.5 if noise == "t3" else rng.standard_normal(6)
    return np.asarray(level + own * times + SD_VISIT * white)


def _rules(recompute: Callable[[float], Contrast], scale: Any) -> Iterable[tuple[str, bool]]:
    """Whether benefit is found, and found still with the slope off by so much either way."""
    upper = scale.upper or 0.0
    for rule, shift in (
        ("naive", 0.0),
        ("one sd", scale.sd),
        ("two sds", 2 * scale.sd),
        ("upper limit", upper),
    ):
        yield rule, min(recompute(shift).lower, recompute(-shift).lower) > 0


# --- the page

_ABOUT = """\
Treatment does nothing in all columns but *power*, and a bias works for it. *Naive*: the same
comparison without the sensitivity analysis. Everything is one-sided for benefit, nominal {alpha:g}.
Bold: above nominal by more than two Monte Carlo standard errors, or coverage below {coverage:g}.
The standard error (se) is that of the column *ours* or of the first rule. A script writes this
page; do not edit it."""


def bold(value: float, runs: int, nominal: float = ALPHA) -> str:
    """The share, bold where it is above nominal for more than chance."""
    above = value > nominal + 2 * (nominal * (1 - nominal) / runs) ** 0.5
    return f"**{value:.3f}**" if above else f"{value:.3f}"


def error(value: float, runs: int) -> str:
    """Its Monte Carlo standard error."""
    return f"{(max(value, 1 / runs) * (1 - value) / runs) ** 0.5:.3f}"


def sets_table(runs: int, seed: int, mapping: Any) -> str:
    """Hidden bias in matched sets."""
    head = (
        "| sets | size | Γ | noise | statistic | smallest p | naive | ours | se | power | power "
        "without hidden bias |\n|--:|--:|--:|---|---|--:|--:|--:|--:|--:|--:|"
    )
    rows = [head]
    for i, cell in enumerate(SETS):
        r = simulate(partial(in_sets, cell), runs, seed + i, mapping)
        named = cell.statistic or ("signed-rank" if cell.size == 2 else "aligned-rank")
        odds = cell.gamma / (cell.gamma + cell.size - 1)
        rows.append(
            f"| {cell.sets} | {cell.size} | {cell.gamma:g} | {cell.noise} | {named} | "
            f"{odds**cell.sets:.2g} | {bold(r['naive'], runs)} | {bold(r['ours'], runs)} | "
            f"{error(r['ours'], runs)} | {r['power']:.2f} | {r['plain power']:.2f} |"
        )
    return "\n".join(rows)


def cohorts_table(runs: int, seed: int, mapping: Any) -> str:
    """The bound."""
    head = (
        "| people an arm | shares | effect | naive | ours | se | power | width, log scale |"
        "\n|--:|---|--:|--:|--:|--:|--:|--:|"
    )
    rows = [head]
    for i, cell in enumerate(COHORTS):
        r = simulate(partial(in_cohorts, cell), runs, seed + i, mapping)
        rows.append(
            f"| {cell.people} | {cell.treated:g}, {cell.untreated:g} | {cell.effect:g} | "
            f"{bold(r['naive'], runs)} | {bold(r['ours'], runs)} | {error(r['ours'], runs)} | "
            f"{r['power']:.2f} | {r['width']:.2f} |"
        )
    return "\n".join(rows)


def priors_table(runs: int, seed: int, mapping: Any) -> str:
    """Probabilistic bias analysis."""
    head = (
        "| setting | naive | naive coverage | ours | se | coverage | width naive, ours |"
        "\n|---|--:|--:|--:|--:|--:|--:|"
    )
    rows = [head]
    for i, cell in enumerate(PRIORS):
        r = simulate(partial(in_priors, cell), runs, seed + i, mapping)
        covered = f"{r['coverage']:.3f}"
        rows.append(
            f"| {cell.name} | {bold(r['naive'], runs)} | {r['naive coverage']:.3f} | "
            f"{bold(r['ours'], runs)} | {error(r['ours'], runs)} | "
            f"{covered if r['coverage'] >= COVERAGE else f'**{covered}**'} | "
            f"{r['naive width']:.2f}, {r['width']:.2f} |"
        )
    return "\n".join(rows)


def registries_table(runs: int, seed: int, mapping: Any) -> str:
    """Own control under another untreated slope."""
    rules = ("naive", "one sd", "two sds", "upper limit")
    head = (
        "| registries | sd between | noise | naive | 1 sd | 2 sds | upper limit | se | power naive "
        "| 1 sd | 2 sds | upper limit |\n|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    rows = [head]
    for i, cell in enumerate(REGISTRIES):
        r = simulate(partial(in_registries, cell), runs, seed + i, mapping)
        size = " | ".join(bold(r[f"size {rule}"], runs) for rule in rules)
        power = " | ".join(f"{r[f'power {rule}']:.2f}" for rule in rules)
        rows.append(
            f"| {cell.registries} | {cell.tau:g} | {cell.noise} | {size} | "
            f"{error(r['size naive'], runs)} | {power} |"
        )
    return "\n".join(rows)


def page(runs: int, seed: int, date: str, mapping: Any) -> str:
    """The Markdown page."""
    command = f"`python validation/sensitivity.py --runs {runs} --seed {seed}`, {date}."
    return "\n\n".join(
        (
            "# Error rates of sensitivity analyses",
            f"{_ABOUT.format(alpha=ALPHA, coverage=COVERAGE)}\nCommand: {command}",
            "## Matched sets under hidden bias",
            "In each set the best outcome is treated with Γ times the odds of the others. *Naive*: "
            "p at Γ = 1. *Ours*: largest p at the true Γ. *Smallest p*: that can be reached at "
            f"that Γ. *Power*: for a benefit of {EFFECT:g} sds and no hidden bias, at that Γ and "
            "at 1. "
            "Noise: normal, t with 3 df, rounded to whole numbers, or both (worst).",
            sets_table(runs, seed, mapping),
            "## The bound at the confounder's true strength",
            "Risk ratio with its interval, against the same divided by the bounding factor. "
            f"*Power*: for a true risk ratio of {TRUE_RATIO:g}.",
            cohorts_table(runs, seed + 100, mapping),
            "## A prior of the confounder",
            "Shares and effect are drawn anew in each run. *Coverage*: of no difference, which is "
            "true.",
            priors_table(runs, seed + 200, mapping),
            "## Registries whose untreated slopes differ",
            "An untreated patient of one registry is compared with another, as own control does. "
            "Columns: benefit is found, and is found still with the untreated slope off, either "
            "way, by one or two observed sds between registries or by the upper limit of that sd. "
            f"The sd within registries is {SD_SLOPE:g}. *Power*: for a benefit of {BENEFIT:g}, six "
            "sds of one visit.",
            registries_table(runs, seed + 300, mapping),
        )
    ) + "\n"  # fmt: skip


def main() -> None:
    """Simulate and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--date", required=True, help="YYYY-MM-DD, printed on the page")
    given = parser.parse_args()
    with ProcessPoolExecutor(given.workers) as pool:
        text = page(given.runs, given.seed, given.date, pool.map)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
