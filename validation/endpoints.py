"""Error rates of tests of several endpoints, written to docs/validation/endpoints.md.

Run: python validation/endpoints.py --runs 2000 --seed 1 --date 2026-11-26
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from scipy.stats import norm, t

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Flags, Floats
from ultrarare.stats.blocks import in_blocks
from ultrarare.stats.endpoints.gatekeeping import gatekeeping, holm
from ultrarare.stats.endpoints.global_tests import obrien, wei_lachin
from ultrarare.stats.endpoints.goals import goal_attainment, sign_flip
from ultrarare.stats.endpoints.kernel import contest
from ultrarare.stats.endpoints.normal import ols
from ultrarare.stats.endpoints.outcomes import Outcomes, Rule, make_outcomes
from ultrarare.stats.endpoints.win import guaranteed_limits, win_statistics

PAGE = Path(__file__).parent.parent / "docs/validation/endpoints.md"
NOMINAL: Final = 0.05
APPROXIMATE: Final = 0.06
COVERED: Final = 0.93
SHIFT: Final = 1.0
FOLLOW_UP: Final = 2.0
DRAWS: Final = 999
RULES = (
    Rule(name="time", improves="higher", margin=0.1, timed=True),
    Rule(name="a", improves="higher", margin=0.3),
    Rule(name="b", improves="lower", margin=0.3),
    Rule(name="c", improves="higher"),
)
EXACT = ("O'Brien", "Wei-Lachin", "win", "Holm")
LARGE = ("z", "t", "OLS t")
SIZE = (*EXACT, *LARGE, "naive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of the table."""

    name: str
    treated: int
    untreated: int
    rho: float = 0.5
    missing: float = 0.0  # in both arms
    only_treated: bool = False  # … or in the treated only
    short: bool = False  # the treated are watched half as long
    uneven: bool = False  # the treated vary three times as much


BASE = Setting(name="base", treated=5, untreated=20)
SETTINGS = (
    *(
        replace(BASE, treated=n, untreated=m, rho=rho)
        for n in (3, 5, 8)
        for m in (20, 50)
        for rho in (0.0, 0.5)
    ),
    *(replace(BASE, name="30 % missing", treated=n, untreated=m, missing=0.3)
      for n in (3, 5, 8) for m in (20, 50)),
    replace(BASE, name="12 a side", treated=12, untreated=12),
    replace(BASE, name="stress: 60 % missing in the treated only", missing=0.6, only_treated=True),
    replace(BASE, name="stress: treated watched half as long", short=True),
    replace(BASE, name="stress: treated vary 3 times as much", uneven=True),
    replace(BASE, name="worst corner: all three", missing=0.6, only_treated=True, short=True,
            uneven=True),
)  # fmt: skip


def people(
    setting: Setting, rng: np.random.Generator, shift: float
) -> tuple[Floats, Floats, Flags]:
    """Values, events and arms: an exponential time by way of a normal copula, three normals."""
    n, total = setting.treated, setting.treated + setting.untreated
    treated = np.arange(total) < n
    shared = rng.normal(size=(total, 1)) * np.sqrt(setting.rho)
    x = shared + rng.normal(size=(total, 4)) * np.sqrt(1 - setting.rho)
    if setting.uneven:
        x[treated] *= 3
    x[treated] += shift
    x[:, 2] *= -1  # lower is better
    time = np.asarray(-norm.logsf(x[:, 0]))
    end = np.full(total, FOLLOW_UP)
    if setting.short:
        end[treated] /= 2
    event = np.zeros((total, 4))
    event[:, 0] = time <= end
    x[:, 0] = np.minimum(time, end)
    gone = rng.random((total, 4)) < setting.missing
    x[gone & (treated[:, None] | (not setting.only_treated))] = np.nan
    return x, event, treated


def u_statistic_limits(o: Outcomes) -> tuple[float, float]:
    """What the large-sample interval would be in few people; no limit where there is no spread."""
    person, _ = contest(o.values, o.event, o.timed, o.sign, o.margin, o.treated)
    n, m = o.counts
    own = (person[o.treated, 0] - person[o.treated, 1]) / m
    other = (person[~o.treated, 0] - person[~o.treated, 1]) / n
    net = float(own.mean())
    parts = np.array([own.var(ddof=1) / n, other.var(ddof=1) / m])
    if parts.sum() < 1e-12 or abs(net) >= 1:
        return net, net
    df = float(parts.sum() ** 2 / (parts**2 / np.array([n - 1, m - 1])).sum())
    half = float(t.ppf(0.975, df) * np.sqrt(parts.sum()) / (1 - net**2))
    return float(np.tanh(np.arctanh(net) - half)), float(np.tanh(np.arctanh(net) + half))


def once(
    setting: Setting, rng: np.random.Generator, shift: float, truth: float
) -> dict[str, float]:
    """One comparison: what rejects, what covers, how wide."""
    x, event, treated = people(setting, rng, shift)
    out = dict.fromkeys((*SIZE, "naive one"), 0.0) | {"floor": 1.0}
    try:
        o = make_outcomes(x, treated, RULES, event=event)
    except NotComputable:
        return out | dict.fromkeys(("guaranteed", "u", "width", "u width", "net"), np.nan)
    average = wei_lachin(o, draws=DRAWS, rng=rng)
    rank = obrien(o, draws=DRAWS, rng=rng)
    won = win_statistics(o, draws=DRAWS, rng=rng)
    single = [p.p_value for p in average.by_endpoint]
    gate = gatekeeping(
        [p.p_benefit for p in average.by_endpoint],
        holm(len(single)), names=average.names, alpha=NOMINAL / 2,
    )  # fmt: skip
    p = {
        "O'Brien": rank.permutation.p_value,
        "Wei-Lachin": average.permutation.p_value,
        "win": won.permutation.p_value,
        "z": 1.0 if average.z is None else float(2 * norm.sf(abs(average.z))),
        "t": 1.0 if rank.p_t is None else rank.p_t,
        "naive": min(single),
        "naive one": single[0],
    }
    p["OLS t"] = _ols(o, rng)
    out |= {key: float(value <= NOMINAL + 1e-12) for key, value in p.items()}
    out["Holm"] = float(any(gate.rejected))
    low, high = guaranteed_limits(won.net_benefit, min(o.counts), level=0.95)
    u_low, u_high = u_statistic_limits(o) if min(o.counts) > 1 else (-1.0, 1.0)
    return out | {
        "floor": float(won.permutation.floor <= NOMINAL),
        "guaranteed": float(low <= truth <= high),
        "u": float(u_low <= truth <= u_high),
        "width": high - low,
        "u width": u_high - u_low,
        "net": won.net_benefit,
    }


def _ols(o: Outcomes, rng: np.random.Generator) -> float:
    try:
        found = ols(o, draws=1, rng=rng)
    except NotComputable:
        return 1.0
    return 1.0 if found.p_t is None else found.p_t


def block(
    task: tuple[int, np.random.SeedSequence], setting: Setting, shift: float, truth: float
) -> list[dict[str, float]]:
    """The runs of one block."""
    count, seed = task
    rng = np.random.default_rng(seed)
    return [once(setting, rng, shift, truth) for _ in range(count)]


def true_net(setting: Setting, shift: float) -> float:
    """Net benefit of many pairs with nobody in two of them."""
    rng = np.random.default_rng(99)
    many = replace(setting, treated=2000, untreated=2000)
    x, event, treated = people(many, rng, shift)
    o = make_outcomes(x, treated, RULES, event=event)
    person, _ = contest(o.values, o.event, o.timed, o.sign, o.margin, o.treated)
    n, m = o.counts
    return float((person[o.treated, 0] - person[o.treated, 1]).sum() / (n * m))


def simulate(setting: Setting, runs: int, seed: int, workers: int) -> list[dict[str, Floats]]:
    """Columns without and with an effect."""
    out = []
    with ProcessPoolExecutor(workers) as pool:
        for count, shift in ((runs, 0.0), (max(runs // 4, 1), SHIFT)):
            truth = true_net(setting, shift)
            task = partial(block, setting=setting, shift=shift, truth=truth)
            mapping = pool.map if workers > 1 else map
            found = [
                row
                for part in in_blocks(task, count, seed=seed, size=125, mapping=mapping)
                for row in part
            ]
            out.append({key: np.array([row[key] for row in found]) for key in found[0]})
    return out


def share(values: Floats) -> tuple[float, float]:
    """A share and its Monte Carlo standard error."""
    known = values[np.isfinite(values)]
    mean = float(known.mean())
    return mean, float(np.sqrt(mean * (1 - mean) / known.size))


def line(setting: Setting, found: list[dict[str, Floats]]) -> tuple[str, list[str]]:
    """A row of the table and what lies beyond a target in it."""
    none, some = found
    where = f"{setting.name}, {setting.treated} against {setting.untreated}, ρ {setting.rho:g}"
    cells, beyond = [setting.name, f"{setting.treated}", f"{setting.untreated}",
                     f"{setting.rho:g}"], []  # fmt: skip
    for name in SIZE:
        mean, se = share(none[name])
        target = APPROXIMATE if name in LARGE else NOMINAL
        high = mean > target + 2 * se
        cells.append(f"**{mean:.3f} ({se:.3f})**" if high else f"{mean:.3f} ({se:.3f})")
        if high:
            beyond.append(f"{where}: {name} {mean:.3f}")
    cells.append(f"{none['floor'].mean():.2f}")
    cells += [f"{some[name].mean():.2f}" for name in ("O'Brien", "Wei-Lachin", "win", "Holm")]
    cells.append(f"{some['naive one'].mean():.2f}")
    for rows in (none, some):
        for name in ("guaranteed", "u"):
            mean, se = share(rows[name])
            low = mean < COVERED - 2 * se
            cells.append(f"**{mean:.3f}**" if low else f"{mean:.3f}")
            if low:
                beyond.append(f"{where}: coverage {name} {mean:.3f}")
    cells += [f"{np.nanmean(some[name]):.2f}" for name in ("width", "u width")]
    return f"| {' | '.join(cells)} |", beyond


def goal_rows(runs: int, seed: int) -> list[str]:
    """Size of the sign-flip test of change in T, baselines as they come or chosen for being bad."""
    out = []
    for n in (3, 6, 10):
        for chosen in (False, True):
            rng = np.random.default_rng(np.random.SeedSequence([seed, n, int(chosen)]))
            p = [_goal_p(rng, n, chosen=chosen) for _ in range(runs)]
            mean, se = share((np.array(p) <= NOMINAL).astype(np.float64))
            text = f"{mean:.3f} ({se:.3f})"
            text = f"**{text}**" if mean > NOMINAL + 2 * se else text
            how = "worst of 3 moments" if chosen else "any moment"
            out.append(f"| {n} | {how} | {2 / 2**n:.3g} | {text} |")
    return out


def _goal_p(rng: np.random.Generator, n: int, *, chosen: bool) -> float:
    changes = []
    for _ in range(n):
        moments = np.clip(np.round(rng.normal(size=(4, 3))), -2, 2)
        before = moments[:3][np.argmin(moments[:3].sum(axis=1))] if chosen else moments[0]
        scores = [goal_attainment([1, 1, 1], levels).lower for levels in (before, moments[3])]
        changes.append(scores[1] - scores[0])
    if not any(changes):
        return 1.0
    return sign_flip(changes, rng=rng).p_value_upper


HEAD = (
    "| setting | treated | untreated | ρ | O'Brien, exact | Wei–Lachin, exact | win, exact | "
    "any claim, Holm | Wei–Lachin, z | O'Brien, t | OLS, t | smallest p of four (naive) | "
    "can reject | power O'Brien | power Wei–Lachin | power win | power Holm | "
    "power of the first alone | covers 0, guaranteed | covers 0, U statistic | "
    "covers effect, guaranteed | covers effect, U statistic | width, guaranteed | "
    "width, U statistic |\n|---" + "|--:" * 23 + "|"
)


def page(rows: list[str], beyond: list[str], goals: list[str], asked: argparse.Namespace) -> str:
    """The page as Markdown."""
    listed = "\n".join(f"- {text}" for text in beyond if ": naive" not in text) or "- none"
    naive = sum(": naive" in text for text in beyond)
    return f"""# Error rates of several endpoints at once

{asked.date}, `python validation/endpoints.py --runs {asked.runs} --seed {asked.seed}`.

Share of runs without an effect in which two-sided p ≤ {NOMINAL}, with its Monte Carlo standard
error. Four endpoints: a time to an event (exponential, watched for {FOLLOW_UP:g}), three normal
values, all correlated by ρ. Choices of the treated are all gone through up to 200,000, else
{DRAWS} are drawn. *Any claim, Holm*: at least one endpoint towards benefit, one-sided at
{NOMINAL / 2}. *Naive*: the smallest of the four p as if it stood alone. Power and "covers effect":
all endpoints shifted by {SHIFT:g} standard deviation, a quarter of the runs. Bold: above {NOMINAL}
(exact, Holm, naive) or {APPROXIMATE} (z, t) by two standard errors, or coverage below {COVERED} by
two. The stress rows break what the exact test supposes; there the truth covered is the net benefit
of 2,000 against 2,000 people, which need not be 0.

{HEAD}
{chr(10).join(rows)}

Beyond a target, besides the naive analysis ({naive} cells):

{listed}

What follows from it at run time: z is given no p below ten people an arm; the interval of the net
benefit is the guaranteed one there; arms with unlike shares missing or unlike follow-up carry a
caveat and leave comparability open; a smaller arm that varies twice as much as the other carries a
caveat.

## Change of goals

Three goals of equal weight, no effect. *Worst of 3 moments*: the baseline is the worst of three
moments, as where people are enrolled when they are at their worst. Then the exact flip of signs is
not exact, and the result carries that caveat.

| people | baseline | smallest p | two-sided p ≤ {NOMINAL} |
|--:|---|--:|--:|
{chr(10).join(goals)}
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
    goals = goal_rows(asked.runs, asked.seed)
    PAGE.write_text(page(rows, beyond, goals, asked), encoding="utf-8")


if __name__ == "__main__":
    main()
