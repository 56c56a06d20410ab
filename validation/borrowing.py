"""How often a borrowed control shows a benefit that is not there, and one that is.

    python validation/borrowing.py --runs 500 --seed 1 --date 2026-11-26

Each run draws earlier untreated groups whose means scatter, a current untreated truth (one more
draw, or moved by a drift), a few current controls if there are any, and a few treated people. Every
prior of `effect borrow` sees the same data; *nothing borrowed* and *pooled in full* are the two
naive analyses at either end.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ultrarare.effect.borrowed_comparison import METHODS, BorrowOptions, make_prior
from ultrarare.effect.borrowing_groups import Groups
from ultrarare.errors import NotComputable
from ultrarare.stats.blocks import in_blocks
from ultrarare.stats.borrowing.densities import difference, treated_density
from ultrarare.stats.borrowing.evidence import (
    Evidence,
    binary_evidence,
    count_evidence,
    normal_evidence,
)
from ultrarare.stats.borrowing.prior import posterior, quantiles

Floats = NDArray[np.float64]
PAGE = Path(__file__).parents[1] / "docs/validation/borrowing.md"
NOMINAL, APPROXIMATE, COVERED = 0.025, 0.03, 0.93
PEOPLE, TREATED = 20, 5
CENTRE = {"normal": 0.0, "binary": -0.5, "count": 0.7}
UNIT = {"normal": 1.0, "binary": 2.0, "count": 1.0}  # sd of one person on the scale of θ, about
EFFECT = {"normal": 1.5, "binary": 2.5, "count": 1.0}  # towards more, in θ


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of the table; scatter and drift in sds of one person."""

    kind: str
    groups: int
    scatter: float
    controls: int
    drift: float = 0.0

    @property
    def name(self) -> str:
        """For the list of cells beyond a target."""
        return (
            f"{self.kind}, {self.groups} groups, scatter {self.scatter:g}, {self.controls} "
            f"controls, drift {self.drift:g}"
        )


SETTINGS = (
    *(
        Setting(kind="normal", groups=g, scatter=s, controls=c)
        for g, s, c in product((2, 4, 8), (0.1, 0.5), (0, 3, 10))
    ),
    *(
        Setting(kind="normal", groups=4, scatter=0.1, controls=c, drift=d)
        for d, c in product((0.25, 0.5, 1.0), (0, 3, 10))
    ),
    *(
        Setting(kind=k, groups=4, scatter=0.1, controls=c, drift=d)
        for k, d, c in product(("binary", "count"), (0.0, 0.5), (0, 3, 10))
    ),
)
FIELDS = ("wrong", "covered", "power", "width", "computed")


def evidence(kind: str, rng: np.random.Generator, theta: Floats, people: int) -> Evidence:
    """Groups of so many people each at these true values."""
    n = np.full(theta.size, people)
    if kind == "normal":
        return normal_evidence(
            theta + rng.standard_normal(theta.size) / np.sqrt(people), n=n, sd=1.0
        )
    if kind == "binary":
        return binary_evidence(rng.binomial(people, expit(theta)), n)
    return count_evidence(rng.poisson(people * np.exp(theta)), n)


def drawn(
    setting: Setting, rng: np.random.Generator
) -> tuple[Evidence, Evidence | None, Evidence, Evidence, float]:
    """History, current controls, treated people without and with an effect; the true control."""
    unit = UNIT[setting.kind]
    truths = CENTRE[setting.kind] + setting.scatter * unit * rng.standard_normal(setting.groups + 1)
    now = truths[-1] + setting.drift * unit
    history = evidence(setting.kind, rng, truths[:-1], PEOPLE)
    control = None
    if setting.controls:
        control = evidence(setting.kind, rng, np.array([now]), setting.controls)
    none = evidence(setting.kind, rng, np.array([now]), TREATED)
    some = evidence(setting.kind, rng, np.array([now + EFFECT[setting.kind]]), TREATED)
    return history, control, none, some, float(now)


def interval(
    method: str, history: Evidence, control: Evidence | None, treated: Evidence
) -> tuple[float, float]:
    """95 % limits of treated minus control."""
    groups = Groups(
        history=history, treated=treated, control=control, names=(), people=None,
        unit_sd=1.0 if history.kind == "normal" else None, caveats=(),
    )  # fmt: skip
    prior = make_prior(method, groups, BorrowOptions(improves="higher"))
    after = posterior(prior, control)
    theta, density = treated_density(treated, prior.step)
    at, effect = difference(prior.theta, after.density, theta, density)
    low, high = quantiles(at, effect, (NOMINAL, 1 - NOMINAL))
    return low, high


def once(setting: Setting, rng: np.random.Generator) -> Floats:
    """(methods, fields) of one run; NaN where a method gave nothing."""
    history, control, none, some, _ = drawn(setting, rng)
    out = np.full((len(METHODS), len(FIELDS)), np.nan)
    for row, method in enumerate(METHODS):
        if method == "none" and control is None:
            continue
        try:
            low, high = interval(method, history, control, none)
            gained = interval(method, history, control, some)[0] > 0
        except NotComputable:
            out[row] = (0.0, np.nan, 0.0, np.nan, 0.0)
            continue
        out[row] = (low > 0, low <= 0 <= high, gained, high - low, 1.0)
    return out


def block(task: tuple[int, np.random.SeedSequence], setting: Setting) -> Floats:
    """The runs of one block."""
    count, seed = task
    rng = np.random.default_rng(seed)
    return np.array([once(setting, rng) for _ in range(count)])


def simulate(setting: Setting, runs: int, seed: int, workers: int) -> Floats:
    """(runs, methods, fields)."""
    with ProcessPoolExecutor(workers) as pool:
        mapping = pool.map if workers > 1 else map
        task = partial(block, setting=setting)
        return np.concatenate(in_blocks(task, runs, seed=seed, size=50, mapping=mapping))


def share(values: Floats) -> tuple[float, float]:
    """A proportion of what is known, and its Monte Carlo standard error."""
    known = values[np.isfinite(values)]
    p = float(known.mean()) if known.size else np.nan
    return p, float(np.sqrt(p * (1 - p) / max(known.size, 1)))


def cells(found: Floats) -> tuple[list[str], list[str]]:
    """A cell for each method, and what in it lies beyond a target."""
    out, beyond = [], []
    for row, label in enumerate(METHODS.values()):
        wrong, covered, power, width, computed = found[:, row].T
        if not np.isfinite(wrong).any():
            out.append("–")
            continue
        p, se = share(wrong)
        c, c_se = share(covered)
        high, low = p > APPROXIMATE + 2 * se, c < COVERED - 2 * c_se
        text = f"{p:.3f}" if not high else f"**{p:.3f}**"
        text += f" / {c:.2f}" if not low else f" / **{c:.2f}**"
        out.append(f"{text} / {share(power)[0]:.2f} / {np.nanmean(width):.2f}")
        if high:
            beyond.append(f"{label}: false benefit {p:.3f} ({se:.3f})")
        if low:
            beyond.append(f"{label}: coverage {c:.3f} ({c_se:.3f})")
        if np.mean(computed) < 1:
            beyond.append(f"{label}: nothing computed in {1 - np.mean(computed):.1%} of the runs")
    return out, beyond


def page(rows: list[str], beyond: list[str], asked: argparse.Namespace) -> str:
    """The page as Markdown."""
    head = " | ".join(METHODS.values())
    error = np.sqrt(NOMINAL * (1 - NOMINAL) / asked.runs)
    effects = f"{EFFECT['normal']:g} sd, {EFFECT['binary']:g} log odds or {EFFECT['count']:g}"
    return f"""# Error rates of borrowed controls

{asked.date}, `python validation/borrowing.py --runs {asked.runs} --seed {asked.seed}`.

{TREATED} treated people; earlier untreated groups of {PEOPLE} people. *Scatter*: sd of the true
values of groups, the current one included, in sds of one person (for log odds twice, for log rates
once the number given). *Drift*: by how much the current untreated are moved towards what counts as
benefit, beside the scatter. Each cell: share of runs without an effect in which the 95 % interval
lies on the side of benefit (nominal {NOMINAL}) / its coverage / power for an effect of {effects}
log rate / mean width. Monte Carlo standard error of the first: {error:.3f}. Bold: above
{APPROXIMATE} by two of them, or coverage below {COVERED} by two. The priors are those of
`effect borrow` at their defaults. *Pooled* and *nothing borrowed* are the naive analyses at either
end.

| endpoint | groups | scatter | controls | drift | {head} |
|---|--:|--:|--:|--:|{"--:|" * len(METHODS)}
{chr(10).join(rows)}

Beyond a target:

{chr(10).join(f"- {text}" for text in beyond) or "- none"}

A drift that no earlier group has shown is not seen by any prior that borrows. Each result of
`effect borrow` prints its worst false-benefit rate over such drifts for this reason.
"""


def main() -> None:
    """Simulate and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--date", required=True)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    rows, beyond = [], []
    for setting in SETTINGS:
        found, out = cells(simulate(setting, asked.runs, asked.seed, asked.workers))
        s = setting
        row = (s.kind, s.groups, f"{s.scatter:g}", s.controls, f"{s.drift:g}", *found)
        rows.append(f"| {' | '.join(str(cell) for cell in row)} |")
        print(rows[-1], flush=True)
        beyond += [f"{setting.name}: {text}" for text in out]
    PAGE.write_text(page(rows, beyond, asked), encoding="utf-8")


if __name__ == "__main__":
    main()
