"""How often a sigmoid course's prediction covers a new untreated person's visits.

    python validation/sigmoid.py --runs 400 --date 2026-11-26

Each run simulates untreated people with six visits each in a window of their own, fits, and
predicts four later visits of new people who were seen 0, 1 or 3 times. Beside it the naive
prediction of the same visits: the person's last value carried forward, plus and minus twice the
residual sd.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ultrarare.errors import NotComputable
from ultrarare.stats.blocks import in_blocks
from ultrarare.stats.sigmoid import fit_sigmoid, predict_sigmoid

Floats = NDArray[np.float64]

PAGE = Path(__file__).parents[1] / "docs/validation/sigmoid.md"
FIRST, LAST, SCALE, SHIFT_SD, WITHIN = 10.0, 2.0, 1.2, 2.0, 0.7
VISITS, AHEAD, SEEN = 6, 4, (0, 1, 3)
TARGET = 0.93
BLOCK = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One way in which data are made."""

    people: int
    noise: str = "normal"
    limit: bool = False  # values below 3 are known as below 3 only
    plateau_sd: float = 0.0  # people end on plateaus of their own: outside the model


CELLS = (
    *(Cell(people=n) for n in (8, 20, 50)),
    Cell(people=20, limit=True),
    Cell(people=20, noise="t3"),
    Cell(people=20, plateau_sd=1.0),
    Cell(people=8, noise="t3", plateau_sd=1.0),
)


def course(rng: np.random.Generator, times: Floats, cell: Cell) -> Floats:
    """One untreated person's values."""
    last = LAST + cell.plateau_sd * rng.standard_normal()
    shifted = (times - SHIFT_SD * rng.standard_normal()) / SCALE
    white = rng.standard_normal(times.size)
    if cell.noise == "t3":
        white = rng.standard_t(3, times.size) / np.sqrt(3)
    return np.asarray(FIRST + (last - FIRST) / (1 + np.exp(-shifted)) + WITHIN * white)


def bounds(values: Floats, cell: Cell) -> tuple[Floats, Floats]:
    """Lower and upper bounds of what is recorded."""
    if not cell.limit:
        return values, values
    return np.where(values < 3, -np.inf, values), np.maximum(values, 3.0)


def one_run(rng: np.random.Generator, cell: Cell) -> Floats:
    """(2 + 2·len(SEEN) + 1,) refused, covered and width for each number of visits, naive."""
    out = np.full(2 + 2 * len(SEEN), np.nan)
    times = [rng.uniform(-6, 2) + np.arange(float(VISITS)) for _ in range(cell.people)]
    values = np.concatenate([course(rng, t, cell) for t in times])
    who = np.repeat(np.arange(cell.people), VISITS)
    low, high = bounds(values, cell)
    try:
        model = fit_sigmoid(who, np.concatenate(times), low, high)
    except NotComputable:
        out[0] = 1.0
        return out
    out[0] = 0.0
    for i, seen in enumerate(SEEN):
        when = rng.uniform(-5, 1) + np.arange(float(seen + AHEAD))
        true = course(rng, when, cell)
        before = bounds(true[:seen], cell)
        found = predict_sigmoid(model, when[:seen], *before, when[seen:]).prediction
        least, most = found.quantile(0.025), found.quantile(0.975)
        out[1 + 2 * i] = np.mean((least <= true[seen:]) & (true[seen:] <= most))
        out[2 + 2 * i] = np.mean(most - least)
        if seen == SEEN[-1]:
            out[-1] = np.mean(np.abs(true[seen:] - true[seen - 1]) <= 2 * model.residual_sd)
    return out


def block(item: tuple[int, np.random.SeedSequence], cell: Cell) -> Floats:
    """The runs of one block."""
    runs, seed = item
    rng = np.random.default_rng(seed)
    return np.array([one_run(rng, cell) for _ in range(runs)])


def line(cell: Cell, found: Floats) -> str:
    """One row of the table; coverage below its target by two standard errors in bold."""
    known = found[found[:, 0] == 0]
    parts = [
        str(cell.people),
        cell.noise,
        "yes" if cell.limit else "no",
        f"{cell.plateau_sd:g}",
        str(found.shape[0]),
        f"{np.mean(found[:, 0]):.3f}",
    ]
    for i in range(len(SEEN)):
        # Visits of one person hang together, so the error is that of people's shares.
        shares = known[:, 1 + 2 * i]
        share, se = float(shares.mean()), float(shares.std(ddof=1) / np.sqrt(shares.size))
        low = share < TARGET - 2 * se
        parts.append((f"**{share:.3f}**" if low else f"{share:.3f}") + f" ± {se:.3f}")
        parts.append(f"{known[:, 2 + 2 * i].mean():.2f}")
    parts.append(f"{known[:, -1].mean():.3f}")
    return "| " + " | ".join(parts) + " |"


def page(lines: list[str], asked: argparse.Namespace) -> str:
    """The whole page."""
    head = [
        "people", "noise", "values below 3 unknown", "sd of end plateaus", "runs", "refused",
        *(text for n in SEEN for text in (f"covered, {n} seen", "width")), "last value forward",
    ]  # fmt: skip
    return f"""# Predictions of a sigmoid course

{asked.date}, `python validation/sigmoid.py --runs {asked.runs} --seed {asked.seed}`.

From {FIRST:g} to {LAST:g}, scale {SCALE:g}, sd of the time at which it happens {SHIFT_SD:g},
residual sd {WITHIN:g}; {VISITS} visits a person, one unit of time apart. *Covered*: share of
{AHEAD} later visits of a new untreated person inside their 95 % intervals, by how often that person
was seen before.
Bold: below {TARGET} by two standard errors. *Last value forward*: the naive prediction, the last of
{SEEN[-1]} values plus and minus two residual sds. Rows with plateaus that differ between people are
outside the model.

| {" | ".join(head)} |
|{"---|" * len(head)}
{chr(10).join(lines)}
"""


def main() -> None:
    """Simulate and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--date", required=True)
    asked = parser.parse_args()
    lines = []
    seeds = np.random.SeedSequence(asked.seed).spawn(len(CELLS))
    with ProcessPoolExecutor(asked.workers) as pool:
        mapping = pool.map if asked.workers > 1 else map
        for cell, seed in zip(CELLS, seeds, strict=True):
            task = partial(block, cell=cell)
            parts = in_blocks(task, asked.runs, seed=seed, size=BLOCK, mapping=mapping)
            lines.append(line(cell, np.concatenate(parts)))
            print(lines[-1], flush=True)
    PAGE.write_text(page(lines, asked), encoding="utf-8")


if __name__ == "__main__":
    main()
