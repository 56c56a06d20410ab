"""How often regression to the mean is wrongly called excluded, route by route and together.

    python validation/regression_to_mean.py --runs 400 --date 2026-11-26

Each run simulates a cohort of untreated people with six visits, and people who are treated without
any effect because one visit was more than one sd on the bad side. Beside the verdicts stands the
paired t test of the treated people, the analysis that is usual.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from ultrarare.errors import NotComputable
from ultrarare.stats.blocks import in_blocks
from ultrarare.stats.regression_to_mean import (
    Entrant,
    EntryRule,
    entrant,
    judge_regression,
    untreated_from_visits,
)

Floats = NDArray[np.float64]

PAGE = Path(__file__).parents[1] / "docs/validation/regression-to-mean.md"
ALPHA, TARGET, EFFECT, VISITS, DRAWS, BLOCK = 0.05, 0.06, 1.5, 6, 400, 50
RULE = EntryRule(threshold=1.0, direction="lower")
ROUTES = ("natural history", "likelihood", "formula", "population mean", "simulation", "design")
COLUMNS = ("naive", *ROUTES, "all", "unjudged", "power", "change", "expected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row; values have sd 1 and mean 0 in everybody."""

    name: str = "normal"
    treated: int = 1
    reliability: float = 0.5
    people: int = 200
    levels: str = "normal"
    noise: str = "normal"
    after: int = 1
    fresh: int = 0


def settings() -> Iterator[Setting]:
    """Every row of the table."""
    for reliability, treated in product((0.5, 0.8), (1, 3, 6, 12, 20)):
        yield Setting(treated=treated, reliability=reliability)
    for people in (8, 20, 50):
        yield Setting(treated=3, people=people, name=f"{people} untreated")
    base = Setting(treated=6)
    yield replace(base, name="two baselines after entry", fresh=2, after=2)
    yield replace(base, name="3 visits after", after=3)
    yield replace(base, name="skewed levels", levels="skewed")
    yield replace(base, name="two groups", levels="two groups")
    yield replace(base, name="t3 visits", noise="t3")
    yield replace(base, name="AR(1) 0.6", noise="ar1")
    yield replace(base, name="one, skewed levels", levels="skewed", treated=1)
    yield replace(base, name="one, AR(1) 0.6", noise="ar1", treated=1, after=3)
    yield replace(
        base, name="worst: 20, skewed, t3, AR(1)", levels="skewed", noise="t3 ar1", people=20
    )


def visits(rng: np.random.Generator, n: int, k: int, setting: Setting) -> Floats:
    """(n, k) visits of untreated people."""
    if setting.levels == "skewed":
        level = rng.exponential(1.0, n) - 1
    elif setting.levels == "two groups":
        level = rng.choice([-0.95, 0.95], n) + rng.normal(0, np.sqrt(1 - 0.95**2), n)
    else:
        level = rng.standard_normal(n)
    rest = rng.standard_t(3, (n, k)) / np.sqrt(3) if "t3" in setting.noise else (
        rng.standard_normal((n, k))
    )  # fmt: skip
    if "ar1" in setting.noise:
        for j in range(1, k):
            rest[:, j] = 0.6 * rest[:, j - 1] + 0.8 * rest[:, j]
    r = setting.reliability
    return np.asarray(np.sqrt(r) * level[:, None] + np.sqrt(1 - r) * rest)


def enter(rng: np.random.Generator, setting: Setting) -> Floats:
    """(treated, 1 + fresh + after) visits of people who met the rule at their first."""
    found = np.empty((0, 1 + setting.fresh + setting.after))
    while len(found) < setting.treated:
        drawn = visits(rng, 200, found.shape[1], setting)
        found = np.concatenate((found, drawn[drawn[:, 0] >= RULE.threshold]))
    return found[: setting.treated]


def people(rows: Floats, setting: Setting, effect: float) -> list[Entrant]:
    """The treated, with this effect after dosing."""
    before = 1 + setting.fresh
    times = np.arange(rows.shape[1], dtype=np.float64)
    return [
        entrant(RULE, times[:before], row[:before], times[before:], row[before:] - effect)
        for row in rows
    ]


def one_run(rng: np.random.Generator, setting: Setting) -> list[float]:
    """One row of `COLUMNS`; nan where a route cannot be judged."""
    n = setting.people
    y = visits(rng, n, VISITS, setting)
    rows = enter(rng, setting)
    before, after = rows[:, 0], rows[:, 1 + setting.fresh :].mean(axis=1)
    untreated = untreated_from_visits(
        np.repeat(np.arange(n), VISITS), np.tile(np.arange(VISITS, dtype=np.float64), n), y.ravel()
    )
    null, power = (
        judge_regression(
            RULE,
            people(rows, setting, e),
            untreated,
            rng=rng,
            alpha=ALPHA,
            draws=DRAWS,
            limits=False,
        )
        for e in (0.0, EFFECT)
    )
    each = [_hit(null.route(name).verdict) for name in ROUTES]  # type: ignore[arg-type]
    return [
        paired(after - before),
        *each,
        float(null.verdict == "excluded"),
        float(null.verdict == "cannot be judged"),
        float(power.verdict == "excluded"),
        null.observed_change,
        null.route("formula").expected_change or np.nan,
    ]


def _hit(verdict: str) -> float:
    return np.nan if verdict == "cannot be judged" else float(verdict == "excluded")


def paired(change: Floats) -> float:
    """Whether a paired t test finds a fall, one-sided; nan for one person."""
    if change.size < 2:
        return np.nan
    t = change.mean() / (change.std(ddof=1) / np.sqrt(change.size))
    return float(student.cdf(t, change.size - 1) <= ALPHA)


def one_block(task: tuple[int, np.random.SeedSequence], *, setting: Setting) -> Floats:
    """(runs, columns)."""
    runs, seed = task
    rng = np.random.default_rng(seed)
    out = np.full((runs, len(COLUMNS)), np.nan)
    for i in range(runs):
        try:
            out[i] = one_run(rng, setting)
        except NotComputable:
            out[i, COLUMNS.index("all")], out[i, COLUMNS.index("unjudged")] = 0.0, 1.0
    return out


_ABOUT = """\
Each run simulates untreated people with six visits (sd 1), and treated people whose first visit
lay above 1, lower being better, with no effect of treatment; then the same with an effect of
{effect:g} sd for the power. *Naive*: one-sided paired t test of the treated. Each route: share of
runs in which it calls regression excluded, one-sided {alpha:g}, among those in which it can be
computed. *All*: the verdict is excluded; *se*: its Monte Carlo error. *Unjudged*: no verdict.
*Change*: mean without effect, and as the formula expects it. The last row has all stresses at once.
Bold: above {target:g} by more than two Monte Carlo standard errors. A script writes this page; do
not edit it."""


def page(table: list[tuple[Setting, Floats]], command: str) -> str:
    """The Markdown page."""
    head = ("setting", "treated", "reliability", "untreated", "naive", *ROUTES, "all", "se",
            "unjudged", "power", "change", "formula")  # fmt: skip
    lines = ["| " + " | ".join(head) + " |", "|:--|" + "--:|" * (len(head) - 1)]
    above: list[str] = []
    for setting, found in table:
        lines.append(_line(setting, found, above))
    about = _ABOUT.format(effect=EFFECT, alpha=ALPHA, target=TARGET)
    listed = "\n".join(f"- {cell}" for cell in above) if above else "None."
    return (
        "\n\n".join(
            (
                "# Error rates of regression to the mean",
                f"{about}\n{command}",
                "\n".join(lines),
                "## Cells above target",
                listed,
            )
        )
        + "\n"
    )


def _line(setting: Setting, found: Floats, above: list[str]) -> str:
    cells: list[str] = []
    for name in COLUMNS:
        own = found[:, COLUMNS.index(name)]
        own = own[~np.isnan(own)]
        if own.size < 20:
            cells.append("–")
            continue
        mean = float(own.mean())
        se = float(np.sqrt(mean * (1 - mean) / own.size)) if 0 <= mean <= 1 else 0.0
        text = f"{mean:.3f}"
        if name in (*ROUTES, "all") and mean > TARGET + 2 * se:
            text = f"**{text}**"
            above.append(
                f"{setting.name}, {setting.treated} treated, reliability "
                f"{setting.reliability:g}: {name} {mean:.3f}"
            )
        cells.append(text)
        if name == "all":
            cells.append(f"{se:.3f}")
    head = (setting.name, setting.treated, f"{setting.reliability:g}", setting.people)
    return "| " + " | ".join(map(str, (*head, *cells))) + " |"


def main() -> None:
    """Simulate and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--date", required=True, help="YYYY-MM-DD, printed on the page")
    given = parser.parse_args()
    table = []
    with ProcessPoolExecutor(given.workers) as pool:
        for index, setting in enumerate(settings()):
            found = in_blocks(
                partial(one_block, setting=setting),
                given.runs,
                seed=np.random.SeedSequence([given.seed, index]),
                size=BLOCK,
                mapping=pool.map,
            )
            table.append((setting, np.concatenate(found)))
            means = np.nanmean(table[-1][1], axis=0)
            print(
                setting.name, setting.treated, setting.reliability, np.round(means, 3), flush=True
            )
    command = (
        f"Command: `python validation/regression_to_mean.py --runs {given.runs} --seed "
        f"{given.seed}`, {given.date}."
    )
    PAGE.write_text(page(table, command), encoding="utf-8")


if __name__ == "__main__":
    main()
