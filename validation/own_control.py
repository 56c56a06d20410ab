"""How often `own_control` finds an effect where there is none, and where there is one.

    python validation/own_control.py --runs 10000 --date 2026-11-22

Each run simulates a natural-history cohort, estimates its parameters from it, simulates one more
person (entered only on a bad baseline, or not), and compares their post-dosing visits with the
prediction. The stable course is vectorised over runs: for balanced visits the REML estimates have a
closed form, the one that tests/reference/test_mixed_models.py holds `fit_random_intercept` to, and
tests/oracles/test_own_control_size_oracle.py holds this script's contrast to `own_control`. The
progressive course calls the package itself, with fewer runs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from ultrarare.errors import NotComputable
from ultrarare.stats.mixed import PopulationModel, fit_random_slope
from ultrarare.stats.untreated import personal_course

Floats = NDArray[np.float64]

ROOT = Path(__file__).parents[1]
DATA = ROOT / "src/ultrarare/stats/data/own_control_size.json"
PAGE = ROOT / "docs/validation/own-control.md"

NOMINAL = 0.05
EFFECT = 1.5  # sds of one measurement, towards benefit (lower)
COHORT_TIMES = np.linspace(0.0, 7.0, 4)
POST_TIMES = np.arange(4.0, 8.0)
AR1 = 0.6  # correlation of residuals one unit of time apart
BATCH = 500  # runs at a time, so that memory does not grow with --runs
PEOPLE = (8, 20, 50, 200)
RELIABILITIES = (0.5, 0.8)
PRE = (1, 2, 4)
SLOPE_MEAN, SLOPE_SD = 0.3, 0.1  # progressive course: worsening a unit of time, in sds


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Balanced REML estimates of a random-intercept model; every array is (runs,)."""

    level: Floats  # at the mean time of the cohort's visits
    level_var: Floats
    slope: Floats
    slope_var: Floats
    between: Floats
    within: Floats


def noise(rng: np.random.Generator, shape: tuple[int, ...], times: Floats, kind: str) -> Floats:
    """Residuals of variance 1 along the last axis, which are visits at `times`."""
    if kind == "t3":
        return np.asarray(rng.standard_t(3, shape) / np.sqrt(3.0), dtype=np.float64)
    white = rng.standard_normal(shape)
    if kind == "normal":
        return white
    root = np.linalg.cholesky(AR1 ** np.abs(np.subtract.outer(times, times)))
    return np.asarray(white @ root.T, dtype=np.float64)


def estimate(y: Floats, times: Floats) -> Population:
    """Closed-form REML for balanced visits: y is (runs, people, visits)."""
    _, people, visits = y.shape
    centred = times - times.mean()
    spread = people * float(centred @ centred)
    means = y.mean(axis=2)
    slope = (y @ centred).sum(axis=1) / spread
    within_ss = ((y - means[:, :, None]) ** 2).sum(axis=(1, 2)) - slope**2 * spread
    within = within_ss / (people * (visits - 1) - 1)
    between_ms = visits * means.var(axis=1, ddof=1)
    # At the edge REML pools both: the between variance is 0 and the run cannot be judged.
    return Population(
        level=means.mean(axis=1),
        level_var=np.maximum(between_ms, within) / (people * visits),
        slope=slope,
        slope_var=within / spread,
        between=np.maximum(0.0, (between_ms - within) / visits),
        within=within,
    )


def contrast(
    p: Population, y0: Floats, t0: Floats, y1: Floats, t1: Floats
) -> tuple[Floats, Floats]:
    """Observed minus expected untreated mean, and its sd; y0 is (runs, m), y1 (runs, k)."""
    a, b = t0 - COHORT_TIMES.mean(), t1 - COHORT_TIMES.mean()
    m, k = a.size, b.size
    var_level, var_slope = p.between + p.level_var, p.slope_var
    v = (
        var_level[:, None, None]
        + var_slope[:, None, None] * np.outer(a, a)
        + p.within[:, None, None] * np.eye(m)
    )
    cross = var_level[:, None] + var_slope[:, None] * b.mean() * a
    surprise = y0 - (p.level[:, None] + p.slope[:, None] * a)
    gain = np.linalg.solve(v, cross[:, :, None])[:, :, 0]
    expected = p.level + p.slope * b.mean() + (gain * surprise).sum(axis=1)
    var = var_level + var_slope * b.mean() ** 2 - (gain * cross).sum(axis=1) + p.within / k
    return y1.mean(axis=1) - expected, np.sqrt(var)


def naive_p(y0: Floats, y1: Floats) -> Floats:
    """Two-sided p of Welch's test on one person's visits, for each run."""
    m, k = y0.shape[1], y1.shape[1]
    a, b = y0.var(axis=1, ddof=1) / m, y1.var(axis=1, ddof=1) / k
    df = (a + b) ** 2 / (a**2 / (m - 1) + b**2 / (k - 1))
    difference = y1.mean(axis=1) - y0.mean(axis=1)
    return np.asarray(2 * stdtr(df, -np.abs(difference) / np.sqrt(a + b)), dtype=np.float64)


def person(
    rng: np.random.Generator,
    runs: int,
    n_pre: int,
    reliability: float,
    *,
    kind: str,
    selected: bool,
) -> tuple[Floats, Floats]:
    """Untreated visits before and after; entry redraws until the baseline mean is > +1 sd."""
    times = np.concatenate((4.0 - np.arange(n_pre, 0, -1.0), POST_TIMES))
    bar = np.sqrt(reliability + (1 - reliability) * _mean_variance(times[:n_pre], kind))
    kept: list[Floats] = []
    while sum(map(len, kept)) < runs:
        level = np.sqrt(reliability) * rng.standard_normal((4 * runs, 1))
        e = noise(rng, (4 * runs, times.size), times, kind)
        y = level + np.sqrt(1 - reliability) * e
        kept.append(y[y[:, :n_pre].mean(axis=1) > bar] if selected else y)
    y = np.concatenate(kept)[:runs]
    return y[:, :n_pre], y[:, n_pre:]


def _mean_variance(times: Floats, kind: str) -> float:
    """Variance of the mean residual at `times`."""
    if kind == "ar1":
        return float(np.mean(AR1 ** np.abs(np.subtract.outer(times, times))))
    return 1 / times.size


def cohort(
    rng: np.random.Generator, runs: int, people: int, reliability: float, kind: str
) -> Population:
    """Estimates from a fresh cohort in each run."""
    level = np.sqrt(reliability) * rng.standard_normal((runs, people, 1))
    e = noise(rng, (runs, people, COHORT_TIMES.size), COHORT_TIMES, kind)
    return estimate(level + np.sqrt(1 - reliability) * e, COHORT_TIMES)


def stable_row(
    seed: int, runs: int, people: int, n_pre: int, reliability: float, *, kind: str, selected: bool
) -> dict[str, Any]:
    """One setting of the stable course."""
    t = float(stdtrit(people - 1, 1 - NOMINAL / 2))
    t0 = 4.0 - np.arange(n_pre, 0, -1.0)
    hits: list[Floats] = []
    for batch in range(0, runs, BATCH):
        size = min(BATCH, runs - batch)
        rng = np.random.default_rng([seed, people, n_pre, int(100 * reliability), batch])
        fitted = cohort(rng, size, people, reliability, kind)
        y0, y1 = person(rng, size, n_pre, reliability, kind=kind, selected=selected)
        delta, sd = contrast(fitted, y0, t0, y1, POST_TIMES)
        judged = fitted.between > 0
        naive = naive_p(y0, y1) < NOMINAL if n_pre > 1 else np.zeros(size)
        hits.append(
            np.column_stack(
                (
                    naive,
                    judged & (np.abs(delta) > t * sd),
                    judged & (-delta > t * sd),
                    judged & (EFFECT - delta > t * sd),
                    y1.mean(axis=1) - y0.mean(axis=1),
                    delta,
                    ~judged,
                )
            ).astype(np.float64)
        )
    return _row(np.concatenate(hits), "stable", kind, reliability, people, n_pre, selected=selected)


def progressive_rows(seed: int, runs: int, people: int) -> list[dict[str, Any]]:
    """Random slopes, reliability 0.8 at time 0, through the package itself; one fit a run."""
    times = np.arange(8.0)
    who, when = np.repeat(np.arange(people), COHORT_TIMES.size), np.tile(COHORT_TIMES, people)
    hits = {n_pre: np.zeros((runs, 7)) for n_pre in (2, 4)}
    for run in range(runs):
        rng = np.random.default_rng([seed, people, run])
        model = fit_random_slope(who, when, progressive_visits(rng, people, COHORT_TIMES).ravel())
        pool = progressive_visits(rng, 400, times)
        for n_pre, found in hits.items():
            before = slice(4 - n_pre, 4)
            bar = SLOPE_MEAN * times[before].mean() + 1.0
            y = pool[np.flatnonzero(pool[:, before].mean(axis=1) > bar)[0]]
            found[run] = progressive_hit(model, times[before], y[before], y[4:])
    return [
        _row(found, "progressive", "normal", 0.8, people, n_pre, selected=True)
        for n_pre, found in hits.items()
    ]


def progressive_hit(
    model: PopulationModel, t0: Floats, y0: Floats, y1: Floats
) -> tuple[float, ...]:
    """The columns of a row for one simulated person."""
    naive_difference = float(y1.mean() - y0.mean())
    try:
        course = personal_course(model, t0, y0)
    except NotComputable:
        return 0.0, 0.0, 0.0, 0.0, naive_difference, 0.0, 1.0
    delta = float(y1.mean()) - course.at(float(POST_TIMES.mean()))
    half = float(stdtrit(course.df, 1 - NOMINAL / 2)) * np.sqrt(sum(course.variances(POST_TIMES)))
    return (
        float(naive_p(y0[None], y1[None])[0] < NOMINAL),
        float(abs(delta) > half),
        float(-delta > half),
        float(EFFECT - delta > half),
        naive_difference,
        delta,
        0.0,
    )


def progressive_visits(rng: np.random.Generator, people: int, times: Floats) -> Floats:
    """(people, visits) worsening courses with person-specific level and slope."""
    level = np.sqrt(0.8) * rng.standard_normal((people, 1))
    slope = SLOPE_MEAN + SLOPE_SD * rng.standard_normal((people, 1))
    e = np.sqrt(0.2) * rng.standard_normal((people, times.size))
    return np.asarray(level + slope * times + e, dtype=np.float64)


def _row(
    hits: Floats,
    course: str,
    kind: str,
    reliability: float,
    people: int,
    n_pre: int,
    *,
    selected: bool,
) -> dict[str, Any]:
    means = [round(float(mean), 4) for mean in hits.mean(axis=0)]
    naive, ours, benefit, power, naive_bias, ours_bias, unjudged = means
    return {
        "course": course,
        "noise": kind,
        "selection": "bad baseline" if selected else "none",
        "reliability": reliability,
        "n_people": people,
        "n_pre": n_pre,
        "n_post": int(POST_TIMES.size),
        "effect": EFFECT,
        "runs": len(hits),
        "naive_type1": naive if n_pre > 1 else None,
        "ours_type1": ours,
        "ours_false_benefit": benefit,
        "mc_se": round(float(np.sqrt(ours * (1 - ours) / len(hits))), 4),
        "power": power,
        "naive_bias": naive_bias,
        "ours_bias": ours_bias,
        "unjudged": unjudged,
    }


def rows(seed: int, runs: int) -> Iterator[dict[str, Any]]:
    """Every setting, in the order of the table."""
    settings = (("normal", True), ("normal", False), ("ar1", True), ("t3", True))
    for (kind, selected), reliability, people, n_pre in product(
        settings, RELIABILITIES, PEOPLE, PRE
    ):
        yield stable_row(seed, runs, people, n_pre, reliability, kind=kind, selected=selected)
    for people in (20, 50):
        yield from progressive_rows(seed, max(1, runs // 8), people)


_ABOUT = f"""\
Each run simulates a cohort of untreated people with four visits each, estimates its parameters, and
simulates one more untreated person with 1, 2 or 4 visits before and 4 after a dosing that does
nothing. Unless said otherwise the person was dosed only because the mean of their baseline was more
than one sd on the bad side. *Naive*: Welch's t test on the person's own visits, two-sided, nominal
{NOMINAL:g}. *Ours*: the 95% interval of the contrast excludes 0. *False benefit*: it does so in the
direction of benefit, nominal 0.025. *Power*: for a benefit of {EFFECT:g} sd of one
measurement. *Bias*: mean difference found without effect, in such sds. Bold: above 0.06.
*Unjudged*: no variance between people was found, so no verdict was given. A script writes this
page; do not edit it."""


def page(table: dict[str, Any], date: str) -> str:
    """The Markdown page with one table for each course and stress."""
    command = f"Command: `{table['command']}`, {date}."
    parts = ["# Error rates of own_control", f"{_ABOUT}\n{command}"]
    for title, chosen in _sections(table["rows"]):
        parts += [f"## {title}", _markdown(chosen)]
    return "\n\n".join(parts) + "\n"


def _sections(found: list[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    titles = {
        ("stable", "normal", "bad baseline"): "Stable course, entry on a bad baseline",
        ("stable", "normal", "none"): "Stable course, no selection",
        ("stable", "ar1", "bad baseline"): f"Stress: residuals correlated {AR1:g} a unit of time",
        ("stable", "t3", "bad baseline"): "Stress: heavy-tailed residuals (t with 3 df)",
        ("progressive", "normal", "bad baseline"): "Progressive course, random slopes",
    }
    for key, title in titles.items():
        yield title, [r for r in found if (r["course"], r["noise"], r["selection"]) == key]


def _markdown(chosen: list[dict[str, Any]]) -> str:
    head = (
        "| reliability | people | pre-visits | naive | ours | se | false benefit | power "
        "| bias naive, ours | unjudged | runs |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|"
    )
    return "\n".join([head, *map(_markdown_row, chosen)])


def _markdown_row(r: dict[str, Any]) -> str:
    naive = "–" if r["naive_type1"] is None else f"{r['naive_type1']:.3f}"
    ours = f"{r['ours_type1']:.3f}"
    ours = f"**{ours}**" if r["ours_type1"] > 0.06 else ours
    return (
        f"| {r['reliability']:g} | {r['n_people']} | {r['n_pre']} | {naive} | {ours} | "
        f"{r['mc_se']:.3f} | {r['ours_false_benefit']:.3f} | {r['power']:.2f} | "
        f"{r['naive_bias']:.2f}, {r['ours_bias']:.2f} | {r['unjudged']:.3f} | {r['runs']} |"
    )


def main() -> None:
    """Simulate, then write the table that ships and the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--date", required=True, help="YYYY-MM-DD, printed on the page")
    given = parser.parse_args()
    table = {
        "command": f"python validation/own_control.py --runs {given.runs} --seed {given.seed}",
        "date": given.date,
        "nominal": NOMINAL,
        "runs": given.runs,
        "seed": given.seed,
        "rows": list(rows(given.seed, given.runs)),
    }
    DATA.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(table, given.date), encoding="utf-8")


if __name__ == "__main__":
    main()
