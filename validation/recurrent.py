"""How often each comparison of recurrent events finds an effect where there is none.

    python validation/recurrent.py --runs 1000 --date 2026-11-26

Each run simulates treated and untreated people with the package's own records and fits every model
to them, through the package. Columns give the share of runs with a two-sided p at or below 0.05
when the treatment does nothing, and, for a rate that is a third, the power and the coverage of the
95% interval of the log ratio.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ultrarare.stats.recurrent.counts import (
    NegativeBinomialRates,
    PoissonRates,
    fit_negative_binomial,
    fit_poisson,
)
from ultrarare.stats.recurrent.cox import Intensity, fit_intensity
from ultrarare.stats.recurrent.frailty import GammaFrailty, fit_gamma_frailty
from ultrarare.stats.recurrent.record import Records, records
from ultrarare.stats.relabel import relabel

Floats = NDArray[np.float64]

PAGE = Path(__file__).parents[1] / "docs/validation/recurrent.md"
NOMINAL, APPROXIMATE = 0.05, 0.06
RATIO = 1 / 3
WITH_EFFECT = 4  # one run with effect for so many without
RATE, LENGTH = 1.5, 4.0  # events a person and year untreated; years


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One setting."""

    name: str
    treated: int
    untreated: int
    frailty: float = 1.0  # variance of people's rates, mean 1
    waxing: bool = False  # rates 4 and 0.25 times the mean, in spells of about half a year
    treated_length: float = 1.0  # of the untreated people's
    entry: int | None = None  # treated people entered after so many events in the year before
    same_entry: bool = False  # and so did the untreated


CELLS = (
    *(
        Cell(name="gamma rates, variance 1", treated=a, untreated=b)
        for a, b in ((3, 20), (6, 50), (10, 50), (20, 20), (50, 50), (100, 100))
    ),
    Cell(name="equal rates", treated=6, untreated=50, frailty=0.0),
    Cell(name="gamma rates, variance 3", treated=6, untreated=50, frailty=3.0),
    Cell(name="waxing and waning", treated=3, untreated=20, waxing=True),
    Cell(name="waxing and waning", treated=6, untreated=50, waxing=True),
    Cell(name="treated followed half as long", treated=6, untreated=50, treated_length=0.5),
    Cell(
        name="worst corner: variance 3, waxing, followed half as long",
        treated=3,
        untreated=20,
        frailty=3.0,
        waxing=True,
        treated_length=0.5,
    ),
    Cell(
        name="both entered on 3 events a year",
        treated=6,
        untreated=50,
        waxing=True,
        entry=3,
        same_entry=True,
    ),
    Cell(
        name="treated alone entered on 3 events a year",
        treated=6,
        untreated=50,
        waxing=True,
        entry=3,
    ),
)


def times(rng: np.random.Generator, rate: float, start: float, stop: float, cell: Cell) -> Floats:
    """Event times of one person; the spells go on from before `start`."""
    if not cell.waxing:
        return rng.uniform(start, stop, rng.poisson(rate * (stop - start)))
    found, now, active = [], start, bool(rng.random() < 0.2)
    while now < stop:
        end = now + rng.exponential(0.25 if active else 1.0)
        height = rate * (4.0 if active else 0.25)
        upper = min(end, stop)
        found.append(rng.uniform(now, upper, rng.poisson(height * (upper - now))))
        now, active = end, not active
    return np.concatenate(found) if found else np.zeros(0)


def person(
    rng: np.random.Generator, cell: Cell, ratio: float, length: float, *, entered: bool
) -> Floats:
    """Events after entry at 0, within `length`."""
    while True:
        shape = 1 / cell.frailty if cell.frailty else 0.0
        rate = RATE * (rng.gamma(shape, 1 / shape) if cell.frailty else 1.0)
        own = times(rng, rate, -1.0, length, cell)
        if entered and int(np.sum(own <= 0)) < (cell.entry or 0):
            continue
        after = own[own > 0]
        return after[rng.random(after.size) < ratio]  # thinning: the ratio holds at each time


def simulate(rng: np.random.Generator, cell: Cell, ratio: float) -> Records:
    """One trial."""
    n = cell.treated + cell.untreated
    flags = np.arange(n) < cell.treated
    who, when, lengths = [], [], []
    for i in range(n):
        length = LENGTH * (cell.treated_length if flags[i] else 1.0) * rng.uniform(0.6, 1.0)
        entered = cell.entry is not None and (bool(flags[i]) or cell.same_entry)
        own = person(rng, cell, ratio if flags[i] else 1.0, length, entered=entered)
        who += [i] * own.size
        when += own.tolist()
        lengths.append(length)
    return records(range(n), np.zeros(n), lengths, who, when, treated=flags)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fits:
    """What `compare_recurrent` fits, without the curves, whose bands take most of its time."""

    andersen_gill: Intensity
    pwp_total: Intensity
    pwp_gap: Intensity
    gamma_frailty: GammaFrailty
    negative_binomial: NegativeBinomialRates
    poisson: PoissonRates
    permutation: float


def fits(made: Records, seed: int) -> Fits:
    """Every model of one trial."""
    plain = fit_intensity(made, "andersen-gill")
    counts = (made.counts, made.person_time, made.treated)
    return Fits(
        andersen_gill=plain,
        pwp_total=fit_intensity(made, "pwp-total"),
        pwp_gap=fit_intensity(made, "pwp-gap"),
        gamma_frailty=fit_gamma_frailty(made),
        negative_binomial=fit_negative_binomial(*counts),
        poisson=fit_poisson(*counts),
        permutation=relabel(plain.martingale, made.treated, seed=seed, draws=999).p_two_sided,
    )


def p_values(found: Fits) -> tuple[float | None, ...]:
    """In the order of METHODS."""
    return (
        found.poisson.p_model,
        found.andersen_gill.p_model,
        found.andersen_gill.p_robust,
        found.andersen_gill.p_value,
        found.pwp_total.p_value,
        found.pwp_gap.p_value,
        found.gamma_frailty.p_value,
        found.negative_binomial.p_value,
        found.poisson.p_value,
        found.permutation,
    )


METHODS = (
    "Poisson, naive",
    "AG, naive",
    "AG, sandwich",
    "AG, jackknife t",
    "PWP total, jackknife t",
    "PWP gap, jackknife t",
    "gamma frailty",
    "negative binomial",
    "Poisson, jackknife t",
    "permutation",
)
EXACT = (9,)


def interval(found: Fits, ratio: float) -> tuple[float, ...]:
    """Whether AG, frailty and negative binomial intervals hold the truth, and AG's width."""
    out = []
    for model in (found.andersen_gill, found.gamma_frailty, found.negative_binomial):
        held = (
            math.nan
            if model.lower is None or model.upper is None
            else float(model.lower <= math.log(ratio) <= model.upper)
        )
        out.append(held)
    ag = found.andersen_gill
    out.append(math.nan if ag.lower is None or ag.upper is None else ag.upper - ag.lower)
    return tuple(out)


def run(cell: Cell, runs: int, seed: int, ratio: float, index: int) -> tuple[Floats, Floats]:
    """(runs, methods) p values, undefined ones NaN, and (runs, 4) intervals."""
    p, held = np.full((runs, len(METHODS)), np.nan), np.full((runs, 4), np.nan)
    for r in range(runs):
        rng = np.random.default_rng([seed, index, round(1000 * ratio), r])
        found = fits(simulate(rng, cell, ratio), r)
        p[r] = [math.nan if value is None else value for value in p_values(found)]
        held[r] = interval(found, ratio)
    return p, held


def share(p: Floats) -> Floats:
    """Rejections; an undefined p does not reject."""
    return np.asarray(np.mean(p <= NOMINAL + 1e-12, axis=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Results of one cell."""

    cell: Cell
    size: Floats
    power: Floats
    coverage: Floats
    width: float
    undefined: float
    floor: float


def result(cell: Cell, index: int, *, runs: int, seed: int) -> Row:
    """Simulate without effect and, less often, with it."""
    null, held_null = run(cell, runs, seed, 1.0, index)
    effect, held = run(cell, max(1, runs // WITH_EFFECT), seed, RATIO, index)
    both = np.concatenate((held_null, held))
    return Row(
        cell=cell,
        size=share(null),
        power=share(effect),
        coverage=np.nanmean(both[:, :3], axis=0),
        width=float(np.nanmedian(both[:, 3])),
        undefined=float(np.isnan(null[:, 3]).mean()),
        floor=1 / math.comb(cell.treated + cell.untreated, cell.treated),
    )


def table(
    rows: Sequence[Row], value: Callable[[Row], Floats], limit: Callable[[int], float]
) -> str:
    """One line a cell, one column a method."""
    head = "| setting | treated, untreated | " + " | ".join(METHODS) + " |"
    lines = [head, "|---" * (len(METHODS) + 2) + "|"]
    for row in rows:
        cells = [f"**{v:.3f}**" if v > limit(k) else f"{v:.3f}" for k, v in enumerate(value(row))]
        size = f"{row.cell.treated}, {row.cell.untreated}"
        lines.append(f"| {row.cell.name} | {size} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def limit(runs: int) -> Callable[[int], float]:
    """What a method's size may be."""
    exact = NOMINAL + 2 * math.sqrt(NOMINAL * (1 - NOMINAL) / runs)
    return lambda k: exact if k in EXACT else APPROXIMATE


def page(rows: Sequence[Row], runs: int, command: str, date: str) -> str:
    """The Markdown page."""
    cover = [
        "| setting | treated, untreated | AG, jackknife t | gamma frailty | negative binomial "
        "| median width, AG | AG undefined | smallest one-sided p |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        held = [f"**{v:.3f}**" if v < 0.93 else f"{v:.3f}" for v in row.coverage]
        cover.append(
            f"| {row.cell.name} | {row.cell.treated}, {row.cell.untreated} | "
            + " | ".join(held)
            + f" | {row.width:.2f} | {row.undefined:.3f} | {row.floor:.2g} |"
        )
    bound = limit(runs)
    over = [
        f"- {row.cell.name}, {row.cell.treated} and {row.cell.untreated} people: "
        + ", ".join(f"{METHODS[k]} {v:.3f}" for k, v in enumerate(row.size) if v > bound(k))
        for row in rows
        if any(v > bound(k) for k, v in enumerate(row.size))
    ]
    se = math.sqrt(NOMINAL * (1 - NOMINAL) / runs)
    return (
        "\n\n".join(
            (
                "# Error rates of recurrent-event comparisons",
                f"""\
Untreated people have {RATE:g} events a year on average and are followed for
{0.6 * LENGTH:g} to {LENGTH:g} years. Share of runs with a two-sided p at or below {NOMINAL:g};
*naive* methods take a person's events as independent of each other. The permutation test is exact
and may reach {bound(9):.3f} (nominal plus two Monte Carlo standard errors of {se:.4f}); the others
{APPROXIMATE:g}. Bold: above that, or coverage below 0.93. *Waxing and waning*: spells of a quarter
of a year with four times the rate, spells of a year with a quarter of it. A script writes this
page; do not edit it. Command: `{command}`, {date}; {runs} runs without and
{max(1, runs // WITH_EFFECT)} with effect a cell.""",
                "## Without effect",
                table(rows, lambda row: row.size, bound),
                "## Power, rate of the treated a third",
                table(rows, lambda row: row.power, lambda _k: 2.0),
                "## Coverage of 95% intervals of the log ratio, with and without effect",
                "\n".join(cover),
                "## Cells above target",
                "\n".join(over) or "None.",
                """\
What the package does about them: the permutation p is the primary one, with its floor beside it;
the sandwich carries a caveat below 20 people in a group, intervals one below 10 treated people,
and unequal follow-up its own. An entry rule that only the treated passed cannot be seen in such
tables: every comparison says that its p assumes one rule for both.""",
            )
        )
        + "\n"
    )


def main() -> None:
    """Simulate, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--date", required=True, help="YYYY-MM-DD, printed on the page")
    given = parser.parse_args()
    task = partial(result, runs=given.runs, seed=given.seed)
    with ProcessPoolExecutor() as pool:  # each run has its own seed: workers change no number
        rows = list(pool.map(task, CELLS, range(len(CELLS))))
    command = f"python validation/recurrent.py --runs {given.runs} --seed {given.seed}"
    PAGE.write_text(page(rows, given.runs, command, given.date), encoding="utf-8")


if __name__ == "__main__":
    main()
