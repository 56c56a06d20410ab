"""How often a marker is said to predict the outcome across variants, and how well it then does.

    python validation/surrogacy.py --runs 100 --date 2026-11-26

Each run draws the true effects of a few variants on marker and outcome, adds errors, judges, and
draws one more variant whose outcome effect is held against its prediction. Beside it the naive
analysis: ordinary least squares over the observed effects, its errors left out of account.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import linregress

from ultrarare.errors import NotComputable
from ultrarare.stats.blocks import in_blocks
from ultrarare.stats.surrogacy.pairs import Pairs, pairs_of
from ultrarare.stats.surrogacy.posterior import posterior
from ultrarare.stats.surrogacy.trial import judge_surrogacy

Floats = NDArray[np.float64]

PAGE = Path(__file__).parents[1] / "docs/validation/surrogacy.md"
NOMINAL, LEVEL, LIMIT, TARGET = 0.05, 0.95, 0.06, 0.93
BLOCK = 25
COLUMNS = ("refused", "predicts", "slope", "naive finds", "prediction", "width", "naive covers")
MORE = 5  # predictions a judgement: these cost a twentieth


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One way in which data are made; effects in sds of the marker's across variants."""

    variants: int
    slope: float = 0.0  # of the true outcome effects on the true marker effects
    rest: float = 0.3  # sd of true outcome effects about that line
    error: float = 0.3  # median standard error of an effect
    unequal: bool = False  # standard errors from a third of that to three times
    correlation: float = 0.0  # of the two errors of one variant
    told: bool = True  # whether that correlation is known to the analysis
    heavy: bool = False  # rest of t with 3 degrees of freedom
    odd: bool = False  # one variant lies 3 sd off the line


CELLS = (
    *(Cell(variants=n, slope=slope) for n in (5, 8, 15) for slope in (0.0, 1.0)),
    *(Cell(variants=8, slope=slope, unequal=True) for slope in (0.0, 1.0)),
    *(Cell(variants=8, slope=slope, correlation=0.6) for slope in (0.0, 1.0)),
    *(Cell(variants=8, slope=slope, correlation=0.6, told=False) for slope in (0.0, 1.0)),
    *(Cell(variants=8, slope=slope, heavy=True) for slope in (0.0, 1.0)),
    *(Cell(variants=8, slope=slope, odd=True) for slope in (0.0, 1.0)),
    Cell(variants=15, error=0.6, unequal=True, correlation=0.6, told=False, heavy=True),
)


def truth(rng: np.random.Generator, cell: Cell, count: int) -> tuple[Floats, Floats]:
    """True effects of some variants."""
    x = 1.0 + rng.standard_normal(count)
    away = rng.standard_t(3, count) / np.sqrt(3) if cell.heavy else rng.standard_normal(count)
    return x, np.asarray(0.5 + cell.slope * x + cell.rest * away)


def seen_in(rng: np.random.Generator, cell: Cell) -> tuple[Floats, Floats]:
    """Observed effects and their standard errors, each (2, n): marker, outcome."""
    n = cell.variants
    x, y = truth(rng, cell, n)
    if cell.odd:
        y[0] += 3.0
    se = np.full((2, n), cell.error)
    if cell.unequal:
        se *= 3.0 ** rng.uniform(-1, 1, (2, n))
    noise = rng.standard_normal((2, n))
    r = cell.correlation
    noise[1] = r * noise[0] + np.sqrt(1 - r * r) * noise[1]
    return np.array([x, y]) + se * noise, se


def paired(seen: Floats, se: Floats, cell: Cell) -> Pairs:
    """As the analysis is told of them."""
    known = np.full(cell.variants, cell.correlation if cell.told else 0.0)
    return pairs_of(seen[0], se[0], seen[1], se[1], known)


def judged(rng: np.random.Generator, cell: Cell) -> Floats:
    """(4,) refused, predicts, slope covered, naive finds; NaN where there is none."""
    seen, se = seen_in(rng, cell)
    out = np.full(4, np.nan)
    out[3] = linregress(seen[0], seen[1]).pvalue <= NOMINAL
    try:
        pairs = paired(seen, se, cell)
    except NotComputable:
        out[0] = 1.0
        return out
    unknown = () if cell.told else tuple(range(cell.variants))
    found = judge_surrogacy(pairs, direction="higher", unknown=unknown, level=LEVEL)
    _, low, high = found.slope
    out[:3] = 0.0, found.verdict == "predicts", low <= cell.slope <= high
    return out


def predicted(rng: np.random.Generator, cell: Cell) -> Floats:
    """(3,) prediction covered, its width, naive covered, for one more variant.

    Whatever the verdict: predictions of convincing runs only would be judged by a selected part.
    """
    seen, se = seen_in(rng, cell)
    new_x, new_y = truth(rng, cell, 1)
    plain = linregress(seen[0], seen[1])
    rest = float(np.std(seen[1] - plain.intercept - plain.slope * seen[0], ddof=2))
    naive = float(abs(plain.intercept + plain.slope * new_x[0] - new_y[0]) <= 2 * rest)
    if not cell.told:
        return np.array([np.nan, np.nan, naive])
    try:
        fit = posterior(paired(seen, se, cell))
    except NotComputable:
        return np.array([np.nan, np.nan, naive])
    _, least, most = fit.predicted(fit.moments(float(new_x[0]), 0.0), LEVEL)
    return np.array([float(least <= new_y[0] <= most), most - least, naive])


def block(
    item: tuple[int, np.random.SeedSequence],
    cell: Cell,
    run: Callable[[np.random.Generator, Cell], Floats],
) -> Floats:
    """The runs of one block."""
    runs, seed = item
    rng = np.random.default_rng(seed)
    return np.array([run(rng, cell) for _ in range(runs)])


def line(cell: Cell, verdicts: Floats, predictions: Floats) -> str:
    """One row of the table; what misses its target by two standard errors in bold."""
    r = cell.correlation
    odd = [
        *(["unequal errors"] if cell.unequal else []),
        *([f"errors correlate {r:g}, {'known' if cell.told else 'not known'}"] if r else []),
        *(["rest of t, 3 df"] if cell.heavy else []),
        *(["one variant 3 sd off"] if cell.odd else []),
        *([f"errors {cell.error:g}"] if cell.error != Cell(variants=0).error else []),
    ]
    parts = [str(cell.variants), f"{cell.slope:g}", "; ".join(odd) or "–", str(len(verdicts))]
    columns = (*verdicts.T, *predictions.T)
    for name, column in zip(COLUMNS, columns, strict=True):
        values = column[np.isfinite(column)]
        if not values.size:
            parts.append("–")
        elif name == "width":
            parts.append(f"{np.median(values):.2f}")
        else:
            parts.append(_share(name, values, cell))
    return "| " + " | ".join(parts) + " |"


def _share(name: str, values: Floats, cell: Cell) -> str:
    share = float(values.mean())
    se = float(np.sqrt(share * (1 - share) / values.size))
    missed = False
    if name in {"slope", "prediction"}:
        missed = share < TARGET - 2 * se
    elif name == "predicts":
        missed = cell.slope == 0 and share > LIMIT + 2 * se
    return f"**{share:.3f}**" if missed else f"{share:.3f}"


def page(lines: list[str], asked: argparse.Namespace) -> str:
    """The whole page."""
    se = np.sqrt(NOMINAL * (1 - NOMINAL) / asked.runs)
    head = ("variants", "true slope", "stress", "runs", *COLUMNS)
    return f"""# Does a marker predict the outcome across variants

{asked.date}, `python validation/surrogacy.py --runs {asked.runs} --seed {asked.seed}`.

True effects on the marker have sd 1 across variants; true outcome effects lie about a line with sd
0.3; every effect is seen with a standard error of 0.3 unless told. *Refused*: not computable.
*Predicts*: that word was said; at slope 0 it is an error, of which at most {LIMIT} is allowed, and
at slope 1 it is the power. *Slope*, *prediction*: how often their 95 % intervals hold the true
slope and the true outcome effect of a further variant whose marker effect is known; the prediction
is looked at whatever the verdict, in {MORE} times as many runs. *Width*: median, of the prediction.
*Naive finds*: ordinary least squares over the observed effects has p ≤ 0.05. *Naive covers*: a
further variant lies within two of its residual sds. Bold: the word above {LIMIT}, or coverage below
{TARGET}, by two standard errors. The standard error of a share of 0.05 is {se:.3f} at so many runs.
Where the correlation of the errors is not known, all intervals reach over three values of it.

| {" | ".join(head)} |
|{"---|" * len(head)}
{chr(10).join(lines)}
"""


def main() -> None:
    """Simulate and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--date", required=True)
    asked = parser.parse_args()
    lines = []
    seeds = np.random.SeedSequence(asked.seed).spawn(len(CELLS))
    with ProcessPoolExecutor(asked.workers) as pool:
        mapping = pool.map if asked.workers > 1 else map
        for cell, seed in zip(CELLS, seeds, strict=True):
            found = []
            for run, times, own in zip((judged, predicted), (1, MORE), seed.spawn(2), strict=True):
                task = partial(block, cell=cell, run=run)
                parts = in_blocks(task, times * asked.runs, seed=own, size=BLOCK, mapping=mapping)
                found.append(np.concatenate(parts))
            lines.append(line(cell, *found))
            print(lines[-1], flush=True)
    PAGE.write_text(page(lines, asked), encoding="utf-8")


if __name__ == "__main__":
    main()
