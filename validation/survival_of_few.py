"""How often a few treated people are called better where treatment does nothing, and where it does.

    python validation/survival_of_few.py --runs 2000 --date 2026-11-26

Each run simulates an untreated cohort and a few treated people with the same hazard, and again
treated people with a quarter of it (a quarter of the runs).
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ultrarare.errors import NotComputable
from ultrarare.stats.blocks import in_blocks
from ultrarare.stats.log_rank import log_rank
from ultrarare.stats.survival_extras import conditional_kaplan_meier
from ultrarare.stats.survival_of_few import SurvivalOfFew, survival_of_few
from ultrarare.stats.untreated_hazard import (
    UntreatedHazard,
    hazard_of_people,
    hazard_of_published_curve,
)

Floats = NDArray[np.float64]

PAGE = Path(__file__).parents[1] / "docs/validation/survival-of-few.md"
NOMINAL, APPROXIMATE, COVERED = 0.05, 0.06, 0.93
SHAPE, SCALE, RATIO = 1.5, 5.0, 0.25
SIZE = (
    "better",  # exact, fewer events only
    "two-sided",
    "corrected",  # one-sample log-rank with the curve's variance
    "plug-in",  # naive: the curve taken as known
    "one-sample",  # naive: the usual one-sample log-rank test
    "log-rank",  # naive: two samples, normal
    "immortal",  # naive: time before dosing counted
)
EXACT = ("better", "two-sided")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of the table; times in years."""

    name: str
    people: int
    treated: int
    late: bool = False
    short: bool = False
    tied: bool = False
    published: bool = False


BASE = Setting(name="all watched from 0", people=20, treated=3)
SETTINGS = (
    *(replace(BASE, people=n, treated=m) for n in (8, 20, 50, 200) for m in (1, 2, 3, 6)),
    *(replace(BASE, name="late entry", people=n, late=True) for n in (8, 20, 50, 200)),
    *(replace(BASE, name="few events", people=n, short=True) for n in (8, 20, 50, 200)),
    *(replace(BASE, name="whole years (ties)", people=n, tied=True) for n in (20, 200)),
    *(replace(BASE, name="published curve", people=n, published=True) for n in (20, 200)),
    *(
        replace(BASE, name="worst corner: late, few, tied", people=n, treated=m,
                late=True, short=True, tied=True)
        for n, m in ((8, 1), (8, 6), (20, 3))
    ),
)  # fmt: skip


def lives(rng: np.random.Generator, entry: Floats, ratio: float) -> Floats:
    """Weibull times of event beyond entry, at a hazard `ratio` times the untreated."""
    before = (entry / SCALE) ** SHAPE
    return np.asarray(SCALE * (before + rng.exponential(size=entry.size) / ratio) ** (1 / SHAPE))


def true_survival(begin: float, end: float) -> float:
    """S(end | begin) of the untreated."""
    return float(np.exp((begin / SCALE) ** SHAPE - (end / SCALE) ** SHAPE))


def follow(
    setting: Setting, rng: np.random.Generator, n: int, ratio: float, *, treated: bool
) -> tuple[Floats, Floats, Floats, Floats]:
    """Entry, planned end, exit and event of n people."""
    entry = rng.uniform(0, 4, n) if setting.late else np.zeros(n)
    length = rng.uniform(0.5, 3, n) if setting.short else rng.uniform(2, 12, n)
    if treated:
        length = np.full(n, 2.5) if setting.short else rng.uniform(4, 8, n)
    if setting.tied:
        entry, length = np.floor(entry), np.ceil(length)
    until, end = entry + length, lives(rng, entry, ratio)
    if setting.tied:
        end = np.ceil(end)
    seen = end <= until
    return entry, until, np.minimum(end, until), seen.astype(np.float64)


def untreated_hazard(
    setting: Setting, entry: Floats, stop: Floats, seen: Floats
) -> UntreatedHazard:
    """Of the people themselves, or as read off a curve drawn from them at ten times."""
    own = hazard_of_people(stop, seen, entry=entry)
    if not setting.published:
        return own
    times = np.linspace(0, own.follow_up, 11)[1:]
    s = [own.survival(0.0, float(t)) for t in times]
    return hazard_of_published_curve(times, s, people=setting.people)


def p_values(found: SurvivalOfFew, two: float) -> dict[str, float]:
    """One-sided, but for the exact two-sided one."""
    one = found.one_sample
    return {
        "better": found.p_better,
        "two-sided": found.p_value,
        "plug-in": found.plug_in_p,
        "corrected": 1.0 if one is None else one.p_corrected,
        "one-sample": 1.0 if one is None else one.p_known,
        "log-rank": two,
    }


def two_sample(*parts: Floats) -> float:
    """One-sided p of the log-rank test between the arms."""
    entry, stop, seen, arm = parts
    try:
        test = log_rank(stop, seen, arm, entry=entry)
    except NotComputable:
        return 1.0
    fewer = test.observed[1] < test.expected[1]
    return float(ndtr(-np.sqrt(test.statistic) if fewer else np.sqrt(test.statistic)))


def immortal(hazard: UntreatedHazard, rows: tuple[Floats, ...]) -> float:
    """P of the same people as if they had been treated from the first moment on."""
    entry, until, stop, seen = rows
    try:
        return survival_of_few(hazard, 0 * entry, stop, seen, until=until).p_better
    except NotComputable:
        return 1.0


def once(setting: Setting, rng: np.random.Generator, ratio: float) -> dict[str, float]:
    """One cohort and one treated group: what rejects, what covers, how wide."""
    e, _, x, d = follow(setting, rng, setting.people, 1.0, treated=False)
    rows = follow(setting, rng, setting.treated, ratio, treated=True)
    entry, until, stop, seen = rows
    out = dict.fromkeys((*SIZE, "floor", "ratio covered", "computed"), 0.0)
    hazard = untreated_hazard(setting, e, x, d)
    try:
        found = survival_of_few(hazard, entry, stop, seen, until=until)
    except NotComputable:
        return out | {"ratio covered": np.nan, "upper": np.nan, **limits(setting, (e, x, d), rows)}
    arm = np.concatenate((np.zeros(e.size), np.ones(entry.size)))
    two = two_sample(
        np.concatenate((e, entry)), np.concatenate((x, stop)), np.concatenate((d, seen)), arm
    )
    p = p_values(found, two)
    p["immortal"] = immortal(hazard, rows) if setting.late else 1.0
    upper = found.hazard_ratio_upper
    covered = found.hazard_ratio_lower <= ratio and not upper < ratio
    return {
        **{name: float(value <= NOMINAL) for name, value in p.items()},
        "floor": float(found.floor <= 2 * NOMINAL),
        "ratio covered": float(covered),
        "upper": upper,
        "computed": 1.0,
        **limits(setting, (e, x, d), rows),
    }


def limits(
    setting: Setting, people: tuple[Floats, ...], rows: tuple[Floats, ...]
) -> dict[str, float]:
    """Whether S over the first treated person's planned window is covered, by both intervals."""
    e, x, d = people
    begin, end = float(rows[0][0]), float(rows[1][0])
    hazard = untreated_hazard(setting, e, x, d)
    begin, end = max(begin, hazard.start), min(end, hazard.follow_up)
    if end <= begin:
        return {"exact covered": np.nan, "log covered": np.nan}
    truth = true_survival(begin, end)
    low, high = hazard.limits(begin, end)
    try:
        _, low_log, high_log = conditional_kaplan_meier(x, d, given=begin, entry=e).at(end)
    except NotComputable:
        low_log = high_log = np.nan
    return {
        "exact covered": float(low <= truth <= high),
        "log covered": float(low_log <= truth <= high_log),
    }


def block(
    task: tuple[int, np.random.SeedSequence], setting: Setting, ratio: float
) -> list[dict[str, float]]:
    """The runs of one block."""
    count, seed = task
    rng = np.random.default_rng(seed)
    return [once(setting, rng, ratio) for _ in range(count)]


def simulate(setting: Setting, runs: int, seed: int, workers: int) -> list[dict[str, Floats]]:
    """Columns without and with an effect."""
    out = []
    with ProcessPoolExecutor(workers) as pool:
        for count, ratio in ((runs, 1.0), (max(runs // 4, 1), RATIO)):
            task = partial(block, setting=setting, ratio=ratio)
            mapping = pool.map if workers > 1 else map
            found = [
                row
                for part in in_blocks(task, count, seed=seed, size=125, mapping=mapping)
                for row in part
            ]
            out.append({key: np.array([row[key] for row in found]) for key in found[0]})
    return out


def cell(values: Floats, target: float | None) -> tuple[str, bool]:
    """A share with its Monte Carlo error, bold where it lies above the target by two of them."""
    share = float(values.mean())
    se = float(np.sqrt(share * (1 - share) / values.size))
    high = target is not None and share > target + 2 * se
    text = f"{share:.3f} ({se:.3f})"
    return (f"**{text}**" if high else text), high


def covered(values: Floats) -> tuple[str, bool]:
    """A share of coverage, bold where it lies below the target by two Monte Carlo errors."""
    known = values[np.isfinite(values)]
    share = float(known.mean()) if known.size else 0.0
    low = share < COVERED - 2 * float(np.sqrt(share * (1 - share) / max(known.size, 1)))
    return (f"**{share:.3f}**" if low else f"{share:.3f}"), low


def line(setting: Setting, found: list[dict[str, Floats]]) -> tuple[str, list[str]]:
    """A row of the table and what lies beyond a target in it."""
    none, some = found
    where = f"{setting.name}, {setting.people} untreated, {setting.treated} treated"
    cells, beyond = [setting.name, str(setting.people), str(setting.treated)], []
    for name in SIZE:
        if name == "immortal" and not setting.late:
            cells.append("")
            continue
        target = NOMINAL if name in EXACT and not setting.published else APPROXIMATE
        text, high = cell(none[name], target)
        cells.append(text)
        if high:
            beyond.append(f"{where}: {name} {none[name].mean():.3f}")
    cells += [f"{none['floor'].mean():.2f}", f"{some['better'].mean():.2f}"]
    for values, name in (
        (none["ratio covered"], "ratio"),
        (some["ratio covered"], "ratio, effect"),
        (none["exact covered"], "exact limits of S"),
        (none["log covered"], "log(−log) limits of S (usual)"),
    ):
        text, low = covered(values)
        cells.append(text)
        if low:
            beyond.append(f"{where}: coverage of {name} {np.nanmean(values):.3f}")
    bounded = some["upper"][np.isfinite(some["upper"])]
    cells.append(f"{np.median(bounded):.2f}" if bounded.size else "none")
    cells.append(f"{1 - none['computed'].mean():.2f}")
    return f"| {' | '.join(cells)} |", beyond


HEAD = (
    "| untreated | people | treated | exact, fewer | exact, two-sided | one-sample log-rank, curve "
    "uncertain | curve known (naive) | one-sample log-rank (naive) | two-sample log-rank (naive) | "
    "immortal time (naive) | can reject | power | coverage, ratio 1 | coverage, ratio "
    f"{RATIO:g} | S, exact | S, log(−log) (usual) | median upper limit | refused |\n"
    "|---|--:|--:|" + "--:|" * 15
)
NAIVE = ("plug-in", "one-sample ", "log-rank", "immortal", "(usual)")


def page(rows: list[str], beyond: list[str], asked: argparse.Namespace) -> str:
    """The page as Markdown."""
    naive = [text for text in beyond if any(f"{word}" in text + " " for word in NAIVE)]
    ours = [text for text in beyond if text not in naive]
    listed = "\n".join(f"- {text}" for text in ours) or "- none"
    return f"""# Error rates of the survival of a few

{asked.date}, `python validation/survival_of_few.py --runs {asked.runs} --seed {asked.seed}`.

Share of runs without an effect in which p ≤ {NOMINAL}; one-sided towards fewer events but for the
two-sided column. In brackets the Monte Carlo standard error. Event times are Weibull (shape
{SHAPE:g}, scale {SCALE:g} years); untreated people are watched for 2 to 12 years, treated ones for
4 to 8. *Late entry*: both come under observation between 0 and 4 years. *Few events*: untreated
people watched for half a year to 3, treated ones for 2½. *Published curve*: the product limit read
at ten times, numbers at risk not printed. Bold: above {NOMINAL} (exact) or {APPROXIMATE} (others)
by two standard errors, or coverage below {COVERED} by two.

*Can reject*: share of runs in which nobody with an event would have given p ≤ {NOMINAL}. Power,
coverage with an effect and the median upper limit of the hazard ratio: hazard {RATIO:g} times the
untreated, a quarter of the runs. *S*: 95 % intervals of untreated survival over the first treated
person's planned window. A missing interval covers nothing. *Refused*: no event was expected.

{HEAD}
{chr(10).join(rows)}

Ours beyond a target:

{listed}

The naive analyses are beyond it in {len(naive)} cells. The one-sample log-rank test with the
curve's own variance is normal and is printed beside the exact p, never in its place.
"""


def main() -> None:
    """Simulate and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--date", required=True)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    rows, beyond = [], []
    for setting in SETTINGS:
        text, out = line(setting, simulate(setting, asked.runs, asked.seed, asked.workers))
        print(text, flush=True)
        rows.append(text)
        beyond += out
    PAGE.write_text(page(rows, beyond, asked), encoding="utf-8")


if __name__ == "__main__":
    main()
