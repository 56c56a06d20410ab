"""How often `own_control` finds an effect where there is none, and where there is one.

    python validation/own_control.py --runs 1000 --date 2026-11-26

Each run simulates a natural-history cohort, fits the untreated course to it by the rule of
`choose_course`, simulates further people (entered only on a bad baseline, or not), and compares
their post-dosing visits with the prediction; everything that is measured is the package's own
code. One cohort serves three further people, with 1, 2 and 4 visits before dosing. An effect only
shifts the later visits, and the interval with them, so power is read from the same run.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from ultrarare.errors import NotComputable
from ultrarare.stats.blocks import in_blocks
from ultrarare.stats.conformal import comparable_windows, conformal_test
from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.untreated import personal_course
from ultrarare.stats.untreated_course import choose_course

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

ROOT = Path(__file__).parents[1]
DATA = ROOT / "src/ultrarare/stats/data/own_control_size.json"
PAGE = ROOT / "docs/validation/own-control.md"

NOMINAL, TARGET = 0.05, 0.06
EFFECT = 1.5  # sds of one measurement, towards benefit (lower)
COHORT_TIMES = np.arange(6.0)
TIMES = np.arange(8.0)  # of a treated person; dosing after the fourth
DOSED = 4
AR1 = 0.6  # correlation of residuals one unit of time apart
MISSING = 0.3
PEOPLE = (8, 20, 50, 200)
RELIABILITIES = (0.5, 0.8)
PRE = (1, 2, 4)
SLOPE_MEAN, SLOPE_SD = 0.3, 0.1  # progressive course: worsening a unit of time, in sds
RANKED = 4  # every so many runs has a conformal p value too
BLOCK = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One way in which data are made."""

    course: str
    noise: str
    selected: bool
    reliability: float
    people: int

    @property
    def slopes(self) -> bool:
        """Whether people differ in slope."""
        return self.course == "progressive"

    def stressed(self, name: str) -> bool:
        """Whether this stress is on; `worst` is all of them."""
        return self.noise in {name, "worst"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What one comparison says; NaN where it said nothing."""

    naive: float = np.nan
    ours: float = 0.0
    benefit: float = 0.0
    power: float = 0.0
    naive_bias: float = np.nan
    ours_bias: float = np.nan
    width: float = np.nan
    serial: float = np.nan
    unjudged: float = 1.0
    ranked: float = np.nan


def residuals(rng: np.random.Generator, times: Floats, setting: Setting) -> Floats:
    """Residuals of variance 1 at `times`."""
    if setting.stressed("t3"):
        white = rng.standard_t(3, times.size) / np.sqrt(3.0)
    else:
        white = rng.standard_normal(times.size)
    if not setting.stressed("ar1"):
        return np.asarray(white, dtype=np.float64)
    root = np.linalg.cholesky(AR1 ** np.abs(np.subtract.outer(times, times)))
    return np.asarray(root @ white, dtype=np.float64)


def course(rng: np.random.Generator, times: Floats, setting: Setting) -> Floats:
    """One untreated person's values, of which one at time 0 has variance 1."""
    level = np.sqrt(setting.reliability) * rng.standard_normal()
    slope = SLOPE_MEAN + SLOPE_SD * rng.standard_normal() if setting.slopes else 0.0
    noise = np.sqrt(1 - setting.reliability) * residuals(rng, times, setting)
    return np.asarray(level + slope * times + noise, dtype=np.float64)


def cohort(rng: np.random.Generator, setting: Setting) -> tuple[Counts, Floats, Floats]:
    """Untreated people with six visits each, at their own times and in part missed if stressed."""
    who, when, what = [], [], []
    for person in range(setting.people):
        times = COHORT_TIMES
        if setting.stressed("unequal"):
            times = np.sort(rng.uniform(0.0, 7.0, COHORT_TIMES.size))
        values = course(rng, times, setting)
        kept = np.ones(times.size, dtype=bool)
        if setting.stressed("missing"):
            kept = rng.random(times.size) >= MISSING
            kept[: 2 - min(2, int(kept.sum()))] = True
        who += [person] * int(kept.sum())
        when.append(times[kept])
        what.append(values[kept])
    return np.array(who, dtype=np.int64), np.concatenate(when), np.concatenate(what)


def person(rng: np.random.Generator, n_pre: int, setting: Setting) -> tuple[Floats, ...]:
    """Untreated visits before and after; entry redraws until the baseline mean is > +1 sd."""
    before = slice(DOSED - n_pre, DOSED)
    t0 = TIMES[before]
    memory = AR1 ** np.abs(np.subtract.outer(t0, t0)) if setting.stressed("ar1") else np.eye(n_pre)
    spread = setting.reliability + (1 - setting.reliability) * float(memory.mean())
    bar = np.sqrt(spread) + (SLOPE_MEAN * t0.mean() if setting.slopes else 0.0)
    while True:
        y = course(rng, TIMES, setting)
        if not setting.selected or y[before].mean() > bar:
            return t0, y[before], TIMES[DOSED:], y[DOSED:]


def naive_p(y0: Floats, y1: Floats) -> float:
    """Two-sided p of Welch's test on one person's visits."""
    a, b = y0.var(ddof=1) / y0.size, y1.var(ddof=1) / y1.size
    df = (a + b) ** 2 / (a**2 / (y0.size - 1) + b**2 / (y1.size - 1))
    return float(2 * stdtr(df, -abs(y1.mean() - y0.mean()) / np.sqrt(a + b)))


def compared(model: PopulationModel, t0: Floats, y0: Floats, t1: Floats, y1: Floats) -> Hit:
    """One person against the prediction."""
    naive = float(naive_p(y0, y1) < NOMINAL) if y0.size > 1 else np.nan
    bias = float(y1.mean() - y0.mean())
    try:
        window = personal_course(model, t0, y0).window(t1)
    except NotComputable:
        return Hit(naive=naive, naive_bias=bias)
    low, high = (float(window.quantile(q)[0]) for q in (NOMINAL / 2, 1 - NOMINAL / 2))
    mean = float(y1.mean())
    return Hit(
        naive=naive,
        ours=float(not low <= mean <= high),
        benefit=float(mean < low),
        power=float(mean - EFFECT < low),
        naive_bias=bias,
        ours_bias=mean - float(window.mean[0]),
        width=high - low,
        serial=float(model.correlation > 0),
        unjudged=0.0,
    )


def ranked(data: tuple[Counts, Floats, Floats], own: tuple[Floats, ...], *, slopes: bool) -> float:
    """Whether the conformal p value, two-sided, is at most nominal."""
    t0, y0, t1, y1 = own
    windows = comparable_windows(data[0], data[1], pre_time=t0, post_time=t1)
    try:
        found = conformal_test(
            windows, *data, pre_time=t0, pre_value=y0, post_time=t1, post_value=y1,
            direction="lower", fit=partial(choose_course, slopes=slopes, model="plain", grid=False),
        )  # fmt: skip
    except NotComputable:
        return 0.0
    return float(found.p_two_sided <= NOMINAL)


def one_block(item: tuple[int, np.random.SeedSequence], *, setting: Setting) -> Floats:
    """(runs, 3, fields) of a block of runs."""
    size, seed = item
    out = np.full((size, len(PRE), len(Hit.__dataclass_fields__)), np.nan)
    for run, child in enumerate(seed.spawn(size)):
        rng = np.random.default_rng(child)
        data = cohort(rng, setting)
        people = [person(rng, n_pre, setting) for n_pre in PRE]
        try:
            model = choose_course(*data, slopes=setting.slopes)
        except NotComputable:
            out[run] = np.array([_values(Hit(ours_bias=np.nan))] * len(PRE))
            continue
        for i, own in enumerate(people):
            hit = _values(compared(model, *own))
            if run % RANKED == 0:
                hit[-1] = ranked(data, own, slopes=setting.slopes)
            out[run, i] = hit
    return out


def _values(hit: Hit) -> list[float]:
    return [getattr(hit, name) for name in Hit.__dataclass_fields__]


def settings() -> Iterator[Setting]:
    """Every setting, in the order of the table."""
    stresses = (
        ("normal", True), ("normal", False), ("ar1", True), ("t3", True), ("unequal", True),
        ("missing", True), ("worst", True),
    )  # fmt: skip
    for kind in ("stable", "progressive"):
        for (noise, selected), reliability, people in product(stresses, RELIABILITIES, PEOPLE):
            if kind == "stable" or reliability == RELIABILITIES[-1]:
                yield Setting(
                    course=kind,
                    noise=noise,
                    selected=selected,
                    reliability=reliability,
                    people=people,
                )


def rows(runs: int, seed: int, workers: int) -> Iterator[dict[str, Any]]:
    """One row a setting and number of visits before dosing."""
    with ProcessPoolExecutor(workers) as pool:
        for index, setting in enumerate(settings()):
            many = runs // 2 if setting.slopes else runs
            found = np.concatenate(
                in_blocks(
                    partial(one_block, setting=setting),
                    many,
                    seed=np.random.SeedSequence([seed, index]),
                    size=BLOCK,
                    mapping=pool.map,
                )
            )
            for i, n_pre in enumerate(PRE):
                yield _row(found[:, i], setting, n_pre)
            print(setting, found[:, :, 1].mean(axis=0), flush=True)


def _row(found: Floats, setting: Setting, n_pre: int) -> dict[str, Any]:
    with np.errstate(invalid="ignore"):
        means = {
            name: None if np.isnan(found[:, i]).all() else round(float(np.nanmean(found[:, i])), 4)
            for i, name in enumerate(Hit.__dataclass_fields__)
        }
    ours = float(means["ours"] or 0.0)
    return {
        "course": setting.course,
        "noise": setting.noise,
        "selection": "bad baseline" if setting.selected else "none",
        "reliability": setting.reliability,
        "n_people": setting.people,
        "n_pre": n_pre,
        "n_post": TIMES.size - DOSED,
        "effect": EFFECT,
        "runs": len(found),
        "naive_type1": means["naive"],
        "ours_type1": ours,
        "ours_false_benefit": means["benefit"],
        "mc_se": round(float(np.sqrt(ours * (1 - ours) / len(found))), 4),
        "power": means["power"],
        "naive_bias": means["naive_bias"],
        "ours_bias": means["ours_bias"],
        "unjudged": means["unjudged"],
        "conformal_type1": means["ranked"],
        "width": means["width"],
        "serial": means["serial"],
    }


_ABOUT = f"""\
Each run simulates a cohort of untreated people with six visits each, fits their course by the rule
of `choose_course`, and simulates one more untreated person with 1, 2 or 4 visits before and 4 after
a dosing that does nothing. Unless said otherwise the person was dosed only because the mean of
their baseline was more than one sd on the bad side. *Naive*: Welch's t test on the person's own
visits, two-sided, nominal {NOMINAL:g}. *Ours*: the 95% interval of the contrast excludes 0; one
minus it is the coverage. *False benefit*: it does so in the direction of benefit, nominal 0.025.
*Conformal*: two-sided rank p at most {NOMINAL:g}, every {RANKED}th run; with fewer than 19 people
it cannot. *Power*: for a benefit of {EFFECT:g} sd of one measurement. *Width*: of the interval.
*Bias*: mean difference found without effect, in such sds. *Serial*: share of runs in which serial
correlation was taken in. *Unjudged*: no variance between people was found, so no verdict was
given. Bold: above {TARGET:g} by more than two Monte Carlo standard errors. A script writes this
page; do not edit it."""


def page(table: dict[str, Any], date: str) -> str:
    """The Markdown page with one table for each course and stress."""
    command = f"Command: `{table['command']}`, {date}."
    above = [r for r in table["rows"] if _above(r)]
    cells = [
        f"- {r['course']}, {_TITLES[r['noise'], r['selection']].lower()}, reliability "
        f"{r['reliability']:g}, {r['n_people']} people, {r['n_pre']} before: {r['ours_type1']:.3f}"
        for r in above
    ]
    parts = ["# Error rates of own_control", f"{_ABOUT}\n{command}", "## Cells above target"]
    parts.append("\n".join(cells) if cells else "None.")
    for kind in ("stable", "progressive"):
        for (noise, selection), title in _TITLES.items():
            chosen = [
                r
                for r in table["rows"]
                if (r["course"], r["noise"], r["selection"]) == (kind, noise, selection)
            ]
            parts += [f"## {kind.capitalize()} course. {title}", _markdown(chosen)]
    return "\n\n".join(parts) + "\n"


_TITLES = {
    ("normal", "bad baseline"): "Entry on a bad baseline",
    ("normal", "none"): "No selection",
    ("ar1", "bad baseline"): f"Stress: residuals correlated {AR1:g} a unit of time",
    ("t3", "bad baseline"): "Stress: heavy-tailed residuals (t with 3 df)",
    ("unequal", "bad baseline"): "Stress: untreated people seen at their own times",
    ("missing", "bad baseline"): f"Stress: {MISSING:.0%} of untreated visits missing",
    ("worst", "bad baseline"): "Worst corner: all of these",
}


def _above(r: dict[str, Any]) -> bool:
    return bool(r["ours_type1"] > TARGET + 2 * r["mc_se"])


def _markdown(chosen: list[dict[str, Any]]) -> str:
    head = (
        "| reliability | people | pre-visits | naive | ours | se | false benefit | conformal "
        "| power | width | bias naive, ours | serial | unjudged | runs |\n"
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    return "\n".join([head, *map(_markdown_row, chosen)])


def _markdown_row(r: dict[str, Any]) -> str:
    def shown(key: str, form: str) -> str:
        return "–" if r[key] is None else format(r[key], form)

    ours = f"**{r['ours_type1']:.3f}**" if _above(r) else f"{r['ours_type1']:.3f}"
    return (
        f"| {r['reliability']:g} | {r['n_people']} | {r['n_pre']} | "
        f"{shown('naive_type1', '.3f')} | {ours} | {r['mc_se']:.3f} | "
        f"{shown('ours_false_benefit', '.3f')} | "
        f"{shown('conformal_type1', '.3f')} | {shown('power', '.2f')} | {shown('width', '.2f')} | "
        f"{shown('naive_bias', '.2f')}, {shown('ours_bias', '.2f')} | {shown('serial', '.2f')} | "
        f"{r['unjudged']:.3f} | {r['runs']} |"
    )


def main() -> None:
    """Simulate, then write the table that ships and the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--date", required=True, help="YYYY-MM-DD, printed on the page")
    given = parser.parse_args()
    table = {
        "command": f"python validation/own_control.py --runs {given.runs} --seed {given.seed}",
        "date": given.date,
        "nominal": NOMINAL,
        "runs": given.runs,
        "seed": given.seed,
        "rows": list(rows(given.runs, given.seed, given.workers)),
    }
    DATA.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(table, given.date), encoding="utf-8")


if __name__ == "__main__":
    main()
