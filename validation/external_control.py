"""How often external-control methods find an effect where there is none, and where there is one.

    python validation/external_control.py --runs 2000 --date 2026-11-25

Each run simulates untreated people and a few treated ones with one covariate that bears on the
outcome, and calls the package. An effect only shifts the treated outcomes, and every interval
shifts with them, so that power is read from the same run. Tests draw 999 assignments where there
are more than 3,000, which is as exact as going through all of them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Flags, Floats
from ultrarare.stats.external import randomisation
from ultrarare.stats.external.bootstrap import weighted_bootstrap
from ultrarare.stats.external.design import Design, plan_comparison
from ultrarare.stats.external.methods import MethodResult, Outcome, naive, randomised
from ultrarare.stats.external.scatter import Scatter, scatter
from ultrarare.stats.external.weights import weigh

PAGE = Path(__file__).parents[1] / "docs/validation/external-control.md"
NOMINAL = 0.05
EFFECT = 2.0  # sds of the outcome given the covariate, towards benefit (lower)
CONTROLS, TREATED = (8, 20, 50, 200), (1, 3, 6, 10)
SHIFT = 1.0  # sds by which the treated differ in the covariate, where selection is confounded
MISSING = 0.3
METHODS = (
    "matched",
    "rank",
    "matched, kept",
    "rank, kept",
    "overlap bootstrap",
    "AIPW bootstrap",
    "naive t",
    "naive IPW",
)
EXACT = ("matched", "rank")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One way in which data are made."""

    title: str
    confounded: bool = False
    heavy: bool = False
    missing: bool = False
    curved: bool = False
    scatter: float = 1.0  # standard deviation of the treated, in those of the untreated


SETTINGS = (
    Setting(title="No selection"),
    Setting(title="Stress: heavy tails (t with 3 df)", heavy=True),
    Setting(title=f"Stress: {MISSING:.0%} of outcomes missing, more at high covariates",
            missing=True),
    Setting(title=f"Stress: selection, covariate {SHIFT:g} sd worse in the treated",
            confounded=True),
    Setting(title="Stress: selection, and the outcome bends in the covariate",
            confounded=True, curved=True),
    Setting(title="Stress: the treated scatter 1.5 times as much", scatter=1.5),
    Setting(title="Stress: the treated scatter twice as much", scatter=2.0),
    Setting(title="Worst corner: selection, bend, heavy tails, missing outcomes",
            confounded=True, heavy=True, missing=True, curved=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One method in one cell."""

    setting: str
    exact: bool  # whether the method promises the nominal size here
    controls: int
    treated: int
    method: str
    attainable: float | None  # largest size the test can have, at nominal
    size: float
    power: float
    width: float | None
    refused: float
    runs: int

    @property
    def se(self) -> float:
        """Monte Carlo standard error of the size."""
        return float(np.sqrt(max(self.size * (1 - self.size), 1e-12) / self.runs))

    @property
    def bar(self) -> float:
        """What the size must not exceed."""
        return NOMINAL + 2 * float(np.sqrt(0.05 * 0.95 / self.runs)) if self.exact else 0.06

    @property
    def above(self) -> bool:
        """Whether the size is above its bar beyond Monte Carlo error."""
        slack = 0.0 if self.exact else 2 * self.se
        return self.size > self.bar + slack


def people(
    rng: np.random.Generator, setting: Setting, treated: int, controls: int
) -> tuple[Flags, Floats, Floats]:
    """Arm, covariate and outcome without any effect; NaN where it is missing."""
    a = np.arange(treated + controls) < treated
    x = rng.standard_normal(a.size) + SHIFT * (a & setting.confounded)
    noise = rng.standard_t(3, a.size) / np.sqrt(3) if setting.heavy else rng.standard_normal(a.size)
    noise *= np.where(a, setting.scatter, 1.0)
    y = x + noise + (0.3 * x**2 if setting.curved else 0.0)
    if setting.missing:
        gone = rng.random(a.size) < np.clip(MISSING + 0.15 * np.tanh(x), 0, 1)
        y = np.where(gone, np.nan, y)
    return a, x[:, None], y


def one_run(
    rng: np.random.Generator, setting: Setting, treated: int, controls: int, *, resample: bool
) -> dict[str, tuple[float | None, float | None, float | None]]:
    """Method to (lower, upper, floor) of the interval without effect; absent where refused."""
    a, x, y = people(rng, setting, treated, controls)
    out: dict[str, tuple[float | None, float | None, float | None]] = {}
    outcome = Outcome(values=y, event=None)
    if not (outcome.there & a).any() or not (outcome.there & ~a).any():
        return out
    try:
        design = plan_comparison(a, x, ("x",), draws=999)
    except NotComputable:
        return out
    for method in EXACT:
        result, _ = randomised(design, outcome, method, level=1 - NOMINAL, rng=rng)
        if not result.refused:
            out[method] = (result.lower, result.upper, result.floor)
            out[f"{method}, kept"] = _kept(result, scatter(*_here(design, y)))
    if (plain := naive(design, outcome, level=1 - NOMINAL)).lower is not None:
        out["naive t"] = _ends(plain)
    out.update(_weighted(rng, design, y, resample=resample))
    return out


def _here(design: Design, y: Floats) -> tuple[Floats, Flags, Floats]:
    here = np.isfinite(y)
    return y[here], design.treated[here], design.covariates[here]


def _kept(
    result: MethodResult, spread: Scatter | None
) -> tuple[float | None, float | None, float | None]:
    """The interval with an end taken away where the scatter is doubted and Welch's does not agree.

    An interval shifted by an effect and Welch's shift alike, so power is read from it as well.
    """
    low, high = result.lower, result.upper
    if spread is not None and spread.suspect:
        least, most = spread.interval(1 - NOMINAL)
        low, high = (
            None if low is None else min(low, least),
            None if high is None else max(high, most),
        )
    return low, high, None


def _ends(result: MethodResult) -> tuple[float | None, float | None, float | None]:
    return result.lower, result.upper, None


def _weighted(
    rng: np.random.Generator, design: Design, y: Floats, *, resample: bool
) -> dict[str, tuple[float | None, float | None, float | None]]:
    here = np.isfinite(y)
    a, x, v = design.treated[here], design.covariates[here], y[here]
    out: dict[str, tuple[float | None, float | None, float | None]] = {}
    if a.sum() > 1 and np.ptp(x) > 0 and (~a).sum() > 1:
        out["naive IPW"] = (*_sandwich(v, a, x), None)
    if resample and "odds" not in design.refused:
        for name, method in (("overlap bootstrap", "overlap"), ("AIPW bootstrap", "aipw")):
            try:
                found = weighted_bootstrap(
                    method,  # type: ignore[arg-type]
                    v, a, x, draws=200, seed=int(rng.integers(2**31)),
                )  # fmt: skip
            except NotComputable:
                continue
            out[name] = (found.lower, found.upper, None)
    return out


def _sandwich(v: Floats, a: Flags, x: Floats) -> tuple[float, float]:
    """Odds weights, and a robust standard error that takes them as known: the usual script."""
    weights = weigh("odds", x, a)
    first, second = v[a].mean(), float(weights.untreated @ v[~a])
    var = float((weights.treated**2) @ (v[a] - first) ** 2)
    var += float((weights.untreated**2) @ (v[~a] - second) ** 2)
    half = float(ndtri(1 - NOMINAL / 2)) * np.sqrt(var)
    return float(first - second - half), float(first - second + half)


def cell(setting: Setting, treated: int, controls: int, *, runs: int, seed: int) -> Iterator[Row]:
    """All methods in one cell."""
    index = SETTINGS.index(setting)
    found: dict[str, list[tuple[float | None, float | None, float | None]]] = {
        method: [] for method in METHODS
    }
    resampled = runs // 4 if treated >= 10 else 0
    for run in range(runs):
        rng = np.random.default_rng([seed, index, treated, controls, run])
        answers = one_run(rng, setting, treated, controls, resample=run < resampled)
        for method, answer in answers.items():
            found[method].append(answer)
    for method, rows in found.items():
        tried = resampled if "bootstrap" in method else runs
        if rows and tried:
            yield _row(setting, treated, controls, method, rows, tried)


def _row(
    setting: Setting,
    treated: int,
    controls: int,
    method: str,
    answers: list[tuple[float | None, float | None, float | None]],
    tried: int,
) -> Row:
    low = np.array([-np.inf if lo is None else lo for lo, _, _ in answers])
    high = np.array([np.inf if hi is None else hi for _, hi, _ in answers])
    floors = [f for _, _, f in answers if f is not None]
    bounded = np.isfinite(low) & np.isfinite(high)
    attainable = None
    if floors:
        attainable = float(np.mean([f * np.floor(NOMINAL / f + 1e-9) for f in floors]))
    # Refusing finds nothing: sizes and powers are shares of all runs.
    return Row(
        setting=setting.title,
        exact=method in EXACT
        and not setting.confounded
        and not setting.missing
        and setting.scatter == 1,
        controls=controls,
        treated=treated,
        method=method,
        attainable=attainable,
        size=float(np.sum((low > 0) | (high < 0)) / tried),
        power=float(np.sum(high < EFFECT) / tried),
        width=float((high - low)[bounded].mean()) if bounded.mean() > 0.5 else None,
        refused=1 - len(answers) / tried,
        runs=tried,
    )


def rows(runs: int, seed: int) -> Iterator[Row]:
    """Every cell, in the order of the page."""
    randomisation.MOST_ENUMERATED = 3000  # type: ignore[misc]
    for setting, controls, treated in product(SETTINGS, CONTROLS, TREATED):
        yield from cell(setting, treated, controls, runs=runs, seed=seed)


_ABOUT = f"""\
Each run makes untreated people and a few treated ones, with one covariate that is known at time
zero and bears on the outcome (slope 1, noise of sd 1). Nothing is wrong with the treatment but its
uselessness. *Size*: how often the two-sided 95% interval excludes 0; one minus it is the coverage.
*Attainable*: the largest size that the assignments allow. *Power*: for a benefit of {EFFECT:g} sds.
*Width*: of the interval, mean over runs, "–" where most intervals have no end. *Refused*: the
method gave no answer; that counts as nothing found. *matched* and *rank*: randomisation tests
within matched sets and over all subsets, covariate taken out. *kept*: what still carries support
where the treated may scatter more than the untreated and Welch's interval does not agree, as at run
time. *overlap* and *AIPW bootstrap*: only
with ten treated people, as at run time. *naive t*: Welch's test. *naive IPW*: odds weights, and a
robust standard error. Bold: above 0.05 plus two Monte Carlo standard errors where the method is
exact, or above 0.06 by more than two where it is approximate. The two naive ones are shown as a
warning and are never a primary method. A script writes this page; do not edit it."""


def page(found: list[Row], runs: int, seed: int, date: str) -> str:
    """The Markdown page."""
    command = (
        f"Command: `python validation/external_control.py --runs {runs} --seed {seed}`, {date}."
    )
    parts = ["# Error rates of comparisons with external controls", f"{_ABOUT}\n{command}"]
    ours = [r for r in found if r.above and not r.method.startswith("naive")]
    told = "\n".join(
        f"- {r.method}, {r.treated} treated, {r.controls} controls, {r.setting}: {r.size:.3f}"
        for r in ours
    )
    parts += ["## Cells above target", told or "None but naive ones."]
    for setting in SETTINGS:
        chosen = [r for r in found if r.setting == setting.title]
        parts += [f"## {setting.title}", _table(chosen)]
    return "\n\n".join(parts) + "\n"


def _table(chosen: list[Row]) -> str:
    head = (
        "| controls | treated | method | attainable | size | se | coverage | power | width | "
        "refused | runs |\n|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    return "\n".join([head, *map(_line, chosen)])


def _line(r: Row) -> str:
    size = f"**{r.size:.3f}**" if r.above else f"{r.size:.3f}"
    attainable = "–" if r.attainable is None else f"{r.attainable:.3f}"
    width = "–" if r.width is None else f"{r.width:.2f}"
    return (
        f"| {r.controls} | {r.treated} | {r.method} | {attainable} | {size} | {r.se:.3f} | "
        f"{1 - r.size:.3f} | {r.power:.2f} | {width} | {r.refused:.3f} | {r.runs} |"
    )


def main() -> None:
    """Simulate and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--date", required=True, help="YYYY-MM-DD, printed on the page")
    given = parser.parse_args()
    found = list(rows(given.runs, given.seed))
    PAGE.write_text(page(found, given.runs, given.seed, given.date), encoding="utf-8")


if __name__ == "__main__":
    main()
